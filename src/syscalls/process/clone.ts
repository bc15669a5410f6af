import { CAP } from '../../abi/flags/capability.js'
import { E2BIG, EAGAIN, EFAULT, EINVAL, EPERM } from '../../abi/errno.js'
import { CLONE, CLONE3, CLONE_MASKS } from '../../abi/flags/clone.js'
import { RLIMIT } from '../../abi/flags/limits.js'
import { SIGNAL_LIMITS } from '../../abi/flags/signals.js'
import { PT_REGS, THREAD } from '../../arch/x86/context-layout.js'
import { SREG } from '../../arch/x86/segments.js'
import { setThreadArea, setUserBase, USER_DESC_SIZE } from '../../arch/x86/tls.js'
import { nofile } from '../../fs/file-table.js'
import { openPidFd } from '../../fs/pidfd.js'
import { files, type FileTable } from '../../kernel/ports/files.js'
import { capable } from '../../kernel/creds.js'
import { children } from '../../kernel/processes.js'
import type { Task } from '../../kernel/task.js'
import { sizeT } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { CLONE_COMPAT, CLONE_PLAIN, cloneArguments, type CloneArguments } from '../clone-orders.js'
import { defineSyscall } from '../define.js'
import { inheritSchedule } from './sched-attr.js'
import { abandonTask, adoptGroup } from '../../kernel/fork.js'
import { forkSpace } from '../../memory/fork.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** vfork's parent: the child that has its memory. */
    vfork: { readonly child: number }
  }
}

const UNSUPPORTED = CLONE.CLONE_NEWNS | CLONE.CLONE_NEWCGROUP | CLONE.CLONE_NEWUTS | CLONE.CLONE_NEWIPC | CLONE.CLONE_NEWUSER | CLONE.CLONE_NEWPID | CLONE.CLONE_NEWNET

/** What all forms of clone come to. Linux: struct kernel_clone_args. */
interface CloneRequest extends Omit<CloneArguments, 'flags'> {
  readonly flags: number
  readonly clearSighand: boolean
  readonly exitSignal: number
  /** Where CLONE_PIDFD puts a descriptor of the child. */
  readonly pidfd: number
}

type CloneTask = Task & { readonly files: FileTable }

/** Flags that contradict each other. Linux: copy_process. */
function checkFlags(flags: number, clearSighand: boolean): number {
  const has = (bit: number): boolean => (flags & bit) !== 0
  if (has(CLONE.CLONE_FS) && has(CLONE.CLONE_NEWNS | CLONE.CLONE_NEWUSER)) return -EINVAL
  if (has(CLONE.CLONE_THREAD) && !has(CLONE.CLONE_SIGHAND)) return -EINVAL
  if (has(CLONE.CLONE_SIGHAND) && !has(CLONE.CLONE_VM)) return -EINVAL
  if (has(CLONE.CLONE_THREAD) && has(CLONE.CLONE_NEWUSER | CLONE.CLONE_NEWPID)) return -EINVAL
  if (has(CLONE.CLONE_PIDFD) && has(CLONE.CLONE_DETACHED)) return -EINVAL
  if (clearSighand && has(CLONE.CLONE_SIGHAND)) return -EINVAL
  return has(UNSUPPORTED) ? -EPERM : 0
}

function setTls(child: Task, tls: number): number {
  const { cpuState } = child.kernel
  if (child.syscallAbi !== 'i386') return setUserBase(cpuState, child.regs, SREG.fs, tls >>> 0, Math.floor(tls / 4294967296))
  const bytes = new Uint8Array(USER_DESC_SIZE)
  if (child.memory.copyFrom(tls, bytes) < USER_DESC_SIZE) return -EFAULT
  return setThreadArea(cpuState, child.regs, new DataView(bytes.buffer), false)
}

/** The child's registers: the parent's, with 0 as the result. Linux: copy_thread. */
function copyRegisters(task: Task, child: Task, request: CloneRequest): number {
  const { u8, i32 } = task.kernel.memory
  u8.copyWithin(child.regs, task.regs, task.regs + THREAD.end)
  i32[(child.regs + PT_REGS.rax) >> 2] = 0
  i32[((child.regs + PT_REGS.rax) >> 2) + 1] = 0
  if (request.newsp !== 0) {
    i32[(child.regs + PT_REGS.rsp) >> 2] = request.newsp
    i32[((child.regs + PT_REGS.rsp) >> 2) + 1] = Math.floor(request.newsp / 4294967296)
  }
  child.is64 = task.is64
  child.abi = task.abi
  return (request.flags & CLONE.CLONE_SETTLS) !== 0 ? setTls(child, request.tls) : 0
}

/** Whether the user has as many tasks as RLIMIT_NPROC allows; root and who may go over limits has no limit. Linux: copy_process. */
function tooMany({ kernel, creds, group }: Task): boolean {
  const limit = group.rlimits[RLIMIT.RLIMIT_NPROC]!.soft
  if (creds.uid === 0 || limit === Infinity || capable(creds, CAP.CAP_SYS_RESOURCE) || capable(creds, CAP.CAP_SYS_ADMIN)) return false
  let count = 0
  for (const other of kernel.tasks.values()) if (other.creds.uid === creds.uid) count++
  return count >= limit
}

/** CLONE_PIDFD: a descriptor of the child for the parent; 0 or -errno. */
function givePidFd(task: CloneTask, child: Task, address: number): number {
  const file = openPidFd(task, child.group, false)
  const made = task.files.install(file, nofile(task), 0, true)
  if (made < 0) {
    file.release()
    return made
  }
  if (task.memory.putU32(address, made) === 0) return 0
  task.files.close(made)
  return -EFAULT
}

/** Linux: kernel_clone. */
function doClone(task: CloneTask, request: CloneRequest): number {
  const { kernel } = task
  const { flags } = request
  const waiting = task.progressOf('vfork')
  if (waiting !== null) return waitForChild(task, waiting.child)
  const invalid = checkFlags(flags, request.clearSighand)
  if (invalid !== 0) return invalid
  if (tooMany(task)) return -EAGAIN
  const shareMemory = (flags & CLONE.CLONE_VM) !== 0
  const thread = (flags & CLONE.CLONE_THREAD) !== 0
  const space = shareMemory ? task.mm : forkSpace(task.mm)
  const made = kernel.createTask({ parent: task, group: thread ? task.group : null, space, flags: flags + (request.clearSighand ? CLONE3.CLONE_CLEAR_SIGHAND : 0), creds: task.creds })
  if (typeof made === 'number') {
    if (!shareMemory) space.dispose()
    return made
  }
  if (shareMemory) space.users++
  const failed = ((flags & CLONE.CLONE_PIDFD) !== 0 ? givePidFd(task, made, request.pidfd) : 0) || copyRegisters(task, made, request)
  if (failed !== 0) {
    abandonTask(made)
    return failed
  }
  made.comm = task.comm
  made.timerSlack = made.defaultTimerSlack = task.timerSlack
  made.group.exePath = task.group.exePath
  inheritSchedule(task, made)
  made.group.oomScoreAdj = task.group.oomScoreAdj
  made.group.personality = task.group.personality
  made.group.dumpable = task.group.dumpable
  if (!thread) {
    made.group.exitSignal = request.exitSignal
    if ((flags & CLONE.CLONE_PARENT) !== 0) adoptGroup(made.group, task.group.parent)
  }
  if ((flags & CLONE.CLONE_PARENT_SETTID) !== 0) task.memory.putU32(request.parentTid, made.pid)
  if ((flags & CLONE.CLONE_CHILD_CLEARTID) !== 0) made.clearChildTid = request.childTid
  if ((flags & CLONE.CLONE_CHILD_SETTID) !== 0) made.memory.putU32(request.childTid, made.pid)
  if (!shareMemory) made.rseq = task.rseq
  if ((flags & CLONE.CLONE_VFORK) !== 0) made.vforkParent = task
  kernel.start(made)
  return (flags & CLONE.CLONE_VFORK) !== 0 ? waitForChild(task, made.pid) : made.pid
}

/** vfork's parent sleeps until the child has execed or ended; only a fatal signal ends it earlier. Linux: wait_for_vfork_done. */
function waitForChild(task: Task, child: number): number {
  if (task.kernel.tasks.get(child)?.vforkParent !== task || task.fatalPending()) return child
  return task.block('vfork', { child }, [], { killable: true })
}

function legacy(task: CloneTask, a: CloneArguments): number {
  const flags = (a.flags % 4294967296) & ~CLONE_MASKS.CSIGNAL
  const both = CLONE.CLONE_PIDFD | CLONE.CLONE_PARENT_SETTID // they share an argument
  if (task.progress === null && (flags & both) === both) return -EINVAL
  return doClone(task, { ...a, flags, pidfd: a.parentTid, clearSighand: false, exitSignal: a.flags & CLONE_MASKS.CSIGNAL })
}

const NOTE = 'namespaces give -EPERM'

/** clone(2) of 64-bit programs. */
export const clone = /* @__PURE__ */ defineSyscall('clone', { args: CLONE_PLAIN, uses: [children, files], note: NOTE, run: (task, a, b, c, d, e) => legacy(task, cloneArguments('plain', a, b, c, d, e)) })
/** clone(2) of 32-bit programs. */
export const compatClone = /* @__PURE__ */ defineSyscall('compat_sys_ia32_clone', { args: CLONE_COMPAT, uses: [children, files], note: NOTE, run: (task, a, b, c, d, e) => legacy(task, cloneArguments('backwards', a, b, c, d, e)) })

const bare = { pidfd: 0, newsp: 0, parentTid: 0, childTid: 0, tls: 0, clearSighand: false, exitSignal: 17 }

/** fork(2). */
export const fork = /* @__PURE__ */ defineSyscall('fork', { args: [], uses: [children, files], level: 'full', run: (task) => doClone(task, { ...bare, flags: 0 }) })
/** vfork(2). */
export const vfork = /* @__PURE__ */ defineSyscall('vfork', { args: [], uses: [children, files], level: 'full', run: (task) => doClone(task, { ...bare, flags: CLONE.CLONE_VFORK | CLONE.CLONE_VM }) })

/** Offsets in struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup. */
const CLONE_ARGS_SIZE = 88

/** clone3(2). Linux: copy_clone_args_from_user, clone3_args_valid. */
export const clone3 = /* @__PURE__ */ defineSyscall('clone3', {
  args: [['uargs', /* @__PURE__ */ pointer('struct clone_args', 'in')], ['size', sizeT]],
  uses: [children, files],
  note: `${NOTE}; set_tid and CLONE_INTO_CGROUP give -EINVAL`,
  run(task, address, size) {
    if (task.progress !== null) return doClone(task, { ...bare, flags: 0 })
    if (size > 4096) return -E2BIG
    if (size < 64) return -EINVAL
    const bytes = new Uint8Array(Math.max(size, CLONE_ARGS_SIZE))
    if (task.memory.copyFrom(address, bytes, 0, size) < size) return -EFAULT
    if (bytes.subarray(CLONE_ARGS_SIZE).some((b) => b !== 0)) return -E2BIG
    const view = new DataView(bytes.buffer)
    const low = (i: number): number => view.getUint32(8 * i, true)
    const high = (i: number): number => view.getUint32(8 * i + 4, true)
    const value = (i: number): number => high(i) * 4294967296 + low(i)
    const exitSignal = value(4)
    if (exitSignal > SIGNAL_LIMITS._NSIG || value(8) !== 0 || value(9) !== 0) return -EINVAL
    const flags = low(0)
    if ((high(0) & ~1) !== 0 || (flags & (CLONE.CLONE_DETACHED | (CLONE_MASKS.CSIGNAL & ~CLONE3.CLONE_NEWTIME))) !== 0) return -EINVAL
    if ((flags & (CLONE.CLONE_THREAD | CLONE.CLONE_PARENT)) !== 0 && exitSignal !== 0) return -EINVAL
    const stack = value(5), stackSize = value(6)
    if (stack === 0 ? stackSize > 0 : stackSize === 0) return -EINVAL
    if (stack !== 0 && !task.memory.accessOk(stack, stackSize)) return -EINVAL
    return doClone(task, { flags: flags | 0, pidfd: value(1), clearSighand: (high(0) & 1) !== 0, exitSignal, newsp: stack + stackSize, parentTid: value(3), childTid: value(2), tls: value(7) })
  },
})
