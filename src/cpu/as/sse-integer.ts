/**
 * Integer operations of MMX and SSE2 on wasm vectors. MMX operands are vectors with a zero upper half, of which only
 * the lower half of the result counts; where an op mixes halves the MMX form is told apart.
 */

/** Interleaves the low halves of a and b in elements of 1, 2, 4 or 8 bytes (opcodes 60, 61, 62, 6c). */
export function interleaveLow(op: u32, a: v128, b: v128): v128 {
  switch (op) {
    case 0x60: return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
    case 0x61: return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23)
    case 0x62: return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
    default: return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
  }
}

/** Interleaves the high halves (opcodes 68, 69, 6a, 6d). */
export function interleaveHigh(op: u32, a: v128, b: v128): v128 {
  switch (op) {
    case 0x68: return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
    case 0x69: return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31)
    case 0x6a: return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
    default: return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
  }
}

/** The upper 64 bits moved down. */
// @ts-ignore: decorator
@inline
export function upper(v: v128): v128 {
  return i8x16.shuffle(v, i64x2(0, 0), 8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16, 16, 16, 16, 16, 16)
}

/** Low halves of a and b side by side. */
// @ts-ignore: decorator
@inline
function join(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
}

/** Packs with saturation (opcodes 63 packsswb, 67 packuswb, 6b packssdw). */
export function pack(op: u32, mmx: bool, a: v128, b: v128): v128 {
  if (mmx) {
    a = join(a, b)
    b = a
  }
  if (op == 0x63) return i8x16.narrow_i16x8_s(a, b)
  return op == 0x67 ? i8x16.narrow_i16x8_u(a, b) : i16x8.narrow_i32x4_s(a, b)
}

/** Shifts by a count; beyond the element's width logical shifts give zero and arithmetic ones copies of the sign. */
export function shift(op: u32, a: v128, count: u64): v128 {
  const n = <i32>min<u64>(count, 255)
  switch (op) {
    case 0xd1: return n > 15 ? i64x2(0, 0) : i16x8.shr_u(a, n)
    case 0xd2: return n > 31 ? i64x2(0, 0) : i32x4.shr_u(a, n)
    case 0xd3: return n > 63 ? i64x2(0, 0) : i64x2.shr_u(a, n)
    case 0xe1: return i16x8.shr_s(a, min<i32>(n, 15))
    case 0xe2: return i32x4.shr_s(a, min<i32>(n, 31))
    case 0xf1: return n > 15 ? i64x2(0, 0) : i16x8.shl(a, n)
    case 0xf2: return n > 31 ? i64x2(0, 0) : i32x4.shl(a, n)
    default: return n > 63 ? i64x2(0, 0) : i64x2.shl(a, n)
  }
}

/** PSRLDQ and PSLLDQ: shifts of the whole register by bytes. */
export function shiftBytes(left: bool, dst: usize, count: i32): void {
  const lo = load<u64>(dst), hi = load<u64>(dst, 8)
  const n = <u64>(count & 7) << 3
  let a: u64, b: u64
  if (count > 15) {
    a = 0
    b = 0
  } else if (left) {
    a = count > 7 ? 0 : lo << n
    b = count > 7 ? lo << n : n ? hi << n | lo >> (64 - n) : hi
  } else {
    b = count > 7 ? 0 : hi >> n
    a = count > 7 ? hi >> n : n ? lo >> n | hi << (64 - n) : lo
  }
  store<u64>(dst, a)
  store<u64>(dst, b, 8)
}

// @ts-ignore: decorator
@inline
function oddWords(lo: v128, hi: v128): v128 {
  return i8x16.shuffle(lo, hi, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31)
}

/** PSADBW: sums of absolute differences of bytes, one per 64 bits. */
function sumOfDifferences(a: v128, b: v128): v128 {
  const d = v128.sub<u8>(i8x16.max_u(a, b), i8x16.min_u(a, b))
  const s = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(d))
  return v128.add<u64>(v128.and(s, i64x2(0xffffffff, 0xffffffff)), i64x2.shr_u(s, 32))
}

/** An operation on equal lanes, by its opcode (0F xx): comparisons, and rows D to F. */
export function lanes(op: u32, a: v128, b: v128): v128 {
  if (op == 0x74) return i8x16.eq(a, b)
  switch (op) {
    case 0x64: return i8x16.gt_s(a, b)
    case 0x65: return i16x8.gt_s(a, b)
    case 0x66: return i32x4.gt_s(a, b)
    case 0x75: return i16x8.eq(a, b)
    case 0x76: return i32x4.eq(a, b)
    default: return lanesHigh(op, a, b)
  }
}

function lanesHigh(op: u32, a: v128, b: v128): v128 {
  switch (op) {
    case 0xd4: return i64x2.add(a, b)
    case 0xd5: return i16x8.mul(a, b)
    case 0xd8: return i8x16.sub_sat_u(a, b)
    case 0xd9: return i16x8.sub_sat_u(a, b)
    case 0xda: return i8x16.min_u(a, b)
    case 0xdb: return v128.and(a, b)
    case 0xdc: return i8x16.add_sat_u(a, b)
    case 0xdd: return i16x8.add_sat_u(a, b)
    case 0xde: return i8x16.max_u(a, b)
    case 0xdf: return v128.andnot(b, a)
    case 0xe0: return i8x16.avgr_u(a, b)
    case 0xe3: return i16x8.avgr_u(a, b)
    case 0xe4: return oddWords(i32x4.extmul_low_i16x8_u(a, b), i32x4.extmul_high_i16x8_u(a, b))
    case 0xe5: return oddWords(i32x4.extmul_low_i16x8_s(a, b), i32x4.extmul_high_i16x8_s(a, b))
    case 0xe8: return i8x16.sub_sat_s(a, b)
    case 0xe9: return i16x8.sub_sat_s(a, b)
    case 0xea: return i16x8.min_s(a, b)
    case 0xeb: return v128.or(a, b)
    case 0xec: return i8x16.add_sat_s(a, b)
    case 0xed: return i16x8.add_sat_s(a, b)
    case 0xee: return i16x8.max_s(a, b)
    case 0xef: return v128.xor(a, b)
    case 0xf4: {
      const low = i64x2(0xffffffff, 0xffffffff)
      return i64x2.mul(v128.and(a, low), v128.and(b, low))
    }
    case 0xf5: return i32x4.dot_i16x8_s(a, b)
    case 0xf6: return sumOfDifferences(a, b)
    case 0xf8: return i8x16.sub(a, b)
    case 0xf9: return i16x8.sub(a, b)
    case 0xfa: return i32x4.sub(a, b)
    case 0xfb: return i64x2.sub(a, b)
    case 0xfc: return i8x16.add(a, b)
    case 0xfd: return i16x8.add(a, b)
    default: return i32x4.add(a, b) // fe
  }
}

/** Four words of `src` chosen by `imm`, two bits each (PSHUFW and halves of PSHUFLW, PSHUFHW). */
export function shuffleWords(src: u64, imm: i32): u64 {
  return src >> <u64>((imm & 3) << 4) & 0xffff
    | (src >> <u64>((imm >> 2 & 3) << 4) & 0xffff) << 16
    | (src >> <u64>((imm >> 4 & 3) << 4) & 0xffff) << 32
    | src >> <u64>((imm >> 6 & 3) << 4) << 48
}

/** PSHUFD, or SHUFPS when `dst` gives the lower two elements: 70 with 66, c6. */
export function shuffleDwords(dst: usize, low: usize, high: usize, imm: i32): void {
  const a = load<u32>(low + ((imm & 3) << 2)), b = load<u32>(low + ((imm >> 2 & 3) << 2))
  const c = load<u32>(high + ((imm >> 4 & 3) << 2)), d = load<u32>(high + ((imm >> 6 & 3) << 2))
  store<u64>(dst, <u64>a | <u64>b << 32)
  store<u64>(dst, <u64>c | <u64>d << 32, 8)
}
