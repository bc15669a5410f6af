import { EOPNOTSUPP } from '../abi/errno.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import type { Kernel } from '../kernel/kernel.js'
import type { FileOps } from '../kernel/ports/files.js'
import type { Dentry, Mount, StatFs } from '../kernel/ports/fs.js'
import { PAGE_SIZE } from '../memory/layout.js'
import { newDentry } from './dentry.js'
import { OpenFile } from './file.js'
import { FileSystem, InodeBase } from './inode.js'
import { Pipe, PipeEnd } from './pipe.js'
import { vfsOf } from './vfs.js'

/** A file system without a place in the tree: pipefs, sockfs, anon_inodefs. */
export class InternalFs extends FileSystem {
  readonly type: string
  readonly root: Dentry
  private readonly magic: number
  constructor(kernel: Kernel, type: string, magic: number) {
    super(kernel, vfsOf(kernel).anonymousDev())
    this.type = type
    this.magic = magic
    this.root = newDentry(kernel, `${type}:`, new AnonymousInode(this, STAT_MODE.S_IFDIR | 0o755), null)
  }
  override statfs(): StatFs {
    return { type: this.magic, blockSize: PAGE_SIZE, blocks: 0, free: 0, available: 0, files: 0, filesFree: 0, fsid: [this.dev, 0], nameLength: 255 }
  }
}

/** An inode that only open files refer to. One without a type is a descriptor's alone, and stays as it is (anon_inode_setattr). */
export class AnonymousInode extends InodeBase {
  constructor(sb: FileSystem, mode: number) {
    super(sb, mode)
    if ((mode & STAT_MODE.S_IFMT) === 0) this.attributesError = -EOPNOTSUPP
  }
}

/**
 * An open file of an inode of its own in an internal file system.
 *
 * @param label how the file is shown: `pipe`, `socket`, `anon_inode`; the name adds `:[ino]`, or is given
 */
export function anonymousFile(kernel: Kernel, fs: { type: string; magic: number; label?: string }, mode: number, flags: number, ops: FileOps, owner?: { uid: number; gid: number }, name?: string): OpenFile {
  const mount = vfsOf(kernel).internalMount(fs.type, () => new InternalFs(kernel, fs.type, fs.magic))
  const sb = mount.sb
  if (!(sb instanceof InternalFs)) throw new TypeError(`${fs.type}: not an internal file system`)
  const inode = new AnonymousInode(sb, mode)
  inode.uid = owner?.uid ?? 0
  inode.gid = owner?.gid ?? 0
  const dentry = newDentry(kernel, name ?? `${fs.label ?? fs.type.replace('fs', '')}:[${inode.ino}]`, inode, null)
  const file = new OpenFile(kernel, { mount, dentry }, flags)
  file.ops = ops
  return file
}

/** File system of pipes. */
const PIPEFS = { type: 'pipefs', magic: 0x50495045 }
/** File system of everything that has no better one. */
const ANON_INODEFS = { type: 'anon_inodefs', magic: 0x09041934 }

/** Both ends of a new pipe: [read, write]. Linux: create_pipe_files. */
export function createPipe(kernel: Kernel, flags: number, owner: { uid: number; gid: number }): [OpenFile, OpenFile] {
  const pipe = new Pipe()
  const reader = anonymousFile(kernel, PIPEFS, STAT_MODE.S_IFIFO | 0o600, OPEN_FLAGS.O_RDONLY | (flags & OPEN_FLAGS.O_NONBLOCK), {}, owner)
  const writer = new OpenFile(kernel, reader.path, OPEN_FLAGS.O_WRONLY | (flags & (OPEN_FLAGS.O_NONBLOCK | OPEN_FLAGS.O_DIRECT)))
  reader.ops = new PipeEnd(pipe, reader, false)
  writer.ops = new PipeEnd(pipe, writer, false)
  return [reader, writer]
}

/** The pipe behind an open file, or null. */
export function pipeOf(file: { readonly ops: FileOps }): Pipe | null {
  return file.ops instanceof PipeEnd ? file.ops.pipe : null
}

/** A file of the kind that shows as `anon_inode:[eventfd]`. Linux: anon_inode_getfile. */
export function anonInode(kernel: Kernel, name: string, flags: number, ops: FileOps): OpenFile {
  return anonymousFile(kernel, ANON_INODEFS, 0o600, flags, ops, undefined, `anon_inode:${name}`)
}

/** An open file of an inode that is nowhere in the tree, such as a memfd or a file that the host keeps. */
export function unlistedFile(kernel: Kernel, inode: InodeBase, name: string, flags: number, linked = false): OpenFile {
  const { sb } = inode
  const dentry = newDentry(kernel, name, inode, null)
  dentry.unlinked = !linked
  const mount: Mount = { id: 0, sb, root: sb.root, parent: null, mountpoint: null, flags: 0, source: sb.type, namespace: { mounts: [] }, expiring: false }
  const file = new OpenFile(kernel, { mount, dentry }, flags)
  const ops = inode.open(file, null)
  if (typeof ops !== 'number') file.ops = ops
  return file
}
