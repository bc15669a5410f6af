/** Makes the vectors' code and inputs, and packs their outcomes; renew.mjs does the assembling and running. */
import { SeededRandom } from '../../../src/base/random.js'
import { CODE, DATA, initialState, WINDOW_BYTES, WINDOWS, type Vector } from './setup.js'
import { forms, type Form } from './forms.js'

/** A vector before it ran. */
export interface Draft { form: number, name: string, text: string | null, raw: readonly number[] | null, at: number, seed: number, setup: number, mask: number }

const ALL_FLAGS = 0x8d5 | 0x400 | 0x4000
const LEGACY8 = ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh']
const REX8 = ['al', 'cl', 'dl', 'bl', 'bpl', 'sil', 'dil', 'r8b', 'r9b', 'r12b', 'r13b', 'r15b']
const LEGACY = ['ax', 'cx', 'dx', 'bx', 'bp', 'si', 'di']
const EXTENDED = ['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15']

/** Instructions of random sequences: all flags defined but AF. */
const SEQUENCE = [
  ...['add', 'sub', 'adc', 'sbb', 'cmp', 'xor', 'and', 'or', 'test'].flatMap((n) => [`${n} {r32}, {r32}`, `${n} {r16}, {r16}`, `${n} {r8}, {r8}`, ...(n === 'test' ? [] : [`${n} {r32}, strict byte {s8}`])]),
  ...['inc', 'dec', 'neg', 'not'].flatMap((n) => [`${n} {r32}`, `${n} {r8}`]), ...['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', 'sar'].flatMap((n) => [`${n} {r32}, 1`, `${n} {r16}, 1`]),
  'stc', 'clc', 'cmc', 'setb {r8}', 'setle {r8}', 'seto {r8}', 'setp {r8}', 'cmovs {r32}, {r32}', 'cmova {r32}, {r32}', 'cmovge {r16}, {r16}', 'movzx {r32}, {r8}', 'movsx {r32}, {r16}', 'xchg {r32}, {r32}', 'mov {r8}, {r8}', 'sahf',
]

class Maker {
  readonly random: SeededRandom
  readonly is64: boolean
  constructor(seed: number, is64: boolean) {
    this.random = new SeededRandom(seed)
    this.is64 = is64
  }
  below(n: number): number {
    return this.random.u32() % n
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
  register(bits: number, legacy: boolean, memory: boolean): string {
    if (bits === 8) {
      const list = (this.is64 && !legacy ? REX8 : LEGACY8).filter((r) => !memory || (r !== 'bl' && r !== 'bh' && r !== 'sil'))
      return this.pick(list)
    }
    const names = LEGACY.filter((r) => !memory || (r !== 'bx' && r !== 'si')).map((r) => (bits === 16 ? r : bits === 32 ? `e${r}` : `r${r}`))
    const more = this.is64 && !legacy ? EXTENDED.map((r) => (bits === 16 ? `${r}w` : bits === 32 ? `${r}d` : r)) : []
    return this.pick([...names, ...more])
  }
  memory(label: string): string {
    const [b, x, sp] = this.is64 ? ['rbx', 'rsi', 'rsp'] : ['ebx', 'esi', 'esp']
    const disp = this.below(48) - 24
    switch (this.below(8)) {
      case 0: return `[${b}]`
      case 1: case 2: return `[${b}${disp < 0 ? '' : '+'}${disp}]`
      case 3: return `[${b}+${x}*${this.pick([1, 2, 4, 8])}${disp < 0 ? '' : '+'}${disp}]`
      case 4: return `[dword ${b}${disp < 0 ? '' : '+'}${disp}]`
      case 5: return this.is64 ? `[rel 0x${(DATA + 0x1000 + disp - CODE).toString(16)} + ${label}]` : `[0x${(DATA + 0x1000 + disp).toString(16)}]`
      case 6: return `[${sp}+${this.below(60)}]`
      default: return this.is64 ? this.pick(['[ebx+esi*2]', '[ebx-4]', '[rbx]']) : '[ebx-4]'
    }
  }
  address(): string {
    const w = this.is64 ? 'r' : 'e'
    const names = [...LEGACY.map((r) => w + r), ...(this.is64 ? EXTENDED : [])]
    const disp = this.pick([0, 1, -1, 127, -128, 128, 0x7fffffff, -0x80000000, this.below(100000)])
    const base = this.below(5) === 0 ? '' : this.pick([...names, w + 'sp'])
    const index = this.below(3) === 0 && base !== '' ? '' : `${this.pick(names)}*${this.pick([1, 2, 4, 8])}`
    const text = [base, index].filter((s) => s !== '').join('+') + `${disp < 0 ? '' : '+'}${disp}`
    return this.is64 && this.below(4) === 0 ? `[${text.replace(/\br([a-d]x|bp|si|di|sp)\b/g, 'e$1').replace(/\b(r\d+)\b/g, '$1d')}]` : `[${text}]`
  }
  immediate(bits: number): string {
    const edges: Record<number, string[]> = { 8: ['0', '1', '-1', '127', '-128'], 16: ['0', '1', '-1', '32767', '-32768'], 32: ['0', '1', '-1', '2147483647', '-2147483648'], 64: ['0', '-1', '0x8000000000000000', '0x7fffffffffffffff'] }
    if (this.below(3) === 0) return this.pick(edges[bits]!)
    if (bits === 64) return `0x${this.random.u32().toString(16)}${this.random.u32().toString(16).padStart(8, '0')}`
    return String(bits === 32 ? this.random.u32() | 0 : this.below(2 ** bits) - 2 ** (bits - 1))
  }
}

function undefinedFlags(f: Form, count: number): number {
  if (typeof f.undefined === 'number') return f.undefined
  const c = count & (f.size === 64 ? 63 : 31)
  if (c === 0) return 0
  const of = c === 1 ? 0 : 0x800
  if (f.undefined === 'rotate') return of
  if (f.undefined === 'double') return of | 16
  return of | 16 | (c >= f.size ? 1 : 0)
}

/** All vectors of a mode, to be assembled and run. */
export function drafts(is64: boolean, seed: number): Draft[] {
  const make = new Maker(seed, is64)
  const out: Draft[] = []
  forms(is64).forEach((f, form) => {
    for (let i = 0; i < f.count; i++) {
      const id = out.length
      const testSeed = make.random.u32()
      const state = initialState(testSeed, f.setup, is64)
      let count = Number(state.regs[1]! & 255n)
      const memory = f.text.includes('{m') || f.setup !== 0 && f.text.includes('bx]')
      const legacy = make.below(2) === 0 && !/\{r64\}|\{m64\}/.test(f.text)
      if (f.text.endsWith(', 1')) count = 1
      let text: string | null = null
      if (f.raw === undefined) {
        text = f.text.replaceAll('{q}', () => make.pick(SEQUENCE)).replace(/\{([a-z]+)(\d*)\}/g, (_, kind: string, bits: string) => {
          const n = Number(bits)
          if (kind === 'r') return make.register(n, legacy, memory)
          if (kind === 'm') return `${n === 8 ? 'byte' : n === 16 ? 'word' : n === 32 ? 'dword' : 'qword'} ${make.memory(`t${id}`)}`
          if (kind === 'i') return make.immediate(n)
          if (kind === 's') return make.immediate(8)
          if (kind === 'a') return make.address()
          count = make.below(f.size === 64 ? 66 : f.undefined === 'double' ? Math.min(f.size + 1, 34) : 34)
          return String(count)
        })
      }
      if (f.undefined === 'double' && f.size === 16 && (count & 31) > 16) continue
      const fixed = f.raw !== undefined || f.text.includes('0x1000')
      const at = fixed || make.below(10) !== 0 || (text !== null && text.includes('rel ')) ? CODE : CODE + 4096 - 1 - make.below(6)
      out.push({ form, name: f.text, text, raw: f.raw ?? null, at, seed: testSeed, setup: f.setup, mask: ALL_FLAGS & ~undefinedFlags(f, count) })
    }
  })
  return out
}

/** One assembler file for all: code, then a table of (start, length) pairs of 32 bits, then their number. */
export function source(list: readonly Draft[], is64: boolean): string {
  const lines = [`bits ${is64 ? 64 : 32}`, 'org 0']
  list.forEach((d, i) => {
    lines.push(`t${i}:`)
    if (d.raw !== null) lines.push(`db ${d.raw.join(',')}`)
    else for (const part of d.text!.split(' / ')) lines.push(part)
    lines.push(`e${i}:`)
  })
  lines.push('align 4, db 0')
  list.forEach((_, i) => lines.push(`dd t${i}, e${i}-t${i}`))
  return lines.join('\n') + '\n'
}

const TEST_SIZE = 40 + 128 + 8 + WINDOW_BYTES
const OUTCOME_SIZE = 128 + 24 + 16 + WINDOW_BYTES

/** The runner's input. */
export function input(list: readonly Draft[], codes: readonly Uint8Array[], is64: boolean): Uint8Array {
  const out = new Uint8Array(4 + list.length * TEST_SIZE)
  const view = new DataView(out.buffer)
  view.setUint32(0, list.length, true)
  list.forEach((d, i) => {
    const at = 4 + i * TEST_SIZE
    const s = initialState(d.seed, d.setup, is64)
    view.setUint32(at, d.at, true)
    view.setUint32(at + 4, codes[i]!.length, true)
    out.set(codes[i]!, at + 8)
    s.regs.forEach((v, r) => view.setBigUint64(at + 40 + r * 8, v, true))
    view.setUint32(at + 168, s.flags, true)
    out.set(s.memory, at + 176)
  })
  return out
}

const hex = (b: Uint8Array): string => Array.from(b, (v) => v.toString(16).padStart(2, '0')).join('')

/** Reads the runner's outcomes. */
export function vectors(list: readonly Draft[], codes: readonly Uint8Array[], outcome: Uint8Array, is64: boolean): Vector[] {
  const view = new DataView(outcome.buffer, outcome.byteOffset, outcome.length)
  return list.map((d, i) => {
    const at = i * OUTCOME_SIZE
    const s = initialState(d.seed, d.setup, is64)
    const regs: (number | string)[] = []
    for (let r = 0; r < (is64 ? 16 : 8); r++) {
      const v = view.getBigUint64(at + r * 8, true)
      if (v !== s.regs[r]) regs.push(r, v.toString(16))
    }
    const after = outcome.subarray(at + 168, at + 168 + WINDOW_BYTES)
    const memory: (number | string)[] = []
    for (let j = 0; j < WINDOW_BYTES; j++) {
      if (after[j] === s.memory[j]) continue
      let k = j + 1
      while (k < WINDOW_BYTES && after[k] !== s.memory[k]) k++
      memory.push(j, hex(after.subarray(j, k)))
      j = k
    }
    const trap = view.getUint32(at + 152, true)
    return [
      d.form, hex(codes[i]!), d.at, d.seed, d.setup, d.mask, trap, trap === 3 ? 0 : view.getUint32(at + 156, true), trap === 14 ? Number(view.getBigInt64(at + 144, true)) : 0,
      Number(view.getBigInt64(at + 136, true)), view.getUint32(at + 160, true), view.getUint32(at + 128, true) & ALL_FLAGS, regs, memory,
    ]
  })
}

/** Names of a mode's forms. */
export const formNames = (is64: boolean): string[] => forms(is64).map((f) => f.text)
export { WINDOWS }
