import { EBADF, EFAULT, EINTR, EINVAL, EPERM } from '../../abi/errno.js'
import { EPOLL_CTL, EPOLL_EVENTS, EPOLL_FLAGS } from '../../abi/flags/poll.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { anonInode } from '../../fs/anonymous.js'
import { Epoll } from '../../fs/epoll.js'
import { nofile } from '../../fs/file-table.js'
import { vfsOf } from '../../fs/vfs.js'
import { files, type File } from '../../kernel/ports/files.js'
import { BLOCKED } from '../../kernel/results.js'
import { signals, type TaskSignals } from '../../kernel/signals/state.js'
import { enumeration, fd, flags, int, sizeT, typed } from '../codecs.js'
import { compatSizeT } from '../codecs-compat.js'
import { array, pointer, sigsetIn, timespecIn } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from './io.js'
import { accessOk } from './iovec.js'
import { restoreMask, takeDeadline, useMask } from './poll-wait.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** epoll_wait and its kin: the pinned instance, and until when. */
    epoll: { readonly file: number; readonly deadline: number }
  }
}

const createFlags = /* @__PURE__ */ flags('epoll_create', EPOLL_FLAGS)
const operation = /* @__PURE__ */ enumeration('epoll_ctl', EPOLL_CTL)
const eventIn = /* @__PURE__ */ pointer('struct epoll_event', 'in')
const eventsOut = /* @__PURE__ */ array('struct epoll_event', 'out')
const maskIn = /* @__PURE__ */ typed(sigsetIn, 'const sigset_t *')
const compatMaskIn = /* @__PURE__ */ typed(sigsetIn, 'const compat_sigset_t *')
/** Bytes of struct epoll_event, packed on x86. */
const EVENT_SIZE = 12

function create(task: FilesTask, bits: number): number {
  if ((bits & ~EPOLL_FLAGS.EPOLL_CLOEXEC) !== 0) return -EINVAL
  const file = anonInode(task.kernel, '[eventpoll]', OPEN_FLAGS.O_RDWR, new Epoll(vfsOf(task.kernel)))
  const made = task.files.install(file, nofile(task), 0, bits !== 0)
  if (made < 0) file.release()
  return made
}

/** epoll_create(2). */
export const epollCreate = /* @__PURE__ */ defineSyscall('epoll_create', {
  args: [['size', int]],
  uses: [files],
  level: 'full',
  run: (task, size) => (size <= 0 ? -EINVAL : create(task, 0)),
})

/** epoll_create1(2). */
export const epollCreate1 = /* @__PURE__ */ defineSyscall('epoll_create1', {
  args: [['flags', createFlags]],
  uses: [files],
  level: 'full',
  run: (task, bits) => create(task, bits),
})

/** Linux: do_epoll_ctl. */
function control(task: FilesTask, epfd: number, op: number, target: number, address: number): number {
  let events = 0, low = 0, high = 0
  if (op !== EPOLL_CTL.EPOLL_CTL_DEL) {
    const bytes = new Uint8Array(EVENT_SIZE)
    if (task.memory.copyFrom(address, bytes) < EVENT_SIZE) return -EFAULT
    const view = new DataView(bytes.buffer)
    events = view.getInt32(0, true)
    low = view.getUint32(4, true)
    high = view.getUint32(8, true)
  }
  const instance = task.files.get(epfd)
  const file = task.files.get(target)
  if (instance === null || file === null) return -EBADF
  if (file.ops.poll === undefined) return -EPERM
  const { ops } = instance
  if (instance === file || !(ops instanceof Epoll)) return -EINVAL
  const exclusive = (events & EPOLL_EVENTS.EPOLLEXCLUSIVE) !== 0
  if (exclusive && (op === EPOLL_CTL.EPOLL_CTL_MOD || (op === EPOLL_CTL.EPOLL_CTL_ADD && (file.ops instanceof Epoll || (events & EPOLL_EVENTS.EPOLLONESHOT) !== 0)))) return -EINVAL
  switch (op) {
    case EPOLL_CTL.EPOLL_CTL_ADD: return ops.add(target, file, events, low, high)
    case EPOLL_CTL.EPOLL_CTL_MOD: return ops.modify(target, file, events, low, high)
    case EPOLL_CTL.EPOLL_CTL_DEL: return ops.remove(target, file)
    default: return -EINVAL
  }
}

/** epoll_ctl(2). */
export const epollCtl = /* @__PURE__ */ defineSyscall('epoll_ctl', {
  args: [['epfd', fd], ['op', operation], ['fd', fd], ['event', eventIn]],
  uses: [files],
  level: 'full',
  run: (task, epfd, op, target, address) => control(task, epfd, op, target, address),
})

/** Linux: do_epoll_wait, ep_poll. */
function wait(task: FilesTask, epfd: number, address: number, most: number, deadline: number): number {
  const waiting = task.progressOf('epoll')
  const file: File | null = waiting === null ? task.files.get(epfd) : task.files.byId(waiting.file)
  if (file === null) return -EBADF
  if (most <= 0 || most > 0x7fffffff / EVENT_SIZE) return -EINVAL
  if (!accessOk(address, most * EVENT_SIZE)) return -EFAULT
  const { ops } = file
  if (!(ops instanceof Epoll)) return -EINVAL
  const until = waiting?.deadline ?? deadline
  const ready = ops.take(most, task)
  if (ready.length === 0 && task.kernel.clock.monotonic() < until) {
    if (waiting === null) task.pin(file)
    return task.block('epoll', { file: file.id, deadline: until }, ops.queues(file, task), { deadline: until, interrupted: -EINTR, exclusive: ops.exclusiveQueues(task) })
  }
  const bytes = new Uint8Array(ready.length * EVENT_SIZE)
  const view = new DataView(bytes.buffer)
  ready.forEach(({ events, dataLow, dataHigh }, i) => {
    view.setUint32(i * EVENT_SIZE, events, true)
    view.setUint32(i * EVENT_SIZE + 4, dataLow, true)
    view.setUint32(i * EVENT_SIZE + 8, dataHigh, true)
  })
  return task.memory.copyTo(address, bytes) < bytes.length ? -EFAULT : ready.length
}

function afterMilliseconds(task: FilesTask, timeout: number): number {
  return timeout < 0 ? Infinity : task.kernel.clock.monotonic() + timeout * 1e6
}

type EpollTask = FilesTask & { readonly signals: TaskSignals }

/** The same with a mask in force while it waits. */
function waitMasked(task: EpollTask, epfd: number, address: number, most: number, deadline: number, mask: number, size: number): number {
  if (deadline < 0) return deadline
  const refused = task.progressOf('epoll') === null ? useMask(task, mask, size) : 0
  if (refused !== 0) return refused
  const result = wait(task, epfd, address, most, deadline)
  if (result !== BLOCKED && result !== -EINTR) restoreMask(task)
  return result
}

/** epoll_wait(2). */
export const epollWait = /* @__PURE__ */ defineSyscall('epoll_wait', {
  args: [['epfd', fd], ['events', eventsOut], ['maxevents', int], ['timeout', int]],
  uses: [files],
  note: 'edges of files that do not count their changes are seen when their bits change',
  run: (task, epfd, address, most, timeout) => wait(task, epfd, address, most, afterMilliseconds(task, timeout)),
})

/** epoll_pwait(2). */
export const epollPwait = /* @__PURE__ */ defineSyscall('epoll_pwait', {
  args: [['epfd', fd], ['events', eventsOut], ['maxevents', int], ['timeout', int], ['sigmask', maskIn], ['sigsetsize', sizeT]],
  uses: [files, signals],
  level: 'full',
  run: (task, epfd, address, most, timeout, mask, size) => waitMasked(task, epfd, address, most, afterMilliseconds(task, timeout), mask, size),
})

/** epoll_pwait2(2). */
export const epollPwait2 = /* @__PURE__ */ defineSyscall('epoll_pwait2', {
  args: [['epfd', fd], ['events', eventsOut], ['maxevents', int], ['timeout', timespecIn], ['sigmask', maskIn], ['sigsetsize', sizeT]],
  uses: [files, signals],
  run: (task, epfd, address, most, timeout, mask, size) =>
    waitMasked(task, epfd, address, most, task.progressOf('epoll')?.deadline ?? takeDeadline(task, timeout, 64), mask, size),
})

/** epoll_pwait2(2) of 32-bit programs. */
export const compatEpollPwait2 = /* @__PURE__ */ defineSyscall('compat_sys_epoll_pwait2', {
  args: [['epfd', fd], ['events', eventsOut], ['maxevents', int], ['timeout', timespecIn], ['sigmask', compatMaskIn], ['sigsetsize', compatSizeT]],
  uses: [files, signals],
  run: (task, epfd, address, most, timeout, mask, size) =>
    waitMasked(task, epfd, address, most, task.progressOf('epoll')?.deadline ?? takeDeadline(task, timeout, 64), mask, size),
})
