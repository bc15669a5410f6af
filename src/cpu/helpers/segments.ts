import { PT_REGS, THREAD } from '../../arch/x86/context-layout.js'
import { FIELD } from '../control.js'
import type { Engine } from '../engine.js'
import { faulted, HELPED } from './result.js'

const R = PT_REGS
const SLOT = [THREAD.es, R.cs, R.ss, THREAD.ds, THREAD.fs, THREAD.gs] as const
const descriptor = /* @__PURE__ */ new Int32Array(2)

const typeOf = (hi: number): number => (hi >> 8) & 31
const isCode = (hi: number): boolean => (typeOf(hi) & 24) === 24
const isPresent = (hi: number): boolean => (hi & 0x8000) !== 0
const dpl = (hi: number): number => (hi >> 13) & 3

/** Linear base of a descriptor. */
function baseOf(lo: number, hi: number): number {
  return ((lo >>> 16) | ((hi & 255) << 16) | (hi & 0xff000000)) >>> 0
}
/** Its limit in bytes. */
function limitOf(lo: number, hi: number): number {
  const limit = (lo & 0xffff) | (hi & 0xf0000)
  return hi & 0x800000 ? limit * 4096 + 4095 : limit
}

/** Loads ES, SS, DS, FS or GS (0, 2 to 5) with the checks of Intel SDM volume 2B, MOV. */
function loadSegmentRegister(c: Engine, register: number, selector: number): number {
  const code = selector & 0xfffc
  let base = 0
  if (code === 0) {
    // A null selector is allowed in all but SS; in 64-bit mode at CPL 3 SS must not be null either.
    if (register === 2) return faulted(c, 13, 0)
    if (c.options.features.vendor === 'AuthenticAMD' && c.is64) base = -1
  } else {
    if (!c.options.descriptor(selector, descriptor)) return faulted(c, 13, code)
    const lo = descriptor[0]!
    const hi = descriptor[1]!
    const type = typeOf(hi)
    if (register === 2) {
      if ((selector & 3) !== 3 || dpl(hi) !== 3 || (type & 26) !== 18) return faulted(c, 13, code)
      if (!isPresent(hi)) return faulted(c, 12, code)
    } else {
      if (!(type & 16) || (isCode(hi) && !(type & 2))) return faulted(c, 13, code)
      if (!(isCode(hi) && type & 4) && dpl(hi) < 3) return faulted(c, 13, code)
      if (!isPresent(hi)) return faulted(c, 11, code)
    }
    base = baseOf(lo, hi)
  }
  c.put16(SLOT[register]!, selector)
  if (register >= 4 && base >= 0) c.putAddress(register === 4 ? THREAD.fsBase : THREAD.gsBase, base)
  c.setMode(c.is64) // whether FS and GS are null
  return HELPED.next
}

/** MOV to a segment register from a register. */
export const loadSegment = (c: Engine, op: number): number => shadow(c.imm2(op), loadSegmentRegister(c, c.imm2(op), c.u16(c.slot(op, FIELD.src))))

/** MOV and POP to SS hold traps back for an instruction, so that rSP can follow. */
const shadow = (register: number, result: number): number => (register === 2 && result === HELPED.next ? HELPED.shadowed : result)

/** The same from memory. */
export function loadSegmentMemory(c: Engine, op: number): number {
  return c.load(c.ea(op), 2) ? shadow(c.imm2(op), loadSegmentRegister(c, c.imm2(op), c.view.getUint16(0, true))) : HELPED.fault
}

/** POP of a segment register. */
export function popSegment(c: Engine, op: number): number {
  const size = c.imm2(op) >> 8
  const sp = c.rsp
  if (!c.load(sp, size)) return HELPED.fault
  const result = loadSegmentRegister(c, c.imm2(op) & 255, c.view.getUint16(0, true))
  if (result === HELPED.next) c.putAddress(R.rsp, c.wrap(sp + size))
  return shadow(c.imm2(op) & 255, result)
}

/** LDS, LES, LFS, LGS, LSS. */
export function loadFar(c: Engine, op: number): number {
  const size = c.imm2(op) >> 8
  if (!c.load(c.ea(op), size + 2)) return HELPED.fault
  const dst = c.slot(op, FIELD.dst)
  const selector = c.view.getUint16(size, true)
  const lo = size === 2 ? c.view.getUint16(0, true) : c.view.getUint32(0, true)
  const hi = size === 8 ? c.view.getInt32(4, true) : 0
  const result = loadSegmentRegister(c, c.imm2(op) & 255, selector)
  if (result !== HELPED.next) return result
  if (size === 2) c.put16(dst, lo)
  else {
    c.put32(dst, lo)
    c.memory.i32[(c.regs + dst + 4) >>> 2] = hi
  }
  return result
}

/** Checks a selector and target for CS at CPL 3; the descriptor is left in `descriptor`. Intel SDM volume 2A, CALL, and 2B, RET. */
function checkCode(c: Engine, selector: number, lo: number, hi: number, returns: boolean): number {
  const code = selector & 0xfffc
  if (code === 0) return faulted(c, 13, 0)
  if (!c.options.descriptor(selector, descriptor)) return faulted(c, 13, code)
  const d = descriptor[1]!
  const conforming = (typeOf(d) & 4) !== 0
  if (!isCode(d)) return faulted(c, 13, code)
  if (conforming ? dpl(d) > 3 : dpl(d) !== 3) return faulted(c, 13, code)
  if (returns && (selector & 3) !== 3) return faulted(c, 13, code)
  if (!isPresent(d)) return faulted(c, 11, code)
  const long = (d & 0x200000) !== 0
  if (long && !c.options.features.longMode) return faulted(c, 13, code)
  const top = hi >> 15
  if (long ? top !== 0 && top !== -1 : hi !== 0 || lo > limitOf(descriptor[0]!, d)) return faulted(c, 13, 0)
  return HELPED.jumped
}

/** Loads CS and rip after {@link checkCode}, changing between 64-bit and compatibility mode by the descriptor's L bit. */
function enterCode(c: Engine, selector: number, lo: number, hi: number): number {
  const long = (descriptor[1]! & 0x200000) !== 0
  c.memory.u32[(c.regs + R.cs) >>> 2] = (selector & ~3) | 3
  c.memory.u32[(c.regs + R.rip) >>> 2] = lo
  c.memory.i32[(c.regs + R.rip + 4) >>> 2] = hi
  c.setMode(long)
  return HELPED.jumped
}

/** Pushes CS and the return address. The stack is the new code's: 32 bits of rSP when that is in compatibility mode. */
function pushFar(c: Engine, size: number, next: number, long: boolean): boolean {
  const sp = long ? c.rsp - 2 * size : (c.rsp - 2 * size) >>> 0
  c.buffer.fill(0)
  if (size === 2) {
    c.view.setUint16(0, next & 0xffff, true)
    c.view.setUint16(2, c.u16(R.cs), true)
  } else {
    c.view.setUint32(0, next >>> 0, true)
    if (size === 8) c.view.setInt32(4, Math.floor(next / 4294967296), true)
    c.view.setUint32(size, c.u16(R.cs), true)
  }
  if (!c.store(sp, 2 * size)) return false
  c.putAddress(R.rsp, sp)
  return true
}

function farTo(c: Engine, size: number, selector: number, lo: number, hi: number, next: number, call: boolean): number {
  const result = checkCode(c, selector, lo, hi, false)
  if (result !== HELPED.jumped) return result
  if (call && !pushFar(c, size, next, (descriptor[1]! & 0x200000) !== 0)) return HELPED.fault
  return enterCode(c, selector, lo, hi)
}
const direct = (call: boolean) => (c: Engine, op: number, next: number): number =>
  farTo(c, c.imm2(op), c.memory.u32[(op + FIELD.disp + 4) >>> 2]! & 0xffff, c.memory.u32[(op + FIELD.disp) >>> 2]!, 0, next, call)
const indirect = (call: boolean) => (c: Engine, op: number, next: number): number => {
  const size = c.imm2(op)
  if (!c.load(c.ea(op), size + 2)) return HELPED.fault
  const lo = size === 2 ? c.view.getUint16(0, true) : c.view.getUint32(0, true)
  const hi = size === 8 ? c.view.getInt32(4, true) : 0
  return farTo(c, size, c.view.getUint16(size, true), lo, hi, next, call)
}
/** JMP ptr16:32. */
export const farJump = /* @__PURE__ */ direct(false)
/** CALL ptr16:32. */
export const farCall = /* @__PURE__ */ direct(true)
/** JMP m16:16, m16:32, m16:64. */
export const farJumpMemory = /* @__PURE__ */ indirect(false)
/** CALL m16:16, m16:32, m16:64. */
export const farCallMemory = /* @__PURE__ */ indirect(true)

/** RETF: imm2 has the operand size and the bytes to release. */
export function farReturn(c: Engine, op: number): number {
  const size = c.imm2(op) & 255
  const sp = c.rsp
  if (!c.load(sp, 2 * size)) return HELPED.fault
  const lo = size === 2 ? c.view.getUint16(0, true) : c.view.getUint32(0, true)
  const hi = size === 8 ? c.view.getInt32(4, true) : 0
  const to = c.wrap(sp + 2 * size + (c.imm2(op) >>> 8))
  const selector = c.view.getUint16(size, true)
  const result = checkCode(c, selector, lo, hi, true)
  if (result !== HELPED.jumped) return result
  c.putAddress(R.rsp, to)
  return enterCode(c, selector, lo, hi)
}

/** IRET within ring 3: CF PF AF ZF SF TF DF OF NT AC ID and RF change; IF and IOPL stay. In 64-bit mode it also pops rSP and SS. */
export function iret(c: Engine, op: number): number {
  const size = c.imm2(op)
  if (c.u32(R.rflags) & 0x4000) return faulted(c, c.is64 ? 13 : 10, 0)
  const sp = c.rsp
  const words: number[] = []
  for (let i = 0; i < (c.is64 ? 5 : 3); i++) {
    if (!c.load(c.wrap(sp + i * size), size)) return HELPED.fault
    words.push(size === 2 ? c.view.getUint16(0, true) : c.view.getUint32(0, true), size === 8 ? c.view.getInt32(4, true) : 0)
  }
  const wasLong = c.is64
  const keep = size === 2 ? 0xffff3200 : 0x3200
  const flags = (c.u32(R.rflags) & keep) | (words[4]! & (size === 2 ? 0x4dd5 : 0x254dd5)) | 2
  const selector = words[2]! & 0xffff
  const result = checkCode(c, selector, words[0]!, words[1]!, true)
  if (result !== HELPED.jumped) return result
  if (wasLong) {
    const loaded = loadSegmentRegister(c, 2, words[8]! & 0xffff)
    if (loaded !== HELPED.next) return loaded
    checkCode(c, selector, words[0]!, words[1]!, true)
  }
  enterCode(c, selector, words[0]!, words[1]!)
  if (wasLong) {
    c.memory.u32[(c.regs + R.rsp) >>> 2] = words[6]!
    c.memory.i32[(c.regs + R.rsp + 4) >>> 2] = words[7]!
  } else c.putAddress(R.rsp, c.wrap(sp + 3 * size))
  c.memory.u32[(c.regs + R.rflags) >>> 2] = flags
  return HELPED.jumped
}

/** LAR, LSL (kinds 0, 1), VERR, VERW (2, 3): ZF tells whether the selector can be used from ring 3. */
function describeSelector(c: Engine, op: number, selector: number): number {
  const kind = c.imm2(op) & 255
  const s = c.imm2(op) >> 8
  let ok = (selector & 0xfffc) !== 0 && c.options.descriptor(selector, descriptor)
  const lo = descriptor[0]!
  const hi = descriptor[1]!
  const type = typeOf(hi)
  if (ok && !(isCode(hi) && type & 4) && (dpl(hi) < 3)) ok = false
  if (ok && kind >= 2) ok = (type & 16) !== 0 && (kind === 2 ? !isCode(hi) || (type & 2) !== 0 : !isCode(hi) && (type & 2) !== 0)
  if (ok && kind < 2 && !(type & 16)) ok = kind === 0 ? [1, 2, 3, 4, 5, 9, 11, 12].includes(type) : [1, 2, 3, 9, 11].includes(type)
  const flags = c.u32(R.rflags)
  c.memory.u32[(c.regs + R.rflags) >>> 2] = ok ? flags | 0x40 : flags & ~0x40
  if (ok && kind < 2) {
    const v = kind === 0 ? hi & 0x00ffff00 : limitOf(lo, hi)
    const dst = c.slot(op, FIELD.dst)
    if (s === 1) c.put16(dst, v)
    else c.put32(dst, v)
  }
  return HELPED.next
}
/** LAR, LSL, VERR, VERW of a selector in a register. */
export const describe = (c: Engine, op: number): number => describeSelector(c, op, c.u16(c.slot(op, FIELD.src)))
/** The same of one in memory. */
export function describeMemory(c: Engine, op: number): number {
  return c.load(c.ea(op), 2) ? describeSelector(c, op, c.view.getUint16(0, true)) : HELPED.fault
}
