import { EFAULT, EINVAL, EPERM, ESRCH } from '../../abi/errno.js'
import { SIGNALS, SIGNAL_LIMITS, SI_CODES } from '../../abi/flags/signals.js'
import { SIGINFO_ILP32, SIGINFO_LP64 } from '../../abi/structs/signal.js'
import { capable } from '../../kernel/creds.js'
import type { SignalInfo } from '../../kernel/ports/signals.js'
import { signals } from '../../kernel/signals/state.js'
import type { Task } from '../../kernel/task.js'
import { INIT_PID } from '../../kernel/thread-group.js'
import { pid as pidCodec, signal as signalCodec, typed } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const CAP_KILL = 5
const compatPid = /* @__PURE__ */ typed(pidCodec, 'compat_pid_t')

/** Linux: check_kill_permission, kill_ok_by_cred. */
function allowed(task: Task, target: Task, signal: number): boolean {
  const { creds: mine } = task, { creds } = target
  if (target.group === task.group) return true
  return mine.euid === creds.suid || mine.euid === creds.uid || mine.uid === creds.suid || mine.uid === creds.uid || capable(mine, CAP_KILL) ||
    (signal === SIGNALS.SIGCONT && target.group.sid === task.group.sid)
}

function valid(signal: number): boolean {
  return signal >= 0 && signal <= SIGNAL_LIMITS._NSIG
}

/** Sends to a process once permission is given; 0 only asks. */
export function signalProcess(task: Task, target: Task, info: SignalInfo): number {
  if (!valid(info.signo)) return -EINVAL
  if (!allowed(task, target, info.signo)) return -EPERM
  return info.signo === 0 ? 0 : task.kernel.signals?.sendProcess(target, info) ?? 0
}

/** The kernel plays init, which is root's and ignores every signal. Linux: sig_task_ignored's rule for SIGNAL_UNKILLABLE. */
export function signalInit(task: Task, signal: number): number {
  if (!valid(signal)) return -EINVAL
  return task.creds.euid === 0 || task.creds.uid === 0 || capable(task.creds, CAP_KILL) ? 0 : -EPERM
}

/** Linux: kill_proc_info. */
function signalPid(task: Task, id: number, info: SignalInfo): number {
  const target = task.kernel.tasks.get(id)
  if (target !== undefined) return signalProcess(task, target.group.leader, info)
  return id === INIT_PID ? signalInit(task, info.signo) : -ESRCH
}

/** Linux: kill_something_info. */
function doKill(task: Task, id: number, signal: number): number {
  const { kernel } = task
  const info: SignalInfo = { signo: signal, code: SI_CODES.SI_USER, pid: task.tgid, uid: task.creds.uid }
  if (id > 0) return signalPid(task, id, info)
  if (id === -0x80000000) return -ESRCH
  const leaders = [...kernel.tasks.values()].filter((t) => t === t.group.leader)
  if (id === -1) {
    const others = leaders.filter((t) => t.pid > 1 && t.group !== task.group)
    const results = others.map((t) => signalProcess(task, t, info)).filter((r) => r !== -EPERM)
    return others.length === 0 ? -ESRCH : (results.find((r) => r !== 0) ?? 0)
  }
  const pgid = id === 0 ? task.group.pgid : -id
  const members = leaders.filter((t) => t.group.pgid === pgid)
  if (members.length === 0) return -ESRCH
  const results = members.map((t) => signalProcess(task, t, info))
  return results.includes(0) ? 0 : results[results.length - 1]!
}

/** Linux: do_send_specific. */
function sendThread(task: Task, tgid: number, id: number, info: SignalInfo): number {
  const target = task.kernel.tasks.get(id)
  if (target === undefined) return id === INIT_PID && tgid <= INIT_PID ? signalInit(task, info.signo) : -ESRCH
  if (tgid > 0 && target.tgid !== tgid) return -ESRCH
  if (!valid(info.signo)) return -EINVAL
  if (!allowed(task, target, info.signo)) return -EPERM
  if (info.signo === 0) return 0
  return target.state === 'zombie' ? 0 : (task.kernel.signals?.sendTask(target, info) ?? 0)
}

/** kill(2). */
export const kill = /* @__PURE__ */ defineSyscall('kill', { args: [['pid', pidCodec], ['sig', signalCodec]], uses: [signals], level: 'full', run: (task, id, signal) => doKill(task, id, signal) })

function threadSignal(task: Task, tgid: number, id: number, signal: number): number {
  return sendThread(task, tgid, id, { signo: signal, code: SI_CODES.SI_TKILL, pid: task.tgid, uid: task.creds.uid })
}

/** tgkill(2). */
export const tgkill = /* @__PURE__ */ defineSyscall('tgkill', {
  args: [['tgid', pidCodec], ['pid', pidCodec], ['sig', signalCodec]],
  uses: [signals],
  level: 'full',
  run: (task, tgid, id, signal) => (id <= 0 || tgid <= 0 ? -EINVAL : threadSignal(task, tgid, id, signal)),
})

/** tkill(2). */
export const tkill = /* @__PURE__ */ defineSyscall('tkill', {
  args: [['pid', pidCodec], ['sig', signalCodec]],
  uses: [signals],
  level: 'full',
  run: (task, id, signal) => (id <= 0 ? -EINVAL : threadSignal(task, 0, id, signal)),
})

/** siginfo_t that user code made: code, errno, pid, uid and value, whatever the code. Linux: post_copy_siginfo_from_user. */
export function takeInfo(task: Task, address: number, signal: number, is64: boolean): SignalInfo | null {
  const bytes = new Uint8Array(128)
  if (task.memory.copyFrom(address, bytes) < 128) return null
  const view = new DataView(bytes.buffer)
  const { fields: f } = is64 ? SIGINFO_LP64 : SIGINFO_ILP32
  const value = f.rt_sigval_sival_ptr[0]
  return {
    signo: signal, code: view.getInt32(f.si_code[0], true), errno: view.getInt32(f.si_errno[0], true), pid: view.getInt32(f.rt_pid[0], true), uid: view.getUint32(f.rt_uid[0], true),
    valueLow: view.getInt32(value, true), valueHigh: is64 ? view.getInt32(value + 4, true) : 0,
  }
}

/** Nobody may pretend to be the kernel towards others. */
export function forgedInfo(task: Task, target: number, info: SignalInfo): boolean {
  return (info.code >= 0 || info.code === SI_CODES.SI_TKILL) && task.pid !== target
}

function queueProcess(task: Task, id: number, signal: number, address: number, is64: boolean): number {
  const info = takeInfo(task, address, signal, is64)
  if (info === null) return -EFAULT
  if (forgedInfo(task, id, info)) return -EPERM
  return signalPid(task, id, info)
}

function queueThread(task: Task, tgid: number, id: number, signal: number, address: number, is64: boolean): number {
  const info = takeInfo(task, address, signal, is64)
  if (info === null) return -EFAULT
  if (id <= 0 || tgid <= 0) return -EINVAL
  if (forgedInfo(task, id, info)) return -EPERM
  return sendThread(task, tgid, id, info)
}

/** rt_sigqueueinfo(2). */
export const rtSigqueueinfo = /* @__PURE__ */ defineSyscall('rt_sigqueueinfo', {
  args: [['pid', pidCodec], ['sig', signalCodec], ['uinfo', /* @__PURE__ */ pointer('siginfo_t', 'in')]],
  uses: [signals],
  level: 'full',
  run: (task, id, signal, info) => queueProcess(task, id, signal, info, true),
})

/** rt_sigqueueinfo(2) of 32-bit programs. */
export const compatRtSigqueueinfo = /* @__PURE__ */ defineSyscall('compat_sys_rt_sigqueueinfo', {
  args: [['pid', compatPid], ['sig', signalCodec], ['uinfo', /* @__PURE__ */ pointer('struct compat_siginfo', 'in')]],
  uses: [signals],
  level: 'full',
  run: (task, id, signal, info) => queueProcess(task, id, signal, info, false),
})

/** rt_tgsigqueueinfo(2). */
export const rtTgsigqueueinfo = /* @__PURE__ */ defineSyscall('rt_tgsigqueueinfo', {
  args: [['tgid', pidCodec], ['pid', pidCodec], ['sig', signalCodec], ['uinfo', /* @__PURE__ */ pointer('siginfo_t', 'in')]],
  uses: [signals],
  level: 'full',
  run: (task, tgid, id, signal, info) => queueThread(task, tgid, id, signal, info, true),
})

/** rt_tgsigqueueinfo(2) of 32-bit programs. */
export const compatRtTgsigqueueinfo = /* @__PURE__ */ defineSyscall('compat_sys_rt_tgsigqueueinfo', {
  args: [['tgid', compatPid], ['pid', compatPid], ['sig', signalCodec], ['uinfo', /* @__PURE__ */ pointer('struct compat_siginfo', 'in')]],
  uses: [signals],
  level: 'full',
  run: (task, tgid, id, signal, info) => queueThread(task, tgid, id, signal, info, false),
})

