import { EAGAIN, EBADF, ECHILD, EFAULT, EINVAL } from '../../abi/errno.js'
import { WAIT, WAIT_ID } from '../../abi/flags/clone.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { SIGNALS } from '../../abi/flags/signals.js'
import { processOf } from '../../fs/pidfd.js'
import { groupTimes } from '../../kernel/cpu-timers.js'
import { children, type ProcessState } from '../../kernel/processes.js'
import { files, type FileTable } from '../../kernel/ports/files.js'
import { siginfoBytes } from '../../kernel/signals/siginfo.js'
import type { Task } from '../../kernel/task.js'
import type { ThreadGroup } from '../../kernel/thread-group.js'
import { enumeration, flags, int, pid, typed } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { rusageBytes } from './usage.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** Waiting for a child: nothing to remember but the call itself. */
    wait: Record<never, never>
  }
}

const { WNOHANG, WUNTRACED, WCONTINUED, WEXITED, WNOWAIT, __WNOTHREAD, __WCLONE, __WALL } = WAIT
const options = /* @__PURE__ */ flags('wait', { WNOHANG, WUNTRACED, WCONTINUED, __WNOTHREAD, __WCLONE, __WALL })
const idOptions = /* @__PURE__ */ flags('waitid', { WNOHANG, WUNTRACED, WCONTINUED, WEXITED, WNOWAIT, __WNOTHREAD, __WCLONE, __WALL })
const compatPid = /* @__PURE__ */ typed(pid, 'compat_pid_t')
const statusOut = /* @__PURE__ */ pointer('int', 'out')
const idType = /* @__PURE__ */ enumeration('waitid', WAIT_ID)

type WaitTask = Task & { readonly children: ProcessState }
type FilesWaitTask = WaitTask & { readonly files: FileTable }

/** A child's change: what to report, and whether waiting takes it away. */
interface Change {
  readonly group: ThreadGroup
  readonly kind: 'exited' | 'stopped' | 'continued'
  /** Wait status. */
  readonly status: number
}

type Matches = (group: ThreadGroup) => boolean

/** Which children pid means. Linux: kernel_wait4. */
function byPid(task: Task, id: number): Matches {
  if (id < -1) return (g) => g.pgid === -id
  if (id === -1) return () => true
  if (id === 0) return (g) => g.pgid === task.group.pgid
  return (g) => g.tgid === id
}

/** The first child with something to report. Null: none yet; undefined: no such children. Linux: do_wait_pid, wait_consider_task. */
function look(task: WaitTask, matches: Matches, how: number): Change | null | undefined {
  const clones = (how & WAIT.__WCLONE) !== 0
  const mine = [...task.group.children].filter((g) => matches(g) && ((how & WAIT.__WALL) !== 0 || (g.exitSignal !== SIGNALS.SIGCHLD) === clones))
  if (mine.length === 0) return undefined
  for (const group of mine) {
    if (group.exitStatus !== null) {
      if ((how & WAIT.WEXITED) !== 0) return { group, kind: 'exited', status: group.exitStatus }
      continue
    }
    const change = task.children.changes.get(group.tgid)
    if (change === 'stopped' && (how & WAIT.WUNTRACED) !== 0) return { group, kind: 'stopped', status: ((task.kernel.signals?.stopSignal(group.leader) ?? SIGNALS.SIGSTOP) << 8) | 0x7f }
    if (change === 'continued' && (how & WAIT.WCONTINUED) !== 0) return { group, kind: 'continued', status: 0xffff }
  }
  return null
}

/** A child's own time and that of the children it waited for. Linux: getrusage with RUSAGE_BOTH. */
function timesWithChildren(group: ThreadGroup): { user: number; system: number } {
  const { user, system } = groupTimes(group)
  return { user: user + group.childTimes.user, system: system + group.childTimes.system }
}

function usageOf(group: ThreadGroup, is64: boolean): Uint8Array {
  const { user, system } = timesWithChildren(group)
  return rusageBytes(user, system, 0, is64)
}

/** Takes the report; an ended child is gone then. */
function take(task: WaitTask, change: Change, how: number): void {
  if ((how & WAIT.WNOWAIT) !== 0) return
  const { group } = change
  task.children.changes.delete(group.tgid)
  if (change.kind !== 'exited') return
  const { childTimes } = task.group
  const used = timesWithChildren(group)
  childTimes.user += used.user
  childTimes.system += used.system
  task.group.children.delete(group)
  task.kernel.reap(group.leader)
}

function wait(task: WaitTask, matches: Matches, how: number): Change | number {
  const found = look(task, matches, how)
  if (found === undefined) return -ECHILD
  if (found !== null) return found
  if ((how & WAIT.WNOHANG) !== 0) return 0
  return task.block('wait', {}, [task.children.queue])
}

function wait4Of(task: WaitTask, id: number, status: number, how: number, usage: number, is64: boolean): number {
  if ((how & ~(WAIT.WNOHANG | WAIT.WUNTRACED | WAIT.WCONTINUED | WAIT.__WNOTHREAD | WAIT.__WCLONE | WAIT.__WALL)) !== 0) return -EINVAL
  if (id === -0x80000000) return -3
  const change = wait(task, byPid(task, id), how | WAIT.WEXITED)
  if (typeof change === 'number') return change
  const { tgid } = change.group
  const bytes = usageOf(change.group, is64)
  take(task, change, how)
  if (status !== 0 && task.memory.putU32(status, change.status) !== 0) return -EFAULT
  if (usage !== 0 && task.memory.copyTo(usage, bytes) < bytes.length) return -EFAULT
  return tgid
}

function waitidOf(task: FilesWaitTask, which: number, id: number, info: number, how: number, usage: number, is64: boolean): number {
  if ((how & ~(WAIT.WNOHANG | WAIT.WNOWAIT | WAIT.WEXITED | WAIT.WUNTRACED | WAIT.WCONTINUED | WAIT.__WNOTHREAD | WAIT.__WCLONE | WAIT.__WALL)) !== 0) return -EINVAL
  if ((how & (WAIT.WEXITED | WAIT.WUNTRACED | WAIT.WCONTINUED)) === 0) return -EINVAL
  let matches: Matches
  switch (which) {
    case WAIT_ID.P_ALL: matches = () => true; break
    case WAIT_ID.P_PID:
      if (id <= 0) return -EINVAL
      matches = (g) => g.tgid === id
      break
    case WAIT_ID.P_PGID:
      if (id < 0) return -EINVAL
      matches = byPid(task, id === 0 ? 0 : -id)
      break
    case WAIT_ID.P_PIDFD: {
      const file = id < 0 ? undefined : task.files.get(id)
      if (file === undefined) return -EINVAL
      const process = processOf(file)
      if (process === null) return -EBADF
      const poll = ((file?.flags ?? 0) & OPEN_FLAGS.O_NONBLOCK) !== 0 && (how & WAIT.WNOHANG) === 0
      const found = poll ? wait(task, (g) => g === process.group, how | WAIT.WNOHANG) : 1
      if (found === 0) return -EAGAIN
      matches = (g) => g === process.group
      break
    }
    default: return -EINVAL
  }
  const change = wait(task, matches, how)
  if (typeof change === 'number' && change !== 0) return change
  let bytes = new Uint8Array(128)
  if (typeof change !== 'number') {
    const { status, group, kind } = change
    const killed = kind === 'exited' && (status & 0x7f) !== 0
    const code = kind === 'exited' ? (killed ? ((status & 0x80) !== 0 ? 3 : 2) : 1) : kind === 'stopped' ? 5 : 6
    const value = kind === 'exited' ? (killed ? status & 0x7f : (status >> 8) & 0xff) : kind === 'stopped' ? (status >> 8) & 0xff : SIGNALS.SIGCONT
    bytes = siginfoBytes({ signo: SIGNALS.SIGCHLD, code, pid: group.tgid, uid: group.leader.creds.uid, status: value }, is64).slice()
    const used = usageOf(group, is64)
    take(task, change, how)
    if (usage !== 0 && task.memory.copyTo(usage, used) < used.length) return -EFAULT
  }
  // only the fields of SIGCHLD are written: signo, errno, code, pid, uid, status
  const end = is64 ? 28 : 24
  return info !== 0 && task.memory.copyTo(info, bytes, 0, end) < end ? -EFAULT : 0
}

/** wait4(2). Linux: kernel/exit.c. */
export const wait4 = /* @__PURE__ */ defineSyscall('wait4', { args: [['upid', pid], ['stat_addr', statusOut], ['options', options], ['ru', /* @__PURE__ */ pointer('struct rusage', 'out')]], uses: [children], level: 'full', run: (task, id, status, how, usage) => wait4Of(task, id, status, how, usage, true) })
/** wait4(2) of 32-bit programs. */
export const compatWait4 = /* @__PURE__ */ defineSyscall('compat_sys_wait4', { args: [['pid', compatPid], ['stat_addr', /* @__PURE__ */ pointer('compat_uint_t', 'out')], ['options', int], ['ru', /* @__PURE__ */ pointer('struct compat_rusage', 'out')]], uses: [children], level: 'full', run: (task, id, status, how, usage) => wait4Of(task, id, status, how, usage, false) })
/** waitpid(2) of 32-bit programs. */
export const waitpid = /* @__PURE__ */ defineSyscall('waitpid', { args: [['pid', pid], ['stat_addr', statusOut], ['options', options]], uses: [children], level: 'full', run: (task, id, status, how) => wait4Of(task, id, status, how, 0, false) })
/** waitid(2). */
export const waitid = /* @__PURE__ */ defineSyscall('waitid', {
  args: [['which', idType], ['upid', pid], ['infop', /* @__PURE__ */ pointer('struct siginfo', 'out')], ['options', idOptions], ['ru', /* @__PURE__ */ pointer('struct rusage', 'out')]],
  level: 'full',
  uses: [children, files], run: (task, which, id, info, how, usage) => waitidOf(task, which, id, info, how, usage, true),
})
/** waitid(2) of 32-bit programs. */
export const compatWaitid = /* @__PURE__ */ defineSyscall('compat_sys_waitid', {
  args: [['which', int], ['pid', compatPid], ['infop', /* @__PURE__ */ pointer('struct compat_siginfo', 'out')], ['options', int], ['uru', /* @__PURE__ */ pointer('struct compat_rusage', 'out')]],
  level: 'full',
  uses: [children, files], run: (task, which, id, info, how, usage) => waitidOf(task, which, id, info, how, usage, false),
})
