import { EBADF, EEXIST, EINVAL, EMFILE } from '../../abi/errno.js'
import { AT } from '../../abi/flags/fcntl.js'
import { IN_EVENTS, IN_FLAGS } from '../../abi/flags/inotify.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { anonInode } from '../../fs/anonymous.js'
import { MAY } from '../../fs/constants.js'
import { nofile } from '../../fs/file-table.js'
import { Inotify } from '../../fs/inotify.js'
import { lookupUser } from '../../fs/namei.js'
import { inodePermission } from '../../fs/permission.js'
import { vfsOf } from '../../fs/vfs.js'
import { files } from '../../kernel/ports/files.js'
import { fs } from '../../kernel/ports/fs.js'
import type { Task } from '../../kernel/task.js'
import { fd, flags, int, typed } from '../codecs.js'
import { path } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from './io.js'

const initFlags = /* @__PURE__ */ flags('inotify_init', IN_FLAGS)
const eventMask = /* @__PURE__ */ flags('inotify_event', IN_EVENTS, 'u32')
const watchFd = /* @__PURE__ */ typed(int, '__s32')
const fdInt = /* @__PURE__ */ typed(fd, 'int')

/** ALL_INOTIFY_BITS */
const KNOWN = /* @__PURE__ */ Object.values(IN_EVENTS).reduce((all, bit) => all | bit, 0)

/** What a user has of inotify descriptors. */
function instancesOf(task: Task, uid: number): Inotify[] {
  return [...vfsOf(task.kernel).files.values()].flatMap(({ ops }) => (ops instanceof Inotify && ops.uid === uid ? [ops] : []))
}

/** Linux: do_inotify_init. */
function init(task: FilesTask, bits: number): number {
  if ((bits & ~(IN_FLAGS.IN_CLOEXEC | IN_FLAGS.IN_NONBLOCK)) !== 0) return -EINVAL
  const { inotifyInstances, inotifyEvents } = vfsOf(task.kernel).knobs
  const uid = task.creds.euid
  if (instancesOf(task, uid).length >= inotifyInstances) return -EMFILE
  const file = anonInode(task.kernel, 'inotify', OPEN_FLAGS.O_RDONLY | (bits & OPEN_FLAGS.O_NONBLOCK), new Inotify(uid, inotifyEvents))
  const made = task.files.install(file, nofile(task), 0, (bits & IN_FLAGS.IN_CLOEXEC) !== 0)
  if (made < 0) file.release()
  return made
}

/** inotify_init(2) of the kernel: without flags. */
export const inotifyInit = /* @__PURE__ */ defineSyscall('inotify_init', {
  args: [],
  uses: [files],
  level: 'full',
  run: (task) => init(task, 0),
})

/** inotify_init1(2). */
export const inotifyInit1 = /* @__PURE__ */ defineSyscall('inotify_init1', {
  args: [['flags', initFlags]],
  uses: [files],
  level: 'full',
  run: (task, bits) => init(task, bits),
})

/** inotify_add_watch(2). */
export const inotifyAddWatch = /* @__PURE__ */ defineSyscall('inotify_add_watch', {
  args: [['fd', fdInt], ['pathname', path], ['mask', eventMask]],
  uses: [files, fs],
  note: 'unmounting is not told',
  run(task, number, pathname, mask) {
    if ((mask & KNOWN) === 0 || (mask & ~KNOWN) !== 0) return -EINVAL
    const file = task.files.get(number)
    if (file === null) return -EBADF
    const both = IN_EVENTS.IN_MASK_ADD | IN_EVENTS.IN_MASK_CREATE
    const group = file.ops
    if ((mask & both) === both || !(group instanceof Inotify)) return -EINVAL
    const found = lookupUser(task, AT.AT_FDCWD, pathname, { follow: (mask & IN_EVENTS.IN_DONT_FOLLOW) === 0, directory: (mask & IN_EVENTS.IN_ONLYDIR) !== 0 })
    if (typeof found === 'number') return found
    const { inode } = found.dentry
    const denied = inodePermission(task.creds, inode, MAY.read)
    if (denied !== 0) return denied
    const watch = group.watchOf(inode)
    if (watch === undefined) {
      const watches = instancesOf(task, group.uid).reduce((sum, instance) => sum + instance.watches.size, 0)
      return group.watch(inode, mask, watches < vfsOf(task.kernel).knobs.inotifyWatches)
    }
    if ((mask & IN_EVENTS.IN_MASK_CREATE) !== 0) return -EEXIST
    watch.mask = (mask & IN_EVENTS.IN_MASK_ADD) !== 0 ? watch.mask | mask : mask
    return watch.wd
  },
})

/** inotify_rm_watch(2). */
export const inotifyRmWatch = /* @__PURE__ */ defineSyscall('inotify_rm_watch', {
  args: [['fd', fdInt], ['wd', watchFd]],
  uses: [files],
  level: 'full',
  run(task, number, wd) {
    const file = task.files.get(number)
    if (file === null) return -EBADF
    const watch = file.ops instanceof Inotify ? file.ops.watches.get(wd) : undefined
    if (watch === undefined) return -EINVAL
    watch.end()
    return 0
  },
})
