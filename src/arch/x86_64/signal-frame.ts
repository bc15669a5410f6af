import { PT_REGS as P } from '../x86/context-layout.js'
import { fetchDescriptor } from '../x86/gdt.js'
import { isLongCode } from '../x86/iret-check.js'
import {
  type AltStack, chooseStack, FIX_EFLAGS, FXSAVE_SIZE, HANDLER_CLEARS, onAltStack, type RestoredSignal, SA, type SignalContext, type SignalDelivery, SS,
  writeFxsave,
} from '../x86/signal-context.js'
import { alignDown, getAddress, setAddress, setSlot, slotAddress } from '../x86/words.js'

/** Offsets in `struct rt_sigframe` of 64-bit programs (arch/x86/include/asm/sigframe.h, uapi/asm/sigcontext.h). */
export const RT_FRAME64 = {
  pretcode: 0, // return address: the restorer
  ucFlags: 8, ucLink: 16, // struct ucontext
  stackSp: 24, stackFlags: 32, stackSize: 40, // stack_t
  r8: 48, r9: 56, r10: 64, r11: 72, r12: 80, r13: 88, r14: 96, r15: 104, // struct sigcontext_64
  di: 112, si: 120, bp: 128, bx: 136, dx: 144, ax: 152, cx: 160, sp: 168, ip: 176, flags: 184,
  cs: 192, gs: 194, fs: 196, ss: 198, err: 200, trapno: 208, oldmask: 216, cr2: 224, fpstate: 232, // then 64 bytes reserved
  sigmask: 304,
  info: 312, // siginfo_t, 128 bytes
  size: 440,
} as const

const UC_SIGCONTEXT_SS = 2
const UC_STRICT_RESTORE_SS = 4
const REDZONE = 128

/** Registers that the frame holds, as offsets in the frame and in pt_regs. */
const SAVED: readonly (readonly [frame: number, regs: number])[] = [
  [RT_FRAME64.r8, P.r8], [RT_FRAME64.r9, P.r9], [RT_FRAME64.r10, P.r10], [RT_FRAME64.r11, P.r11], [RT_FRAME64.r12, P.r12],
  [RT_FRAME64.r13, P.r13], [RT_FRAME64.r14, P.r14], [RT_FRAME64.r15, P.r15], [RT_FRAME64.di, P.rdi], [RT_FRAME64.si, P.rsi],
  [RT_FRAME64.bp, P.rbp], [RT_FRAME64.bx, P.rbx], [RT_FRAME64.dx, P.rdx], [RT_FRAME64.ax, P.rax], [RT_FRAME64.cx, P.rcx],
  [RT_FRAME64.sp, P.rsp], [RT_FRAME64.ip, P.rip],
]

/**
 * Builds a 64-bit program's signal frame on its stack and sets the registers for the handler (`x64_setup_rt_frame`).
 * A 64-bit program must have a restorer.
 *
 * @returns false when the frame cannot be written: the task gets SIGSEGV
 */
export function setupFrame64(context: SignalContext, delivery: SignalDelivery): boolean {
  const { cpu, regs, user } = context
  const { memory } = cpu
  if ((delivery.flags & SA.RESTORER) === 0) return false
  const at = placeFrame(context, delivery)
  if (at === null) return false
  const { frame, fpstate } = at
  if (!writeFxsave(context, fpstate, 0)) return false
  const bytes = new Uint8Array(RT_FRAME64.size)
  if (!user.read(frame, bytes)) return false // fields that the kernel does not write keep what the stack holds
  const v = new DataView(bytes.buffer)
  const F = RT_FRAME64
  setAddress(v, F.pretcode, delivery.restorer)
  const long = isLongCode(cpu, memory.u16[(regs + P.cs) >>> 1]!)
  v.setUint32(F.ucFlags, UC_SIGCONTEXT_SS | (long ? UC_STRICT_RESTORE_SS : 0), true)
  v.setUint32(F.ucFlags + 4, 0, true)
  setAddress(v, F.ucLink, 0)
  setAddress(v, F.stackSp, delivery.altStack.sp)
  v.setUint32(F.stackFlags, delivery.altStack.flags, true)
  setAddress(v, F.stackSize, delivery.altStack.size)
  for (const [to, from] of SAVED) bytes.set(memory.u8.subarray(regs + from, regs + from + 8), to)
  v.setUint32(F.flags, memory.view.getUint32(regs + P.rflags, true), true)
  v.setUint32(F.flags + 4, 0, true)
  v.setUint16(F.cs, memory.view.getUint16(regs + P.cs, true), true)
  v.setUint32(F.gs, 0, true) // gs and fs are written as zero
  v.setUint16(F.ss, memory.view.getUint16(regs + P.ss, true), true)
  setAddress(v, F.err, delivery.errorCode)
  setAddress(v, F.trapno, delivery.trapNumber)
  v.setUint32(F.oldmask, delivery.maskLow, true)
  v.setUint32(F.oldmask + 4, delivery.maskHigh, true)
  setAddress(v, F.cr2, delivery.cr2)
  setAddress(v, F.fpstate, fpstate)
  v.setUint32(F.sigmask, delivery.maskLow, true)
  v.setUint32(F.sigmask + 4, delivery.maskHigh, true)
  if ((delivery.flags & SA.SIGINFO) !== 0) bytes.set(delivery.siginfo.subarray(0, 128), F.info)
  if (!user.write(frame, bytes)) return false
  const { userCs, userDs } = cpu.profile.selectors
  setSlot(memory, regs + P.rdi, delivery.signal)
  setSlot(memory, regs + P.rax, 0)
  setSlot(memory, regs + P.rsi, frame + F.info)
  setSlot(memory, regs + P.rdx, frame + F.ucFlags)
  setSlot(memory, regs + P.rip, delivery.handler)
  setSlot(memory, regs + P.rsp, frame)
  setSlot(memory, regs + P.cs, userCs)
  if (memory.u16[(regs + P.ss) >>> 1] !== userDs) forceValidSs(context)
  memory.i32[(regs + P.rflags) >>> 2]! &= ~HANDLER_CLEARS
  context.fpu.clear()
  return true
}

/** Where the frame and the FPU image go (`get_sigframe`): below the red zone or on the alternate stack; null when that overflows. */
function placeFrame(context: SignalContext, delivery: SignalDelivery): { frame: number; fpstate: number } | null {
  const sp = slotAddress(context.cpu.memory, context.regs + P.rsp)
  const { altStack } = delivery
  const nested = (altStack.flags & SS.AUTODISARM) === 0 && onAltStack(altStack, sp)
  const start = chooseStack(delivery, sp - REDZONE)
  if (!Number.isSafeInteger(start.sp)) return null // rsp was not an address
  const fpstate = alignDown(start.sp - FXSAVE_SIZE, 64)
  const frame = alignDown(fpstate - RT_FRAME64.size, 16) - 8 // as if a call had pushed the return address
  return (nested || start.entering) && !onAltStack(altStack, frame) ? null : { frame, fpstate }
}

/**
 * `rt_sigreturn` of a 64-bit program: takes the registers back from the frame that rsp - 8 points to, with the checks
 * that Linux makes: only some flags, ring 3 selectors, no call to restart, a valid MXCSR.
 *
 * @returns what the kernel has to take over, or null for a bad frame: the task gets SIGSEGV
 */
export function restoreFrame64(context: SignalContext): RestoredSignal | null {
  const { cpu: { memory }, regs, user } = context
  const F = RT_FRAME64
  const frame = slotAddress(memory, regs + P.rsp) - 8
  const bytes = new Uint8Array(F.info)
  if (!Number.isSafeInteger(frame) || !user.read(frame, bytes)) return null
  const v = new DataView(bytes.buffer)
  for (const [from, to] of SAVED) memory.u8.set(bytes.subarray(from, from + 8), regs + to)
  restoreSelectors(context, v.getUint16(F.cs, true), v.getUint16(F.ss, true), v.getUint32(F.ucFlags, true))
  const flags = memory.view.getUint32(regs + P.rflags, true)
  memory.view.setUint32(regs + P.rflags, (flags & ~FIX_EFLAGS) | (v.getUint32(F.flags, true) & FIX_EFLAGS), true)
  setSlot(memory, regs + P.orig_rax, -1)
  if (!restoreFpu(context, v)) return null
  return { maskLow: v.getUint32(F.sigmask, true), maskHigh: v.getUint32(F.sigmask + 4, true), altStack: readStack(v) }
}

function restoreSelectors(context: SignalContext, cs: number, ss: number, ucFlags: number): void {
  const { cpu, regs } = context
  setSlot(cpu.memory, regs + P.cs, cs | 3)
  setSlot(cpu.memory, regs + P.ss, ss | 3)
  // frames made before 4.5, or by hand: ss is not to be trusted in 64-bit code (force_valid_ss)
  if ((ucFlags & UC_STRICT_RESTORE_SS) === 0 && isLongCode(cpu, cs | 3)) forceValidSs(context)
}

/** `force_valid_ss`: replaces an ss that is no present, writable ring 3 data segment. */
function forceValidSs({ cpu, regs }: SignalContext): void {
  const ss = cpu.memory.u16[(regs + P.ss) >>> 1]!
  const d = (ss & 0xfffc) === 0 ? null : fetchDescriptor(cpu, ss)
  if (d === null || !d.s || !d.present || d.dpl !== 3 || (d.type & 10) !== 2) setSlot(cpu.memory, regs + P.ss, cpu.profile.selectors.userDs)
}

function restoreFpu(context: SignalContext, v: DataView): boolean {
  const at = getAddress(v, RT_FRAME64.fpstate)
  if (at === 0) {
    context.fpu.clear()
    return true
  }
  const image = new Uint8Array(FXSAVE_SIZE)
  const valid = Number.isSafeInteger(at) && context.user.read(at, image) && (new DataView(image.buffer).getUint32(24, true) & ~context.fpu.mxcsrMask) === 0
  if (valid) context.fpu.load(image)
  else context.fpu.clear()
  return valid
}

function readStack(v: DataView): AltStack {
  return { sp: getAddress(v, RT_FRAME64.stackSp), flags: v.getUint32(RT_FRAME64.stackFlags, true), size: getAddress(v, RT_FRAME64.stackSize) }
}
