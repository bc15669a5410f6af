/** Times and clocks. */
import { CLOCKS } from '../../abi/flags/time.js'
import { OLD_TIMESPEC_ILP32, OLD_TIMESPEC_LP64, OLD_TIMEVAL_ILP32, OLD_TIMEVAL_LP64, TIMESPEC } from '../../abi/structs/time.js'
import { address, hexText, type Arg, type Print, type TracedCall } from './call.js'
import { arrayText, struct, structText, type Fields, type Layout, type Layouts } from './fields.js'
import { all, nameText } from './flags.js'

/** struct timespec of the calling ABI. */
export const timespecs: Layouts<'tv_sec' | 'tv_nsec'> = { lp64: OLD_TIMESPEC_LP64, ilp32: OLD_TIMESPEC_ILP32 }
/** struct timeval of the calling ABI. */
export const timevals: Layouts<'tv_sec' | 'tv_usec'> = { lp64: OLD_TIMEVAL_LP64, ilp32: OLD_TIMEVAL_ILP32 }

/** `{tv_sec=1, tv_nsec=0}`; the fraction is unsigned. */
export const showTimespec = (f: Fields<'tv_sec' | 'tv_nsec'>): string => `{tv_sec=${f.get('tv_sec')}, tv_nsec=${f.unsigned('tv_nsec')}}`
/** `{tv_sec=1, tv_usec=0}`. */
export const showTimeval = (f: Fields<'tv_sec' | 'tv_usec'>): string => `{tv_sec=${f.get('tv_sec')}, tv_usec=${f.unsigned('tv_usec')}}`

/** `const struct timespec *`. */
export const timespec: Print = /* @__PURE__ */ struct(timespecs, showTimespec)
/** A timespec with 64-bit seconds. */
export const timespec64: Print = /* @__PURE__ */ struct(TIMESPEC, showTimespec)
/** `const struct timeval *`. */
export const timeval: Print = /* @__PURE__ */ struct(timevals, showTimeval)

/** `2001-09-09T01:46:40`, UTC in the proleptic Gregorian calendar, counted in years that begin in March. */
function calendar(seconds: number): string {
  const days = Math.floor(seconds / 86400)
  const time = seconds - days * 86400
  const shifted = days + 719468 // days since 0000-03-01
  const era = Math.floor(shifted / 146097)
  const day = shifted - era * 146097
  const year = Math.floor((day - Math.floor(day / 1460) + Math.floor(day / 36524) - Math.floor(day / 146096)) / 365)
  const ofYear = day - (365 * year + Math.floor(year / 4) - Math.floor(year / 100))
  const month = Math.floor((5 * ofYear + 2) / 153)
  const two = (n: number): string => String(n).padStart(2, '0')
  const date = `${year + era * 400 + (month >= 10 ? 1 : 0)}-${two(month < 10 ? month + 3 : month - 9)}-${two(ofYear - Math.floor((153 * month + 2) / 5) + 1)}`
  return `${date}T${two(Math.floor(time / 3600))}:${two(Math.floor(time / 60) % 60)}:${two(time % 60)}`
}

/** The calendar time of strace's comments; empty for 0 and for fractions out of range. */
export function dateText(seconds: bigint, fraction: bigint, digits: number): string {
  if ((seconds === 0n && fraction === 0n) || fraction >= 10n ** BigInt(digits) || seconds > 8640000000000n || seconds < -8640000000000n) return ''
  return `${calendar(Number(seconds))}${fraction === 0n ? '' : `.${fraction.toString().padStart(digits, '0')}`}+0000`
}

const UTIME_NOW = 0x3fffffffn
const UTIME_OMIT = 0x3ffffffen

/** The two times of utimensat. */
export const utimes = (layout: Layout<'tv_sec' | 'tv_nsec'> | Layouts<'tv_sec' | 'tv_nsec'>): Print => (call, i) =>
  arrayText(call, call.ulong(i), 2, layout, (f) => {
    const fraction = f.unsigned('tv_nsec')
    if (fraction === UTIME_NOW) return 'UTIME_NOW'
    if (fraction === UTIME_OMIT) return 'UTIME_OMIT'
    const date = dateText(f.get('tv_sec'), fraction, 9)
    return showTimespec(f) + (date === '' ? '' : ` /* ${date} */`)
  })

/** The two times of utimes. */
export const utimevals: Print = (call, i) =>
  arrayText(call, call.ulong(i), 2, timevals, (f) => {
    const date = dateText(f.get('tv_sec'), f.unsigned('tv_usec'), 6)
    return showTimeval(f) + (date === '' ? '' : ` /* ${date} */`)
  })

const clockNames = /* @__PURE__ */ all(CLOCKS)
/** A clock by name, or the process or thread whose time it is. */
export const clock: Print = (call, i) => {
  const value = call.i32(i)
  return nameText(BigInt(value >>> 0), clockNames, 'CLOCK_???')
}

const interval = <F extends string>(value: (f: Fields<F>) => string, half: Layout<F> | Layouts<F>): Print => (call, i) => {
  const at = call.ulong(i)
  if (at === 0n) return 'NULL'
  const size = BigInt(('fields' in half ? half : call.word === 8 ? half.lp64 : half.ilp32).size)
  const first = structText(call, at, half, value)
  const second = structText(call, at + size, half, value)
  return first.startsWith('{') && second.startsWith('{') ? `{it_interval=${first}, it_value=${second}}` : hexText(at)
}
/** struct itimerval. */
export const itimerval = /* @__PURE__ */ interval(showTimeval, timevals)
/** struct itimerspec of the ABI's own long. */
export const itimerspec = /* @__PURE__ */ interval(showTimespec, timespecs)
/** struct itimerspec with 64-bit seconds. */
export const itimerspec64 = /* @__PURE__ */ interval(showTimespec, TIMESPEC)

/** What is left of a sleep: written only when a signal ended it. */
export const remaining = (print: Print): Arg => ({
  after: (call: TracedCall, i: number) => (call.failed && [-4, -516].includes(call.result) ? print(call, i) : address(call, i)),
})
