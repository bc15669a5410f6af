/**
 * The contract between the decoder and executor (operand handling) and the x87, MMX and SSE instructions (meaning).
 * `sse-table.ts` and `x87-table.ts` answer look-ups with these records; `as/sse.ts` and `as/x87.ts` execute them:
 *
 *     sse(code: i32, dst: usize, src: usize, imm: i32, regs: usize): i32
 *     x87(code: i32, regs: usize, ptr: usize, imm: i32): i32
 *
 * All pointers are host pointers. `dst` and `src` point to the operand that the entry names: a slot of the register
 * file (`regs` + its offset) or memory. A memory operand that crosses a page is a copy in a bounce buffer, written back
 * after the call; that a stored-to operand is writable is known before the call, so a call never faults half-way.
 * `ptr` is 0 for an x87 instruction without a memory operand. A function writes nothing when it returns an error.
 * An 'r32' destination is stored as 64 bits (zero-extended), as every 32-bit register write of x86-64 is.
 */

/**
 * Where an operand comes from. 'xmm', 'mm', 'r32', 'r64': the reg field of ModRM. With '/m': the rm field, a register or
 * memory. 'm': memory only (a register form is #UD). 'xmm-rm', 'mm-rm': the rm field, a register only (a memory form is
 * #UD: pmovmskb, movmskps, pextrw, pinsrw's twin forms, movhlps). 'none': no operand, the pointer is 0.
 */
export type Operand = 'xmm' | 'xmm/m' | 'mm' | 'mm/m' | 'r32' | 'r64' | 'r32/m' | 'r64/m' | 'm' | 'xmm-rm' | 'mm-rm' | 'none'

/** One form of an MMX or SSE instruction. */
export interface SseEntry {
  /** Number that `sse()` switches on. */
  readonly code: number
  /** Operand that `dst` points to; a source too where the instruction combines. */
  readonly dst: Operand
  /** Operand that `src` points to. */
  readonly src: Operand
  /** Bytes of the memory operand, when it is memory. At most 512. */
  readonly size: number
  /** #GP(0) when the memory operand is not aligned to 16 bytes. */
  readonly align16: boolean
  /** An immediate byte follows; passed as `imm` (0 to 255), else `imm` is 0. */
  readonly imm8: boolean
  /** The memory operand is read (its old contents are at the pointer). */
  readonly readsMemory: boolean
  /** The memory operand is written. */
  readonly writesMemory: boolean
  /** A result >= 0 is the new ZF|PF|CF in EFLAGS' positions; OF, AF and SF become 0 (comiss, ucomisd …). */
  readonly setsFlags: boolean
  /** `dst` is the implicit [DS:rDI] of maskmovq/maskmovdqu instead of what `dst` says; `size` bytes, read and written. */
  readonly implicitDi?: boolean
}

/** One form of an x87 instruction. */
export interface X87Entry {
  /** Number that `x87()` switches on. */
  readonly code: number
  /** Bytes of the memory operand, 0 for register forms. At most 512 (fnsave is 108, 28 for fnstenv; 14 and 94 with a 66 prefix). */
  readonly size: number
  readonly readsMemory: boolean
  readonly writesMemory: boolean
  /** Passed as `imm`, for example the ST index. */
  readonly imm: number
  /** A result >= 0 is the new ZF|PF|CF (fcomi, fucomi); OF, AF and SF become 0. */
  readonly setsFlags: boolean
  /** Reads ZF, CF or PF (fcmov): `rflags` in the register file is brought up to date before the call. */
  readonly readsFlags: boolean
}

/** Results of `sse()` and `x87()` below 0: what the executor raises, with rip at the instruction. */
export const FP_FAULT = {
  /** #XM, vector 19 (from `sse`), or #MF, vector 16 (from `x87`). */
  numeric: -1,
  /** #MF, vector 16, from `sse`: an MMX instruction with an x87 exception pending. */
  x87Pending: -2,
  /** #GP(0): reserved bits of MXCSR in ldmxcsr and fxrstor. */
  generalProtection: -3,
  /** #UD, vector 6. */
  undefined: -4,
} as const

/**
 * Scratch memory the two functions may use between a call and its return: byte offset and size in the machine's memory.
 * Static data of the AssemblyScript modules (tables) lies from 0x19000 to 0x20000: at most 28 KiB for all of them.
 */
export const FP_SCRATCH = { offset: 0x0c00, size: 0x400 } as const

/**
 * Looks up an MMX, SSE or SSE2 instruction (0F `opcode`), including group 0F AE (fxsave, fxrstor, ldmxcsr, stmxcsr,
 * clflush and the fences), movnti, and emms. Null: not theirs or undefined.
 *
 * @param prefix mandatory prefix, by precedence F3/F2 (the last one) over 66
 * @param modrm the ModRM byte; groups are told apart by it
 */
export type LookupSse = (prefix: 0 | 0x66 | 0xf3 | 0xf2, opcode: number, modrm: number, rexW: boolean, is64: boolean) => SseEntry | null

/**
 * Looks up an x87 instruction. 9B (fwait) is asked for as opcode 0x9b, modrm 0xc0. Null: undefined (#UD).
 *
 * @param opcode 0xd8 to 0xdf
 * @param operandSize16 a 66 prefix is present (fnstenv, fldenv, fnsave, frstor have 14 and 94 byte forms)
 */
export type LookupX87 = (opcode: number, modrm: number, operandSize16: boolean) => X87Entry | null
