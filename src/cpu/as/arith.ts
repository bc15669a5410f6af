/** Out-of-line arithmetic on an operand at host pointer `p`; sizes are 0 to 3 for 1, 2, 4, 8 bytes. Flags are words in EFLAGS' layout. */
import { CF, PF, AF, ZF, SF, OF, ARITH } from './flags'

export function loadSized(p: u32, s: i32): u64 {
  switch (s) {
    case 0: return load<u8>(p)
    case 1: return load<u16>(p)
    case 2: return load<u32>(p)
    default: return load<u64>(p)
  }
}

export function storeSized(p: u32, s: i32, v: u64): void {
  switch (s) {
    case 0: store<u8>(p, <u8>v); break
    case 1: store<u16>(p, <u16>v); break
    case 2: store<u32>(p, <u32>v); break
    default: store<u64>(p, v)
  }
}

/** PF, ZF and SF of a result of size s. */
export function szp(r: u64, s: i32): u64 {
  const t = r << <u64>(64 - (8 << s))
  return ((popcnt<u32>(<u32>r & 0xff) & 1) == 0 ? PF : 0) | (t == 0 ? ZF : 0) | (<i64>t < 0 ? SF : 0)
}

/** Shifts and rotates, kinds 0 to 7 as in the encoding (6 is SHL). Returns the flags. Intel SDM volume 2, RCL… and SAL…. */
export function shift(kind: i32, p: u32, s: i32, count: i32, f: u64): u64 {
  const bits = 8 << s
  let c = <u64>(count & (s == 3 ? 63 : 31))
  if (c == 0) return f
  const n = <u64>bits
  const x = loadSized(p, s)
  const top = n - 1
  const mask: u64 = s == 3 ? <u64>-1 : (<u64>1 << n) - 1
  let r: u64 = 0, cy: u64 = 0, o: u64 = 0
  switch (kind) {
    case 0: {
      const k = c & top
      r = k == 0 ? x : ((x << k) | (x >> (n - k))) & mask
      cy = r & 1
      o = (r >> top) ^ cy
      break
    }
    case 1: {
      const k = c & top
      r = k == 0 ? x : ((x >> k) | (x << (n - k))) & mask
      cy = r >> top
      o = cy ^ ((r >> (top - 1)) & 1)
      break
    }
    case 2: {
      c = c % (n + 1)
      cy = f & 1
      r = x
      for (; c != 0; c--) {
        const out = (r >> top) & 1
        r = ((r << 1) | cy) & mask
        cy = out
      }
      o = (r >> top) ^ cy
      break
    }
    case 3: {
      c = c % (n + 1)
      cy = f & 1
      r = x
      for (; c != 0; c--) {
        const out = r & 1
        r = (r >> 1) | (cy << top)
        cy = out
      }
      o = ((r >> top) ^ (r >> (top - 1))) & 1
      break
    }
    case 5: {
      r = c >= n ? 0 : x >> c
      cy = c > n ? 0 : (x >> (c - 1)) & 1
      o = x >> top
      break
    }
    case 7: {
      const v = <i64>(x << (64 - n)) >> <i64>(64 - n)
      r = <u64>(v >> <i64>(c >= n ? 63 : c)) & mask
      cy = <u64>(v >> <i64>(c > n ? 63 : c - 1)) & 1
      break
    }
    default: {
      r = c >= n ? 0 : (x << c) & mask
      cy = c > n ? 0 : (x >> (n - c)) & 1
      o = (r >> top) ^ cy
    }
  }
  storeSized(p, s, r)
  if (kind < 4) return (f & ~(CF | OF)) | cy | ((o & 1) << 11)
  return (f & ~ARITH) | cy | ((o & 1) << 11) | szp(r, s)
}

/** SHLD (kind 0) and SHRD (kind 1) of sizes 1 to 3. */
export function doubleShift(kind: i32, p: u32, src: u64, s: i32, count: i32, f: u64): u64 {
  const n = <u64>(8 << s)
  let c = <u64>(count & (s == 3 ? 63 : 31))
  if (c == 0) return f
  const x = loadSized(p, s)
  const mask: u64 = s == 3 ? <u64>-1 : (<u64>1 << n) - 1
  src &= mask
  let r: u64, cy: u64
  if (c > n) {
    // 16-bit operands with a count over 16: undefined by the manual; here as processors do it, the source comes round again.
    const three = kind == 0 ? (x << 32) | (src << 16) | x : (x << 32) | (src << 16) | x
    if (kind == 0) {
      r = (three >> (32 - c)) & mask
      cy = (three >> (48 - c)) & 1
    } else {
      r = (three >> c) & mask
      cy = (three >> (c - 1)) & 1
    }
  } else if (kind == 0) {
    r = ((c == n ? 0 : x << c) | (src >> (n - c))) & mask
    cy = (x >> (n - c)) & 1
  } else {
    r = ((c == n ? 0 : x >> c) | (src << (n - c))) & mask
    cy = (x >> (c - 1)) & 1
  }
  storeSized(p, s, r)
  return (f & ~ARITH) | cy | ((((r ^ x) >> (n - 1)) & 1) << 11) | szp(r, s)
}

/** High half of an unsigned product. */
export function mulHigh(a: u64, b: u64): u64 {
  const al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32
  const ll = al * bl, lh = al * bh, hl = ah * bl
  const mid = (ll >> 32) + (lh & 0xffffffff) + (hl & 0xffffffff)
  return ah * bh + (lh >> 32) + (hl >> 32) + (mid >> 32)
}

/** High half of a signed product. */
export function mulHighSigned(a: i64, b: i64): i64 {
  return <i64>mulHigh(<u64>a, <u64>b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)
}

let remainder: u64 = 0

/** Quotient of hi:lo / d with hi < d; the remainder in `remainder`. Knuth, volume 2, algorithm D with 32-bit digits. */
function divide128(hi: u64, lo: u64, d: u64): u64 {
  if (hi == 0) {
    remainder = lo % d
    return lo / d
  }
  const s = clz<u64>(d)
  const v = d << s
  const v1 = v >> 32, v0 = v & 0xffffffff
  const u32s = s == 0 ? hi : (hi << s) | (lo >> (64 - s))
  const u10 = lo << s
  const u1 = u10 >> 32, u0 = u10 & 0xffffffff
  let q1 = u32s / v1
  let r = u32s - q1 * v1
  while (q1 >= 0x100000000 || q1 * v0 > ((r << 32) | u1)) {
    q1--
    r += v1
    if (r >= 0x100000000) break
  }
  const u21 = (u32s << 32) + u1 - q1 * v
  let q0 = u21 / v1
  r = u21 - q0 * v1
  while (q0 >= 0x100000000 || q0 * v0 > ((r << 32) | u0)) {
    q0--
    r += v1
    if (r >= 0x100000000) break
  }
  remainder = ((u21 << 32) + u0 - q0 * v) >> s
  return (q1 << 32) + q0
}

/** Result of mulDiv for a division by zero or an overflow. */
export const DIVIDE_ERROR: i32 = -1

/**
 * Group 3's MUL, IMUL, DIV, IDIV (kinds 4 to 7) with rDX:rAX at `ax`, `dx`. Result 0, or 1 where the product
 * overflows its low half (CF and OF), or DIVIDE_ERROR with nothing changed.
 */
export function mulDiv(kind: i32, p: u32, s: i32, ax: u32, dx: u32): i32 {
  const y = loadSized(p, s)
  if (s == 3) {
    const x = load<u64>(ax)
    if (kind == 4) {
      const h = mulHigh(x, y)
      store<u64>(ax, x * y)
      store<u64>(dx, h)
      return h != 0 ? 1 : 0
    }
    if (kind == 5) {
      const h = mulHighSigned(<i64>x, <i64>y)
      const l = <i64>(x * y)
      store<u64>(ax, l)
      store<u64>(dx, h)
      return h != l >> 63 ? 1 : 0
    }
    let hi = load<u64>(dx), lo = x
    if (y == 0) return DIVIDE_ERROR
    if (kind == 6) {
      if (hi >= y) return DIVIDE_ERROR
      const q = divide128(hi, lo, y)
      store<u64>(ax, q)
      store<u64>(dx, remainder)
      return 0
    }
    const negative = <i64>hi < 0
    if (negative) {
      lo = ~lo + 1
      hi = ~hi + (lo == 0 ? 1 : 0)
    }
    const d = <i64>y < 0 ? ~y + 1 : y
    if (hi >= d) return DIVIDE_ERROR
    const q = divide128(hi, lo, d)
    const minus = negative != <i64>y < 0
    if (minus ? q > 0x8000000000000000 : q >= 0x8000000000000000) return DIVIDE_ERROR
    store<u64>(ax, minus ? ~q + 1 : q)
    store<u64>(dx, negative ? ~remainder + 1 : remainder)
    return 0
  }
  const n = <u64>(8 << s)
  const up = 64 - n
  const mask = (<u64>1 << n) - 1
  const low = loadSized(ax, s)
  if (kind < 6) {
    const r: u64 = kind == 4 ? low * y : <u64>((<i64>(low << up) >> <i64>up) * (<i64>(y << up) >> <i64>up))
    writePair(s, ax, dx, r & mask, (r >> n) & mask)
    return kind == 4 ? <i32>((r >> n) != 0) : <i32>(<i64>r != <i64>(r << up) >> <i64>up)
  }
  if (y == 0) return DIVIDE_ERROR
  const x = s == 0 ? <u64>load<u16>(ax) : (loadSized(dx, s) << n) | low
  if (kind == 6) {
    const q = x / y
    if (q > mask) return DIVIDE_ERROR
    writePair(s, ax, dx, q, x % y)
    return 0
  }
  const wide = 64 - 2 * n
  const sx = <i64>(x << wide) >> <i64>wide, sy = <i64>(y << up) >> <i64>up
  if (sx == i64.MIN_VALUE && sy == -1) return DIVIDE_ERROR
  const q = sx / sy
  if (q != <i64>(<u64>q << up) >> <i64>up) return DIVIDE_ERROR
  writePair(s, ax, dx, <u64>q & mask, <u64>(sx % sy) & mask)
  return 0
}

function writePair(s: i32, ax: u32, dx: u32, low: u64, high: u64): void {
  if (s == 0) store<u16>(ax, <u16>(low | (high << 8)))
  else if (s == 1) {
    store<u16>(ax, <u16>low)
    store<u16>(dx, <u16>high)
  } else {
    store<u64>(ax, low)
    store<u64>(dx, high)
  }
}

/** BT, BTS, BTR, BTC (kinds 0 to 3) of bit `bit` at p; returns the carry. */
export function bitTest(kind: i32, p: u32, s: i32, bit: u64): u64 {
  const x = loadSized(p, s)
  const one: u64 = (<u64>1) << bit
  if (kind == 1) storeSized(p, s, x | one)
  else if (kind == 2) storeSized(p, s, x & ~one)
  else if (kind == 3) storeSized(p, s, x ^ one)
  return (x >> bit) & 1
}

/** Flags after AAA, AAS, DAA, DAS, AAM, AAD (kinds 0 to 5) on AX at p; -1 for #DE. Intel SDM volume 2A. */
export function decimal(kind: i32, p: u32, imm: i32, f: u64): i64 {
  let al = <i32>load<u8>(p), ah = <i32>load<u8>(p, 1)
  const a = (f & AF) != 0, c = (f & CF) != 0
  let r: u64 = 0
  if (kind < 2) {
    const adjust = (al & 15) > 9 || a
    if (adjust) {
      const x = kind == 0 ? (ah << 8 | al) + 0x106 : (ah << 8 | al) - 0x106
      al = x & 255
      ah = (x >> 8) & 255
      r = AF | CF
    }
    store<u8>(p, <u8>(al & 15))
    store<u8>(p, <u8>ah, 1)
    return <i64>(r | szp(al & 15, 0))
  }
  if (kind < 4) {
    const old = al
    if ((al & 15) > 9 || a) {
      al = kind == 2 ? al + 6 : al - 6
      r = AF
      if (c || (kind == 3 && old < 6)) r |= CF
    }
    if (old > 0x99 || c) {
      al = kind == 2 ? al + 0x60 : al - 0x60
      r |= CF
    }
    store<u8>(p, <u8>al)
    return <i64>(r | szp(<u64>(al & 255), 0))
  }
  if (kind == 4) {
    if (imm == 0) return -1
    store<u8>(p, <u8>(al / imm), 1)
    al = al % imm
  } else {
    al = (al + ah * imm) & 255
    store<u8>(p, 0, 1)
  }
  store<u8>(p, <u8>al)
  return <i64>szp(<u64>al, 0)
}
