import { EBADF, EFAULT, EINVAL } from '../../abi/errno.js'
import { AT } from '../../abi/flags/fcntl.js'
import { MS_MOUNT } from '../../abi/flags/mount.js'
import { STATFS_FLAGS } from '../../abi/flags/stat.js'
import { structBytes } from '../../abi/structs/layout.js'
import { STATFS64_ILP32, STATFS_ILP32, STATFS_LP64, USTAT_ILP32, USTAT_LP64 } from '../../abi/structs/statfs.js'
import { encodeDev } from '../../fs/constants.js'
import { lookupUser, type FsTask } from '../../fs/namei.js'
import { files } from '../../kernel/ports/files.js'
import { fs, type Mount } from '../../kernel/ports/fs.js'
import { dev, ufd } from '../codecs.js'
import { compatSizeT } from '../codecs-compat.js'
import { path, pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const statfsOut = /* @__PURE__ */ pointer('struct statfs', 'out')
const compatStatfsOut = /* @__PURE__ */ pointer('struct compat_statfs', 'out')
const compatStatfs64Out = /* @__PURE__ */ pointer('struct compat_statfs64', 'out')
const ustatOut = /* @__PURE__ */ pointer('struct ustat', 'out')
const compatUstatOut = /* @__PURE__ */ pointer('struct compat_ustat', 'out')
/** What 32-bit programs must give as the structure's size. */
const SIZE_OF_STATFS64 = 84

/** Linux: flags_by_mnt. */
function mountFlags(mount: Mount): number {
  const { flags } = mount
  const pairs: readonly (readonly [number, number])[] = [
    [MS_MOUNT.MS_RDONLY, STATFS_FLAGS.ST_RDONLY], [MS_MOUNT.MS_NOSUID, STATFS_FLAGS.ST_NOSUID], [MS_MOUNT.MS_NODEV, STATFS_FLAGS.ST_NODEV],
    [MS_MOUNT.MS_NOEXEC, STATFS_FLAGS.ST_NOEXEC], [MS_MOUNT.MS_NOATIME, STATFS_FLAGS.ST_NOATIME], [MS_MOUNT.MS_NODIRATIME, STATFS_FLAGS.ST_NODIRATIME],
    [MS_MOUNT.MS_RELATIME, STATFS_FLAGS.ST_RELATIME],
  ]
  return pairs.reduce((sum, [bit, shown]) => ((flags & bit) !== 0 ? sum | shown : sum), STATFS_FLAGS.ST_VALID as number)
}

function valuesOf(mount: Mount) {
  const { type, blockSize, blocks, free, available, files: inodes, filesFree, fsid, nameLength } = mount.sb.statfs()
  return {
    f_type: type, f_bsize: blockSize, f_blocks: blocks, f_bfree: free, f_bavail: available, f_files: inodes, f_ffree: filesFree,
    f_fsid_val: fsid, f_namelen: nameLength, f_frsize: blockSize, f_flags: mountFlags(mount),
  }
}

function put(task: FsTask, address: number, bytes: Uint8Array): number {
  return task.memory.copyTo(address, bytes) < bytes.length ? -EFAULT : 0
}

function mountAt(task: FsTask, pathname: number): Mount | number {
  const found = lookupUser(task, AT.AT_FDCWD, pathname)
  return typeof found === 'number' ? found : found.mount
}

function mountOf(task: FsTask, fd: number): Mount | number {
  return task.files.getRaw(fd)?.path.mount ?? -EBADF
}

function answer(task: FsTask, mount: Mount | number, address: number, form: 'lp64' | 'ilp32' | 'statfs64'): number {
  if (typeof mount === 'number') return mount
  const values = valuesOf(mount)
  const bytes = form === 'lp64' ? structBytes(STATFS_LP64, values) : form === 'ilp32' ? structBytes(STATFS_ILP32, values) : structBytes(STATFS64_ILP32, values)
  return put(task, address, bytes)
}

/** statfs(2). */
export const statfs = /* @__PURE__ */ defineSyscall('statfs', {
  args: [['pathname', path], ['buf', statfsOut]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname, address) => answer(task, mountAt(task, pathname), address, 'lp64'),
})

/** fstatfs(2). */
export const fstatfs = /* @__PURE__ */ defineSyscall('fstatfs', {
  args: [['fd', ufd], ['buf', statfsOut]],
  uses: [files, fs],
  level: 'full',
  run: (task, fd, address) => answer(task, mountOf(task, fd), address, 'lp64'),
})

/** statfs(2) of 32-bit programs. */
export const compatStatfs = /* @__PURE__ */ defineSyscall('compat_sys_statfs', {
  args: [['pathname', path], ['buf', compatStatfsOut]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname, address) => answer(task, mountAt(task, pathname), address, 'ilp32'),
})

/** fstatfs(2) of 32-bit programs. */
export const compatFstatfs = /* @__PURE__ */ defineSyscall('compat_sys_fstatfs', {
  args: [['fd', ufd], ['buf', compatStatfsOut]],
  uses: [files, fs],
  level: 'full',
  run: (task, fd, address) => answer(task, mountOf(task, fd), address, 'ilp32'),
})

/** statfs64(2) of 32-bit programs. */
export const compatStatfs64 = /* @__PURE__ */ defineSyscall('compat_sys_statfs64', {
  args: [['pathname', path], ['sz', compatSizeT], ['buf', compatStatfs64Out]],
  uses: [files, fs],
  run: (task, pathname, size, address) => (size !== SIZE_OF_STATFS64 ? -EINVAL : answer(task, mountAt(task, pathname), address, 'statfs64')),
})

/** fstatfs64(2) of 32-bit programs. */
export const compatFstatfs64 = /* @__PURE__ */ defineSyscall('compat_sys_fstatfs64', {
  args: [['fd', ufd], ['sz', compatSizeT], ['buf', compatStatfs64Out]],
  uses: [files, fs],
  level: 'full',
  run: (task, fd, size, address) => (size !== SIZE_OF_STATFS64 ? -EINVAL : answer(task, mountOf(task, fd), address, 'statfs64')),
})

/** The mount of a device number as ustat(2) gets it; -EINVAL when none is mounted. */
function mountOfDevice(task: FsTask, device: number): Mount | number {
  return task.fs.root.mount.namespace.mounts.find((mount) => encodeDev(mount.sb.dev) === device) ?? -EINVAL
}

/** ustat(2). */
export const ustat = /* @__PURE__ */ defineSyscall('ustat', {
  args: [['dev', dev], ['ubuf', ustatOut]],
  uses: [files, fs],
  run(task, device, address) {
    const mount = mountOfDevice(task, device)
    if (typeof mount === 'number') return mount
    const { free, filesFree } = mount.sb.statfs()
    return put(task, address, structBytes(USTAT_LP64, { f_tfree: free, f_tinode: filesFree }))
  },
})

/** ustat(2) of 32-bit programs. */
export const compatUstat = /* @__PURE__ */ defineSyscall('compat_sys_ustat', {
  args: [['dev', dev], ['u', compatUstatOut]],
  uses: [files, fs],
  run(task, device, address) {
    const mount = mountOfDevice(task, device)
    if (typeof mount === 'number') return mount
    const { free, filesFree } = mount.sb.statfs()
    return put(task, address, structBytes(USTAT_ILP32, { f_tfree: free, f_tinode: filesFree }))
  },
})
