/** Conversions of SSE and SSE2. */
import { A, aToR, CHOP, DE, Env, QNAN, unpackF32, unpackF64 } from './softfloat'
import { fromInt, packF32, packF64, quietA, roundR, toInt } from './softfloat-round'
import { Mx, settle, soft } from './sse-float'

/** Double to signed integer of 32 or 64 bits. */
export function doubleToInt(bits: u64, width: i32, chop: bool): i64 {
  if (Mx.fast && width == 32) {
    const x = reinterpret<f64>(bits)
    if (x > -2147483648 && x < 2147483647 && (bits >> 52 & 0x7ff || bits << 1 == 0)) {
      const n = chop ? <i32>x : <i32>nearest<f64>(x)
      if (Mx.inexact || <f64>n == x) return n
    }
  }
  soft()
  if (chop) Env.rc = CHOP
  unpackF64(bits)
  return toInt(width)
}

/** Single to signed integer of 32 or 64 bits. */
export function singleToInt(bits: u32, width: i32, chop: bool): i64 {
  soft()
  if (chop) Env.rc = CHOP
  unpackF32(bits)
  return toInt(width)
}

/** Signed integer to double. */
export function intToDouble(value: i64): u64 {
  if (<i64><i32>value == value) return reinterpret<u64>(<f64><i32>value)
  soft()
  intToR(value)
  roundR(53, -1022, 1023, false)
  return packF64()
}

/** Signed integer to single. */
export function intToSingle(value: i64): u32 {
  soft()
  intToR(value)
  roundR(24, -126, 127, false)
  return packF32()
}

function intToR(value: i64): void {
  fromInt(<u32>(<u64>value >> 63), value < 0 ? 0 - <u64>value : <u64>value)
}

/** Double to single. */
export function doubleToSingle(bits: u64): u32 {
  soft()
  unpackF64(bits)
  widen()
  roundR(24, -126, 127, false)
  return packF32()
}

/** Single to double. */
export function singleToDouble(bits: u32): u64 {
  if ((bits >> 23 & 0xff) - 1 < 0xfe || bits << 1 == 0) return reinterpret<u64>(<f64>reinterpret<f32>(bits))
  soft()
  unpackF32(bits)
  widen()
  roundR(53, -1022, 1023, false)
  return packF64()
}

function widen(): void {
  if (A.kind >= QNAN) {
    quietA()
    return
  }
  if (A.tiny) Env.pre |= DE
  aToR()
}

/** 0F 5A: between single and double; prefix as in {@link arith}. */
export function convertFloat(prefix: u32, dst: usize, src: usize): i32 {
  if (prefix == 0) {
    const lo = singleToDouble(load<u32>(src))
    const hi = singleToDouble(load<u32>(src, 4))
    return put(dst, lo, hi)
  }
  if (prefix == 1) {
    const lo = doubleToSingle(load<u64>(src))
    const hi = doubleToSingle(load<u64>(src, 8))
    return put(dst, <u64>lo | <u64>hi << 32, 0)
  }
  if (prefix == 2) {
    const r = singleToDouble(load<u32>(src))
    if (settle() < 0) return -1
    store<u64>(dst, r)
    return 0
  }
  const r = doubleToSingle(load<u64>(src))
  if (settle() < 0) return -1
  store<u32>(dst, r)
  return 0
}

function put(dst: usize, lo: u64, hi: u64): i32 {
  if (settle() < 0) return -1
  store<u64>(dst, lo)
  store<u64>(dst, hi, 8)
  return 0
}

function pair(lo: i64, hi: i64): u64 {
  return <u64><u32>lo | <u64>hi << 32
}

/** 0F 5B: cvtdq2ps (0), cvtps2dq (1), cvttps2dq (2). */
export function convertInt32Single(prefix: u32, dst: usize, src: usize): i32 {
  if (prefix == 0) {
    const lo = <u64>intToSingle(load<i32>(src)) | <u64>intToSingle(load<i32>(src, 4)) << 32
    return put(dst, lo, <u64>intToSingle(load<i32>(src, 8)) | <u64>intToSingle(load<i32>(src, 12)) << 32)
  }
  const chop = prefix == 2
  const lo = pair(singleToInt(load<u32>(src), 32, chop), singleToInt(load<u32>(src, 4), 32, chop))
  return put(dst, lo, pair(singleToInt(load<u32>(src, 8), 32, chop), singleToInt(load<u32>(src, 12), 32, chop)))
}

/** 0F E6: cvttpd2dq (1), cvtdq2pd (2), cvtpd2dq (3). */
export function convertInt32Double(prefix: u32, dst: usize, src: usize): i32 {
  if (prefix == 2) {
    const lo = intToDouble(load<i32>(src))
    return put(dst, lo, intToDouble(load<i32>(src, 4)))
  }
  return put(dst, doublesToInts(src, prefix == 1), 0)
}

/** Two doubles to two 32-bit integers. */
export function doublesToInts(src: usize, chop: bool): u64 {
  const lo = doubleToInt(load<u64>(src), 32, chop)
  return pair(lo, doubleToInt(load<u64>(src, 8), 32, chop))
}

/** Two singles to two 32-bit integers. */
export function singlesToInts(src: usize, chop: bool): u64 {
  const lo = singleToInt(load<u32>(src), 32, chop)
  return pair(lo, singleToInt(load<u32>(src, 4), 32, chop))
}

/** 0F 2C and 2D with F3 or F2: scalar to a general register. */
export function scalarToInt(prefix: u32, wide: bool, chop: bool, dst: usize, src: usize): i32 {
  const width = wide ? 64 : 32
  const r = prefix == 3 ? doubleToInt(load<u64>(src), width, chop) : singleToInt(load<u32>(src), width, chop)
  if (settle() < 0) return -1
  store<u64>(dst, wide ? <u64>r : <u64><u32>r)
  return 0
}

/** 0F 2A with F3 or F2: general register or memory to scalar. */
export function intToScalar(prefix: u32, wide: bool, dst: usize, src: usize): i32 {
  const value = wide ? load<i64>(src) : <i64>load<i32>(src)
  if (prefix == 3) {
    const r = intToDouble(value)
    if (settle() < 0) return -1
    store<u64>(dst, r)
  } else {
    const r = intToSingle(value)
    if (settle() < 0) return -1
    store<u32>(dst, r)
  }
  return 0
}
