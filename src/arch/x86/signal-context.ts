import type { CpuState } from './cpu-state.js'
import type { UserMemory } from './user-memory.js'

/** Bits of `sa_flags` that decide how a frame is built. */
export const SA = { SIGINFO: 4, RESTORER: 0x04000000, ONSTACK: 0x08000000 } as const
/** Bits of `ss_flags`. */
export const SS = { ONSTACK: 1, DISABLE: 2, AUTODISARM: 0x80000000 } as const

/** An alternate signal stack, as in `stack_t`. */
export interface AltStack {
  sp: number
  flags: number
  size: number
}

/** The FPU as signal code needs it; images are FXSAVE's, 512 bytes. */
export interface SignalFpu {
  /** Writes the task's state to an image. */
  save: (image: Uint8Array) => void
  /** Loads an image whose MXCSR was checked. */
  load: (image: Uint8Array) => void
  /** Back to the initial state: handlers start with it. */
  clear: () => void
  /** Bits that MXCSR may have: FXSAVE's MXCSR_MASK. */
  readonly mxcsrMask: number
}

/** What the kernel gives to {@link setupFrame64} and its 32-bit twins, and to the ones that restore. */
export interface SignalContext {
  readonly cpu: CpuState
  readonly regs: number
  readonly user: UserMemory
  readonly fpu: SignalFpu
}

/** A signal about to be delivered to a handler. */
export interface SignalDelivery {
  readonly signal: number
  /** The handler's address. */
  readonly handler: number
  /** `sa_flags`. */
  readonly flags: number
  /** `sa_restorer`, used with SA_RESTORER. */
  readonly restorer: number
  /** `siginfo_t` in the layout of the task's ABI, 128 bytes. */
  readonly siginfo: Uint8Array
  /** The mask to come back to: signals 1 to 32, and 33 to 64. */
  readonly maskLow: number
  readonly maskHigh: number
  readonly altStack: Readonly<AltStack>
  /** `thread.trap_nr`, `error_code` and `cr2`: the task's last exception. */
  readonly trapNumber: number
  readonly errorCode: number
  readonly cr2: number
  /** `__kernel_sigreturn` and `__kernel_rt_sigreturn` in the task's vDSO (32-bit tasks), 0 without one. */
  readonly vdsoSigreturn: number
  readonly vdsoRtSigreturn: number
}

/** What sigreturn found in a frame and the kernel has to take over. */
export interface RestoredSignal {
  maskLow: number
  maskHigh: number
  /** The saved `stack_t`, to be set if it is valid; null for frames without one. */
  altStack: AltStack | null
}

/** EFLAGS that sigreturn takes from the frame (`FIX_EFLAGS`): AC RF OF DF TF SF ZF AF PF CF. */
export const FIX_EFLAGS = 0x50dd5
/** Flags that are clear when a handler starts: DF, RF, TF. */
export const HANDLER_CLEARS = 0x10500

const FP_XSTATE_MAGIC1 = 0x46505853
/** Bytes of an FXSAVE image that the processor writes; the last 48 are the kernel's. */
export const FXSAVE_HARDWARE = 416
/** Bytes of an FXSAVE image. */
export const FXSAVE_SIZE = 512
/** Offset of `sw_reserved` in it. */
export const SW_RESERVED = 464

/**
 * The kernel's 48 bytes behind an FXSAVE image (`struct _fpx_sw_bytes`). Since 5.16 they are filled in without XSAVE
 * too; before, they stay zero.
 */
export function softwareBytes(filled: boolean, legacyHeader: number): Uint8Array {
  const out = new Uint8Array(48)
  if (!filled) return out
  const v = new DataView(out.buffer)
  v.setUint32(0, FP_XSTATE_MAGIC1, true)
  v.setUint32(4, FXSAVE_SIZE + 4 + legacyHeader, true) // extended_size counts a second magic that only XSAVE writes
  v.setUint32(16, FXSAVE_SIZE, true) // xstate_size; xfeatures at 8 stays 0
  return out
}

/** Writes an FXSAVE image to user memory as the kernel does: what the processor saves, then the kernel's bytes; 48 bytes between are left alone. */
export function writeFxsave(context: SignalContext, at: number, legacyHeader: number): boolean {
  const image = new Uint8Array(FXSAVE_SIZE)
  context.fpu.save(image)
  const filled = context.cpu.profile.differences.fxsaveSoftwareBytes
  return context.user.write(at, image.subarray(0, FXSAVE_HARDWARE)) && context.user.write(at + SW_RESERVED, softwareBytes(filled, legacyHeader))
}

/** Whether a stack pointer lies on the alternate stack (`__on_sig_stack`). */
export function onAltStack(stack: Readonly<AltStack>, sp: number): boolean {
  return sp > stack.sp && sp - stack.sp <= stack.size
}

/** Where a frame starts from: the user's stack or the alternate one (`sas_ss_flags`, `get_sigframe`). */
export function chooseStack(delivery: SignalDelivery, sp: number): { sp: number; entering: boolean } {
  const { altStack, flags } = delivery
  const nested = (altStack.flags & SS.AUTODISARM) === 0 && onAltStack(altStack, sp)
  if ((flags & SA.ONSTACK) !== 0 && altStack.size !== 0 && !nested) return { sp: altStack.sp + altStack.size, entering: true }
  return { sp, entering: false }
}
