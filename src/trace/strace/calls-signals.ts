/** Calls on signals. */
import { SFD, SIGPROCMASK, SS } from '../../abi/flags/signals.js'
import { STACK_T_ILP32, STACK_T_LP64 } from '../../abi/structs/signal.js'
import { addressText, fd, from, hex32, hexText, int, out, readAt, ulong, type Arg, type CallPrinter, type Print, type TracedCall } from './call.js'
import { struct } from './fields.js'
import { all, flags, flagsText, oneOf, pick } from './flags.js'
import { handlerText, oldSet, oldSigaction, setText, sigaction, siginfo, signal, signalSet, signalText } from './signal-structs.js'
import { timespec, timespec64 } from './time-structs.js'

const call = (...args: Arg[]): CallPrinter => ({ args })
const how = /* @__PURE__ */ oneOf(/* @__PURE__ */ all(SIGPROCMASK), 'SIG_???')

const stack: Print = /* @__PURE__ */ struct({ lp64: STACK_T_LP64, ilp32: STACK_T_ILP32 }, (f) => {
  const value = f.unsigned('ss_flags')
  const text = flagsText(value, pick(SS, 'SS_ONSTACK', 'SS_DISABLE', 'SS_AUTODISARM'), 'SS_???')
  return `{ss_sp=${addressText(f.get('ss_sp'))}, ss_flags=${text}, ss_size=${f.get('ss_size')}}`
})

/**
 * Where sigreturn finds the signal mask, from the stack pointer at the call: the frames of arch/x86/include/asm/sigframe.h
 * after the handler's return has taken its address (and sigreturn's stub the number).
 */
const MASK = { x86_64: 0x128, i386Rt: 248, i386Old: 80, i386Extra: 712 } as const
function frameMask(c: TracedCall, rt: boolean): string {
  const at = BigInt(c.sp)
  const word = (offset: number): bigint | null => {
    const bytes = readAt(c, at + BigInt(offset), 4)
    return bytes === null ? null : BigInt(new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true))
  }
  const [low, high] = c.word === 8 ? [MASK.x86_64, MASK.x86_64 + 4] : rt ? [MASK.i386Rt, MASK.i386Rt + 4] : [MASK.i386Old, MASK.i386Extra]
  const a = word(low), b = word(high)
  return a === null || b === null ? hexText(at) : `{mask=${setText(a | (b << 32n))}}`
}

const timedwait = (time: Print): CallPrinter => ({
  args: [signalSet(3), out(siginfo), time, ulong],
  result: (c) => `${c.result} (${signalText(c.result)})`,
})

const masked = (value: number): string => `${hexText(value >>> 0)} `

/** Printers of this area, by the name of the number. */
export function signalCalls(): Record<string, CallPrinter> {
  return {
    rt_sigaction: call(signal, sigaction, out(sigaction), ulong), sigaction: call(signal, oldSigaction, out(oldSigaction)),
    signal: { args: [signal, (c, i) => handlerText(c.ulong(i), c.word)],
      result: (c) => (c.result === 0 ? '0 (SIG_DFL)' : `${hexText(c.result >>> 0)} (${handlerText(BigInt(c.result >>> 0), c.word)})`) },
    rt_sigprocmask: call(how, signalSet(3), out(signalSet(3)), ulong), sigprocmask: call(how, oldSet, out(oldSet)),
    rt_sigpending: call(out(signalSet(1)), ulong), sigpending: call(out(oldSet)),
    rt_sigsuspend: call(signalSet(1), ulong), sigsuspend: call(from(2, (c, i) => setText(c.ulong(i), 32))),
    rt_sigtimedwait: timedwait(timespec), rt_sigtimedwait_time64: timedwait(timespec64),
    rt_sigqueueinfo: call(int, signal, siginfo), rt_tgsigqueueinfo: call(int, int, signal, siginfo),
    rt_sigreturn: call((c) => frameMask(c, true)), sigreturn: call((c) => frameMask(c, false)),
    sigaltstack: call(stack, out(stack)),
    kill: call(int, signal), tkill: call(int, signal), tgkill: call(int, int, signal),
    pidfd_send_signal: call(fd, signal, siginfo, hex32),
    signalfd: call(fd, signalSet(2), ulong), signalfd4: call(fd, signalSet(2), ulong, flags(all(SFD), 'SFD_???')),
    sgetmask: { args: [], result: (c) => `${c.result === 0 ? '0 ' : masked(c.result)}(mask ${setText(BigInt(c.result >>> 0), 32)})` },
    ssetmask: { args: [(c, i) => setText(c.ulong(i), 32)],
      result: (c) => `${c.result === 0 ? '0 ' : masked(c.result)}(old mask ${setText(BigInt(c.result >>> 0), 32)})` },
  }
}
