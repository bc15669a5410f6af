/** FLDCW, FLDENV, FNSTENV, FNSAVE, FRSTOR, FNINIT, FNCLEX. Instruction and data pointers are not kept: they are stored as 0. */
import { isEmpty, rotate, st, summarize, X } from './x87-state'

/** FNINIT. */
export function init(): void {
  store<u16>(X.fpu, 0x37f)
  store<u16>(X.fpu, 0, 2)
  store<u8>(X.fpu, 0, 4)
}

/** FNCLEX. */
export function clearExceptions(): void {
  store<u16>(X.fpu, load<u16>(X.fpu, 2) & 0x7f00, 2)
}

/** FLDCW. Reserved bits read as the processor keeps them. */
export function loadControl(value: u32): void {
  store<u16>(X.fpu, value & 0x1f7f | 0x40)
  summarize()
}

/** Tag of physical register n: 0 valid, 1 zero, 2 special, 3 empty. */
function tag(n: u32): u32 {
  if (!(load<u8>(X.fpu, 4) >> <u8>n & 1)) return 3
  const p = X.fpu + 32 + (n << 4)
  const e = load<u16>(p, 8) & 0x7fff
  if (e == 0) return load<u64>(p) == 0 ? 1 : 2
  return e == 0x7fff || !(load<u64>(p) >> 63) ? 2 : 0
}

/** The full tag word. */
function tagWord(): u32 {
  let tags: u32 = 0
  for (let n: u32 = 0; n < 8; n++) tags |= tag(n) << (n << 1)
  return tags
}

/** FNSTENV: 28 bytes, or 14 with a 66 prefix. Masks all exceptions. Returns the bytes written. */
export function storeEnvironment(ptr: usize, short: bool): usize {
  const size: usize = short ? 14 : 28
  const fcw = <u32>load<u16>(X.fpu), fsw = <u32>load<u16>(X.fpu, 2), tags = tagWord()
  memory.fill(ptr, 0, size)
  if (short) {
    store<u16>(ptr, fcw)
    store<u16>(ptr, fsw, 2)
    store<u16>(ptr, tags, 4)
  } else {
    store<u32>(ptr, fcw | 0xffff0000)
    store<u32>(ptr, fsw | 0xffff0000, 4)
    store<u32>(ptr, tags | 0xffff0000, 8)
    store<u32>(ptr, 0xffff0000, 24)
  }
  store<u16>(X.fpu, fcw | 0x3f)
  summarize()
  return size
}

/** FLDENV. Returns the bytes read. */
export function loadEnvironment(ptr: usize, short: bool): usize {
  const step: usize = short ? 2 : 4
  const tags = <u32>load<u16>(ptr + step * 2)
  let valid: u32 = 0
  for (let n: u32 = 0; n < 8; n++) if ((tags >> (n << 1) & 3) != 3) valid |= 1 << n
  store<u16>(X.fpu, load<u16>(ptr) & 0x1f7f | 0x40)
  store<u16>(X.fpu, load<u16>(ptr + step), 2)
  store<u8>(X.fpu, valid, 4)
  summarize()
  return step * 7
}

/** FNSAVE: the environment and the registers in stack order; then FNINIT. */
export function saveState(ptr: usize, short: bool): void {
  const to = ptr + storeEnvironment(ptr, short)
  for (let i: u32 = 0; i < 8; i++) {
    store<u64>(to + i * 10, load<u64>(st(i)))
    store<u16>(to + i * 10, load<u16>(st(i), 8), 8)
  }
  init()
}

/** FRSTOR. */
export function restoreState(ptr: usize, short: bool): void {
  const from = ptr + loadEnvironment(ptr, short)
  for (let i: u32 = 0; i < 8; i++) {
    store<u64>(st(i), load<u64>(from + i * 10))
    store<u16>(st(i), load<u16>(from + i * 10, 8), 8)
  }
}
