/**
 * A signal set as two 32-bit halves: signal n is bit (n-1) & 31 of `low` (1..32) or `high` (33..64).
 * Mutable plain data; kernel code copies it where Linux copies a sigset_t.
 */
export interface Sigset {
  low: number
  high: number
}

/** A set of the given signals. */
export function sigset(...signals: number[]): Sigset {
  const set: Sigset = { low: 0, high: 0 }
  for (const signal of signals) addSignal(set, signal)
  return set
}

/** Linux: sigismember. */
export function hasSignal(set: Sigset, signal: number): boolean {
  return ((signal <= 32 ? set.low : set.high) & (1 << ((signal - 1) & 31))) !== 0
}

/** Linux: sigaddset. */
export function addSignal(set: Sigset, signal: number): void {
  if (signal <= 32) set.low |= 1 << ((signal - 1) & 31)
  else set.high |= 1 << ((signal - 1) & 31)
}

/** Linux: sigdelset. */
export function removeSignal(set: Sigset, signal: number): void {
  if (signal <= 32) set.low &= ~(1 << ((signal - 1) & 31))
  else set.high &= ~(1 << ((signal - 1) & 31))
}

/** Takes SIGKILL and SIGSTOP out: they cannot be blocked. Linux: sigdelsetmask(…, sigmask(SIGKILL) | sigmask(SIGSTOP)). */
export function withoutUnblockable(low: number, high: number): Sigset {
  return { low: low & ~((1 << 8) | (1 << 18)), high }
}
