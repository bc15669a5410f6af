import { EFAULT } from '../abi/errno.js'
import { SIGNALS, SI_CODES } from '../abi/flags/signals.js'
import { PT_REGS as P } from '../arch/x86/context-layout.js'
import { setSlot, slotAddress } from '../arch/x86/words.js'
import type { ExceptionRecord } from '../arch/x86/ways.js'
import type { SignalInfo } from '../kernel/ports/signals.js'
import type { Task } from '../kernel/task.js'
import { getcpu } from '../syscalls/process/schedule.js'
import { gettimeofday, time } from '../syscalls/time/clocks.js'

/** VSYSCALL_ADDR: the page at 0xffffffffff600000, which 64-bit programs built before the vDSO call. It holds no code to read. */
const VSYSCALL = -0xa00000
/** SEGV_MAPERR */
const MAP_ERROR = 1
/** The calls at multiples of 1024, with how many pointers each takes. */
const CALLS = [
  { pointers: 2, run: (task: Task, di: number, si: number): number => gettimeofday.run(task, di, si) },
  { pointers: 1, run: (task: Task, di: number): number => time.run(task, di) },
  { pointers: 2, run: (task: Task, di: number, si: number): number => getcpu.run(task, di, si, 0) },
] as const

/**
 * A page fault of user code that fetched an instruction from the vsyscall page: the kernel makes the call and returns to
 * the caller, without a system call that a tracer would see. Linux: emulate_vsyscall with vsyscall=xonly, the default.
 *
 * @returns null when it was no such fetch, 'done' when the call is made, else the signal of a bad one
 */
export function emulateVsyscall(task: Task, e: Readonly<ExceptionRecord>): SignalInfo | 'done' | null {
  const { profile } = task.kernel.cpuState
  if (e.vector !== 14 || (e.errorCode & 0x16) !== 0x14 || profile.kernel !== 'x86_64' || e.address < VSYSCALL || e.address >= VSYSCALL + 4096) return null
  const { memory: frames } = task.kernel
  const at = e.address - VSYSCALL
  const call = at % 1024 === 0 ? CALLS[at / 1024] : undefined
  const stack = slotAddress(frames, task.regs + P.rsp)
  const back = new Uint8Array(8)
  const bad: SignalInfo = { signo: SIGNALS.SIGSEGV, code: SI_CODES.SI_KERNEL }
  if (call === undefined || task.memory.copyFrom(stack, back) < 8) return bad
  const [di, si] = [slotAddress(frames, task.regs + P.rdi), slotAddress(frames, task.regs + P.rsi)]
  for (const pointer of call.pointers === 2 ? [di, si] : [di]) { // write_ok_or_segv
    if (pointer < 0 || pointer >= profile.taskSizeMax) return { signo: SIGNALS.SIGSEGV, code: MAP_ERROR, address: pointer, trapNr: 14, errorCode: 6, cr2: pointer }
  }
  const result = call.run(task, di, si)
  if (result === -EFAULT) return bad
  setSlot(frames, task.regs + P.rax, result)
  frames.u8.set(back, task.regs + P.rip)
  setSlot(frames, task.regs + P.rsp, stack + 8)
  return 'done'
}
