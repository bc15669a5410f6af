import { PT_REGS as P, THREAD } from '../x86/context-layout.js'
import { loadSegment, setBase, setSelector, SREG } from '../x86/segments.js'
import {
  chooseStack, FIX_EFLAGS, FXSAVE_SIZE, HANDLER_CLEARS, onAltStack, type RestoredSignal, SA, type SignalContext, type SignalDelivery, SS, writeFxsave,
} from '../x86/signal-context.js'
import { alignDown, setSlot } from '../x86/words.js'
import { fsaveFromFxsave, FSAVE_SIZE, fxsaveWithFsave } from './fsave.js'

/** Offsets in `struct sigcontext_32`, from its start (uapi/asm/sigcontext.h). */
export const SIGCONTEXT32 = {
  gs: 0, fs: 4, es: 8, ds: 12, di: 16, si: 20, bp: 24, sp: 28, bx: 32, dx: 36, cx: 40, ax: 44, trapno: 48, err: 52,
  ip: 56, cs: 60, flags: 64, spAtSignal: 68, ss: 72, fpstate: 76, oldmask: 80, cr2: 84, size: 88,
} as const

/** Offsets in `struct sigframe_ia32`: handlers installed without SA_SIGINFO. */
export const FRAME32 = {
  pretcode: 0, sig: 4, sc: 8, // sigcontext
  fpstateUnused: 96, // 624 bytes where the FPU image was before 2.6.29
  extramask: 720, retcode: 724, size: 732,
} as const

/** Offsets in `struct rt_sigframe_ia32`. */
export const RT_FRAME32 = {
  pretcode: 0, sig: 4, pinfo: 8, puc: 12,
  info: 16, // siginfo_t, 128 bytes
  uc: 144, // ucontext: flags 0, link 4, stack 8 (sp, flags, size), mcontext 20, sigmask 108
  ucStack: 152, mcontext: 164, sigmask: 252,
  retcode: 260, size: 268,
} as const

/** `popl %eax; movl $119,%eax; int $0x80`: no longer run, but debuggers know frames by it. */
const SIGRETURN_CODE = [0x58, 0xb8, 0x77, 0, 0, 0, 0xcd, 0x80]
/** `movl $173,%eax; int $0x80` */
const RT_SIGRETURN_CODE = [0xb8, 0xad, 0, 0, 0, 0xcd, 0x80, 0]

const REGISTERS: readonly (readonly [context: number, regs: number])[] = [
  [SIGCONTEXT32.di, P.rdi], [SIGCONTEXT32.si, P.rsi], [SIGCONTEXT32.bp, P.rbp], [SIGCONTEXT32.sp, P.rsp], [SIGCONTEXT32.bx, P.rbx],
  [SIGCONTEXT32.dx, P.rdx], [SIGCONTEXT32.cx, P.rcx], [SIGCONTEXT32.ax, P.rax], [SIGCONTEXT32.ip, P.rip],
]

/**
 * Builds a 32-bit program's frame for a handler without SA_SIGINFO (`ia32_setup_frame`), on i386 kernels and for compat
 * tasks.
 *
 * @returns false when it cannot be written: the task gets SIGSEGV
 */
export function setupFrame32(context: SignalContext, delivery: SignalDelivery): boolean {
  const at = placeFrame(context, delivery, FRAME32.size)
  if (at === null) return false
  const bytes = new Uint8Array(FRAME32.size)
  if (!context.user.read(at.frame, bytes)) return false // what the kernel does not write stays
  const v = new DataView(bytes.buffer)
  v.setUint32(FRAME32.pretcode, returnAddress(delivery, delivery.vdsoSigreturn, at.frame + FRAME32.retcode), true)
  v.setInt32(FRAME32.sig, delivery.signal, true)
  putContext(context, delivery, v, FRAME32.sc, at.fpstate)
  v.setUint32(FRAME32.extramask, delivery.maskHigh, true)
  bytes.set(SIGRETURN_CODE, FRAME32.retcode)
  return finish(context, delivery, at.frame, bytes, 0, 0)
}

/** Builds a 32-bit program's frame for a handler with SA_SIGINFO (`ia32_setup_rt_frame`). Returns as {@link setupFrame32}. */
export function setupRtFrame32(context: SignalContext, delivery: SignalDelivery): boolean {
  const at = placeFrame(context, delivery, RT_FRAME32.size)
  if (at === null) return false
  const { frame } = at
  const bytes = new Uint8Array(RT_FRAME32.size)
  if (!context.user.read(frame, bytes)) return false
  const v = new DataView(bytes.buffer)
  v.setUint32(RT_FRAME32.pretcode, returnAddress(delivery, delivery.vdsoRtSigreturn, frame + RT_FRAME32.retcode), true)
  v.setInt32(RT_FRAME32.sig, delivery.signal, true)
  v.setUint32(RT_FRAME32.pinfo, frame + RT_FRAME32.info, true)
  v.setUint32(RT_FRAME32.puc, frame + RT_FRAME32.uc, true)
  v.setUint32(RT_FRAME32.uc, 0, true) // uc_flags: UC_FP_XSTATE comes with XSAVE only
  v.setUint32(RT_FRAME32.uc + 4, 0, true)
  v.setUint32(RT_FRAME32.ucStack, delivery.altStack.sp, true)
  v.setUint32(RT_FRAME32.ucStack + 4, delivery.altStack.flags, true)
  v.setUint32(RT_FRAME32.ucStack + 8, delivery.altStack.size, true)
  putContext(context, delivery, v, RT_FRAME32.mcontext, at.fpstate)
  v.setUint32(RT_FRAME32.sigmask, delivery.maskLow, true)
  v.setUint32(RT_FRAME32.sigmask + 4, delivery.maskHigh, true)
  bytes.set(RT_SIGRETURN_CODE, RT_FRAME32.retcode)
  bytes.set(delivery.siginfo.subarray(0, 128), RT_FRAME32.info)
  return finish(context, delivery, frame, bytes, frame + RT_FRAME32.info, frame + RT_FRAME32.uc)
}

function returnAddress(delivery: SignalDelivery, vdso: number, retcode: number): number {
  if ((delivery.flags & SA.RESTORER) !== 0) return delivery.restorer
  return vdso !== 0 ? vdso : retcode
}

/** `get_sigframe` for 32-bit programs: FSAVE's image below FXSAVE's, and (esp + 4) a multiple of 16 at the handler's entry. */
function placeFrame(context: SignalContext, delivery: SignalDelivery, size: number): { frame: number; fpstate: number } | null {
  const { cpu: { memory, profile }, regs } = context
  const sp = memory.u32[(regs + P.rsp) >>> 2]!
  const { altStack } = delivery
  const nested = (altStack.flags & SS.AUTODISARM) === 0 && onAltStack(altStack, sp)
  const start = chooseStack(delivery, sp)
  const legacy = (delivery.flags & (SA.ONSTACK | SA.RESTORER)) === 0 && !nested && delivery.restorer !== 0
    && memory.u16[(regs + P.ss) >>> 1] !== profile.selectors.userDs
  if (legacy) { // a program on a stack segment of its own names its signal stack by sa_restorer
    start.sp = delivery.restorer
    start.entering = true
  }
  const fxsave = alignDown(start.sp - FXSAVE_SIZE, 64)
  const fpstate = fxsave - FSAVE_SIZE
  const frame = alignDown(fpstate - size + 4, 16) - 4
  if ((nested || start.entering) && !legacy && !onAltStack(altStack, frame)) return null
  if (!writeFxsave(context, fxsave, FSAVE_SIZE)) return null
  const image = new Uint8Array(FXSAVE_SIZE)
  context.fpu.save(image)
  const cs = memory.u16[(regs + P.cs) >>> 1]!, ds = memory.u16[(regs + THREAD.ds) >>> 1]!
  return context.user.write(fpstate, fsaveFromFxsave(image, profile.kernel === 'x86_64' ? { cs, ds } : null)) ? { frame, fpstate } : null
}

function putContext(context: SignalContext, delivery: SignalDelivery, v: DataView, at: number, fpstate: number): void {
  const { cpu: { memory }, regs } = context
  const C = SIGCONTEXT32
  for (const [to, from] of REGISTERS) v.setUint32(at + to, memory.u32[(regs + from) >>> 2]!, true)
  v.setUint32(at + C.gs, memory.u16[(regs + THREAD.gs) >>> 1]!, true)
  v.setUint32(at + C.fs, memory.u16[(regs + THREAD.fs) >>> 1]!, true)
  v.setUint32(at + C.es, memory.u16[(regs + THREAD.es) >>> 1]!, true)
  v.setUint32(at + C.ds, memory.u16[(regs + THREAD.ds) >>> 1]!, true)
  v.setUint32(at + C.trapno, delivery.trapNumber, true)
  v.setUint32(at + C.err, delivery.errorCode, true)
  v.setUint32(at + C.cs, memory.u16[(regs + P.cs) >>> 1]!, true)
  v.setUint32(at + C.flags, memory.u32[(regs + P.rflags) >>> 2]!, true)
  v.setUint32(at + C.spAtSignal, memory.u32[(regs + P.rsp) >>> 2]!, true)
  v.setUint32(at + C.ss, memory.u16[(regs + P.ss) >>> 1]!, true)
  v.setUint32(at + C.fpstate, fpstate, true)
  v.setUint32(at + C.oldmask, delivery.maskLow, true)
  v.setUint32(at + C.cr2, delivery.cr2 >>> 0, true)
}

/** Writes the frame and sets the registers: arguments on the stack, and in eax, edx, ecx for handlers with regparm(3). */
function finish(context: SignalContext, delivery: SignalDelivery, frame: number, bytes: Uint8Array, info: number, uc: number): boolean {
  const { cpu, regs } = context
  const { memory } = cpu
  if (!context.user.write(frame, bytes)) return false
  const { user32Cs, userDs } = cpu.profile.selectors
  setSlot(memory, regs + P.rsp, frame)
  setSlot(memory, regs + P.rip, delivery.handler >>> 0)
  setSlot(memory, regs + P.rax, delivery.signal)
  setSlot(memory, regs + P.rdx, info)
  setSlot(memory, regs + P.rcx, uc)
  setSelector(cpu, regs, SREG.ds, userDs)
  setSelector(cpu, regs, SREG.es, userDs)
  setSlot(memory, regs + P.cs, user32Cs)
  setSlot(memory, regs + P.ss, userDs)
  memory.i32[(regs + P.rflags) >>> 2]! &= ~HANDLER_CLEARS
  context.fpu.clear()
  return true
}

/** `sigreturn` of a 32-bit program: the frame lies 8 bytes below esp. Returns as restoreFrame64. */
export function restoreFrame32(context: SignalContext): RestoredSignal | null {
  const { cpu: { memory }, regs, user } = context
  const bytes = new Uint8Array(FRAME32.size)
  if (!user.read(memory.u32[(regs + P.rsp) >>> 2]! - 8, bytes)) return null
  const v = new DataView(bytes.buffer)
  const mask = { maskLow: v.getUint32(FRAME32.sc + SIGCONTEXT32.oldmask, true), maskHigh: v.getUint32(FRAME32.extramask, true), altStack: null }
  return restoreContext(context, v, FRAME32.sc) ? mask : null
}

/** `rt_sigreturn` of a 32-bit program: the frame lies 4 bytes below esp. Returns as restoreFrame64. */
export function restoreRtFrame32(context: SignalContext): RestoredSignal | null {
  const { cpu: { memory }, regs, user } = context
  const bytes = new Uint8Array(RT_FRAME32.size)
  if (!user.read(memory.u32[(regs + P.rsp) >>> 2]! - 4, bytes)) return null
  const v = new DataView(bytes.buffer)
  const S = RT_FRAME32.ucStack
  const altStack = { sp: v.getUint32(S, true), flags: v.getUint32(S + 4, true), size: v.getUint32(S + 8, true) }
  const mask = { maskLow: v.getUint32(RT_FRAME32.sigmask, true), maskHigh: v.getUint32(RT_FRAME32.sigmask + 4, true), altStack }
  return restoreContext(context, v, RT_FRAME32.mcontext) ? mask : null
}

/** `ia32_restore_sigcontext`. */
function restoreContext(context: SignalContext, v: DataView, at: number): boolean {
  const { cpu, regs } = context
  const { memory } = cpu
  const C = SIGCONTEXT32
  for (const [from, to] of REGISTERS) setSlot(memory, regs + to, v.getUint32(at + from, true))
  setSlot(memory, regs + P.cs, v.getUint16(at + C.cs, true) | 3)
  setSlot(memory, regs + P.ss, v.getUint16(at + C.ss, true) | 3)
  const flags = memory.u32[(regs + P.rflags) >>> 2]!
  memory.u32[(regs + P.rflags) >>> 2] = (flags & ~FIX_EFLAGS) | (v.getUint32(at + C.flags, true) & FIX_EFLAGS)
  setSlot(memory, regs + P.orig_rax, -1)
  for (const [sreg, from] of [[SREG.gs, C.gs], [SREG.fs, C.fs], [SREG.ds, C.ds], [SREG.es, C.es]] as const) reloadSegment(context, sreg, v.getUint16(at + from, true))
  return restoreFpu(context, v.getUint32(at + C.fpstate, true))
}

/** Loads a selector as the kernel does: one that faults becomes null instead. */
function reloadSegment({ cpu, regs }: SignalContext, sreg: number, saved: number): void {
  const selector = saved < 4 && cpu.profile.differences.sigreturnKeepsNullSelectors ? saved : saved | 3
  if (loadSegment(cpu, regs, sreg, selector) < 0) return
  setSelector(cpu, regs, sreg, 0)
  if (sreg >= SREG.fs) setBase(cpu, regs, sreg, 0)
}

/** x87 comes from the FSAVE part, the rest from FXSAVE's; x86_64 kernels refuse reserved MXCSR bits, i386 ones clear them. */
function restoreFpu(context: SignalContext, at: number): boolean {
  const { fpu, user, cpu } = context
  if (at === 0) {
    fpu.clear()
    return true
  }
  const legacy = new Uint8Array(FSAVE_SIZE), image = new Uint8Array(FXSAVE_SIZE)
  const mxcsr = new DataView(image.buffer)
  let valid = user.read(at, legacy) && user.read(at + FSAVE_SIZE, image)
  if (cpu.profile.kernel === 'i386') mxcsr.setUint32(24, mxcsr.getUint32(24, true) & fpu.mxcsrMask, true)
  else valid &&= (mxcsr.getUint32(24, true) & ~fpu.mxcsrMask) === 0
  if (valid) fpu.load(fxsaveWithFsave(image, legacy, cpu.profile.kernel === 'x86_64'))
  else fpu.clear()
  return valid
}
