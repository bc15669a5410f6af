import { EACCES, EPERM } from '../abi/errno.js'
import { STATFS_MAGIC, STAT_MODE } from '../abi/flags/stat.js'
import type { Kernel } from '../kernel/kernel.js'
import type { Dentry, NewInode, StatFs } from '../kernel/ports/fs.js'
import { PAGE_SIZE } from '../memory/layout.js'
import { newDentry } from './dentry.js'
import { FileSystem } from './inode.js'
import { ProcTree } from './proc/nodes.js'
import { vfsOf } from './vfs.js'

/** What is in /sys whatever the machine has. */
const FOLDERS = ['kernel', 'power', 'class', 'devices', 'dev', 'fs', 'bus', 'firmware', 'block', 'module']

/** The sys file system: its folders, and nothing in them, since a machine has no devices. Linux: fs/sysfs. */
export class SysFs extends FileSystem {
  readonly type = 'sysfs'
  readonly root: Dentry
  constructor(kernel: Kernel) {
    super(kernel, vfsOf(kernel).anonymousDev())
    const folders = FOLDERS.map((name, i) => [name, new SysFolder(this, i + 2, 0o755, new Map())] as const)
    this.root = newDentry(kernel, '/', new SysFolder(this, 1, 0o555, new Map(folders)), null)
    this.root.inode.nlink += FOLDERS.length
  }
  override statfs(): StatFs {
    return { type: STATFS_MAGIC.SYSFS_MAGIC, blockSize: PAGE_SIZE, blocks: 0, free: 0, available: 0, files: 0, filesFree: 0, fsid: [this.dev, 0], nameLength: 255 }
  }
}

/** A folder of /sys: only the kernel makes what is in it. */
class SysFolder extends ProcTree {
  constructor(sb: SysFs, ino: number, permissions: number, folders: ReadonlyMap<string, SysFolder>) {
    super(sb, ino, folders)
    this.mode = STAT_MODE.S_IFDIR | permissions
  }
  override create(_parent: Dentry, _name: string, { mode }: NewInode): number {
    return (mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFREG ? -EACCES : -EPERM
  }
  /** rmdir is refused before anybody looks. */
  override empty(): boolean {
    return true
  }
}
