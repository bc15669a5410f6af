/**
 * The executor's control block: the first page of the machine's memory (CONTROL_BLOCK in memory/layout), byte offsets.
 * scripts/build-cpu.mjs gives the same numbers to the AssemblyScript sources.
 */
export const CONTROL = {
  /** i32: one of {@link REASON}. */
  reason: 0x00,
  /** u32: op at which the executor stopped. */
  op: 0x04,
  /** u32: address of the link field to patch when the block at rip is known; 0 for none. */
  link: 0x08,
  /** i32: instructions left, less {@link BLOCK_LIMIT}. */
  left: 0x0c,
  /** i32: vector of a fault. */
  vector: 0x10,
  /** i32: its error code. */
  errorCode: 0x14,
  /** u64: its linear address (CR2). */
  address: 0x18,
  /** 32 bytes: the op that ends a run. */
  exitOp: 0x20,
  /** u32 x 4: host pointer of both parts, bytes in the first, bytes in all, of a store that crosses a page. */
  split1: 0x40, split2: 0x44, splitFirst: 0x48, splitBytes: 0x4c,
  /** u64 x 2: last operands that a string instruction compared, in the top bits. */
  compareA: 0x50, compareB: 0x58,
  /** i32: iterations that a string instruction made. */
  iterations: 0x64,
  /** u64 x 3, i32: the lazy flags (src/cpu/as/flags.ts). */
  flagsR: 0x68, flagsA: 0x70, flagsB: 0x78, flagsK: 0x80,
  /** 512 bytes each: copies of operands that cross a page. */
  bounceRead: 0x400, bounceWrite: 0x600,
} as const

/** Why the executor returned. */
export const REASON = {
  /** The code at rip is not decoded or not linked, or the budget is near its end. */
  resolve: 0,
  /** A fault; vector, error code and address are in the control block. */
  fault: 1,
  /** The op asks for a function of the TypeScript side. */
  helper: 2,
  /** A system call or software interrupt: this, its TRAP << 8, its vector << 16, the length of the instruction << 24. */
  gate: 3,
} as const

/**
 * Most instructions of a block. The executor leaves when fewer are left of the budget, and TypeScript runs the rest one
 * by one, so that budgets are exact.
 */
export const BLOCK_LIMIT = 64

/** Bytes of an op. */
export const OP_SIZE = 32
/** Byte offsets of an op's fields. */
export const FIELD = {
  code: 0, // u16: which op
  dst: 2, // u16: register slot, from regs
  src: 4, // u16: register slot
  base: 6, // u16: slot of the base register; THREAD.zero without one
  index: 8, // u16: slot of the index register; THREAD.zero without one
  scale: 10, // u8: log2 of the scale
  length: 11, // u8: bytes of the instruction
  offset: 12, // u16: bytes from the block's start to the instruction
  number: 14, // u8: position in the block; the header stands before op 0
  before: 15, // u8: instructions of the block that come before
  disp: 16, // i64: displacement; or a 64-bit immediate; or a branch target
  imm: 24, // i32: immediate; or the link of a taken branch
  imm2: 28, // i32: second immediate; or the link of the way that falls through
  // In the data slot after a branch; its first word is not used, since STALE may overwrite it.
  next: 40, // u64: rip of the instruction after the branch
  target: 48, // u64: target of a fused branch
  taken: 56, // i32: link of a fused branch that is taken
  falls: 60, // i32: link of a fused branch that falls through
} as const

/** A block's header, one op's space before its first op. */
export const HEADER = {
  rip: 0, // u64: linear address of the first instruction
  physical: 8, // u32: byte offset in memory of the first byte
  bytes: 12, // u16: bytes of code
  ops: 14, // u16: ops, data slots included
} as const

/** Values of an unlinked link field. */
export const UNLINKED = -1
