/** Signals: names, sets, actions, siginfo. */
import { BUS_CODES, CLD_CODES, FPE_CODES, ILL_CODES, POLL_CODES, SEGV_CODES, SIGNALS, SI_CODES, SYS_CODES, TRAP_CODES } from '../../abi/flags/signals.js'
import { OLD_SIGACTION, SIGACTION_ILP32, SIGACTION_LP64, SIGINFO_ILP32, SIGINFO_LP64 } from '../../abi/structs/signal.js'
import { address, addressText, hexText, readAt, type Print, type TracedCall } from './call.js'
import { structText, type Fields } from './fields.js'
import { all, flagsText, nameText } from './flags.js'
import { saNames } from './names.js'

const byNumber = /* @__PURE__ */ Object.fromEntries(/* @__PURE__ */ Object.entries(SIGNALS).map(([name, n]) => [n, name]))

/** A signal's name: SIGHUP, SIGRTMIN, SIGRT_1; a number that is none as it is. */
export function signalText(n: number): string {
  if (n >= 1 && n <= 31) return byNumber[n]!
  return n === 32 ? 'SIGRTMIN' : n > 32 && n <= 64 ? `SIGRT_${n - 32}` : String(n)
}

/** A signal argument. */
export const signal: Print = (call, i) => signalText(call.i32(i))

/** A set in brackets, or the complement when most signals are in it. */
export function setText(bits: bigint, size = 64): string {
  let members: number[] = []
  for (let n = 1; n <= size; n++) if ((bits >> BigInt(n - 1)) & 1n) members.push(n)
  const inverted = members.length > (size * 2) / 3
  if (inverted) members = Array.from({ length: size }, (_, n) => n + 1).filter((n) => !members.includes(n))
  return `${inverted ? '~' : ''}[${members.map((n) => signalText(n).slice(3)).join(' ')}]`
}

/** A set in memory with its size in bytes. */
export function signalSetText(call: TracedCall, at: bigint, size: bigint): string {
  if (at === 0n) return 'NULL'
  const bytes = size < BigInt(call.word) || size > 8n ? null : readAt(call, at, Number(size))
  if (bytes === null) return addressText(at)
  let bits = 0n
  for (let n = bytes.length - 1; n >= 0; n--) bits = (bits << 8n) | BigInt(bytes[n]!)
  return setText(bits)
}

/** A `sigset_t *` whose size is argument `size`. */
export const signalSet = (size: number): Print => (call, i) => signalSetText(call, call.ulong(i), call.ulong(size))

/** A handler: SIG_DFL, SIG_IGN, SIG_ERR or its address. */
export function handlerText(value: bigint, word: 4 | 8): string {
  if (value === 0n) return 'SIG_DFL'
  if (value === 1n) return 'SIG_IGN'
  return value === BigInt.asUintN(word * 8, -1n) ? 'SIG_ERR' : hexText(value)
}

const SA_RESTORER = 0x4000000n

/** struct sigaction of rt_sigaction. */
export const sigaction: Print = (call, i) => {
  const layouts = { lp64: SIGACTION_LP64, ilp32: SIGACTION_ILP32 }
  return structText(call, call.ulong(i), layouts, (f) => {
    const mask = call.word === 8 ? f.get('mask') : f.get('mask', 0) | (f.get('mask', 1) << 32n)
    return actionText(f, mask, 64, call)
  })
}
/** struct sigaction of i386's sigaction. */
export const oldSigaction: Print = (call, i) => structText(call, call.ulong(i), OLD_SIGACTION, (f) => actionText(f, f.get('mask'), 32, call))

function actionText(f: Fields<'handler' | 'flags' | 'restorer'>, mask: bigint, bits: number, call: TracedCall): string {
  const value = f.get('flags')
  const flags = flagsText(value, saNames, 'SA_???')
  const restorer = value & SA_RESTORER ? `, sa_restorer=${addressText(f.get('restorer'))}` : ''
  return `{sa_handler=${handlerText(f.get('handler'), call.word)}, sa_mask=${setText(mask, bits)}, sa_flags=${flags}${restorer}}`
}

/** What is known of a signal; what a code does not use is absent. */
export interface SignalDetails {
  readonly signo: number
  readonly code: number
  readonly errno?: number
  readonly pid?: number
  readonly uid?: number
  /** Faulting address. */
  readonly addr?: bigint
  /** Exit status or signal of a child. */
  readonly status?: number
  readonly utime?: bigint
  readonly stime?: bigint
  /** sigval as `sival_ptr`. */
  readonly value?: bigint
  readonly timerId?: number
  readonly overrun?: number
  readonly band?: bigint
  readonly fd?: number
}

const codesOf: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  4: ILL_CODES, 5: TRAP_CODES, 7: BUS_CODES, 8: FPE_CODES, 11: SEGV_CODES, 17: CLD_CODES, 29: POLL_CODES, 31: SYS_CODES,
}
const faults = [4, 5, 7, 8, 11]

/** siginfo in braces. */
export function siginfoText(s: SignalDetails): string {
  if (s.signo === 0) return '{}'
  const code = nameText(BigInt(s.code), [...all(SI_CODES), ...all(codesOf[s.signo] ?? {})], 'SI_???')
  const parts = [`si_signo=${signalText(s.signo)}`, `si_code=${code}`]
  if (s.errno) parts.push(`si_errno=${s.errno}`)
  const sender = [`si_pid=${s.pid ?? 0}`, `si_uid=${s.uid ?? 0}`]
  const value = s.value ?? 0n
  const queued = [`si_int=${BigInt.asIntN(32, value)}`, `si_ptr=${addressText(value)}`]
  if (s.code <= 0) {
    if (s.code === SI_CODES.SI_USER || s.code === SI_CODES.SI_TKILL) parts.push(...sender)
    else if (s.code === SI_CODES.SI_TIMER) parts.push(`si_timerid=${hexText(s.timerId ?? 0)}`, `si_overrun=${s.overrun ?? 0}`, ...queued)
    else parts.push(...sender, ...queued)
  } else if (s.signo === SIGNALS.SIGCHLD) {
    const status = s.code === CLD_CODES.CLD_EXITED ? String(s.status ?? 0) : signalText(s.status ?? 0)
    parts.push(...sender, `si_status=${status}`, `si_utime=${s.utime ?? 0n}`, `si_stime=${s.stime ?? 0n}`)
  } else if (faults.includes(s.signo)) parts.push(`si_addr=${addressText(s.addr ?? 0n)}`)
  else if (s.signo === SIGNALS.SIGIO && s.code !== SI_CODES.SI_KERNEL) parts.push(`si_band=${s.band ?? 0n}`, `si_fd=${s.fd ?? 0}`)
  else if (s.pid || s.uid) parts.push(...sender)
  return `{${parts.join(', ')}}`
}

/** A `siginfo_t *`. */
export const siginfo: Print = (call, i) => {
  const layout = call.word === 8 ? SIGINFO_LP64 : SIGINFO_ILP32
  if (call.ulong(i) === 0n) return 'NULL'
  return structText(call, call.ulong(i), layout, (f) => {
    const number = (name: keyof typeof SIGINFO_LP64.fields): number => Number(f.get(name))
    const code = number('si_code')
    const child = number('si_signo') === SIGNALS.SIGCHLD && code > 0
    const timer = code === SI_CODES.SI_TIMER
    return siginfoText({
      signo: number('si_signo'), code, errno: number('si_errno'), pid: number('kill_pid'), uid: number('kill_uid'),
      addr: f.get('sigfault_addr'), status: number('sigchld_status'),
      utime: f.get('sigchld_utime'), stime: f.get('sigchld_stime'),
      value: child ? 0n : timer ? f.get('timer_sigval_sival_int') : f.get('rt_sigval_sival_ptr'),
      timerId: number('timer_tid'), overrun: number('timer_overrun'), band: f.get('sigpoll_band'), fd: number('sigpoll_fd'),
    })
  })
}

/** The old set of one long. */
export const oldSet: Print = (call, i) => {
  const bytes = call.ulong(i) === 0n ? null : call.at(i, call.word)
  if (bytes === null) return address(call, i)
  let bits = 0n
  for (let n = bytes.length - 1; n >= 0; n--) bits = (bits << 8n) | BigInt(bytes[n]!)
  return setText(bits, call.word * 8)
}
