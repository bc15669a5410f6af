import { EAGAIN, EBUSY, EFAULT, EINVAL, ENODEV, ENOSPC, ENOTDIR, EPERM } from '../../abi/errno.js'
import { CAP } from '../../abi/flags/capability.js'
import { AT } from '../../abi/flags/fcntl.js'
import { MS_MOUNT, UMOUNT } from '../../abi/flags/mount.js'
import { isDirectory, lookupUser, type FsTask } from '../../fs/namei.js'
import { ProcFs } from '../../fs/proc/procfs.js'
import { SysFs } from '../../fs/sysfs.js'
import { Tmpfs } from '../../fs/tmpfs.js'
import { vfsOf } from '../../fs/vfs.js'
import { capable } from '../../kernel/creds.js'
import { files } from '../../kernel/ports/files.js'
import { fs, type Mount, type SuperBlock } from '../../kernel/ports/fs.js'
import { flags } from '../codecs.js'
import { cstring, path, voidPointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { typed } from '../codecs.js'

const mountFlags = /* @__PURE__ */ flags('mount', MS_MOUNT, 'unsigned long')
const umountFlags = /* @__PURE__ */ flags('umount', UMOUNT)
const source = /* @__PURE__ */ typed(cstring, 'char *')
const target = /* @__PURE__ */ typed(path, 'char *')

/** Flags that stay with a mount. */
const KEPT = MS_MOUNT.MS_RDONLY | MS_MOUNT.MS_NOSUID | MS_MOUNT.MS_NODEV | MS_MOUNT.MS_NOEXEC | MS_MOUNT.MS_NOATIME | MS_MOUNT.MS_NODIRATIME

/** Suffixes of sizes. Linux: memparse. */
const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1 << 20, g: 1 << 30 }

/** A new file system of a type; null for types that do not exist here. */
function makeFs(task: FsTask, type: string, data: string): SuperBlock | null {
  if (type === 'proc') return new ProcFs(task.kernel)
  if (type === 'sysfs') return new SysFs(task.kernel)
  if (type !== 'tmpfs' && type !== 'ramfs') return null
  const option = (name: string, pattern: string): string | undefined => new RegExp(`(?:^|,)${name}=(${pattern})(?:,|$)`, 'i').exec(data)?.[1]
  const count = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number.parseInt(text, 10) * (UNITS[text.slice(-1).toLowerCase()] ?? 1))
  const mode = option('mode', '[0-7]+')
  const size = count(option('size', '\\d+[kmg]?'))
  const pages = size === undefined ? count(option('nr_blocks', '\\d+[kmg]?')) : Math.ceil(size / 4096)
  const inodes = count(option('nr_inodes', '\\d+[kmg]?'))
  const sb = new Tmpfs(task.kernel, { ...(mode === undefined ? {} : { mode: Number.parseInt(mode, 8) }), ...(pages === undefined ? {} : { pages }), ...(inodes === undefined ? {} : { inodes }) })
  sb.root.inode.uid = count(option('uid', '\\d+')) ?? task.creds.fsuid
  sb.root.inode.gid = count(option('gid', '\\d+')) ?? task.creds.fsgid
  return sb
}

/** An optional string: NULL is the empty one. */
function optional(task: FsTask, address: number): string | number {
  return address === 0 ? '' : task.memory.string(address, 4096)
}

/** fs.mount-max: mounts of a namespace. */
const MOUNT_MAX = 100_000

/** mount(2). Linux: do_mount. */
export const mount = /* @__PURE__ */ defineSyscall('mount', {
  args: [['dev_name', source], ['dir_name', target], ['type', source], ['flags', mountFlags], ['data', voidPointer]],
  uses: [files, fs],
  note: 'tmpfs, ramfs, proc and a sysfs of empty folders; bind mounts and remounting of flags; one namespace, no propagation',
  run(task, devName, dirName, typeName, bits, dataAddress) {
    const type = optional(task, typeName)
    const device = optional(task, devName)
    if (typeof type === 'number') return type
    if (typeof device === 'number') return device
    const data = dataAddress === 0 ? '' : task.memory.string(dataAddress, 4096)
    if (data === -EFAULT || typeof data === 'number') return -EFAULT
    const at = lookupUser(task, AT.AT_FDCWD, dirName)
    if (typeof at === 'number') return at
    if (!capable(task.creds, CAP.CAP_SYS_ADMIN)) return -EPERM
    const vfs = vfsOf(task.kernel)
    const kept = bits & KEPT
    if ((bits & MS_MOUNT.MS_REMOUNT) !== 0) {
      if (at.dentry !== at.mount.root) return -EINVAL
      if ((bits & MS_MOUNT.MS_RDONLY) !== 0 && [...vfs.files.values()].some((file) => file.writable && file.path.mount === at.mount)) return -EBUSY
      at.mount.flags = (at.mount.flags & ~KEPT) | kept
      return 0
    }
    if ((bits & MS_MOUNT.MS_BIND) !== 0) {
      const from = lookupUser(task, AT.AT_FDCWD, devName)
      if (typeof from === 'number') return from
      if (isDirectory(from) !== isDirectory(at)) return -ENOTDIR
      if (vfs.mounts.length >= MOUNT_MAX) return -ENOSPC
      vfs.mount(from.mount.sb, from.mount.source, at, from.mount.flags, from.dentry)
      return 0
    }
    if ((bits & (MS_MOUNT.MS_SHARED | MS_MOUNT.MS_PRIVATE | MS_MOUNT.MS_SLAVE | MS_MOUNT.MS_UNBINDABLE)) !== 0) return at.dentry === at.mount.root ? 0 : -EINVAL
    if ((bits & MS_MOUNT.MS_MOVE) !== 0 || type === '') return -EINVAL
    const sb = makeFs(task, type, data)
    if (sb === null) return -ENODEV
    if (!isDirectory(at)) return -ENOTDIR
    if (vfs.mounts.length >= MOUNT_MAX) return -ENOSPC
    vfs.mount(sb, device === '' ? 'none' : device, at, kept)
    return 0
  },
})

function inUse(task: FsTask, gone: Mount): boolean {
  const vfs = vfsOf(task.kernel)
  if (vfs.mounts.some((other) => other.parent === gone)) return true
  for (const file of vfs.files.values()) if (file.path.mount === gone) return true
  return task.fs.cwd.mount === gone || task.fs.root.mount === gone
}

/** Linux: ksys_umount, do_umount. */
function umountOf(task: FsTask, name: number, bits: number): number {
  if ((bits & ~(UMOUNT.MNT_FORCE | UMOUNT.MNT_DETACH | UMOUNT.MNT_EXPIRE | UMOUNT.UMOUNT_NOFOLLOW)) !== 0) return -EINVAL
  const at = lookupUser(task, AT.AT_FDCWD, name, { follow: (bits & UMOUNT.UMOUNT_NOFOLLOW) === 0 })
  if (typeof at === 'number') return at
  if (!capable(task.creds, CAP.CAP_SYS_ADMIN)) return -EPERM
  const { mounts } = vfsOf(task.kernel)
  if (at.dentry !== at.mount.root || at.mount.parent === null) return -EINVAL
  const expire = (bits & UMOUNT.MNT_EXPIRE) !== 0
  if (expire && (bits & (UMOUNT.MNT_FORCE | UMOUNT.MNT_DETACH)) !== 0) return -EINVAL
  if ((bits & UMOUNT.MNT_DETACH) === 0 && inUse(task, at.mount)) return -EBUSY
  if (expire && !at.mount.expiring) {
    at.mount.expiring = true
    return -EAGAIN
  }
  mounts.splice(mounts.indexOf(at.mount), 1)
  return 0
}

/** umount2(2). */
export const umount = /* @__PURE__ */ defineSyscall('umount', {
  args: [['name', target], ['flags', umountFlags]],
  uses: [files, fs],
  note: 'what MNT_EXPIRE marked stays marked when it is used',
  run: (task, name, bits) => umountOf(task, name, bits),
})

/** The first umount(2). */
export const oldumount = /* @__PURE__ */ defineSyscall('oldumount', {
  args: [['name', target]],
  uses: [files, fs],
  run: (task, name) => umountOf(task, name, 0),
})
