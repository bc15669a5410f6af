import { SIGNALS, SI_CODES } from '../abi/flags/signals.js'
import { FPU, PT_REGS, THREAD } from '../arch/x86/context-layout.js'
import type { ExceptionRecord } from '../arch/x86/ways.js'
import type { SignalInfo } from '../kernel/ports/signals.js'
import type { Task } from '../kernel/task.js'

/** si_code values of faults (asm-generic/siginfo.h). */
const CODE = { fpeIntDiv: 1, trapBrkpt: 1, trapTrace: 2, trapHwBreak: 4, illOpn: 2, segvMapErr: 1, segvAccErr: 2, busAdrAln: 1, busAdrErr: 2 } as const

/** Linux's signal for an exception of user code (arch/x86/kernel/traps.c and mm/fault.c of 6.18). */
export function signalOfException(task: Task, e: Readonly<ExceptionRecord>, software: boolean): SignalInfo {
  const { i32 } = task.kernel.memory
  const rip = (task.regs + PT_REGS.rip) >> 2
  const ip = i32[rip + 1]! * 4294967296 + (i32[rip]! >>> 0)
  const fault = { trapNr: e.vector, errorCode: e.errorCode }
  const plain = (signo: number): SignalInfo => ({ signo, code: SI_CODES.SI_KERNEL, ...fault })
  const at = (signo: number, code: number, address: number): SignalInfo => ({ signo, code, address, ...fault })
  switch (e.vector) {
    case 0: return at(SIGNALS.SIGFPE, CODE.fpeIntDiv, ip)
    case 1: return at(SIGNALS.SIGTRAP, software ? CODE.trapBrkpt : CODE.trapTrace, ip)
    case 3: return plain(SIGNALS.SIGTRAP)
    case 6: return at(SIGNALS.SIGILL, CODE.illOpn, ip)
    case 11: case 12: return plain(SIGNALS.SIGBUS)
    case 14: return pageFault(task, e)
    case 16: case 19: return at(SIGNALS.SIGFPE, floatCode(task, e.vector === 16), ip)
    case 17: return at(SIGNALS.SIGBUS, CODE.busAdrAln, 0)
    default: return plain(SIGNALS.SIGSEGV) // #OF, #BR, #TS, #GP and what user code cannot raise
  }
}

function pageFault(task: Task, e: Readonly<ExceptionRecord>): SignalInfo {
  const { mm } = task
  const user = e.address >= 0 && e.address < mm.limit
  // looked up afresh: what the CPU tried last need not be the access that faulted
  if (user) mm.translate(e.address - (e.address % 4096), (e.errorCode & 16) !== 0 ? 16 : (e.errorCode & 2) !== 0 ? 2 : 0)
  const why = user ? mm.fault : 'maperr'
  // an address of the kernel looks protected, so that nothing is learnt of its mappings (sanitize_error_code)
  const errorCode = e.address >= 0 && e.address < task.kernel.cpuState.profile.taskSizeMax ? e.errorCode : e.errorCode | 1
  const info = { address: e.address, trapNr: 14, errorCode, cr2: e.address }
  if (why === 'buserr') return { signo: SIGNALS.SIGBUS, code: CODE.busAdrErr, ...info }
  if (why === 'oom') return { signo: SIGNALS.SIGKILL, code: SI_CODES.SI_KERNEL }
  return { signo: SIGNALS.SIGSEGV, code: why === 'accerr' ? CODE.segvAccErr : CODE.segvMapErr, ...info }
}

/** Linux: fpu__exception_code: the first unmasked exception, in the order invalid, zero divide, overflow, underflow or denormal, precision. */
function floatCode(task: Task, x87: boolean): number {
  const { view } = task.kernel.memory
  const fpu = task.regs + THREAD.fpu
  const mxcsr = view.getUint32(fpu + FPU.mxcsr, true)
  const errors = x87 ? view.getUint16(fpu + FPU.fsw, true) & ~view.getUint16(fpu + FPU.fcw, true) : mxcsr & ~(mxcsr >>> 7)
  if ((errors & 1) !== 0) return 7 // FPE_FLTINV
  if ((errors & 4) !== 0) return 3 // FPE_FLTDIV
  if ((errors & 8) !== 0) return 4 // FPE_FLTOVF
  if ((errors & 0x12) !== 0) return 5 // FPE_FLTUND
  if ((errors & 0x20) !== 0) return 6 // FPE_FLTRES
  return 0
}
