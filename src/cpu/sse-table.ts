/**
 * The opcode map 0F xx of MMX, SSE and SSE2 (Intel SDM volume 2, appendix A; AMD APM volumes 4 and 5), as rows of text:
 *
 *     opcodes  prefixes  dst  src  bytes  options
 *
 * A row holds for each of its opcodes and prefixes. `bytes` is the size of the memory operand, 0 without one; with two
 * prefixes of different size it is a list in the same order. Options: a = aligned to 16, i = immediate byte, s = store
 * (dst is memory that is not read), f = sets flags, w = with REX.W the operands and sizes are of 64 bits.
 *
 * `code` is the opcode itself; src/cpu/as/sse.ts says which bits are which.
 */
import type { Operand, SseEntry } from './fp-entries.js'

const ROWS = `
10           np,66        xmm    xmm/m   16
10           f3,f2        xmm    xmm/m   4,8
11           np,66        xmm/m  xmm     16  s
11           f3,f2        xmm/m  xmm     4,8 s
12           np           xmm    xmm/m   8
12           66           xmm    m       8
16           np           xmm    xmm/m   8
16           66           xmm    m       8
13,17        np,66        m      xmm     8   s
14,15        np,66        xmm    xmm/m   16  a
28           np,66        xmm    xmm/m   16  a
29           np,66        xmm/m  xmm     16  as
2a           np,66        xmm    mm/m    8
2a           f3,f2        xmm    r32/m   4   w
2b           np,66        m      xmm     16  as
2c,2d        np           mm     xmm/m   8
2c,2d        66           mm     xmm/m   16  a
2c,2d        f3,f2        r32    xmm/m   4,8 w
2e,2f        np,66        none   xmm/m   4,8 f
50           np,66        r32    xmm-rm  0
51,58,59,5c,5d,5e,5f np,66 xmm   xmm/m   16  a
51,58,59,5c,5d,5e,5f f3,f2 xmm   xmm/m   4,8
52,53        np           xmm    xmm/m   16  a
52,53        f3           xmm    xmm/m   4
54,55,56,57  np,66        xmm    xmm/m   16  a
5a           np           xmm    xmm/m   8
5a           66           xmm    xmm/m   16  a
5a           f3,f2        xmm    xmm/m   4,8
5b           np,66,f3     xmm    xmm/m   16  a
60,61,62     np           mm     mm/m    4
60,61,62     66           xmm    xmm/m   16  a
63,64,65,66,67,68,69,6a,6b,74,75,76 np mm mm/m 8
63,64,65,66,67,68,69,6a,6b,74,75,76 66 xmm xmm/m 16 a
6c,6d        66           xmm    xmm/m   16  a
6e           np           mm     r32/m   4   w
6e           66           xmm    r32/m   4   w
6f           np           mm     mm/m    8
6f           66           xmm    xmm/m   16  a
6f           f3           xmm    xmm/m   16
70           np           mm     mm/m    8   i
70           66,f3,f2     xmm    xmm/m   16  ai
77           np           none   none    0
7e           np           r32/m  mm      4   sw
7e           66           r32/m  xmm     4   sw
7e           f3           xmm    xmm/m   8
7f           np           mm/m   mm      8   s
7f           66           xmm/m  xmm     16  as
7f           f3           xmm/m  xmm     16  s
c2           np,66        xmm    xmm/m   16  ai
c2           f3,f2        xmm    xmm/m   4,8 i
c3           np           m      r32     4   sw
c4           np           mm     r32/m   2   i
c4           66           xmm    r32/m   2   i
c5           np           r32    mm-rm   0   i
c5           66           r32    xmm-rm  0   i
c6           np,66        xmm    xmm/m   16  ai
d6           66           xmm/m  xmm     8   s
d6           f3           xmm    mm-rm   0
d6           f2           mm     xmm-rm  0
d7           np           r32    mm-rm   0
d7           66           r32    xmm-rm  0
e6           66,f2        xmm    xmm/m   16  a
e6           f3           xmm    xmm/m   8
e7           np           m      mm      8   s
e7           66           m      xmm     16  as
d1,d2,d3,d4,d5,d8,d9,da,db,dc,dd,de,df np mm mm/m 8
d1,d2,d3,d4,d5,d8,d9,da,db,dc,dd,de,df 66 xmm xmm/m 16 a
e0,e1,e2,e3,e4,e5,e8,e9,ea,eb,ec,ed,ee,ef np mm mm/m 8
e0,e1,e2,e3,e4,e5,e8,e9,ea,eb,ec,ed,ee,ef 66 xmm xmm/m 16 a
f1,f2,f3,f4,f5,f6,f8,f9,fa,fb,fc,fd,fe np mm mm/m 8
f1,f2,f3,f4,f5,f6,f8,f9,fa,fb,fc,fd,fe 66 xmm xmm/m 16 a
`

const PREFIXES = ['np', '66', 'f3', 'f2']

/** Bits of `code`. */
const REGISTER = 0x400
const WIDE = 0x800
const LONG = 0x8000

let table: ReadonlyMap<number, SseEntry> | undefined

function parse(): Map<number, SseEntry> {
  const out = new Map<number, SseEntry>()
  for (const row of ROWS.trim().split('\n')) {
    const [opcodes = '', prefixes = '', dst = '', src = '', sizes = '', options = ''] = row.split(/ +/)
    const sizeList = sizes.split(',')
    prefixes.split(',').forEach((prefix, i) => {
      for (const opcode of opcodes.split(',')) {
        const code = parseInt(opcode, 16) | PREFIXES.indexOf(prefix) << 8
        const size = Number(sizeList[i] ?? sizeList[0])
        add(out, code, operand(dst), operand(src), size, options)
      }
    })
  }
  return out
}

/** Adds an entry's forms: rm a register or memory, without and with REX.W. */
function add(out: Map<number, SseEntry>, code: number, dst: Operand, src: Operand, size: number, options: string): void {
  const compares = options.includes('f')
  for (const wide of [false, true]) {
    const widened = wide && options.includes('w')
    // a store or load of a general register is as wide as that; a scalar's memory operand is not
    const bytes = widened && (dst.startsWith('r32/') || src.startsWith('r32') || code === 0xc3) ? 8 : size
    const shape = {
      dst: compares ? 'xmm' as const : widened ? widen(dst) : dst,
      src: widened ? widen(src) : src,
      imm8: options.includes('i'),
      setsFlags: compares,
    }
    const base = code | (wide ? WIDE : 0)
    if (isMemory(dst) || isMemory(src)) {
      const store = options.includes('s')
      out.set(base, { code: base, ...shape, size: bytes, align16: options.includes('a'), readsMemory: !store, writesMemory: store })
    }
    if (dst !== 'm' && src !== 'm') {
      const register = base | REGISTER
      out.set(register, { code: register, ...shape, size: bytes, align16: false, readsMemory: false, writesMemory: false })
    }
  }
}

function isMemory(o: Operand): boolean {
  return o === 'm' || o.endsWith('/m')
}

const OPERANDS: readonly Operand[] = ['xmm', 'xmm/m', 'mm', 'mm/m', 'r32', 'r64', 'r32/m', 'r64/m', 'm', 'xmm-rm', 'mm-rm', 'none']

function operand(text: string): Operand {
  const found = OPERANDS.find((name) => name === text)
  if (found === undefined) throw new Error(`sse-table: no operand "${text}"`)
  return found
}

function widen(o: Operand): Operand {
  return o === 'r32' ? 'r64' : o === 'r32/m' ? 'r64/m' : o
}

/** Shifts by an immediate: 71, 72, 73 with the reg field as the opcode. */
function shiftGroup(prefix: number, opcode: number, modrm: number): SseEntry | null {
  const reg = modrm >> 3 & 7
  const known = opcode === 0x73 ? reg === 2 || reg === 6 || prefix === 1 && (reg === 3 || reg === 7) : reg === 2 || reg === 4 || reg === 6
  if (prefix > 1 || modrm < 0xc0 || !known) return null
  return {
    code: opcode | prefix << 8 | REGISTER | reg << 12, dst: prefix ? 'xmm-rm' : 'mm-rm', src: 'none',
    size: 0, align16: false, imm8: true, readsMemory: false, writesMemory: false, setsFlags: false,
  }
}

/** Group 0F AE: fxsave, fxrstor, ldmxcsr, stmxcsr, clflush and the fences. */
function stateGroup(modrm: number, rexW: boolean, is64: boolean): SseEntry | null {
  const reg = modrm >> 3 & 7
  const register = modrm >= 0xc0
  if (register ? reg < 5 : reg > 3 && reg !== 7) return null
  const code = 0xae | reg << 12 | (register ? REGISTER : 0) | (rexW ? WIDE : 0) | (is64 ? LONG : 0)
  const writesMemory = !register && (reg === 0 || reg === 3)
  return {
    code, dst: register ? 'none' : 'm', src: 'none', size: register ? 0 : reg < 2 ? 512 : reg === 7 ? 1 : 4,
    align16: reg < 2, imm8: false, readsMemory: !register && (!writesMemory || reg === 0), writesMemory, setsFlags: false,
  }
}

/** maskmovq and maskmovdqu: `src` is the data (reg field); `imm` is the register number of the mask (rm field, with REX.B). */
function maskMove(prefix: number, modrm: number): SseEntry | null {
  if (prefix > 1 || modrm < 0xc0) return null
  return {
    code: 0xf7 | prefix << 8 | REGISTER, dst: 'none', src: prefix ? 'xmm' : 'mm', size: prefix ? 16 : 8,
    align16: false, imm8: false, readsMemory: true, writesMemory: true, setsFlags: false, implicitDi: true,
  }
}

/**
 * Looks up an MMX, SSE or SSE2 instruction.
 *
 * @param prefix mandatory prefix: the last F3 or F2 if there is one, else 66
 * @param opcode the byte after 0F
 * @param modrm the ModRM byte (any value for emms)
 * @returns null when it is none of theirs or undefined (#UD)
 */
export function lookupSse(prefix: 0 | 0x66 | 0xf3 | 0xf2, opcode: number, modrm: number, rexW: boolean, is64: boolean): SseEntry | null {
  const p = prefix === 0 ? 0 : prefix === 0x66 ? 1 : prefix === 0xf3 ? 2 : 3
  if (opcode >= 0x71 && opcode <= 0x73) return shiftGroup(p, opcode, modrm)
  if (opcode === 0xae) return p === 0 ? stateGroup(modrm, rexW, is64) : null
  if (opcode === 0xf7) return maskMove(p, modrm)
  table ??= parse()
  const register = modrm >= 0xc0 || opcode === 0x77
  return table.get(opcode | p << 8 | (register ? REGISTER : 0) | (rexW ? WIDE : 0)) ?? null
}
