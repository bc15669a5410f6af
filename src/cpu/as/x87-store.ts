/** x87 stores: floating point, integer and packed decimal. */
import { A, aToR, Env, FINITE, IE, INDEFINITE, INVALID, OE, QNAN, R, UE, ZERO } from './softfloat'
import { fromInt, intToA, packF32, packF64, quietA, roundR, seX80, sigX80, toInt } from './softfloat-round'
import { fastStoreDouble, usual } from './x87-fast'
import { invalidR, isEmpty, loadSt, overflow, pop, push, putIndefinite, putSt, raise, rotate, setRoundUp, st, stops, underflow } from './x87-state'

/** FST and FSTP to m32 (`double` false) or m64. */
export function storeFloat(double: bool, ptr: usize, pops: bool): void {
  if (isEmpty(0)) {
    if (!underflow()) return
    if (double) store<u64>(ptr, 0xfff8000000000000)
    else store<u32>(ptr, 0xffc00000)
  } else if (!double || !usual() || !fastStoreDouble(st(0), ptr)) {
    loadSt(0)
    if (A.kind == INVALID) invalidR()
    else if (A.kind >= QNAN) quietA()
    else aToR()
    if (stops()) return
    if (double) roundR(53, -1022, 1023, false)
    else roundR(24, -126, 127, false)
    const lost = Env.post & ~Env.masks & (OE | UE)
    if (lost) { // the operand and the stack stay, and nothing was rounded
      raise(lost)
      return
    }
    setRoundUp()
    raise(Env.post)
    if (double) store<u64>(ptr, packF64())
    else store<u32>(ptr, packF32())
  }
  if (pops) pop()
}

/** FSTP m80. */
export function storeExtended(ptr: usize): void {
  if (isEmpty(0)) {
    if (!underflow()) return
    store<u64>(ptr, INDEFINITE)
    store<u16>(ptr, 0xffff, 8)
  } else {
    const p = st(0)
    store<u64>(ptr, load<u64>(p))
    store<u16>(ptr, load<u16>(p, 8), 8)
  }
  pop()
}

/** The undocumented FSTP1 (D9 D8): an empty ST(0) is no fault, it is popped and nothing is written. */
export function storeStackQuietly(i: u32): void {
  if (isEmpty(0)) rotate(1)
  else storeStack(i, true)
}

/** FST and FSTP ST(i). */
export function storeStack(i: u32, pops: bool): void {
  if (isEmpty(0)) {
    if (!underflow()) return
    putIndefinite(i)
  } else {
    const p = st(0)
    putSt(i, load<u64>(p), load<u16>(p, 8))
  }
  if (pops) pop()
}

/** FIST and FISTP of 16, 32 or 64 bits. */
export function storeInt(bits: i32, ptr: usize, pops: bool): void {
  let value: i64
  if (isEmpty(0)) {
    if (!underflow()) return
    value = -1 << <i64>(bits - 1)
  } else {
    loadSt(0)
    value = toInt(bits)
    if (stops()) return
    setRoundUp()
    raise(Env.post)
  }
  if (bits == 16) store<u16>(ptr, <u16>value)
  else if (bits == 32) store<u32>(ptr, <u32>value)
  else store<u64>(ptr, <u64>value)
  if (pops) pop()
}

/** FBLD: 18 decimal digits, two in a byte, and a sign. */
export function loadDecimal(ptr: usize): void {
  if (!isEmpty(7)) {
    if (overflow()) push(0xc000000000000000, 0xffff)
    return
  }
  let value: u64 = 0
  for (let i: i32 = 8; i >= 0; i--) {
    const b = <u64>load<u8>(ptr + i)
    value = value * 100 + (b >> 4) * 10 + (b & 15)
  }
  fromInt(load<u8>(ptr, 9) >> 7, value)
  push(sigX80(), seX80())
}

/** FBSTP. */
export function storeDecimal(ptr: usize): void {
  let value: i64 = 0
  let indefinite = false
  if (isEmpty(0)) {
    if (!underflow()) return
    indefinite = true
  } else {
    loadSt(0)
    value = toInt(64)
    if (Env.pre == 0 && (value > 999999999999999999 || value < -999999999999999999)) {
      Env.pre = IE
      Env.post = 0
    }
    indefinite = Env.pre != 0
    if (stops()) return
    if (!indefinite) {
      setRoundUp()
      raise(Env.post)
    }
  }
  if (indefinite) {
    store<u64>(ptr, 0xc000000000000000)
    store<u16>(ptr, 0xffff, 8)
  } else {
    let digits = value < 0 ? 0 - <u64>value : <u64>value
    for (let i: usize = 0; i < 9; i++) {
      const two = digits % 100
      digits /= 100
      store<u8>(ptr + i, <u8>(two / 10 << 4 | two % 10))
    }
    store<u8>(ptr, A.sign ? 0x80 : 0, 9)
  }
  pop()
}
