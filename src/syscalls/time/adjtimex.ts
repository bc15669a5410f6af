import { EFAULT, EINVAL, EOPNOTSUPP, EPERM } from '../../abi/errno.js'
import { ADJ, CLOCKS, STA, TIME_STATES } from '../../abi/flags/time.js'
import { readStruct, writeStruct, type StructValues } from '../../abi/structs/layout.js'
import { OLD_TIMEX, TIMEX } from '../../abi/structs/time.js'
import { capable } from '../../kernel/creds.js'
import { maxErrorNow, ntpOf, PHASE_LIMIT } from '../../kernel/ntp.js'
import type { Task } from '../../kernel/task.js'
import { clockId, typed } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { CAP_SYS_TIME, setTime } from './clocks.js'

type Timex = StructValues<typeof TIMEX>

/** adjtime(3), which is no NTP: neither bit has a name in <sys/timex.h> of its own. Linux: ADJ_ADJTIME, ADJ_OFFSET_READONLY. */
const ADJTIME = 0x8000
const READ_ONLY = 0x2000
/** Bits of the status that the kernel alone sets (STA_RONLY). */
const READ_ONLY_STATUS = STA.STA_PPSSIGNAL | STA.STA_PPSJITTER | STA.STA_PPSWANDER | STA.STA_PPSERROR | STA.STA_CLOCKERR | STA.STA_NANO | STA.STA_MODE | STA.STA_CLK
/** Largest correction of the frequency, 500 ppm, as timex.freq has it; the largest that fits the kernel's own unit. */
const MAX_FREQUENCY = 500 * 65536
const FREQUENCY_RANGE = 140_737_488_355
const MAX_PHASE = 500_000_000
const MAX_TIME_CONSTANT = 10
const MAX_TAI_OFFSET = 100_000

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value))

/** Linux: timekeeping_validate_timex. */
function check(task: Task, { modes, tick, time_tv_usec: fraction, freq }: Timex): number {
  const allowed = capable(task.creds, CAP_SYS_TIME)
  if ((modes & ADJTIME) !== 0) {
    if ((modes & ADJ.ADJ_OFFSET) === 0) return -EINVAL
    if ((modes & READ_ONLY) === 0 && !allowed) return -EPERM
  } else {
    if (modes !== 0 && !allowed) return -EPERM
    if ((modes & ADJ.ADJ_TICK) !== 0 && (tick < 9000 || tick > 11_000)) return -EINVAL
  }
  if ((modes & ADJ.ADJ_SETOFFSET) !== 0) {
    if (!allowed) return -EPERM
    if (fraction < 0 || fraction >= ((modes & ADJ.ADJ_NANO) !== 0 ? 1e9 : 1e6)) return -EINVAL
  }
  return (modes & ADJ.ADJ_FREQUENCY) !== 0 && Math.abs(freq) > FREQUENCY_RANGE ? -EINVAL : 0
}

/** ADJ_SETOFFSET: the clock goes ahead or back at once. Linux: timekeeping_inject_offset. */
function inject(task: Task, { modes, time_tv_sec: seconds, time_tv_usec: fraction }: Timex): number {
  const now = task.kernel.realtime()
  const nanoseconds = now.nanoseconds + ((modes & ADJ.ADJ_NANO) !== 0 ? fraction : fraction * 1000)
  const carry = nanoseconds >= 1e9 ? 1 : 0
  return setTime(task, { seconds: now.seconds + seconds + carry, nanoseconds: nanoseconds - carry * 1e9 })
}

/** ADJ_STATUS: leaving the phase-locked loop forgets all else. Linux: process_adj_status. */
function nextStatus(old: number, wanted: number): number {
  const base = (old & STA.STA_PLL) !== 0 && (wanted & STA.STA_PLL) === 0 ? STA.STA_UNSYNC : old
  return (base & READ_ONLY_STATUS) | (wanted & ~READ_ONLY_STATUS)
}

/** Linux: process_adjtimex_modes. */
function change(task: Task, wanted: Timex): void {
  const { kernel } = task
  const ntp = ntpOf(kernel)
  const { modes } = wanted
  if ((modes & ADJ.ADJ_STATUS) !== 0) ntp.status = nextStatus(ntp.status, wanted.status)
  if ((modes & ADJ.ADJ_NANO) !== 0) ntp.status |= STA.STA_NANO
  if ((modes & ADJ.ADJ_MICRO) !== 0) ntp.status &= ~STA.STA_NANO
  const nano = (ntp.status & STA.STA_NANO) !== 0
  if ((modes & ADJ.ADJ_FREQUENCY) !== 0) ntp.frequency = clamp(wanted.freq, -MAX_FREQUENCY, MAX_FREQUENCY)
  if ((modes & ADJ.ADJ_MAXERROR) !== 0) {
    ntp.maxError = clamp(wanted.maxerror, 0, PHASE_LIMIT)
    ntp.maxErrorAt = kernel.clock.monotonic()
  }
  if ((modes & ADJ.ADJ_ESTERROR) !== 0) ntp.estimatedError = clamp(wanted.esterror, 0, PHASE_LIMIT)
  if ((modes & ADJ.ADJ_TIMECONST) !== 0) ntp.timeConstant = clamp(clamp(wanted.constant, 0, MAX_TIME_CONSTANT) + (nano ? 0 : 4), 0, MAX_TIME_CONSTANT)
  if ((modes & ADJ.ADJ_OFFSET) !== 0 && (ntp.status & STA.STA_PLL) !== 0)
    ntp.offset = clamp(nano ? wanted.offset : clamp(wanted.offset, -1e6, 1e6) * 1000, -MAX_PHASE, MAX_PHASE)
  if ((modes & ADJ.ADJ_TICK) !== 0) ntp.tick = wanted.tick
  if ((modes & ADJ.ADJ_TAI) === 0 || wanted.constant < 0 || wanted.constant > MAX_TAI_OFFSET || wanted.constant === kernel.taiOffset) return
  kernel.taiOffset = wanted.constant
  for (const listener of kernel.onClockSet) listener()
}

/** The offset as it is told: Linux keeps it by 250ths, and cuts what is left over. */
function shownOffset(offset: number, nano: boolean): number {
  const whole = offset % 125 === 0 ? offset : offset - Math.sign(offset)
  return nano ? whole : Math.trunc(whole / 1000)
}

/** Does what `given.modes` says. Linux: do_adjtimex. @returns state of the clock (TIME_*) and what is written back, or -errno */
function adjust(task: Task, given: Timex): number | { readonly state: number; readonly told: Partial<Timex> } {
  const refused = check(task, given)
  if (refused !== 0) return refused
  const { modes } = given
  if ((modes & ADJ.ADJ_SETOFFSET) !== 0) {
    const failed = inject(task, given)
    if (failed !== 0) return failed
  }
  const { kernel } = task
  const ntp = ntpOf(kernel)
  const before = ntp.adjust
  if ((modes & ADJTIME) === 0) change(task, given)
  else if ((modes & READ_ONLY) === 0) ntp.adjust = given.offset
  const maxerror = maxErrorNow(kernel)
  const { status } = ntp
  const nano = (status & STA.STA_NANO) !== 0
  const now = kernel.realtime()
  const told = {
    offset: (modes & ADJTIME) !== 0 ? before : shownOffset(ntp.offset, nano), freq: ntp.frequency, maxerror, esterror: ntp.estimatedError, status,
    constant: ntp.timeConstant, precision: 1, tolerance: MAX_FREQUENCY, tick: ntp.tick, tai: kernel.taiOffset,
    time_tv_sec: now.seconds, time_tv_usec: nano ? now.nanoseconds : Math.floor(now.nanoseconds / 1000),
    ppsfreq: 0, jitter: 0, shift: 0, stabil: 0, jitcnt: 0, calcnt: 0, errcnt: 0, stbcnt: 0,
  }
  return { state: (status & (STA.STA_UNSYNC | STA.STA_CLOCKERR)) !== 0 ? TIME_STATES.TIME_ERROR : TIME_STATES.TIME_OK, told }
}

/** Reads the structure, does what it asks for, and writes it back. */
function adjustUser(task: Task, clock: number, address: number, layout: typeof TIMEX | typeof OLD_TIMEX): number {
  const bytes = new Uint8Array(layout.size)
  if (task.memory.copyFrom(address, bytes) < bytes.length) return -EFAULT
  if (clock !== CLOCKS.CLOCK_REALTIME) return hasNoAdjustment(clock) ? -EOPNOTSUPP : -EINVAL
  const view = new DataView(bytes.buffer)
  const done = adjust(task, readStruct(layout, view))
  if (typeof done === 'number') return done
  writeStruct(layout, view, 0, done.told)
  return task.memory.copyTo(address, bytes) < bytes.length ? -EFAULT : done.state
}

/** Whether there is such a clock, which cannot be adjusted; clocks of descriptors (bits 3) there are none. Linux: clockid_to_kclock. */
function hasNoAdjustment(clock: number): boolean {
  return clock < 0 ? (clock & 7) !== 3 : clock <= CLOCKS.CLOCK_TAI && clock !== CLOCKS.CLOCK_SGI_CYCLE
}

const note = 'the clock runs at its own rate, whatever it is told; no leap seconds'
const oldTimex = /* @__PURE__ */ pointer('struct old_timex32', 'inout')
const timex = /* @__PURE__ */ pointer('struct __kernel_timex', 'inout')
const oldClock = /* @__PURE__ */ typed(clockId, 'clockid_t')

/** adjtimex(2). */
export const adjtimex = /* @__PURE__ */ defineSyscall('adjtimex', { args: [['txc_p', timex]], note, run: (task, address) => adjustUser(task, CLOCKS.CLOCK_REALTIME, address, TIMEX) })
/** adjtimex(2) of 32-bit programs. */
export const adjtimexTime32 = /* @__PURE__ */ defineSyscall('adjtimex_time32', { args: [['utp', oldTimex]], note, run: (task, address) => adjustUser(task, CLOCKS.CLOCK_REALTIME, address, OLD_TIMEX) })
/** clock_adjtime(2). */
export const clockAdjtime = /* @__PURE__ */ defineSyscall('clock_adjtime', { args: [['which_clock', clockId], ['utx', timex]], note, run: (task, clock, address) => adjustUser(task, clock, address, TIMEX) })
/** clock_adjtime(2) with 32-bit times. */
export const clockAdjtime32 = /* @__PURE__ */ defineSyscall('clock_adjtime32', { args: [['which_clock', oldClock], ['utp', oldTimex]], note, run: (task, clock, address) => adjustUser(task, clock, address, OLD_TIMEX) })
