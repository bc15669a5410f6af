/**
 * The x87 opcode map (Intel SDM volume 2, appendix A.5). `code` is (opcode & 7) * 8 + the reg field, plus 64 for register
 * forms, whose rm field is `imm`; src/cpu/as/x87.ts reads like the map. Register forms that the manuals leave out but
 * that every processor decodes as twins (fstp1, fcom2, fxch4, ffreep …) are here too; SSE3's FISTTP is not.
 */
import type { X87Entry } from './fp-entries.js'

/** FWAIT's code. */
const WAIT = 128
/** Added with a 66 prefix. */
const SHORT = 256

/** Bytes of the memory operand by opcode and reg field; 0 is undefined, negative is written. */
const MEMORY: readonly (readonly number[])[] = [
  [4, 4, 4, 4, 4, 4, 4, 4], // D8 m32
  [4, 0, -4, -4, 28, 2, -28, -2], // D9 fld fst fstp fldenv fldcw fnstenv fnstcw
  [4, 4, 4, 4, 4, 4, 4, 4], // DA m32 integer
  [4, 0, -4, -4, 0, 10, 0, -10], // DB fild fist fistp fld fstp
  [8, 8, 8, 8, 8, 8, 8, 8], // DC m64
  [8, 0, -8, -8, 108, 0, -108, -2], // DD fld fst fstp frstor fnsave fnstsw
  [2, 2, 2, 2, 2, 2, 2, 2], // DE m16 integer
  [2, 0, -2, -2, 10, 8, -10, -8], // DF fild fist fistp fbld fild fbstp fistp
]

/** Which rm fields are defined in register forms, as a bit mask by opcode and reg field. */
const REGISTERS: readonly (readonly number[])[] = [
  [255, 255, 255, 255, 255, 255, 255, 255],
  [255, 255, 0x01, 255, 0x33, 0x7f, 255, 255],
  [255, 255, 255, 255, 0, 0x02, 0, 0],
  [255, 255, 255, 255, 0x1f, 255, 255, 0],
  [255, 255, 255, 255, 255, 255, 255, 255],
  [255, 255, 255, 255, 255, 255, 0, 0],
  [255, 255, 255, 0x02, 255, 255, 255, 255],
  [255, 255, 255, 255, 0x01, 255, 255, 0],
]

/** The operand size with a 66 prefix, where it matters. */
function withPrefix(size: number): number {
  return size === 28 ? 14 : size === 108 ? 94 : size
}

/**
 * Looks up an x87 instruction; FWAIT is opcode 0x9b.
 *
 * @param opcode 0xd8 to 0xdf, or 0x9b
 * @param operandSize16 a 66 prefix is present
 * @returns null when it is undefined (#UD)
 */
export function lookupX87(opcode: number, modrm: number, operandSize16: boolean): X87Entry | null {
  if (opcode === 0x9b) return { code: WAIT, size: 0, readsMemory: false, writesMemory: false, imm: 0, setsFlags: false, readsFlags: false }
  const row = opcode & 7, reg = modrm >> 3 & 7, rm = modrm & 7
  if (modrm >= 0xc0) {
    if (!(REGISTERS[row]![reg]! >> rm & 1)) return null
    const setsFlags = (row === 3 || row === 7) && (reg === 5 || reg === 6)
    const readsFlags = (row === 2 || row === 3) && reg < 4
    return { code: 64 + row * 8 + reg, size: 0, readsMemory: false, writesMemory: false, imm: rm, setsFlags, readsFlags }
  }
  const signed = MEMORY[row]![reg]!
  if (signed === 0) return null
  const full = Math.abs(signed)
  const size = operandSize16 ? withPrefix(full) : full
  // a store that raises an unmasked exception leaves memory alone, so what is there is read too
  return {
    code: row * 8 + reg + (size === full ? 0 : SHORT), size, readsMemory: true, writesMemory: signed < 0, imm: 0, setsFlags: false, readsFlags: false,
  }
}
