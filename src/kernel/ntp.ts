import type { Kernel } from './kernel.js'

/** What the clock was told by adjtimex(2), in its units; the rate of the machine's clock follows none of it. Linux: kernel/time/ntp.c. */
export interface NtpState {
  /** STA_* bits. */
  status: number
  /** Phase correction asked for by ADJ_OFFSET, nanoseconds. */
  offset: number
  /** Frequency correction, parts per million shifted left by 16. */
  frequency: number
  /** Maximum error in microseconds at `maxErrorAt`, a monotonic time; it grows. */
  maxError: number
  maxErrorAt: number
  /** Estimated error in microseconds. */
  estimatedError: number
  timeConstant: number
  /** Microseconds of a tick of 100 Hz. */
  tick: number
  /** What adjtime(3) asked for, microseconds. */
  adjust: number
}

const STA_UNSYNC = 0x40
/** Largest error that is told (NTP_PHASE_LIMIT). */
export const PHASE_LIMIT = 16_000_000
/** By how much the clock may be off (MAXFREQ), microseconds a second. */
const DRIFT = 500

/** The state of a kernel's clock. */
export function ntpOf(kernel: Kernel): NtpState {
  return (kernel.ntp ??= {
    status: STA_UNSYNC, offset: 0, frequency: 0, maxError: PHASE_LIMIT, maxErrorAt: 0, estimatedError: PHASE_LIMIT, timeConstant: 2, tick: 10_000, adjust: 0,
  })
}

/** The maximum error now, in microseconds; at its limit nobody believes the clock any longer. Linux: second_overflow. */
export function maxErrorNow(kernel: Kernel): number {
  const ntp = ntpOf(kernel)
  const grown = ntp.maxError + DRIFT * Math.floor((kernel.clock.monotonic() - ntp.maxErrorAt) / 1e9)
  if (grown <= PHASE_LIMIT) return grown
  ntp.status |= STA_UNSYNC
  return PHASE_LIMIT
}

/** The clock was set: what was known of its error is void. Linux: ntp_clear. */
export function clearNtp(kernel: Kernel): void {
  if (kernel.ntp === null) return
  kernel.ntp.status |= STA_UNSYNC
  kernel.ntp.adjust = kernel.ntp.offset = 0
  kernel.ntp.maxError = kernel.ntp.estimatedError = PHASE_LIMIT
}
