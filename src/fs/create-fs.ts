import { MS_MOUNT } from '../abi/flags/mount.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import type { Kernel } from '../kernel/kernel.js'
import type { FsContext, Path } from '../kernel/ports/fs.js'
import type { Service, Subsystem } from '../kernel/ports/subsystem.js'
import { makeDev } from './constants.js'
import { registerMemDevices } from './mem-devices.js'
import { createRootFrom, directoryAt, entryAt, type RootEntry } from './root.js'
import { fsParts, procParts } from './saving.js'
import { registerTerminals } from './terminals.js'
import { Tmpfs } from './tmpfs.js'
import { type Vfs, vfsOf } from './vfs.js'
import { ProcFs } from './proc/procfs.js'

const CLONE_FS = 0x200

/** Options of {@link createFs}. */
export interface FsOptions {
  /** What the root holds. Without it the root is an empty tree with /dev, /proc, /tmp. */
  root?: readonly RootEntry[]
  /** Most pages of data in the root, and most inodes; default half of the machine's memory. */
  pages?: number
  /** Working directory of spawned programs, a byte string (default `/`). */
  cwd?: string
}

/** Nodes of /dev: name, mode, major, minor. Linux: drivers/char/mem.c and tty_io.c with devtmpfs. */
const NODES = [
  ['null', 0o666, 1, 3], ['zero', 0o666, 1, 5], ['full', 0o666, 1, 7], ['random', 0o666, 1, 8], ['urandom', 0o666, 1, 9],
  ['tty', 0o666, 5, 0], ['console', 0o600, 5, 1],
] as const

const LINKS = [['fd', '/proc/self/fd'], ['stdin', '/proc/self/fd/0'], ['stdout', '/proc/self/fd/1'], ['stderr', '/proc/self/fd/2']] as const

function populateDev(kernel: Kernel): Tmpfs {
  const dev = new Tmpfs(kernel, { type: 'devtmpfs', mode: 0o755, pages: 1024 })
  const { root } = dev
  for (const [name, mode, major, minor] of NODES) root.inode.create(root, name, { mode: STAT_MODE.S_IFCHR | mode, uid: 0, gid: 0, rdev: makeDev(major, minor) })
  for (const [name, target] of LINKS) root.inode.create(root, name, { mode: STAT_MODE.S_IFLNK | 0o777, uid: 0, gid: 0, rdev: 0, target })
  directoryAt(dev, 'pts')
  const shm = directoryAt(dev, 'shm')
  shm.inode.mode = STAT_MODE.S_IFDIR | 0o1777
  return dev
}

function mountTree(kernel: Kernel, vfs: Vfs, options: FsOptions): void {
  const own = options.root === undefined
  const sb = createRootFrom(kernel, options.root ?? [], options.pages === undefined ? {} : { pages: options.pages, inodes: options.pages })
  const root = vfs.mount(sb, 'rootfs', null, 0)
  const at = (name: string, mode: number): Path | null => {
    const dentry = own ? directoryAt(sb, name) : entryAt(sb, name)
    if (dentry === null || (dentry.inode.mode & STAT_MODE.S_IFMT) !== STAT_MODE.S_IFDIR) return null
    if (own) dentry.inode.mode = STAT_MODE.S_IFDIR | mode
    return { mount: root, dentry }
  }
  if (own) at('tmp', 0o1777)
  const proc = at('proc', 0o555)
  if (proc !== null) vfs.mount(new ProcFs(kernel), 'proc', proc, 0)
  const dev = at('dev', 0o755)
  if (dev !== null) vfs.dev = vfs.mount(populateDev(kernel), 'devtmpfs', dev, MS_MOUNT.MS_NOSUID)
}

/**
 * The file system of a machine: `task.fs`. The root is a tmpfs; /dev and /proc are mounted where the root has them.
 *
 * @example
 * new Machine({ …, subsystems: [createFs({ root: parseCpio(bytes) }), createFiles()] })
 */
export function createFs(options: FsOptions = {}): Subsystem<'fs', FsContext> {
  return { key: 'fs', version: 1, create: (kernel) => createService(kernel, options) }
}

function createService(kernel: Kernel, options: FsOptions): Service<FsContext> {
  const vfs = vfsOf(kernel)
  registerMemDevices(vfs)
  registerTerminals(vfs)
  mountTree(kernel, vfs, options)
  const contexts = new Map<number, FsContext>()
  const proc = procParts(vfs)
  return {
    saving: () => fsParts(vfs, contexts, proc),
    attach: (task, parent, flags) => {
      const from = parent === null ? undefined : contexts.get(parent.pid)
      const context = from === undefined ? initial(vfs, options.cwd ?? '/') : (flags & CLONE_FS) !== 0 ? from : { ...from }
      contexts.set(task.pid, context)
      return context
    },
    exit: (task) => {
      contexts.delete(task.pid)
    },
  }
}

function initial(vfs: Vfs, cwd: string): FsContext {
  const { root } = vfs
  const { sb } = root.mount
  const dentry = sb instanceof Tmpfs ? entryAt(sb, cwd) : null
  return { root, cwd: dentry === null ? root : { mount: root.mount, dentry }, umask: 0o22 }
}
