/** Random operands, with the special ones of each format over-represented. */
import type { Random } from '../../../src/base/random.js'

/** A view that operands are written to. */
export interface Target {
  readonly bytes: Uint8Array
  readonly view: DataView
}

const F32_SPECIAL = [
  0, 0x80000000, 1, 0x80000001, 0x7fffff, 0x807fffff, 0x800000, 0x800001, 0x80800000, 0x3f800000, 0xbf800000, 0x40000000, 0x7f7fffff, 0xff7fffff,
  0x7f800000, 0xff800000, 0x7f800001, 0xffbfffff, 0x7fc00000, 0xffc00000, 0x7fc12345, 0xffffffff,
  0x4f000000, 0xcf000000, 0x4effffff, 0x5f000000, 0xdf000000,
  0x3f000000, 0x3effffff, 0x3f000001, 0x4b000000, 0x33800000,
]

const F64_SPECIAL: readonly (readonly [number, number])[] = [
  [0, 0], [0x80000000, 0], [0, 1], [0x80000000, 1], [0xfffff, 0xffffffff], [0x100000, 0], [0x100000, 1], [0x80100000, 0], [0x3ff00000, 0], [0xbff00000, 0],
  [0x7fefffff, 0xffffffff], [0xffefffff, 0xffffffff], [0x7ff00000, 0], [0xfff00000, 0], [0x7ff00000, 1], [0xfff7ffff, 0xffffffff], [0x7ff80000, 0],
  [0xfff80000, 0], [0x7ff81234, 0x56789abc], [0xffffffff, 0xffffffff], [0x41e00000, 0], [0xc1e00000, 0], [0xc1e00000, 0x00200000], [0x41dfffff, 0xffc00000],
  [0x41dfffff, 0xffe00000], [0x43e00000, 0], [0xc3e00000, 0], [0x43dfffff, 0xffffffff], [0x3fe00000, 0], [0x3fdfffff, 0xffffffff], [0x3fe00000, 1],
  [0x43300000, 0], [0x36a00000, 0], [0x38100000, 0], [0x380fffff, 0xe0000000], [0x380fffff, 0xffffffff], [0x47efffff, 0xe0000000],
  [0x47efffff, 0xf0000000], [0x40080000, 0],
]

const X80_SPECIAL: readonly (readonly [number, number, number])[] = [
  [0, 0, 0], [0x8000, 0, 0], [0, 0, 1], [0x8000, 0, 1], [0, 0x7fffffff, 0xffffffff], [0, 0x80000000, 0], [0x8000, 0xc0000000, 1], [1, 0x80000000, 0],
  [1, 0xffffffff, 0xffffffff], [0x3fff, 0x80000000, 0], [0xbfff, 0x80000000, 0], [0x3fff, 0xffffffff, 0xffffffff], [0x4000, 0x80000000, 0],
  [0x7ffe, 0xffffffff, 0xffffffff], [0xfffe, 0xffffffff, 0xffffffff], [0x7ffe, 0x80000000, 0], [0x7fff, 0x80000000, 0], [0xffff, 0x80000000, 0],
  [0x7fff, 0x80000000, 1],
  [0xffff, 0xbfffffff, 0xffffffff], [0x7fff, 0xc0000000, 0], [0xffff, 0xc0000000, 0], [0x7fff, 0xc1234567, 0x89abcdef], [0xffff, 0xffffffff, 0xffffffff],
  [0x7fff, 0, 0], [0x7fff, 0, 1], [0x7fff, 0x40000000, 1], [0x3fff, 0, 0], [0x3fff, 0x7fffffff, 0xffffffff], [0x8001, 0x40000000, 0], [0x3ffe, 0x80000000, 0],
  [0x3ffd, 0xffffffff, 0xffffffff], [0x403e, 0x80000000, 0], [0xc03e, 0x80000000, 0], [0xc03e, 0x80000000, 1], [0x403d, 0xffffffff, 0xfffffffe],
  [0x401e, 0x80000000, 0],
  [0xc01e, 0x80000000, 0], [0x400e, 0x80000000, 0], [0xc00e, 0x80000000, 0], [0x403a, 0xde0b6b3a, 0x763fffff], [0x403a, 0xde0b6b3a, 0x76400000],
]

/** Below n. */
export const below = (r: Random, n: number): number => r.u32() % n

function pick<T>(r: Random, list: readonly T[]): T {
  return list[below(r, list.length)]!
}

/** One of a few significand patterns of 32 bits: random, few bits set, few bits clear. */
function pattern(r: Random): number {
  switch (below(r, 6)) {
    case 0: return 0
    case 1: return 0xffffffff
    case 2: return 1 << below(r, 32) >>> 0
    case 3: return ~(1 << below(r, 32)) >>> 0
    default: return r.u32()
  }
}

/** Exponents of one case lie around a common one, so that operands interact. */
export interface Exponents {
  readonly centre: number
  readonly spread: number
}

/** Draws the exponents of a case: near 1, anywhere, or near one of the format's ends. */
export function exponents(r: Random, max: number): Exponents {
  const bias = max >> 1
  const spread = pick(r, [2, 8, 70, 140])
  switch (below(r, 8)) {
    case 0: return { centre: 0, spread }
    case 1: return { centre: max, spread }
    case 2: return { centre: below(r, max), spread }
    case 3: return { centre: bias >> 1, spread: 20 }
    case 4: return { centre: bias + (bias >> 1), spread: 20 }
    default: return { centre: bias, spread }
  }
}

function exponent(r: Random, e: Exponents, max: number): number {
  return Math.min(max - 1, Math.max(0, e.centre + below(r, 2 * e.spread + 1) - e.spread))
}

/** A single. */
export function f32(r: Random, t: Target, at: number, e: Exponents): void {
  const special = below(r, 4) === 0
  const bits = special ? pick(r, F32_SPECIAL) : (r.u32() & 0x80000000 | exponent(r, e, 0xff) << 23 | pattern(r) & 0x7fffff) >>> 0
  t.view.setUint32(at, bits, true)
}

/** A double; now and then one with few significant bits. */
export function f64(r: Random, t: Target, at: number, e: Exponents): void {
  const [hi, lo] = below(r, 4) === 0
    ? pick(r, F64_SPECIAL)
    : [(r.u32() & 0x80000000 | exponent(r, e, 0x7ff) << 20 | pattern(r) & 0xfffff) >>> 0, below(r, 3) === 0 ? 0 : pattern(r)]
  t.view.setUint32(at, lo, true)
  t.view.setUint32(at + 4, hi, true)
}

/** A double extended, unnormals and other invalid encodings included. */
export function x80(r: Random, t: Target, at: number, e: Exponents): void {
  const special = below(r, 5) === 0
  let [se, hi, lo] = pick(r, X80_SPECIAL)
  if (!special) {
    const ex = exponent(r, e, 0x7fff)
    se = r.u32() & 0x8000 | ex
    hi = (pattern(r) | (below(r, 60) === 0 ? 0 : 0x80000000)) >>> 0
    if (ex === 0 && below(r, 8) !== 0) hi &= 0x7fffffff
    lo = below(r, 3) === 0 ? 0 : pattern(r)
  }
  t.view.setUint32(at, lo, true)
  t.view.setUint32(at + 4, hi >>> 0, true)
  t.view.setUint16(at + 8, se, true)
}

/** n bytes of integers: random, or lanes near the limits of their width. */
export function integers(r: Random, t: Target, at: number, n: number): void {
  const style = below(r, 5)
  for (let i = 0; i < n; i += 4) {
    let word = r.u32()
    if (style === 1) word = pick(r, [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x80008000, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fff7fff,
      0x80808080, 0x7f7f7f7f])
    else if (style === 2) word = (pick(r, [0, 0xff, 0x80]) * 0x1010101 ^ word & 0x01010101) >>> 0
    else if (style === 3 && i >= 4) word = 0
    else if (style === 3) word = below(r, 80)
    t.view.setUint32(at + i, word, true)
  }
}
