/**
 * Lazy flags: the last result and what it takes to compute each flag from it. Operands and results are kept in the top
 * bits of 64 (shifted left by 0, 32, 48 or 56), so that sign, carry and zero are the same expression for all sizes.
 *
 *   fk  kind, and the shift times 16        fa, fb  operands        fr  result
 *
 * ZF is `fr == 0` for every kind, so that the commonest condition needs no look at the kind.
 */
export const K_ADD: i32 = 0
export const K_SUB: i32 = 1
export const K_LOGIC: i32 = 2
/** CF, OF, AF are bits of fa in their places in EFLAGS; the rest follows from fr. */
export const K_RES: i32 = 3
export const K_ADC: i32 = 4
export const K_SBB: i32 = 5
/** All flags but ZF are bits of fa. */
export const K_EXPL: i32 = 6
/** fa is the carry to keep. */
export const K_INC: i32 = 7
export const K_DEC: i32 = 8
/** fa is the operand, fb the count (1 to size). SHR's and SAR's operand is in the low bits. */
export const K_SHL: i32 = 9
export const K_SHR: i32 = 10
export const K_SAR: i32 = 11

export const CF: u64 = 1, PF: u64 = 4, AF: u64 = 16, ZF: u64 = 64, SF: u64 = 128, OF: u64 = 2048
/** The arithmetic flags. */
export const ARITH: u64 = 0x8d5

export function cfSlow(fk: i32, a: u64, b: u64, r: u64): bool {
  switch (fk & 15) {
    case K_ADD: return r < a
    case K_SUB: return a < b
    case K_RES: case K_EXPL: case K_INC: case K_DEC: return <bool>(a & 1)
    case K_ADC: return <i64>((a & b) | ((a | b) & ~r)) < 0
    case K_SBB: return <i64>((~a & b) | ((~a | b) & r)) < 0
    case K_SHL: return <bool>((a >> (64 - b)) & 1)
    case K_SHR: case K_SAR: return <bool>((a >> (b - 1)) & 1)
    default: return false
  }
}

// @ts-ignore
@inline export function cf(fk: i32, a: u64, b: u64, r: u64): bool {
  return (fk & 15) == K_SUB ? a < b : cfSlow(fk, a, b, r)
}

export function vf(fk: i32, a: u64, b: u64, r: u64): bool {
  switch (fk & 15) {
    case K_ADD: case K_ADC: return <i64>((a ^ r) & (b ^ r)) < 0
    case K_SUB: case K_SBB: return <i64>((a ^ b) & (a ^ r)) < 0
    case K_RES: case K_EXPL: return (a & OF) != 0
    case K_INC: return r == 0x8000000000000000
    case K_DEC: return r == (0x7fffffffffffffff & (<u64>-1 << <u64>(fk >> 4)))
    case K_SHL: return ((r >> 63) ^ ((a >> (64 - b)) & 1)) != 0
    case K_SHR: return ((a >> <u64>(63 - (fk >> 4))) & 1) != 0
    default: return false
  }
}

// @ts-ignore
@inline export function sf(fk: i32, a: u64, r: u64): bool {
  return (fk & 15) == K_EXPL ? (a & SF) != 0 : <i64>r < 0
}

export function pf(fk: i32, a: u64, r: u64): bool {
  if ((fk & 15) == K_EXPL) return (a & PF) != 0
  return (popcnt<u32>(<u32>(r >> <u64>(fk >> 4)) & 0xff) & 1) == 0
}

export function af(fk: i32, a: u64, b: u64, r: u64): bool {
  const s = <u64>(fk >> 4)
  switch (fk & 15) {
    case K_ADD: case K_SUB: case K_ADC: case K_SBB: return (((a ^ b ^ r) >> s) & 16) != 0
    case K_RES: case K_EXPL: return (a & AF) != 0
    case K_INC: return ((r >> s) & 15) == 0
    case K_DEC: return ((r >> s) & 15) == 15
    default: return false
  }
}

export function ltSlow(fk: i32, a: u64, b: u64, r: u64): bool {
  return sf(fk, a, r) != vf(fk, a, b, r)
}

/** SF != OF. */
// @ts-ignore
@inline export function lt(fk: i32, a: u64, b: u64, r: u64): bool {
  return (fk & 15) == K_SUB ? <i64>a < <i64>b : ltSlow(fk, a, b, r)
}

/** The six arithmetic flags in their places in EFLAGS. */
export function flagsOf(fk: i32, a: u64, b: u64, r: u64): u64 {
  return (cfSlow(fk, a, b, r) ? CF : 0) | (pf(fk, a, r) ? PF : 0) | (af(fk, a, b, r) ? AF : 0) | (r == 0 ? ZF : 0) |
    (sf(fk, a, r) ? SF : 0) | (vf(fk, a, b, r) ? OF : 0)
}

/** Condition `c` of Jcc, SETcc, CMOVcc in the encoding's order. */
export function cond(c: i32, fk: i32, a: u64, b: u64, r: u64): bool {
  let v: bool
  switch (c >> 1) {
    case 0: v = vf(fk, a, b, r); break
    case 1: v = cfSlow(fk, a, b, r); break
    case 2: v = r == 0; break
    case 3: v = r == 0 || cfSlow(fk, a, b, r); break
    case 4: v = sf(fk, a, r); break
    case 5: v = pf(fk, a, r); break
    case 6: v = ltSlow(fk, a, b, r); break
    default: v = r == 0 || ltSlow(fk, a, b, r); break
  }
  return (c & 1) != 0 ? !v : v
}
