import { EBADF, EFAULT, EINVAL, EOVERFLOW } from '../../abi/errno.js'
import { AT, AT_FLAGS } from '../../abi/flags/fcntl.js'
import { structBytes } from '../../abi/structs/layout.js'
import { OLD_STAT, STAT64, STAT_ILP32, STAT_LP64 } from '../../abi/structs/stat.js'
import { encodeDev } from '../../fs/constants.js'
import { lookupUser, type FsTask } from '../../fs/namei.js'
import { files } from '../../kernel/ports/files.js'
import { fs, type Inode } from '../../kernel/ports/fs.js'
import { atFd, flags, ufd, typed } from '../codecs.js'
import { path, pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const statOut = /* @__PURE__ */ pointer('struct stat', 'out')
const compatStatOut = /* @__PURE__ */ pointer('struct compat_stat', 'out')
const stat64Out = /* @__PURE__ */ pointer('struct stat64', 'out')
const oldStatOut = /* @__PURE__ */ pointer('struct __old_kernel_stat', 'out')
const atFlags = /* @__PURE__ */ flags('stat_at', { AT_SYMLINK_NOFOLLOW: AT_FLAGS.AT_SYMLINK_NOFOLLOW, AT_NO_AUTOMOUNT: AT_FLAGS.AT_NO_AUTOMOUNT, AT_EMPTY_PATH: AT_FLAGS.AT_EMPTY_PATH })
const compatAtFd = /* @__PURE__ */ typed(atFd, 'unsigned int')

/** Preferred size of reads and writes: a page, but for /proc. */
export function blockSizeOf(inode: Inode): number {
  return inode.sb.type === 'proc' ? 1024 : 4096
}

/** uid and gid as 16-bit programs see those that do not fit (fs.overflowuid). */
function low16(id: number): number {
  return id > 0xffff ? 65534 : id
}

/** Fills a form of struct stat; -EOVERFLOW when a value does not fit. */
export type StatWriter = (inode: Inode) => Uint8Array | number

function times(inode: Inode): Record<'st_atime' | 'st_atime_nsec' | 'st_mtime' | 'st_mtime_nsec' | 'st_ctime' | 'st_ctime_nsec', number> {
  const { atime, mtime, ctime } = inode
  return {
    st_atime: atime.seconds, st_atime_nsec: atime.nanoseconds, st_mtime: mtime.seconds, st_mtime_nsec: mtime.nanoseconds,
    st_ctime: ctime.seconds, st_ctime_nsec: ctime.nanoseconds,
  }
}

function statLp64(inode: Inode): Uint8Array {
  return structBytes(STAT_LP64, {
    st_dev: encodeDev(inode.sb.dev), st_ino: inode.ino, st_nlink: inode.nlink, st_mode: inode.mode, st_uid: inode.uid, st_gid: inode.gid,
    st_rdev: encodeDev(inode.rdev), st_size: inode.size, st_blksize: blockSizeOf(inode), st_blocks: inode.blocks(), ...times(inode),
  })
}

/** Linux: cp_compat_stat. */
function statIlp32(inode: Inode): Uint8Array | number {
  if (inode.ino > 0xffffffff || inode.nlink > 0xffff || inode.size > 0x7fffffff) return -EOVERFLOW
  return structBytes(STAT_ILP32, {
    st_dev: encodeDev(inode.sb.dev), st_ino: inode.ino, st_nlink: inode.nlink, st_mode: inode.mode, st_uid: low16(inode.uid), st_gid: low16(inode.gid),
    st_rdev: encodeDev(inode.rdev), st_size: inode.size, st_blksize: blockSizeOf(inode), st_blocks: inode.blocks(), ...times(inode),
  })
}

/** Linux: cp_stat64 of arch/x86/kernel/sys_ia32.c. */
function stat64Bytes(inode: Inode): Uint8Array {
  return structBytes(STAT64, {
    st_dev: encodeDev(inode.sb.dev), __st_ino: inode.ino, st_mode: inode.mode, st_nlink: inode.nlink, st_uid: inode.uid, st_gid: inode.gid,
    st_rdev: encodeDev(inode.rdev), st_size: inode.size, st_blksize: blockSizeOf(inode), st_blocks: inode.blocks(), ...times(inode), st_ino: inode.ino,
  })
}

/** Linux: cp_old_stat, which on 64-bit kernels does not look whether the size fits. */
function oldStat(inode: Inode): Uint8Array | number {
  if (inode.ino > 0xffff || inode.nlink > 0xffff) return -EOVERFLOW
  const { st_atime, st_mtime, st_ctime } = times(inode)
  const dev = encodeDev(inode.sb.dev) & 0xffff
  return structBytes(OLD_STAT, {
    st_dev: dev, st_ino: inode.ino, st_mode: inode.mode, st_nlink: inode.nlink, st_uid: low16(inode.uid), st_gid: low16(inode.gid),
    st_rdev: encodeDev(inode.rdev) & 0xffff, st_size: inode.size, st_atime, st_mtime, st_ctime,
  })
}

function put(task: FsTask, address: number, inode: Inode, write: StatWriter): number {
  const bytes = write(inode)
  if (typeof bytes === 'number') return bytes
  return task.memory.copyTo(address, bytes) < bytes.length ? -EFAULT : 0
}

/** Linux: vfs_statx. */
function statPath(task: FsTask, dirfd: number, filename: number, address: number, bits: number, write: StatWriter): number {
  if ((bits & ~(AT_FLAGS.AT_SYMLINK_NOFOLLOW | AT_FLAGS.AT_NO_AUTOMOUNT | AT_FLAGS.AT_EMPTY_PATH)) !== 0) return -EINVAL
  const empty = (bits & AT_FLAGS.AT_EMPTY_PATH) !== 0
  // a NULL path with AT_EMPTY_PATH is the descriptor itself (since 6.11)
  if (empty && filename === 0 && dirfd >= 0) return statFd(task, dirfd, address, write)
  const found = lookupUser(task, dirfd, filename, { follow: (bits & AT_FLAGS.AT_SYMLINK_NOFOLLOW) === 0, empty })
  return typeof found === 'number' ? found : put(task, address, found.dentry.inode, write)
}

function statFd(task: FsTask, fd: number, address: number, write: StatWriter): number {
  const file = task.files.getRaw(fd)
  return file === null ? -EBADF : put(task, address, file.inode, write)
}

const NOFOLLOW = AT_FLAGS.AT_SYMLINK_NOFOLLOW

/** stat(2). */
export const newstat = /* @__PURE__ */ defineSyscall('newstat', {
  args: [['filename', path], ['statbuf', statOut]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, address) => statPath(task, AT.AT_FDCWD, filename, address, 0, statLp64),
})

/** lstat(2). */
export const newlstat = /* @__PURE__ */ defineSyscall('newlstat', {
  args: [['filename', path], ['statbuf', statOut]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, address) => statPath(task, AT.AT_FDCWD, filename, address, NOFOLLOW, statLp64),
})

/** fstat(2). */
export const newfstat = /* @__PURE__ */ defineSyscall('newfstat', {
  args: [['fd', ufd], ['statbuf', statOut]],
  uses: [files, fs],
  level: 'full',
  run: (task, fd, address) => statFd(task, fd, address, statLp64),
})

/** fstatat(2). */
export const newfstatat = /* @__PURE__ */ defineSyscall('newfstatat', {
  args: [['dfd', atFd], ['filename', path], ['statbuf', statOut], ['flag', atFlags]],
  uses: [files, fs],
  level: 'full',
  run: (task, dfd, filename, address, bits) => statPath(task, dfd, filename, address, bits, statLp64),
})

/** stat(2) of 32-bit programs. */
export const compatNewstat = /* @__PURE__ */ defineSyscall('compat_sys_newstat', {
  args: [['filename', path], ['statbuf', compatStatOut]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, address) => statPath(task, AT.AT_FDCWD, filename, address, 0, statIlp32),
})

/** lstat(2) of 32-bit programs. */
export const compatNewlstat = /* @__PURE__ */ defineSyscall('compat_sys_newlstat', {
  args: [['filename', path], ['statbuf', compatStatOut]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, address) => statPath(task, AT.AT_FDCWD, filename, address, NOFOLLOW, statIlp32),
})

/** fstat(2) of 32-bit programs. */
export const compatNewfstat = /* @__PURE__ */ defineSyscall('compat_sys_newfstat', {
  args: [['fd', ufd], ['statbuf', compatStatOut]],
  uses: [files, fs],
  level: 'full',
  run: (task, fd, address) => statFd(task, fd, address, statIlp32),
})

/** stat64(2) of 32-bit programs. */
export const compatStat64 = /* @__PURE__ */ defineSyscall('compat_sys_ia32_stat64', {
  args: [['filename', path], ['statbuf', stat64Out]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, address) => statPath(task, AT.AT_FDCWD, filename, address, 0, stat64Bytes),
})

/** lstat64(2) of 32-bit programs. */
export const compatLstat64 = /* @__PURE__ */ defineSyscall('compat_sys_ia32_lstat64', {
  args: [['filename', path], ['statbuf', stat64Out]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, address) => statPath(task, AT.AT_FDCWD, filename, address, NOFOLLOW, stat64Bytes),
})

/** fstat64(2) of 32-bit programs. */
export const compatFstat64 = /* @__PURE__ */ defineSyscall('compat_sys_ia32_fstat64', {
  args: [['fd', ufd], ['statbuf', stat64Out]],
  uses: [files, fs],
  level: 'full',
  run: (task, fd, address) => statFd(task, fd, address, stat64Bytes),
})

/** fstatat64(2) of 32-bit programs. */
export const compatFstatat64 = /* @__PURE__ */ defineSyscall('compat_sys_ia32_fstatat64', {
  args: [['dfd', compatAtFd], ['filename', path], ['statbuf', stat64Out], ['flag', atFlags]],
  uses: [files, fs],
  run: (task, dfd, filename, address, bits) => statPath(task, dfd | 0, filename, address, bits, stat64Bytes),
})

/** The first stat(2). */
export const oldStatCall = /* @__PURE__ */ defineSyscall('stat', {
  args: [['filename', path], ['statbuf', oldStatOut]],
  uses: [files, fs],
  run: (task, filename, address) => statPath(task, AT.AT_FDCWD, filename, address, 0, oldStat),
})

/** The first lstat(2). */
export const oldLstat = /* @__PURE__ */ defineSyscall('lstat', {
  args: [['filename', path], ['statbuf', oldStatOut]],
  uses: [files, fs],
  run: (task, filename, address) => statPath(task, AT.AT_FDCWD, filename, address, NOFOLLOW, oldStat),
})

/** The first fstat(2). */
export const oldFstat = /* @__PURE__ */ defineSyscall('fstat', {
  args: [['fd', ufd], ['statbuf', oldStatOut]],
  uses: [files, fs],
  run: (task, fd, address) => statFd(task, fd, address, oldStat),
})
