/** x87 arithmetic, comparisons and loads. */
import { A, aToB, aToR, addAB, B, DE, Env, IE, INVALID, divAB, mulAB, QNAN, SNAN, sqrtA, swapAB, unpackF32, unpackF64, ZERO } from './softfloat'
import { intToA, quietA, seX80, sigX80 } from './softfloat-round'
import { eflagsOf, order } from './sse-float'
import { fastArith, fastOperand, Other, usual } from './x87-fast'
import {
  C0, C2, C3, deliver, denormals, isEmpty, loadSt, nanA, nanAB, overflow, pop, precision, push, putIndefinite, raise, setCodes, st, stops, underflow
} from './x87-state'

/** Unpacks a memory operand into A: `form` 0 m32, 1 m32 integer, 2 m64, 3 m16 integer. */
export function loadMemory(form: u32, ptr: usize): void {
  if (form == 0) unpackF32(load<u32>(ptr))
  else if (form == 2) unpackF64(load<u64>(ptr))
  else intToA(form == 1 ? <i64>load<i32>(ptr) : <i64>load<i16>(ptr))
}

/** The six two-operand operations by the reg field: 0 add, 1 mul, 4 sub, 5 subr, 6 div, 7 divr. A is the destination. */
function compute(op: u32): void {
  if (op == 5 || op == 7) swapAB()
  if (nanAB()) return
  if (op == 0) addAB(false)
  else if (op == 1) mulAB()
  else if (op < 6) addAB(true)
  else divAB()
  denormals(true)
}

/** ST(0) = ST(0) op memory. */
export function arithMemory(op: u32, form: u32, ptr: usize): void {
  if (isEmpty(0)) {
    if (underflow()) putIndefinite(0)
    return
  }
  if (usual() && fastOperand(form, ptr) && fastArith(op, st(0))) return
  loadMemory(form, ptr)
  aToB()
  loadSt(0)
  compute(op)
  deliver(0, precision())
}

/** ST(dst) = ST(dst) op ST(src), then maybe a pop. */
export function arithStack(op: u32, dst: u32, src: u32, pops: bool): void {
  if (isEmpty(dst) || isEmpty(src)) {
    if (!underflow()) return
    putIndefinite(dst)
  } else if (!usual() || !fastStack(op, dst, src)) {
    loadSt(src)
    aToB()
    loadSt(dst)
    compute(op)
    if (!deliver(dst, precision())) return
  }
  if (pops) pop()
}

function fastStack(op: u32, dst: u32, src: u32): bool {
  const from = st(src)
  Other.sig = load<u64>(from)
  Other.se = load<u16>(from, 8)
  return fastArith(op, st(dst))
}

/** FSQRT. */
export function squareRoot(): void {
  if (isEmpty(0)) {
    if (underflow()) putIndefinite(0)
    return
  }
  loadSt(0)
  if (!nanA()) {
    sqrtA()
    denormals(false)
  }
  deliver(0, precision())
}

/** Compares A with B: -1, 0, 1 or 2 (unordered), raising flags in Env.pre. */
function relate(quiet: bool): i32 {
  if (A.kind >= QNAN || B.kind >= QNAN) {
    if (!quiet || A.kind >= SNAN || B.kind >= SNAN) Env.pre |= IE
    return 2
  }
  denormals(true)
  return order()
}

function codesOf(o: i32): u32 {
  return o == 2 ? C0 | C2 | C3 : o == 0 ? C3 : o < 0 ? C0 : 0
}

/** Compares A (ST(0)) with B, sets C3, C2, C0 and pops. */
function compareLoaded(quiet: bool, pops: u32): void {
  const o = relate(quiet)
  setCodes(codesOf(o)) // even when an unmasked exception keeps it from popping
  if (stops()) return
  for (let i: u32 = 0; i < pops; i++) pop()
}

function compareEmpty(pops: u32): void {
  setCodes(C0 | C2 | C3)
  if (!underflow()) return
  for (let i: u32 = 0; i < pops; i++) pop()
}

/** FCOM, FUCOM and their popping forms. */
export function compareStack(i: u32, quiet: bool, pops: u32): void {
  if (isEmpty(0) || isEmpty(i)) {
    compareEmpty(pops)
    return
  }
  loadSt(i)
  aToB()
  loadSt(0)
  compareLoaded(quiet, pops)
}

/** FCOM and FICOM with memory. */
export function compareMemory(form: u32, ptr: usize, pops: u32): void {
  if (isEmpty(0)) {
    compareEmpty(pops)
    return
  }
  loadMemory(form, ptr)
  aToB()
  loadSt(0)
  compareLoaded(false, pops)
}

/** FTST. */
export function compareZero(): void {
  if (isEmpty(0)) {
    compareEmpty(0)
    return
  }
  B.kind = ZERO
  B.sign = 0
  B.tiny = false
  loadSt(0)
  compareLoaded(false, 0)
}

/** FCOMI, FUCOMI: returns ZF, PF and CF. */
export function compareFlags(i: u32, quiet: bool, pops: bool): i32 {
  let o = 2
  if (isEmpty(0) || isEmpty(i)) {
    if (!underflow()) return eflagsOf(2)
  } else {
    loadSt(i)
    aToB()
    loadSt(0)
    o = relate(quiet)
    if (stops()) return eflagsOf(o)
  }
  if (pops) pop()
  return eflagsOf(o)
}

/** FLD m32, FLD m64, FILD m16, m32; forms as in {@link loadMemory}. */
export function loadNumber(form: u32, ptr: usize): void {
  if (!isEmpty(7)) {
    if (overflow()) push(0xc000000000000000, 0xffff)
    return
  }
  if (fastOperand(form, ptr)) {
    push(Other.sig, Other.se)
    return
  }
  loadMemory(form, ptr)
  pushA()
}

/** FILD m64. */
export function loadInt64(ptr: usize): void {
  if (!isEmpty(7)) {
    if (overflow()) push(0xc000000000000000, 0xffff)
    return
  }
  intToA(load<i64>(ptr))
  pushA()
}

/** Pushes A, which every format of memory holds exactly. */
export function pushA(): void {
  if (A.kind >= QNAN) quietA()
  else aToR()
  if (stops()) return
  if (A.kind < QNAN && A.tiny) raise(DE) // an unmasked DE does not keep it from being loaded
  push(sigX80(), seX80())
}

/** FLD m80. */
export function loadExtended(ptr: usize): void {
  if (!isEmpty(7)) {
    if (overflow()) push(0xc000000000000000, 0xffff)
    return
  }
  push(load<u64>(ptr), load<u16>(ptr, 8))
}

/** FLD ST(i). */
export function loadStack(i: u32): void {
  if (isEmpty(i)) {
    if (underflow()) push(0xc000000000000000, 0xffff)
    return
  }
  if (!isEmpty(7)) {
    if (overflow()) push(0xc000000000000000, 0xffff)
    return
  }
  const p = st(i)
  push(load<u64>(p), load<u16>(p, 8))
}

/** FXCH. */
export function exchange(i: u32): void {
  if (isEmpty(0) || isEmpty(i)) {
    if (!underflow()) return
    if (isEmpty(0)) putIndefinite(0)
    if (isEmpty(i)) putIndefinite(i)
  }
  const p = st(0), q = st(i)
  const sig = load<u64>(p), se = load<u16>(p, 8)
  store<u64>(p, load<u64>(q))
  store<u16>(p, load<u16>(q, 8), 8)
  store<u64>(q, sig)
  store<u16>(q, se, 8)
}

/** FCMOVcc: `condition` holds or not. */
export function conditionalMove(i: u32, condition: bool): void {
  if (isEmpty(0) || isEmpty(i)) {
    if (underflow()) putIndefinite(0)
    return
  }
  if (!condition) return
  const p = st(0), q = st(i)
  store<u64>(p, load<u64>(q))
  store<u16>(p, load<u16>(q, 8), 8)
}
