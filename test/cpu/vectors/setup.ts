/**
 * What a recorded vector starts from. The generator and the test make the same registers and memory from a seed, so a
 * vector holds only its code, its seed and what came out.
 */
import { SeededRandom } from '../../../src/base/random.js'

/** Where the code stands; the rest of its page is INT3. Code of a vector at a page's end starts so that it crosses into the next. */
export const CODE = 0x10000000
/** Five pages: 0 and 1 read-write, 2 not mapped, 3 read-write, 4 read-only. */
export const DATA = 0x20000000
/** One page of stack. */
export const STACK = 0x30000000
/** Where the stack pointer starts. */
export const STACK_TOP = STACK + 0x800

/** Parts of memory that are filled at the start and compared at the end: around a page boundary, before an unmapped page, across read-write to read-only, the stack. */
export const WINDOWS: readonly { at: number, size: number }[] = [
  { at: DATA + 0x1000 - 256, size: 512 }, { at: DATA + 0x2000 - 256, size: 256 }, { at: DATA + 0x4000 - 128, size: 256 }, { at: STACK_TOP - 128, size: 256 },
]
/** Bytes of all windows. */
export const WINDOW_BYTES = 1280

/** How registers are set, beyond random values: bits of a vector's `setup`. */
export const SETUP = {
  /** rBX points into a window, rSI is a small index. The window is in bits 8 and 9. */
  memory: 1,
  /** rSI and rDI point into windows (bits 8, 9 for rDI), rCX is a small count; DF is random. */
  string: 2,
  /** rCX is a small signed bit offset (in its low size bits), rCX for BT. */
  bits: 4,
  /** rDX is small or a sign, so that divisions often succeed. */
  divide: 8,
  /** rCX is 0 to 3. */
  loop: 16,
  /** rBP points into the stack. */
  frame: 32,
  /** rSI and rDI nearly overlap. */
  overlap: 64,
} as const

/** State at the start or the end. Registers in the encoding's order, AX CX DX BX SP BP SI DI R8 … */
export interface State { regs: bigint[], flags: number, memory: Uint8Array }

const EDGES = [0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x7fffffffffffffffn, 0x8000000000000000n, 0xffffffffffffffffn, 0xfffffffffffffffen]

/** The state that a vector of `setup` and `seed` starts from. */
export function initialState(seed: number, setup: number, is64: boolean): State {
  const random = new SeededRandom(seed)
  const below = (n: number): number => random.u32() % n
  const u64 = (): bigint => (BigInt(random.u32()) << 32n) | BigInt(random.u32())
  const value = (): bigint => {
    const v = below(3) === 0 ? EDGES[below(EDGES.length)]! : below(4) === 0 ? BigInt(below(256)) : u64()
    return is64 ? v : v & 0xffffffffn
  }
  const regs = Array.from({ length: 16 }, (_, i) => (is64 || i < 8 ? value() : 0n))
  const memory = new Uint8Array(WINDOW_BYTES)
  random.fill(memory)
  if (below(4) === 0) memory.fill(0, 200, 330)
  let flags = 0x202 | (random.u32() & 0x8d5)
  regs[4] = BigInt(STACK_TOP)
  const near = (window: number): number => {
    const w = WINDOWS[window]!
    if (window === 0) return w.at + 256 + (below(2) === 0 ? below(20) - 18 : below(160) - 80)
    if (window === 1) return w.at + 256 - below(20)
    return w.at + 128 - below(20)
  }
  const window = (setup >> 8) & 3
  if (setup & SETUP.memory) {
    regs[3] = BigInt(near(window))
    regs[6] = BigInt(below(4))
  }
  if (setup & SETUP.string) {
    regs[7] = BigInt(near(window))
    regs[6] = BigInt(near(0))
    if (setup & SETUP.overlap) regs[6] = regs[7]! + BigInt(below(24) - 12)
    regs[1] = BigInt(below(12))
    if (below(3) === 0) flags |= 0x400
    if (below(2) === 0) memory.fill(0x41)
    if (below(2) === 0) regs[0] = 0x4141414141414141n & (is64 ? -1n : 0xffffffffn)
  }
  if (setup & SETUP.bits) {
    const offset = below(1000) - 500
    regs[1] = BigInt.asUintN(is64 ? 64 : 32, BigInt(offset))
  }
  if (setup & SETUP.divide) {
    const k = below(4)
    regs[2] = k === 0 ? 0n : k === 1 ? (is64 ? 0xffffffffffffffffn : 0xffffffffn) : k === 2 ? BigInt(below(16)) : regs[2]!
    if (below(2) === 0) regs[0] = regs[0]! & 0xffffffffffff00ffn
  }
  if (setup & SETUP.loop) regs[1] = BigInt(below(4))
  if (setup & SETUP.frame) regs[5] = BigInt(STACK_TOP + 16 + 8 * below(4))
  return { regs, flags, memory }
}

/**
 * One vector: form, code, where it starts, seed, setup, flags to compare; then the outcome: vector of the trap (3: it
 * ran into the INT3 after it), error code, CR2, rip, cs, flags, changed registers and changed memory (offset, hex) pairs.
 */
export type Vector = [
  form: number, code: string, at: number, seed: number, setup: number, mask: number,
  trap: number, errorCode: number, cr2: number, rip: number, cs: number, flags: number, regs: (number | string)[], memory: (number | string)[],
]

/** A file of vectors. */
export interface VectorFile { forms: string[], vectors: Vector[] }
