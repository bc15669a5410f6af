/**
 * Lazy flags: the last result and what it takes to compute each flag from it. Operands and results are kept in the top
 * bits of 64 (shifted left by 0, 32, 48 or 56), so that sign, carry and zero are the same expression for all sizes.
 *
 *   F_k  kind, and the shift times 16        F_a, F_b  operands        F_r  result
 *
 * They lie in the control block.
 * ZF is `F_r == 0` for every kind, so that the commonest condition needs no look at the kind.
 */
import { F_k, F_a, F_b, F_r } from './generated/constants'

export const K_ADD: i32 = 0
export const K_SUB: i32 = 1
export const K_LOGIC: i32 = 2
/** CF, OF, AF are bits of F_a in their places in EFLAGS; the rest follows from F_r. */
export const K_RES: i32 = 3
export const K_ADC: i32 = 4
export const K_SBB: i32 = 5
/** All flags but ZF are bits of F_a. */
export const K_EXPL: i32 = 6
/** F_a is the carry to keep. */
export const K_INC: i32 = 7
export const K_DEC: i32 = 8
/** F_a is the operand, F_b the count (1 to size). SHR's and SAR's operand is in the low bits. */
export const K_SHL: i32 = 9
export const K_SHR: i32 = 10
export const K_SAR: i32 = 11

export const CF: u64 = 1, PF: u64 = 4, AF: u64 = 16, ZF: u64 = 64, SF: u64 = 128, OF: u64 = 2048
/** The arithmetic flags. */
export const ARITH: u64 = 0x8d5

/** CF, OF, PF, AF, SF: for one kind at a time. */
function cfSlow(): bool {
  const a = load<u64>(F_a), b = load<u64>(F_b), r = load<u64>(F_r)
  switch (load<i32>(F_k) & 15) {
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
@inline export function cf(): bool {
  return (load<i32>(F_k) & 15) == K_SUB ? load<u64>(F_a) < load<u64>(F_b) : cfSlow()
}

/** The carry for INC and DEC, which often follow a logical operation or one another. */
// @ts-ignore
@inline export function cfKept(): u64 {
  const k = load<i32>(F_k) & 15
  if (k == K_LOGIC) return 0
  if (k == K_INC || k == K_DEC) return load<u64>(F_a)
  return k == K_SUB ? <u64>(load<u64>(F_a) < load<u64>(F_b)) : <u64>cfSlow()
}

export function vf(): bool {
  const fk = load<i32>(F_k)
  const a = load<u64>(F_a), b = load<u64>(F_b), r = load<u64>(F_r)
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
@inline export function sf(): bool {
  return (load<i32>(F_k) & 15) == K_EXPL ? (load<u64>(F_a) & SF) != 0 : load<i64>(F_r) < 0
}

export function pf(): bool {
  const fk = load<i32>(F_k)
  if ((fk & 15) == K_EXPL) return (load<u64>(F_a) & PF) != 0
  return (popcnt<u32>(<u32>(load<u64>(F_r) >> <u64>(fk >> 4)) & 0xff) & 1) == 0
}

function af(): bool {
  const fk = load<i32>(F_k)
  const a = load<u64>(F_a), b = load<u64>(F_b), r = load<u64>(F_r)
  const s = <u64>(fk >> 4)
  switch (fk & 15) {
    case K_ADD: case K_SUB: case K_ADC: case K_SBB: return (((a ^ b ^ r) >> s) & 16) != 0
    case K_RES: case K_EXPL: return (a & AF) != 0
    case K_INC: return ((r >> s) & 15) == 0
    case K_DEC: return ((r >> s) & 15) == 15
    default: return false
  }
}

function ltSlow(): bool {
  return sf() != vf()
}

/** SF != OF. */
// @ts-ignore
@inline export function lt(): bool {
  return (load<i32>(F_k) & 15) == K_SUB ? load<i64>(F_a) < load<i64>(F_b) : ltSlow()
}

/** The six arithmetic flags in their places in EFLAGS. */
export function flagsNow(): u64 {
  return (cfSlow() ? CF : 0) | (pf() ? PF : 0) | (af() ? AF : 0) | (load<u64>(F_r) == 0 ? ZF : 0) | (sf() ? SF : 0) | (vf() ? OF : 0)
}

/** Sets the flags from such a word. */
export function setFlags(f: u64): void {
  store<i32>(F_k, K_EXPL)
  store<u64>(F_a, f)
  store<u64>(F_r, (f & ZF) ? 0 : 1)
}

/** Condition `c` of Jcc, SETcc, CMOVcc in the encoding's order. */
export function cond(c: i32): bool {
  let v: bool
  switch (c >> 1) {
    case 0: v = vf(); break
    case 1: v = cfSlow(); break
    case 2: v = load<u64>(F_r) == 0; break
    case 3: v = load<u64>(F_r) == 0 || cfSlow(); break
    case 4: v = sf(); break
    case 5: v = pf(); break
    case 6: v = ltSlow(); break
    default: v = load<u64>(F_r) == 0 || ltSlow(); break
  }
  return (c & 1) != 0 ? !v : v
}
