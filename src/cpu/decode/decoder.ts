import { GPR_OFFSET, THREAD } from '../../arch/x86/context-layout.js'
import type { PhysicalMemory } from '../../memory/physical.js'
import { BLOCK_LIMIT, FIELD, HEADER, OP_SIZE, REASON, UNLINKED } from '../control.js'
import { OP } from '../generated/op-codes.js'
import type { CpuFeatures } from '../cpuid.js'

/** What an op means for flags and faults, told to {@link Decoder.op}: bits. */
export const EFFECT = {
  none: 0,
  /** Sets all arithmetic flags by a subtraction, a logical operation, otherwise. */
  sub: 1, logic: 2, other: 3,
  /** May change some flags; those it does not are kept. */
  some: 4,
  /** Looks at flags. */
  reads: 8,
  /** May fault or leave the run here, so flags must be right. */
  leaves: 16,
} as const

const ZERO = THREAD.zero

/** Bits of {@link Decoder.nullSegments}, and of the engine's mode: FS, or GS, holds a null selector in 32-bit code. */
export const NULL_FS = 2
/** See {@link NULL_FS}. */
export const NULL_GS = 4

/** CMP and TEST ops and the families that fuse them with a Jcc: the op's number to the number for condition 0. */
const FUSED: ReadonlyMap<number, number> = /* @__PURE__ */ fusedOps()
function fusedOps(): Map<number, number> {
  const map = new Map<number, number>()
  const add = (from: number, to: number, sizes: readonly number[]): void => sizes.forEach((s, i) => map.set(from + s, to + 16 * i))
  add(OP.ALU_RR + 28, OP.CMPJ_RR, [2, 3])
  add(OP.ALU_RI + 28, OP.CMPJ_RI, [0, 2, 3])
  add(OP.ALU_RM + 28, OP.CMPJ_RM, [2, 3])
  add(OP.ALU_MI + 28, OP.CMPJ_MI, [0, 2, 3])
  add(OP.TEST_RR, OP.TESTJ_RR, [0, 2, 3])
  add(OP.TEST_RI, OP.TESTJ_RI, [0, 2, 3])
  return map
}

/**
 * Decodes one block: state of the instruction at hand (prefixes, ModRM) and the ops written so far. The opcode maps are
 * functions over it (one-byte.ts, two-byte.ts, groups.ts, fp.ts). It allocates nothing per instruction.
 */
export class Decoder {
  readonly memory: PhysicalMemory
  readonly features: CpuFeatures
  is64 = false
  /** Where the next op goes, byte offset in memory. */
  at = 0
  /** Header of the block. */
  header = 0
  /** Linear address of the block's first instruction; canonical. */
  blockRip = 0
  /** Instructions of the block so far. */
  count = 0
  /** The block has its end. */
  ended = false
  /** What set the flags last: {@link EFFECT} sub, logic or other. */
  private flags = 0
  /** Rotates whose flags nobody has seen yet: addresses of ops. */
  private readonly rotates: number[] = []

  // The instruction at hand.
  /** Its linear address. */
  rip = 0
  /** First op of it. */
  first = 0
  /** Last op of it, data slots not counted. */
  private lastOp = 0
  private bytes: Uint8Array
  private start = 0
  private pos = 0
  private readonly window = new Uint8Array(32)
  /** Operand size in bytes: 2, 4, 8. */
  size = 4
  /** Address size in bytes: 2, 4, 8. */
  addressSize = 4
  /** Index of the operand size: 1, 2, 3. */
  s = 2
  rex = 0
  hasRex = false
  has66 = false
  /** 0, 0xf2 or 0xf3. */
  rep = 0
  lock = false
  /** Set by an instruction with a memory destination that LOCK may precede. */
  lockable = false
  /** Slot of the segment base: THREAD.fsBase, gsBase, or zero. */
  segment: number = ZERO
  /** Segment registers that are null, so that an access through them is #GP(0): {@link NULL_FS}, {@link NULL_GS}. */
  nullSegments = 0
  /** The instruction at hand accesses memory through one of them. */
  usesNull = false
  mod = 0
  reg = 0
  rm = 0
  modrm = 0
  private base: number = ZERO
  private index: number = ZERO
  private scale = 0
  private disp = 0
  private ripRelative = false

  constructor(memory: PhysicalMemory, features: CpuFeatures) {
    this.memory = memory
    this.features = features
    this.bytes = memory.u8
  }

  /** Starts a block whose header is at `header`. */
  begin(header: number, rip: number, physical: number, is64: boolean): void {
    this.header = header
    this.at = header + OP_SIZE
    this.blockRip = rip
    this.is64 = is64
    this.count = 0
    this.ended = false
    this.flags = 0
    this.rotates.length = 0
    this.put64(header + HEADER.rip, rip)
    this.memory.u32[(header + HEADER.physical) >>> 2] = physical
  }

  /** Starts an instruction at linear `rip`; its bytes are at `from` in `bytes`. */
  beginInstruction(rip: number, bytes: Uint8Array, from: number): void {
    this.rip = rip
    this.first = this.at
    this.lastOp = 0
    this.bytes = bytes
    this.start = this.pos = from
    this.rex = this.rep = 0
    this.hasRex = this.has66 = this.lock = this.lockable = false
    this.segment = ZERO
    this.usesNull = false
    this.addressSize = this.is64 ? 8 : 4
  }

  /** A buffer for the bytes of an instruction at a page's end. */
  get buffer(): Uint8Array {
    return this.window
  }
  /** Bytes of the instruction read so far. */
  get length(): number {
    return this.pos - this.start
  }
  /** Linear address after the instruction. */
  get next(): number {
    return this.wrap(this.rip + this.length)
  }
  /** An address as this mode has it. */
  wrap(a: number): number {
    return this.is64 ? a : a >>> 0
  }

  /** Settles operand size from the prefixes. */
  settle(): void {
    this.size = this.rex & 8 ? 8 : this.has66 ? 2 : 4
    this.s = this.size === 8 ? 3 : this.size === 2 ? 1 : 2
  }

  // Bytes.
  u8(): number {
    return this.bytes[this.pos++] ?? 0
  }
  /** The next byte without taking it. */
  peek(): number {
    return this.bytes[this.pos] ?? 0
  }
  /** Takes the byte before back. */
  unread(): void {
    this.pos--
  }
  i8(): number {
    return (this.u8() << 24) >> 24
  }
  u16(): number {
    const lo = this.u8()
    return lo | (this.u8() << 8)
  }
  i32(): number {
    const lo = this.u16()
    return lo | (this.u16() << 16)
  }
  /** Immediate of operand size, at most 32 bits, sign-extended. */
  iz(): number {
    return this.size === 2 ? (this.u16() << 16) >> 16 : this.i32()
  }
  /** Immediate of size index `s`, at most 32 bits, sign-extended. */
  immediate(s: number): number {
    return s === 0 ? this.i8() : s === 1 ? (this.u16() << 16) >> 16 : this.i32()
  }

  // Operands.
  /** Slot of general register n at size index s. */
  slot(n: number, s: number): number {
    if (s === 0 && !this.hasRex && n >= 4) return GPR_OFFSET[n - 4]! + 1
    return GPR_OFFSET[n]!
  }
  /** Slot of the reg field. */
  regSlot(s: number): number {
    return this.slot(this.reg, s)
  }
  /** Slot of the rm field, a register. */
  rmSlot(s: number): number {
    return this.slot(this.rm, s)
  }
  /** True when rm is memory. */
  get isMemory(): boolean {
    return this.mod !== 3
  }

  /** Reads ModRM, SIB and displacement. */
  readModrm(): void {
    const b = this.u8()
    this.modrm = b
    this.mod = b >> 6
    this.reg = ((b >> 3) & 7) | ((this.rex & 4) << 1)
    this.rm = b & 7
    this.base = this.index = ZERO
    this.scale = 0
    this.disp = 0
    this.ripRelative = false
    if (this.mod === 3) this.rm |= (this.rex & 1) << 3
    else if (this.addressSize === 2) this.modrm16()
    else this.modrm32()
  }

  private modrm32(): void {
    let rm = this.rm
    if (rm === 4) {
      const sib = this.u8()
      const index = ((sib >> 3) & 7) | ((this.rex & 2) << 2)
      if (index !== 4) this.index = GPR_OFFSET[index]!
      this.scale = sib >> 6
      rm = sib & 7
      if (rm === 5 && this.mod === 0) this.disp = this.i32()
      else this.base = GPR_OFFSET[rm | ((this.rex & 1) << 3)]!
    } else if (rm === 5 && this.mod === 0) {
      this.disp = this.i32()
      this.ripRelative = this.is64
    } else this.base = GPR_OFFSET[rm | ((this.rex & 1) << 3)]!
    if (this.mod === 1) this.disp = this.i8()
    else if (this.mod === 2) this.disp = this.i32()
  }

  private modrm16(): void {
    const [bx, bp, si, di] = [GPR_OFFSET[3]!, GPR_OFFSET[5]!, GPR_OFFSET[6]!, GPR_OFFSET[7]!]
    const rm = this.rm
    this.base = rm === 6 && this.mod === 0 ? ZERO : rm === 0 || rm === 1 || rm === 7 ? bx : rm === 4 ? si : rm === 5 ? di : bp
    this.index = rm === 0 || rm === 2 ? si : rm === 1 || rm === 3 ? di : ZERO
    if (this.mod === 2 || (rm === 6 && this.mod === 0)) this.disp = (this.u16() << 16) >> 16
    else if (this.mod === 1) this.disp = this.i8()
  }

  /** A memory operand at an absolute address (moffs). */
  absolute(disp: number): void {
    this.mod = 0
    this.base = this.index = ZERO
    this.scale = 0
    this.disp = disp
    this.ripRelative = false
  }
  /** A memory operand at a register. */
  indirect(slot: number): void {
    this.absolute(0)
    this.base = slot
  }

  /** Makes an address by rSP that will not be plain count from the stack pointer after a pop of `bytes`. */
  popAddress(bytes: number): void {
    if (!this.isPlain && this.base === GPR_OFFSET[4]) this.disp += bytes
  }
  private get isPlain(): boolean {
    return this.segment === ZERO && this.addressSize === (this.is64 ? 8 : 4)
  }

  // Ops.
  /** Writes an op without operands and returns its address. */
  op(code: number, effect: number, dst: number = ZERO, src: number = ZERO, imm = 0, imm2 = 0): number {
    const a = this.lastOp = this.at
    this.at += OP_SIZE
    const i32 = this.memory.i32
    const w = a >>> 2
    i32[w] = code | (dst << 16)
    i32[w + 1] = src | (ZERO << 16)
    i32[w + 2] = ZERO
    i32[w + 3] = (this.rip - this.blockRip) & 0xffff | (((a - this.header) / OP_SIZE - 1) << 16) | (this.count << 24)
    i32[w + 4] = 0
    i32[w + 5] = 0
    i32[w + 6] = imm
    i32[w + 7] = imm2
    this.note(effect)
    return a
  }

  /** Writes an op with the memory operand at hand; one that is not plain gets an ADDRESS op before it. */
  memoryOp(code: number, effect: number, dst: number = ZERO, src: number = ZERO, imm = 0, imm2 = 0): number {
    const disp = this.ripRelative ? this.rip + this.length + this.disp : this.disp
    if (this.isPlain) {
      if (this.index === ZERO && code >= OP.MOV_RM && code < OP.MOV_MR + 4) code += OP.MOV_RM_BASE - OP.MOV_RM
      const a = this.op(code, effect | EFFECT.leaves, dst, src, imm, imm2)
      this.putAddress(a, disp)
      return a
    }
    this.access()
    const e = this.op(OP.ADDRESS, EFFECT.none, this.segment, ZERO, this.addressSize)
    this.putAddress(e, disp)
    const a = this.op(code, effect | EFFECT.leaves, dst, src, imm, imm2)
    this.memory.u16[(a + FIELD.base) >>> 1] = THREAD.tmp0
    return a
  }

  /** Notes an access through the segment at hand. */
  access(): void {
    const bit = this.segment === THREAD.fsBase ? NULL_FS : this.segment === THREAD.gsBase ? NULL_GS : 0
    if ((this.nullSegments & bit) !== 0) this.usesNull = true
  }

  /** Puts the address at hand into op `a`. */
  putAddress(a: number, disp = this.ripRelative ? this.rip + this.length + this.disp : this.disp): void {
    const u16 = this.memory.u16
    u16[(a + FIELD.base) >>> 1] = this.base
    u16[(a + FIELD.index) >>> 1] = this.index
    this.memory.u8[a + FIELD.scale] = this.scale
    this.put64(a + FIELD.disp, disp)
  }

  /** Keeps account of flags for what comes later in the block. */
  private note(effect: number): void {
    const rotates = this.rotates
    if (rotates.length > 0) {
      if (effect & (EFFECT.leaves | EFFECT.reads | EFFECT.some)) rotates.length = 0
      else if (effect & 3) {
        for (const a of rotates) this.quiet(a)
        rotates.length = 0
      }
    }
    if (effect & 3) this.flags = effect & 3
    else if (effect & EFFECT.some) this.flags = EFFECT.other
  }
  private quiet(a: number): void {
    const u16 = this.memory.u16
    const code = u16[a >>> 1]!
    const right = this.memory.i32[(a + FIELD.imm2) >>> 2] === 1
    u16[a >>> 1] = (right ? OP.ROR_QUIET : OP.ROL_QUIET) + (code - OP.SHIFT_R - 2)
  }
  /** Writes a rotate by an immediate of a 4 or 8 byte register, whose flags may turn out not to matter. */
  rotate(dst: number, count: number, kind: number): void {
    const keep = this.rotates.slice()
    const a = this.op(OP.SHIFT_R + this.s, EFFECT.some, dst, ZERO, count, kind)
    this.rotates.push(...keep, a)
  }
  /** First op of the JCC family that fits what set the flags. */
  get conditional(): number {
    return this.flags === EFFECT.sub ? OP.JCC_SUB : this.flags === EFFECT.logic ? OP.JCC_LOGIC : OP.JCC
  }

  /**
   * Makes a CMP or TEST right before this Jcc and the Jcc one op, which ends the block. False: what is before is another.
   */
  fuse(condition: number, target: number): boolean {
    const a = this.first - OP_SIZE
    if (this.count === 0 || a <= this.header || this.lock || this.length > 15 || this.bytes === this.window) return false
    const { u16, u8, i32 } = this.memory
    if (u8[a + FIELD.before] !== this.count - 1) return false
    const code = FUSED.get(u16[a >>> 1]!)
    if (code === undefined) return false
    u16[a >>> 1] = code + condition
    this.put64(a + FIELD.next, this.next)
    this.put64(a + FIELD.target, this.wrap(target))
    i32[(a + FIELD.taken) >>> 2] = i32[(a + FIELD.falls) >>> 2] = UNLINKED
    this.at = a + 2 * OP_SIZE
    this.ended = true
    return true
  }

  /** Ends the block with op `a`: links unlinked, target in disp, rip of the next instruction in the data slot. */
  branch(a: number, target: number): void {
    this.put64(a + FIELD.disp, this.wrap(target))
    this.memory.i32[(a + FIELD.imm) >>> 2] = UNLINKED
    this.memory.i32[(a + FIELD.imm2) >>> 2] = UNLINKED
    this.end(a)
  }
  /** Ends the block with op `a` and its data slot. */
  end(a: number): void {
    this.put64(a + FIELD.next, this.next)
    this.memory.i32[(a + 60) >>> 2] = UNLINKED
    this.at = a + 2 * OP_SIZE
    this.ended = true
  }
  /** Ends the block with a fault of this instruction. */
  raise(vector: number, errorCode = 0): void {
    this.at = this.first
    this.op(OP.RAISE, EFFECT.leaves, ZERO, ZERO, vector, errorCode)
    this.ended = true
  }
  /** #UD. */
  undefined(): void {
    this.raise(6)
  }
  /** Ends the block with a function of the TypeScript side. */
  helper(id: number, dst: number = ZERO, src: number = ZERO, imm2 = 0): number {
    const a = this.op(OP.HELPER, EFFECT.leaves, dst, src, id, imm2)
    this.ended = true
    return a
  }
  /** A system call or software interrupt: one of TRAP, and the vector of an interrupt. */
  gate(kind: number, vector = 0): void {
    this.op(OP.GATE, EFFECT.leaves, ZERO, ZERO, REASON.gate | (kind << 8) | (vector << 16))
    this.ended = true
  }
  /** The same with the memory operand at hand. */
  memoryHelper(id: number, dst: number = ZERO, src: number = ZERO, imm2 = 0): void {
    this.memoryOp(OP.HELPER, EFFECT.leaves, dst, src, id, imm2)
    this.ended = true
  }

  /** Ends the instruction: its length goes into its ops. */
  finishInstruction(): void {
    if (this.lock && !this.lockable) this.undefined()
    const n = this.length
    const u8 = this.memory.u8
    for (let a = this.first; a <= this.lastOp; a += OP_SIZE) u8[a + FIELD.length] = n
    this.count++
  }
  /** Forgets the instruction at hand. */
  abandon(): void {
    this.at = this.first
  }
  /** Ends the block; `rip` is where it goes on when it has no end of its own. */
  finish(rip: number): void {
    if (!this.ended) {
      this.first = this.at
      this.rip = rip
      this.pos = this.start
      const a = this.op(OP.FALL, EFFECT.leaves)
      this.branch(a, rip)
    }
    this.memory.u16[(this.header + HEADER.ops) >>> 1] = (this.at - this.header) / OP_SIZE - 1
  }
  /** True when another instruction fits. */
  get hasRoom(): boolean {
    return this.count < BLOCK_LIMIT && this.at - this.header < 200 * OP_SIZE
  }

  /** Stores a canonical address or small integer as 64 bits. */
  put64(a: number, v: number): void {
    this.memory.u32[a >>> 2] = v >>> 0
    this.memory.i32[(a + 4) >>> 2] = Math.floor(v / 4294967296)
  }
  /** Stores two halves. */
  putHalves(a: number, lo: number, hi: number): void {
    this.memory.i32[a >>> 2] = lo
    this.memory.i32[(a + 4) >>> 2] = hi
  }
}
