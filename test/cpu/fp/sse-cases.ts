/** Cases for every MMX, SSE and SSE2 instruction of the table. */
import type { Random } from '../../../src/base/random.js'
import type { SseEntry } from '../../../src/cpu/fp-entries.js'
import { lookupSse } from '../../../src/cpu/sse-table.js'
import { below, exponents, f32, f64, integers, x80, type Target } from './operands.js'
import { IMAGE, RECORD } from './record.js'

/** A form of an instruction and how to draw its operands. */
export interface Group {
  readonly name: string
  /** Length and bytes; an immediate byte is drawn per case. */
  readonly code: readonly number[]
  readonly immediate: boolean
  readonly fill: (r: Random, t: Target) => void
}

type Lane = 'f32' | 'f64' | 'integer'

const PREFIXES = [0, 0x66, 0xf3, 0xf2] as const

/** What the lanes of the source hold. */
function laneOf(prefix: number, opcode: number): Lane {
  const float = opcode >= 0x51 && opcode <= 0x5f && (opcode < 0x54 || opcode > 0x57) || opcode === 0xc2 || opcode >= 0x2c && opcode <= 0x2f
  if (opcode === 0x5b && prefix === 0) return 'integer'
  if (opcode === 0x5b) return 'f32'
  if (opcode === 0xe6) return prefix === 0xf3 ? 'integer' : 'f64'
  if (!float) return 'integer'
  return prefix === 0 || prefix === 0xf3 ? 'f32' : 'f64'
}

function lanes(r: Random, t: Target, at: number, lane: Lane): void {
  if (lane === 'integer') integers(r, t, at, 16)
  else if (lane === 'f32') {
    const e = exponents(r, 0xff)
    for (let i = 0; i < 16; i += 4) f32(r, t, at + i, e)
  } else {
    const e = exponents(r, 0x7ff)
    for (let i = 0; i < 16; i += 8) f64(r, t, at + i, e)
  }
}

/** MXCSR: mostly as programs have it, else anything. */
export function mxcsr(r: Random): number {
  switch (below(r, 8)) {
    case 0: return 0x1f80
    case 1: return 0x1fa0
    case 2: return 0x1f80 | below(r, 4) << 13
    case 3: return 0x1f80 | r.u32() & 0xe07f
    case 4: return r.u32() & 0xffff
    case 5: return 0x1f80 & ~(1 << 7 + below(r, 6))
    default: return 0x1fa0
  }
}

/** x87 state for MMX instructions: any TOP and tags, sometimes a pending exception. */
function mmxState(r: Random, t: Target): void {
  t.view.setUint16(IMAGE.fcw, 0x37f, true)
  t.view.setUint16(IMAGE.fsw, (below(r, 8) << 11) | (below(r, 16) === 0 ? 0x8081 : 0), true)
  if (t.view.getUint16(IMAGE.fsw, true) & 1) t.view.setUint16(IMAGE.fcw, 0x37e, true)
  t.bytes[IMAGE.ftw] = r.u32()
  const e = exponents(r, 0x7fff)
  for (let i = 0; i < 8; i++) {
    x80(r, t, IMAGE.st + 16 * i, e)
    if (below(r, 2)) integers(r, t, IMAGE.st + 16 * i, 8)
  }
}

function group(prefix: number, opcode: number, modrm: number, wide: boolean, entry: SseEntry): Group {
  const lane = laneOf(prefix, opcode)
  const form = modrm >= 0xc0 ? 'register' : 'memory'
  return {
    name: `0f ${opcode.toString(16)} prefix ${prefix.toString(16)} modrm ${modrm.toString(16)}${wide ? ' rex.w' : ''} ${form}`,
    code: [...(prefix ? [prefix] : []), ...(wide ? [0x48] : []), 0x0f, opcode, ...(opcode === 0x77 ? [] : [modrm])],
    immediate: entry.imm8,
    fill: (r, t) => {
      t.view.setUint32(IMAGE.mxcsr, mxcsr(r), true)
      lanes(r, t, IMAGE.xmm, lane)
      lanes(r, t, IMAGE.xmm + 16, lane)
      if (below(r, 4) === 0) t.bytes.copyWithin(IMAGE.xmm + 16, IMAGE.xmm, IMAGE.xmm + 16)
      mmxState(r, t)
      lanes(r, t, RECORD.memory, lane)
      integers(r, t, RECORD.rax, 8)
      // a reserved bit now and then; bit 17 is AMD's MM, which MXCSR_MASK here does not offer
      if (opcode === 0xae) t.view.setUint32(RECORD.memory, (mxcsr(r) | (below(r, 8) === 0 ? 0x10000 << below(r, 16) : 0)) & ~0x20000, true)
    },
  }
}

/** Every form that the table knows; FXSAVE and FXRSTOR, whose operand is larger than a record, apart. */
export function sseGroups(): Group[] {
  const out: Group[] = []
  for (let opcode = 0; opcode < 256; opcode++) {
    for (const prefix of PREFIXES) {
      for (const wide of [false, true]) {
        for (const modrm of modrms(opcode)) {
          const entry = lookupSse(prefix, opcode, modrm, wide, true)
          if (entry === null || entry.size === 512) continue
          // without a general register or a memory operand of its width REX.W changes nothing
          if (wide && lookupSse(prefix, opcode, modrm, false, true)?.size === entry.size && !entry.dst.startsWith('r') && !entry.src.startsWith('r')) continue
          out.push(group(prefix, opcode, modrm, wide, entry))
        }
      }
    }
  }
  return out
}

/** Register forms use registers 0 and 1, or rax; memory forms [rdi]. */
function modrms(opcode: number): number[] {
  if (opcode >= 0x71 && opcode <= 0x73) return [2, 3, 4, 6, 7].map((reg) => 0xc0 | reg << 3)
  if (opcode === 0xae) return [0x17, 0x1f]
  if (opcode === 0x77) return [0xc0]
  return [opcode === 0x2a || opcode === 0x6e || opcode === 0x7e || opcode === 0xc4 ? 0xc0 : 0xc1, 0x07]
}
