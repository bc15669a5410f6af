import type { Creds } from '../creds.js'
import type { Task } from '../task.js'
import type { File, FileOps } from './files.js'
import type { Token } from './token.js'

/** A point in time as inodes keep it: seconds since 1970 and nanoseconds. Immutable. */
export interface Timespec {
  readonly seconds: number
  readonly nanoseconds: number
}

/** Result of statfs(2), sizes in blocks of `blockSize`. */
export interface StatFs {
  readonly type: number
  readonly blockSize: number
  readonly blocks: number
  readonly free: number
  readonly available: number
  readonly files: number
  readonly filesFree: number
  readonly fsid: readonly [number, number]
  readonly nameLength: number
}

/** A mounted file system's own state. Linux: struct super_block. */
export interface SuperBlock {
  /** Device number, `major << 20 | minor`. */
  readonly dev: number
  /** Name as in /proc/filesystems, such as `tmpfs`. */
  readonly type: string
  /** Largest size of a file in bytes. */
  readonly maxBytes: number
  readOnly: boolean
  readonly root: Dentry
  statfs: () => StatFs
  /** Accounts for an attribute's new value (undefined: none) in place of the old one; false when there is no space. */
  takeAttribute?: (name: string, value: Uint8Array | undefined, old: Uint8Array | undefined) => boolean
}

/** What a new directory entry is made of. */
export interface NewInode {
  /** Type and permission bits, the umask applied. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Device number of character and block devices, else 0. */
  readonly rdev: number
  /** Target of a symbolic link. */
  readonly target?: string
}

/** Somebody who wants to know what happens to an inode. Linux: struct fsnotify_mark. */
export interface InodeWatch {
  /**
   * @param mask IN_* bits: what happened
   * @param name the entry that it happened to, when the inode is its directory; else ''
   * @param unlinked the entry has lost this name
   */
  tell: (mask: number, name: string, cookie: number, unlinked: boolean) => void
  /** The inode is deleted, or nobody asks any more. */
  end: () => void
}

/**
 * A file-system object. Its methods are the file system's (Linux: struct inode with inode_operations); callers have
 * checked permissions, names and mounts. Methods that can fail return -errno.
 */
export interface Inode {
  readonly sb: SuperBlock
  readonly ino: number
  /** Type and permission bits. */
  mode: number
  uid: number
  gid: number
  nlink: number
  /** Bytes; what a directory says here is its file system's choice. */
  size: number
  /** Device number of character and block devices, `major << 20 | minor`. */
  readonly rdev: number
  atime: Timespec
  mtime: Timespec
  ctime: Timespec
  readonly btime: Timespec
  /** Extended attributes by full name; null when the file system has none. */
  readonly xattrs: Map<string, Uint8Array> | null
  /** Those who are told what happens to it and to its entries; null for nobody. */
  watches: readonly InodeWatch[] | null
  /** Open files with write access, less mappings that deny it (ETXTBSY). */
  writers: number
  /** -errno of every change of mode, owner and times; 0 where they can be changed. */
  readonly attributesError: number
  /** Space in units of 512 bytes. */
  blocks: () => number
  /** Finds a name. Null when there is none. */
  lookup: (parent: Dentry, name: string, task: Task | null) => Dentry | null | number
  /** Makes a name and its inode. */
  create: (parent: Dentry, name: string, what: NewInode) => Dentry | number
  /** An inode without a name, for O_TMPFILE. */
  createUnnamed: (parent: Dentry, what: NewInode) => Dentry | number
  /** Gives an existing inode one more name. */
  link: (parent: Dentry, name: string, inode: Inode) => Dentry | number
  /** Removes a name; directories are empty when they say so by {@link Inode.empty}. */
  unlink: (parent: Dentry, child: Dentry) => number
  /** Moves `child` to `name` in `target`, over `over` when it is not null; `exchange` swaps both. */
  rename: (parent: Dentry, child: Dentry, target: Dentry, name: string, over: Dentry | null, exchange: boolean) => number
  /** Whether a directory has no entries. */
  empty: (self: Dentry) => boolean
  /** Target of a symbolic link. */
  readlink: (self: Dentry, task: Task) => string | number
  /** Where a magic link of /proc leads; null for links that are walked by their text. */
  follow: (self: Dentry, task: Task) => Path | number | null
  /** What an open file of this inode does. */
  open: (file: File, task: Task | null) => FileOps | number
  /** Cuts or extends a regular file. */
  setSize: (size: number) => number
  /** Called when nothing refers to the inode any more: no name and no open file. */
  evict: () => void
  /** References by dentries in use and open files. */
  held: number
  /** Made without a name by O_TMPFILE (without O_EXCL): it may get one. */
  linkable: boolean
}

/** A name in a directory. Linux: struct dentry. */
export interface Dentry {
  readonly id: number
  name: string
  /** The root of a file system is its own parent. */
  parent: Dentry
  readonly inode: Inode
  /** Entries of a directory whose file system keeps them here, newest last. */
  readonly children: Map<string, Dentry>
  /** No longer in its directory. */
  unlinked: boolean
  /** Position cookie within its directory. */
  offset: number
}

/** A file system attached to the tree. Linux: struct mount. */
export interface Mount {
  readonly id: number
  readonly sb: SuperBlock
  readonly root: Dentry
  /** Where it is attached; null for a namespace's root. */
  readonly parent: Mount | null
  readonly mountpoint: Dentry | null
  /** MS_* bits that belong to the mount. */
  flags: number
  /** Device name as shown in /proc/mounts. */
  readonly source: string
  readonly namespace: MountNamespace
  /** umount2(2) with MNT_EXPIRE has marked it. */
  expiring: boolean
}

/** All mounts that a process sees. */
export interface MountNamespace {
  readonly mounts: Mount[]
}

/** A place in the tree. */
export interface Path {
  readonly mount: Mount
  readonly dentry: Dentry
}

/** A process's place in the file system; shared by tasks made with CLONE_FS. Linux: struct fs_struct. */
export interface FsContext {
  root: Path
  cwd: Path
  /** Permission bits that new files do not get. */
  umask: number
}

/** Whose rights a walk uses: a task's, or others for access(2). */
export type Rights = Creds

/** Token of the file system context: root, working directory, umask. */
export const fs: Token<'fs', FsContext> = { key: 'fs' }
