import { EBADF, EFAULT, EINVAL } from '../../abi/errno.js'
import { POLL } from '../../abi/flags/poll.js'
import { files } from '../../kernel/ports/files.js'
import { BLOCKED, ERESTART } from '../../kernel/results.js'
import { signals, type TaskSignals } from '../../kernel/signals/state.js'
import type { WaitQueue } from '../../kernel/wait-queue.js'
import { int } from '../codecs.js'
import { pointer, voidPointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { putPair, takePair } from '../time/timespec.js'
import type { FilesTask } from './io.js'
import { finishWait, takeDeadline, useMask } from './poll-wait.js'
import { pollFile } from './poll.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** select and pselect6: the sets as bytes, the files of their descriptors by id, and until when. */
    select: { readonly sets: readonly (readonly number[] | null)[]; readonly open: readonly (readonly [fd: number, file: number])[]; readonly deadline: number }
  }
}

type Progress = { readonly sets: readonly (readonly number[] | null)[]; readonly open: readonly (readonly [number, number])[]; readonly deadline: number }

const setPointer = /* @__PURE__ */ pointer('fd_set', 'inout')
const compatSetPointer = /* @__PURE__ */ pointer('compat_ulong_t', 'inout')
const timeval = /* @__PURE__ */ pointer('struct __kernel_old_timeval', 'inout')
const timeval32 = /* @__PURE__ */ pointer('struct old_timeval32', 'inout')
const timespec = /* @__PURE__ */ pointer('struct __kernel_timespec', 'inout')
const timespec32 = /* @__PURE__ */ pointer('struct old_timespec32', 'inout')
const selectArgs = /* @__PURE__ */ pointer('struct compat_sel_arg_struct', 'in')

/** What makes a descriptor ready in each set (POLLIN_SET, POLLOUT_SET, POLLEX_SET of fs/select.c). */
const READY = [
  POLL.POLLRDNORM | POLL.POLLRDBAND | POLL.POLLIN | POLL.POLLHUP | POLL.POLLERR | POLL.POLLNVAL,
  POLL.POLLWRBAND | POLL.POLLWRNORM | POLL.POLLOUT | POLL.POLLERR | POLL.POLLNVAL,
  POLL.POLLPRI | POLL.POLLNVAL,
] as const

function has(set: readonly number[] | null, fd: number): boolean {
  return set !== null && ((set[fd >> 3] ?? 0) & (1 << (fd & 7))) !== 0
}

/** Copies the sets in and finds the files. Linux: core_sys_select, max_select_fd. */
function importSets(task: FilesTask, n: number, addresses: readonly number[], word: number, deadline: number): Progress | number {
  if (n < 0) return -EINVAL
  const open = task.files.descriptors()
  const slots = Math.max(64, (open[open.length - 1] ?? 0) + 1)
  const count = Math.min(n, slots)
  const length = Math.ceil(count / (word * 8)) * word
  const sets: (number[] | null)[] = []
  for (const address of addresses) {
    const bytes = new Uint8Array(length)
    if (address !== 0 && task.memory.copyFrom(address, bytes) < length) return -EFAULT
    sets.push(address === 0 ? null : [...bytes])
  }
  const wanted: (readonly [number, number])[] = []
  for (let fd = 0; fd < count; fd++) {
    if (!sets.some((set) => has(set, fd))) continue
    const file = task.files.get(fd)
    if (file === null) return -EBADF
    wanted.push([fd, file.id])
  }
  return { sets, open: wanted, deadline }
}

function select(task: FilesTask, n: number, addresses: readonly number[], word: number, deadline: number): number {
  const waiting = task.progressOf('select')
  const state = waiting ?? importSets(task, n, addresses, word, deadline)
  if (typeof state === 'number') return state
  const result = state.sets.map((set) => (set === null ? null : new Uint8Array(set.length)))
  let ready = 0
  const queues = new Set<WaitQueue>()
  for (const [fd, id] of state.open) {
    const file = task.files.byId(id)
    const bits = file === null ? POLL.POLLNVAL : pollFile(file, task)
    READY.forEach((mask, i) => {
      const out = result[i]
      if (out === null || out === undefined || !has(state.sets[i]!, fd) || (bits & mask) === 0) return
      out[fd >> 3]! |= 1 << (fd & 7)
      ready++
    })
    for (const queue of file?.ops.queues?.(file, task) ?? []) queues.add(queue)
  }
  if (ready === 0 && task.kernel.clock.monotonic() < state.deadline) {
    if (waiting === null) for (const [, id] of state.open) {
      const file = task.files.byId(id)
      if (file !== null) task.pin(file)
    }
    return task.block('select', state, [...queues], { deadline: state.deadline, interrupted: ERESTART.noHand })
  }
  return result.every((set, i) => set === null || task.memory.copyTo(addresses[i]!, set) === set.length) ? ready : -EFAULT
}

/** select(2) with a timeval, whose rest is written back. Linux: kern_select. */
function selectTimeval(task: FilesTask, n: number, addresses: readonly number[], time: number, width: 64 | 32): number {
  let deadline = task.progressOf('select')?.deadline ?? Infinity
  if (task.progressOf('select') === null && time !== 0) {
    const pair = takePair(task, time, width)
    if (pair === null) return -EFAULT
    if (pair[0] < 0 || pair[1] < 0) return -EINVAL
    deadline = task.kernel.clock.monotonic() + pair[0] * 1e9 + pair[1] * 1000
  }
  const result = select(task, n, addresses, width === 64 ? 8 : 4, deadline)
  if (result === BLOCKED || time === 0) return result
  const left = Math.max(0, deadline - task.kernel.clock.monotonic())
  putPair(task, time, Math.floor(left / 1e9), Math.floor((left % 1e9) / 1000), width)
  return result
}

/** select(2). */
export const selectCall = /* @__PURE__ */ defineSyscall('select', {
  args: [['n', int], ['inp', setPointer], ['outp', setPointer], ['exp', setPointer], ['tvp', timeval]],
  uses: [files],
  level: 'full',
  run: (task, n, inp, outp, exp, time) => selectTimeval(task, n, [inp, outp, exp], time, 64),
})

/** select(2) of 32-bit programs. */
export const compatSelect = /* @__PURE__ */ defineSyscall('compat_sys_select', {
  args: [['n', int], ['inp', compatSetPointer], ['outp', compatSetPointer], ['exp', compatSetPointer], ['tvp', timeval32]],
  uses: [files],
  level: 'full',
  run: (task, n, inp, outp, exp, time) => selectTimeval(task, n, [inp, outp, exp], time, 32),
})

/** The first select(2) of 32-bit programs: its arguments lie in memory. */
export const compatOldSelect = /* @__PURE__ */ defineSyscall('compat_sys_old_select', {
  args: [['arg', selectArgs]],
  uses: [files],
  level: 'full',
  run(task, address) {
    const bytes = new Uint8Array(20)
    if (task.memory.copyFrom(address, bytes) < 20) return -EFAULT
    const view = new DataView(bytes.buffer)
    const word = (i: number): number => view.getUint32(4 * i, true)
    return selectTimeval(task, word(0) | 0, [word(1), word(2), word(3)], word(4), 32)
  },
})

type SelectTask = FilesTask & { readonly signals: TaskSignals }

/** pselect6: the last argument points to the mask and its size. Linux: do_pselect, get_sigset_argpack. */
function pselect(task: SelectTask, n: number, addresses: readonly number[], time: number, sig: number, width: 64 | 32, wide: boolean): number {
  const waiting = task.progressOf('select')
  if (waiting === null) {
    const pack = new Uint8Array(wide ? 16 : 8)
    if (sig !== 0 && task.memory.copyFrom(sig, pack) < pack.length) return -EFAULT
    const view = new DataView(pack.buffer)
    const mask = wide ? view.getInt32(4, true) * 4294967296 + view.getUint32(0, true) : view.getUint32(0, true)
    const deadline = takeDeadline(task, time, width)
    if (deadline < 0) return deadline
    const refused = useMask(task, mask, view.getUint32(wide ? 8 : 4, true))
    if (refused !== 0) return refused
    return finishWait(task, select(task, n, addresses, wide ? 8 : 4, deadline), time, deadline, width)
  }
  return finishWait(task, select(task, n, addresses, wide ? 8 : 4, waiting.deadline), time, waiting.deadline, width)
}

/** pselect6(2). */
export const pselect6 = /* @__PURE__ */ defineSyscall('pselect6', {
  args: [['n', int], ['inp', setPointer], ['outp', setPointer], ['exp', setPointer], ['tsp', timespec], ['sig', voidPointer]],
  uses: [files, signals],
  level: 'full',
  run: (task, n, inp, outp, exp, time, sig) => pselect(task, n, [inp, outp, exp], time, sig, 64, true),
})

/** pselect6(2) of 32-bit programs with 32-bit times. */
export const compatPselect6Time32 = /* @__PURE__ */ defineSyscall('compat_sys_pselect6_time32', {
  args: [['n', int], ['inp', compatSetPointer], ['outp', compatSetPointer], ['exp', compatSetPointer], ['tsp', timespec32], ['sig', voidPointer]],
  uses: [files, signals],
  level: 'full',
  run: (task, n, inp, outp, exp, time, sig) => pselect(task, n, [inp, outp, exp], time, sig, 32, false),
})

/** pselect6(2) of 32-bit programs with 64-bit times. */
export const compatPselect6Time64 = /* @__PURE__ */ defineSyscall('compat_sys_pselect6_time64', {
  args: [['n', int], ['inp', compatSetPointer], ['outp', compatSetPointer], ['exp', compatSetPointer], ['tsp', timespec], ['sig', voidPointer]],
  uses: [files, signals],
  run: (task, n, inp, outp, exp, time, sig) => pselect(task, n, [inp, outp, exp], time, sig, 64, false),
})
