import type { PhysicalMemory } from '../../memory/physical.js'

/**
 * The page of time data that the kernel writes and the vDSO reads: byte offsets, little-endian. scripts/build-vdso
 * hands them to the C sources as macros, so that this is the only definition. Linux keeps the same facts in
 * `struct vdso_time_data`, whose layout is no ABI.
 */
export const VVAR = {
  /** u32, raised by 2 at each update; odd while one is under way. */
  seq: 0,
  /** i32, one of {@link VVAR_CLOCK_MODE}. */
  clockMode: 4,
  /** u64, the time stamp counter at the update. */
  cycleLast: 8,
  /** u32 and u32: nanoseconds = (cycles * mult) >> shift, shift at most 32. */
  mult: 16,
  shift: 20,
  /** u32, nanoseconds: resolution of the precise clocks and of the coarse ones. */
  preciseResolution: 24,
  coarseResolution: 28,
  /** i32, i32: gettimeofday's time zone. */
  minutesWest: 32,
  dstTime: 36,
  /** u32, u32: what getcpu answers. */
  cpu: 40,
  node: 44,
  /** u32, nanoseconds from the last tick to the update: coarse clocks go on by whole ticks. */
  tickPhase: 48,
  /** 12 times (u64 seconds, u64 nanoseconds), by clock id; nanoseconds of precise clocks are shifted left by `shift`. */
  base: 64,
} as const

/** How the vDSO may tell the time between updates. */
export const VVAR_CLOCK_MODE = {
  /** Not at all: clocks are read by the real system call (VDSO_CLOCKMODE_NONE). */
  none: 0,
  /** RDTSC (VDSO_CLOCKMODE_TSC). */
  tsc: 1,
} as const

/** Pages that Linux 6.18 maps below the image: `[vvar]` (data, time namespace, random, architecture) and `[vvar_vclock]`. */
export const VVAR_PAGES = 4
/** Pages of `[vvar_vclock]`; neither pvclock nor Hyper-V clocks exist here, so they are never backed (SIGBUS). */
export const VVAR_VCLOCK_PAGES = 2

/** A moment, in seconds and nanoseconds below a second. */
export interface VvarTime {
  seconds: number
  nanoseconds: number
}

/** What the kernel's clocks show at the moment of an update. */
export interface VvarClock {
  mode: (typeof VVAR_CLOCK_MODE)[keyof typeof VVAR_CLOCK_MODE]
  /** The counter RDTSC reads, as [low, high] halves. */
  tsc: { readonly 0: number; readonly 1: number }
  /** See {@link VVAR.mult}. */
  mult: number
  shift: number
  realtime: VvarTime
  monotonic: VvarTime
  boottime: VvarTime
  tai: VvarTime
  monotonicRaw: VvarTime
  realtimeCoarse: VvarTime
  monotonicCoarse: VvarTime
  /** Nanoseconds of a tick: the coarse clocks' resolution (4,000,000 at HZ=250). */
  tick: number
  /** Nanoseconds since the last tick, which is what the coarse clocks show. */
  tickPhase: number
}

const PRECISE = /* @__PURE__ */ Object.freeze([
  [0, 'realtime'], [1, 'monotonic'], [4, 'monotonicRaw'], [7, 'boottime'], [11, 'tai'],
] as const)
const COARSE = /* @__PURE__ */ Object.freeze([[5, 'realtimeCoarse'], [6, 'monotonicCoarse']] as const)

/**
 * Writes the time data of a page, as Linux's update_vsyscall (kernel/time/vsyscall.c) does; here only clock changes
 * need it, since coarse clocks go on by themselves. `mult` must make `(cycles * mult) >> shift` exact enough until the next update; 1 GHz is mult 1, shift 0.
 *
 * @param memory the machine's memory
 * @param offset byte offset of the page's frame in it
 */
export function updateVvar(memory: PhysicalMemory, offset: number, clock: VvarClock): void {
  const { view } = memory
  const seq = view.getUint32(offset + VVAR.seq, true)
  view.setUint32(offset + VVAR.seq, seq + 1, true)
  view.setInt32(offset + VVAR.clockMode, clock.mode, true)
  view.setUint32(offset + VVAR.cycleLast, clock.tsc[0], true)
  view.setUint32(offset + VVAR.cycleLast + 4, clock.tsc[1], true)
  view.setUint32(offset + VVAR.mult, clock.mult, true)
  view.setUint32(offset + VVAR.shift, clock.shift, true)
  view.setUint32(offset + VVAR.preciseResolution, 1, true)
  view.setUint32(offset + VVAR.coarseResolution, clock.tick, true)
  view.setUint32(offset + VVAR.tickPhase, clock.tickPhase, true)
  const scale = 2 ** clock.shift
  for (const [id, name] of PRECISE) setBase(view, offset, id, clock[name].seconds, clock[name].nanoseconds * scale)
  for (const [id, name] of COARSE) setBase(view, offset, id, clock[name].seconds, clock[name].nanoseconds)
  view.setUint32(offset + VVAR.seq, seq + 2, true)
}

function setBase(view: DataView, page: number, id: number, seconds: number, nanoseconds: number): void {
  const at = page + VVAR.base + id * 16
  view.setUint32(at, seconds >>> 0, true)
  view.setUint32(at + 4, Math.floor(seconds / 2 ** 32), true)
  // up to 2^62 with shift 32: the product by a power of two is exact, and so are its halves
  const high = Math.floor(nanoseconds / 2 ** 32)
  view.setUint32(at + 8, nanoseconds - high * 2 ** 32, true)
  view.setUint32(at + 12, high, true)
}
