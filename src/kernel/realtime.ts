import type { Kernel } from './kernel.js'
import { clearNtp } from './ntp.js'

/** Sets the wall clock; what depends on it is told by `kernel.onClockSet`. Linux: do_settimeofday64. */
export function setRealtime(kernel: Kernel, seconds: number, nanoseconds: number): void {
  const now = kernel.clock.monotonic()
  const total = nanoseconds - (now % 1e9)
  kernel.wallStart = { seconds: seconds - Math.floor(now / 1e9) - (total < 0 ? 1 : 0), nanoseconds: total < 0 ? total + 1e9 : total }
  clearNtp(kernel)
  for (const listener of kernel.onClockSet) listener()
}
