/** Cases for FSIN, FCOS, FSINCOS, FPTAN, FPATAN, F2XM1, FYL2X, FYL2XP1: the processor's own results are within 1 ulp only. */
import type { Random } from '../../../src/base/random.js'
import { below, exponents, x80, type Target } from './operands.js'
import { IMAGE } from './record.js'
import type { Group } from './sse-cases.js'

const BIAS = 0x3fff

/** A number whose exponent lies from `low` to `high`. */
function ranged(r: Random, t: Target, at: number, low: number, high: number, sign: number): void {
  t.view.setUint32(at, below(r, 4) === 0 ? 0 : r.u32(), true)
  t.view.setUint32(at + 4, (r.u32() | 0x80000000) >>> 0, true)
  t.view.setUint16(at + 8, sign | BIAS + low + below(r, high - low + 1), true)
}

/** Operands by instruction: mostly in its domain, some of any kind. */
function operands(r: Random, t: Target, modrm: number): void {
  const st0 = IMAGE.st, st1 = IMAGE.st + 16
  const sign = r.u32() & 0x8000
  const any = exponents(r, 0x7fff)
  ranged(r, t, st1, -4, 4, r.u32() & 0x8000)
  if (modrm === 0xf0) ranged(r, t, st0, below(r, 4) ? -6 : -70, -1, sign)
  else if (modrm === 0xf1) ranged(r, t, st0, below(r, 2) ? -1 : -40, below(r, 2) ? 0 : 40, 0)
  else if (modrm === 0xf9) ranged(r, t, st0, below(r, 4) ? -6 : -70, -3, sign)
  else if (modrm === 0xf3) ranged(r, t, st0, below(r, 4) ? -4 : -70, below(r, 4) ? 4 : 70, sign)
  else ranged(r, t, st0, below(r, 3) ? -3 : -40, below(r, 3) ? 4 : 62, sign)
  if (modrm === 0xf1 && below(r, 4) === 0) near1(r, t, st0)
  if (below(r, 6) === 0) x80(r, t, st0, any)
  if (below(r, 6) === 0) x80(r, t, st1, any)
}

/** Just below or above 1. */
function near1(r: Random, t: Target, at: number): void {
  const shift = below(r, 31)
  const up = below(r, 2) === 0
  t.view.setUint32(at + 4, up ? 0x80000000 | r.u32() >>> shift + 1 : ~(r.u32() >>> shift + 1) >>> 0, true)
  t.view.setUint16(at + 8, up ? BIAS : BIAS - 1, true)
}

/** Names and second bytes. */
const FORMS = [
  ['f2xm1', 0xf0], ['fyl2x', 0xf1], ['fptan', 0xf2], ['fpatan', 0xf3], ['fyl2xp1', 0xf9], ['fsincos', 0xfb], ['fsin', 0xfe], ['fcos', 0xff],
] as const

/** One group per instruction. */
export function transcendentalGroups(): Group[] {
  return FORMS.map(([name, modrm]) => ({
    name,
    code: [0xd9, modrm],
    immediate: false,
    fill: (r, t) => {
      const masks = below(r, 4) ? 0x3f : r.u32() & 0x3f
      const fcw = below(r, 3) ? 0x37f : 0x40 | masks | [0, 2, 3, 3][below(r, 4)]! << 8 | below(r, 4) << 10
      t.view.setUint16(IMAGE.fcw, fcw, true)
      t.view.setUint16(IMAGE.fsw, r.u32() & 0x4700 | below(r, 8) << 11, true)
      t.view.setUint32(IMAGE.mxcsr, 0x1f80, true)
      const pushing = modrm === 0xf2 || modrm === 0xfb
      const tags = below(r, 12) === 0 ? r.u32() & 0xff : pushing ? 0x7f : 0xff
      const top = t.view.getUint16(IMAGE.fsw, true) >> 11 & 7
      t.bytes[IMAGE.ftw] = (tags << top | tags >> 8 - top) & 0xff
      const e = exponents(r, 0x7fff)
      for (let i = 0; i < 8; i++) x80(r, t, IMAGE.st + 16 * i, e)
      operands(r, t, modrm)
    },
  }))
}
