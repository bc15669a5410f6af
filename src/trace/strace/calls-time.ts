/** Calls on clocks and timers. */
import { ADJ, ITIMER, STA, TFD, TFD_TIMER, TIME_STATES, TIMER_FLAGS } from '../../abi/flags/time.js'
import { SIGEV } from '../../abi/flags/signals.js'
import { SIGEVENT_ILP32, SIGEVENT_LP64 } from '../../abi/structs/signal.js'
import { OLD_TIMEX, TIMEX, TIMEZONE } from '../../abi/structs/time.js'
import { address, addressText, fd, int, out, uint, type Arg, type CallPrinter, type Print, type TracedCall } from './call.js'
import { pointee, struct, type Show } from './fields.js'
import { all, flags, flagsText, joined, nameText, oneOf } from './flags.js'
import { signalText } from './signal-structs.js'
import { clock, dateText, itimerspec, itimerspec64, itimerval, remaining, timespec, timespec64, timeval } from './time-structs.js'

const call = (...args: Arg[]): CallPrinter => ({ args })
const timer = /* @__PURE__ */ flags(/* @__PURE__ */ all(TIMER_FLAGS), 'TIMER_???')
const which = /* @__PURE__ */ oneOf(/* @__PURE__ */ all(ITIMER), 'ITIMER_???')
const timerFd = /* @__PURE__ */ flags(/* @__PURE__ */ joined(/* @__PURE__ */ all(TFD_TIMER), /* @__PURE__ */ all(TFD)), 'TFD_???')

const timezone: Print = /* @__PURE__ */ struct(TIMEZONE, (f) => `{tz_minuteswest=${f.get('tz_minuteswest')}, tz_dsttime=${f.get('tz_dsttime')}}`)

const sigevent: Print = /* @__PURE__ */ struct({ lp64: SIGEVENT_LP64, ilp32: SIGEVENT_ILP32 }, (f) => {
  const notify = f.unsigned('sigev_notify')
  const signo = Number(f.get('sigev_signo'))
  const how = nameText(notify, all(SIGEV), 'SIGEV_???')
  const number = signo >= 1 && signo <= 64 ? signalText(signo) : String(signo >>> 0)
  const value = `{sival_int=${f.get('sigev_value_sival_int')}, sival_ptr=${addressText(f.get('sigev_value_sival_ptr'))}}`
  const thread = how === 'SIGEV_THREAD_ID' ? `, sigev_notify_thread_id=${f.get('sigev_tid')}` : ''
  return `{sigev_value=${value}, sigev_signo=${number}, sigev_notify=${how}${thread}}`
})

const seconds = (value: bigint): string => {
  const date = dateText(value, 0n, 9)
  return `${value}${date === '' ? '' : ` /* ${date} */`}`
}
const tms: Print = (c, i) => {
  const bytes = c.ulong(i) === 0n ? null : c.at(i, 4 * c.word)
  if (bytes === null) return address(c, i)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const names = ['tms_utime', 'tms_stime', 'tms_cutime', 'tms_cstime']
  return `{${names.map((name, n) => `${name}=${c.word === 8 ? view.getBigInt64(8 * n, true) : view.getInt32(4 * n, true)}`).join(', ')}}`
}

const modes = /* @__PURE__ */ joined([['ADJ_OFFSET_SS_READ', 0xa001n], ['ADJ_OFFSET_SINGLESHOT', 0x8001n]], /* @__PURE__ */ all(ADJ))
const timexText: Show<keyof typeof TIMEX.fields> = (f) => {
  const plain = (...names: (keyof typeof TIMEX.fields)[]): string => names.map((name) => `${name}=${f.get(name)}`).join(', ')
  return `{modes=${flagsText(f.get('modes'), modes, 'ADJ_???')}, ${plain('offset', 'freq', 'maxerror', 'esterror')}, ` +
    `status=${flagsText(f.unsigned('status'), all(STA), 'STA_???')}, ${plain('constant', 'precision', 'tolerance')}, ` +
    `time={tv_sec=${f.get('time_tv_sec')}, tv_usec=${f.unsigned('time_tv_usec')}}, ` +
    `${plain('tick', 'ppsfreq', 'jitter', 'shift', 'stabil', 'jitcnt', 'calcnt', 'errcnt', 'stbcnt', 'tai')}}`
}
const timex = /* @__PURE__ */ struct({ lp64: TIMEX, ilp32: OLD_TIMEX }, timexText)
const timex64 = /* @__PURE__ */ struct(TIMEX, timexText)
const clockState = (c: TracedCall): string => `${c.result} (${nameText(BigInt(c.result), all(TIME_STATES), 'TIME_???')})`

/** Printers of this area, by the name of the number. */
export function timeCalls(): Record<string, CallPrinter> {
  const settime = (before: Print): CallPrinter => call(int, timer, before, out(before))
  const sleep = (time: Print): CallPrinter => call(clock, timer, time, remaining(time))
  return {
    clock_gettime: call(clock, out(timespec)), clock_gettime64: call(clock, out(timespec64)),
    clock_getres: call(clock, out(timespec)), clock_getres_time64: call(clock, out(timespec64)),
    sched_rr_get_interval: call(int, out(timespec)), sched_rr_get_interval_time64: call(int, out(timespec64)),
    clock_settime: call(clock, timespec), clock_settime64: call(clock, timespec64),
    clock_nanosleep: sleep(timespec), clock_nanosleep_time64: sleep(timespec64), nanosleep: call(timespec, remaining(timespec)),
    gettimeofday: call(out(timeval), out(timezone)), settimeofday: call(timeval, timezone),
    time: {
      args: [out(pointee('word', seconds))],
      result: (c) => `${c.result >>> 0} (${dateText(BigInt(c.result >>> 0), 0n, 9)})`,
    },
    stime: call(pointee('word', seconds)), times: { args: [out(tms)], result: (c) => String(c.word === 4 ? c.result >>> 0 : c.result) },
    alarm: call(uint), getitimer: call(which, out(itimerval)), setitimer: call(which, itimerval, out(itimerval)),
    timer_create: call(clock, sigevent, out(pointee('i32'))), timer_settime: settime(itimerspec), timer_settime64: settime(itimerspec64),
    timer_gettime: call(int, out(itimerspec)), timer_gettime64: call(int, out(itimerspec64)), timer_getoverrun: call(int), timer_delete: call(int),
    timerfd_create: call(clock, timerFd), timerfd_settime: call(fd, timerFd, itimerspec, out(itimerspec)),
    timerfd_settime64: call(fd, timerFd, itimerspec64, out(itimerspec64)),
    timerfd_gettime: call(fd, out(itimerspec)), timerfd_gettime64: call(fd, out(itimerspec64)), 
    adjtimex: { args: [out(timex)], result: clockState }, clock_adjtime: { args: [clock, out(timex)], result: clockState },
    clock_adjtime64: { args: [clock, out(timex64)], result: clockState },
  }
}
