import { EFAULT, EINVAL } from '../../abi/errno.js'
import { POLL } from '../../abi/flags/poll.js'
import { nofile } from '../../fs/file-table.js'
import { files, type File } from '../../kernel/ports/files.js'
import { BLOCKED, ERESTART } from '../../kernel/results.js'
import { signals, type TaskSignals } from '../../kernel/signals/state.js'
import type { Task } from '../../kernel/task.js'
import type { WaitQueue } from '../../kernel/wait-queue.js'
import { restartLater } from '../../kernel/restart.js'
import { int, sizeT, typed, uint } from '../codecs.js'
import { compatSizeT } from '../codecs-compat.js'
import { array, pointer, sigsetIn } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from './io.js'
import { finishWait, takeDeadline, useMask } from './poll-wait.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** poll and ppoll: what is asked (copied at first entry; files by id, -1 for none) and until when. */
    poll: { readonly asked: readonly PollEntry[]; readonly deadline: number }
  }
}

/** One element of the array: what is asked of which open file. */
export interface PollEntry {
  readonly fd: number
  readonly events: number
  /** Id of the file; -1 when the descriptor is not open. */
  readonly file: number
}

const ALWAYS = POLL.POLLERR | POLL.POLLHUP
/** What files without a poll operation say. */
const DEFAULT_BITS = POLL.POLLIN | POLL.POLLOUT | POLL.POLLRDNORM | POLL.POLLWRNORM

/** Ready bits of an open file. */
export function pollFile(file: File, task: Task): number {
  return file.ops.poll?.(file, task) ?? DEFAULT_BITS
}

const pollfds = /* @__PURE__ */ array('struct pollfd', 'inout')
const timespec = /* @__PURE__ */ pointer('struct __kernel_timespec', 'inout')
const timespec32 = /* @__PURE__ */ pointer('struct old_timespec32', 'inout')
const maskIn = /* @__PURE__ */ typed(sigsetIn, 'const sigset_t *')
const compatMaskIn = /* @__PURE__ */ typed(sigsetIn, 'const compat_sigset_t *')

function importEntries(task: FilesTask, address: number, count: number): PollEntry[] | number {
  if (count > nofile(task)) return -EINVAL
  const bytes = new Uint8Array(count * 8)
  if (task.memory.copyFrom(address, bytes) < bytes.length) return -EFAULT
  const view = new DataView(bytes.buffer)
  return Array.from({ length: count }, (_, i): PollEntry => {
    const fd = view.getInt32(i * 8, true)
    return { fd, events: view.getUint16(i * 8 + 4, true), file: task.files.get(fd)?.id ?? -1 }
  })
}

function bitsOf(task: FilesTask, { fd, events, file }: PollEntry): number {
  if (fd < 0) return 0
  const open = task.files.byId(file)
  return open === null ? POLL.POLLNVAL : pollFile(open, task) & (events | ALWAYS)
}

function queuesOf(task: FilesTask, asked: readonly PollEntry[]): WaitQueue[] {
  const queues = new Set<WaitQueue>()
  for (const { file } of asked) {
    const open = task.files.byId(file)
    for (const queue of open?.ops.queues?.(open, task) ?? []) queues.add(queue)
  }
  return [...queues]
}

/** Linux: do_sys_poll without its restart. */
function poll(task: FilesTask, address: number, count: number, deadline: number, interrupted: number): number {
  const waiting = task.progressOf('poll')
  const asked = waiting?.asked ?? importEntries(task, address, count)
  if (typeof asked === 'number') return asked
  const until = waiting?.deadline ?? deadline
  const found = asked.map((entry) => bitsOf(task, entry))
  const ready = found.filter((bits) => bits !== 0).length
  if (ready === 0 && task.kernel.clock.monotonic() < until) {
    if (waiting === null) for (const { file } of asked) {
      const open = task.files.byId(file)
      if (open !== null) task.pin(open)
    }
    const result = task.block('poll', { asked, deadline: until }, queuesOf(task, asked), { deadline: until, interrupted })
    if (result === BLOCKED) return BLOCKED
    if (!putResults(task, address, found)) return -EFAULT
    return result === ERESTART.restartBlock ? restartLater(task, 'poll', { asked, deadline: until }) : result
  }
  return putResults(task, address, found) ? ready : -EFAULT
}

function putResults(task: FilesTask, address: number, found: readonly number[]): boolean {
  return found.every((bits, i) => task.memory.copyTo(address + i * 8 + 6, Uint8Array.of(bits, bits >> 8)) === 2)
}

/** poll(2). Interrupted, it goes on by restart_syscall with the same deadline. */
export const pollCall = /* @__PURE__ */ defineSyscall('poll', {
  args: [['ufds', pollfds], ['nfds', uint], ['timeout_msecs', int]],
  uses: [files],
  level: 'full',
  run(task, address, count, timeout) {
    const deadline = timeout < 0 ? Infinity : task.kernel.clock.monotonic() + timeout * 1e6
    return poll(task, address, count, deadline, ERESTART.restartBlock)
  },
})

type PollTask = FilesTask & { readonly signals: TaskSignals }

function ppoll(task: PollTask, address: number, count: number, timeout: number, width: 64 | 32, mask: number, size: number): number {
  const waiting = task.progressOf('poll')
  const deadline = waiting?.deadline ?? takeDeadline(task, timeout, width)
  if (deadline < 0) return deadline
  if (waiting === null) {
    const refused = useMask(task, mask, size)
    if (refused !== 0) return refused
  }
  return finishWait(task, poll(task, address, count, deadline, ERESTART.noHand), timeout, deadline, width)
}

/** ppoll(2). */
export const ppoll64 = /* @__PURE__ */ defineSyscall('ppoll', {
  args: [['ufds', pollfds], ['nfds', uint], ['tsp', timespec], ['sigmask', maskIn], ['sigsetsize', sizeT]],
  uses: [files, signals],
  level: 'full',
  run: (task, address, count, timeout, mask, size) => ppoll(task, address, count, timeout, 64, mask, size),
})

/** ppoll(2) of 32-bit programs with 32-bit times. */
export const compatPpollTime32 = /* @__PURE__ */ defineSyscall('compat_sys_ppoll_time32', {
  args: [['ufds', pollfds], ['nfds', uint], ['tsp', timespec32], ['sigmask', compatMaskIn], ['sigsetsize', compatSizeT]],
  uses: [files, signals],
  level: 'full',
  run: (task, address, count, timeout, mask, size) => ppoll(task, address, count, timeout, 32, mask, size),
})

/** ppoll(2) of 32-bit programs with 64-bit times. */
export const compatPpollTime64 = /* @__PURE__ */ defineSyscall('compat_sys_ppoll_time64', {
  args: [['ufds', pollfds], ['nfds', uint], ['tsp', timespec], ['sigmask', compatMaskIn], ['sigsetsize', compatSizeT]],
  uses: [files, signals],
  run: (task, address, count, timeout, mask, size) => ppoll(task, address, count, timeout, 64, mask, size),
})
