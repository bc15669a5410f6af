import { PT_REGS } from '../../arch/x86/context-layout.js'
import { TRAP } from '../../arch/cpu-port.js'
import { FIELD } from '../control.js'
import { cpuid } from '../cpuid.js'
import type { Engine } from '../engine.js'
import { faulted, HELPED } from './result.js'

const R = PT_REGS
const registers = /* @__PURE__ */ new Int32Array(4)

function trap(c: Engine, op: number, kind: number, vector = 0, software: 'int' | 'int3' | 'into' | 'int1' = 'int'): number {
  const t = c.trap
  t.kind = kind
  t.vector = vector
  t.errorCode = 0
  t.address = 0
  t.length = c.memory.u8[op + FIELD.length]!
  t.software = software
  return HELPED.trap
}

/** INT3, INT1. */
export const interrupt = (c: Engine, op: number): number => (c.imm2(op) === 0xcc ? trap(c, op, TRAP.int, 3, 'int3') : trap(c, op, TRAP.int, 1, 'int1'))
/** INTO: vector 4 when OF is set. */
export function into(c: Engine, op: number): number {
  return c.u32(R.rflags) & 0x800 ? trap(c, op, TRAP.int, 4, 'into') : HELPED.next
}
/** A breakpoint of a debugger. */
export const breakpoint = (c: Engine, op: number): number => trap(c, op, TRAP.breakpoint)

/** CPUID. */
export function cpuidInstruction(c: Engine): number {
  cpuid(c.options.cpuid, c.u32(R.rax), c.u32(R.rcx), registers)
  c.put32(R.rax, registers[0]!)
  c.put32(R.rbx, registers[1]!)
  c.put32(R.rcx, registers[2]!)
  c.put32(R.rdx, registers[3]!)
  return HELPED.next
}

/** RDTSC. */
export function rdtsc(c: Engine): number {
  c.host.readTsc(registers)
  c.put32(R.rax, registers[0]!)
  c.put32(R.rdx, registers[1]!)
  return HELPED.next
}
/** RDTSCP: TSC_AUX is 0, processor and node 0. */
export function rdtscp(c: Engine): number {
  c.put32(R.rcx, 0)
  return rdtsc(c)
}

/** BOUND: index in dst, limits in memory. */
export function bound(c: Engine, op: number): number {
  const size = c.imm2(op)
  const index = size === 2 ? (c.u16(c.slot(op, FIELD.dst)) << 16) >> 16 : c.u32(c.slot(op, FIELD.dst)) | 0
  if (!c.load(c.ea(op), size * 2)) return HELPED.fault
  const low = size === 2 ? c.view.getInt16(0, true) : c.view.getInt32(0, true)
  const high = size === 2 ? c.view.getInt16(2, true) : c.view.getInt32(4, true)
  return index < low || index > high ? faulted(c, 5) : HELPED.next
}

/** XLAT: AL = [rBX + AL]. dst: slot of the segment base, imm2: address size. */
export function xlat(c: Engine, op: number): number {
  const size = c.imm2(op)
  const al = c.memory.u8[c.regs + R.rax]!
  const base = size === 8 ? c.address(R.rbx) : size === 4 ? c.u32(R.rbx) : c.u16(R.rbx)
  let a = base + al
  if (size !== 8) a = size === 4 ? a >>> 0 : a & 0xffff
  if (!c.load(c.wrap(a + c.address(c.slot(op, FIELD.dst))), 1)) return HELPED.fault
  c.memory.u8[c.regs + R.rax] = c.buffer[0]!
  return HELPED.next
}

/** ENTER: imm2 has the bytes to allocate and the nesting level, src the operand size. Intel SDM volume 2A. */
export function enter(c: Engine, op: number): number {
  const size = c.slot(op, FIELD.src)
  const bytes = c.imm2(op) & 0xffff
  const level = c.imm2(op) >> 16
  let sp = c.rsp
  let bp = c.address(R.rbp)
  const put = (a: number, v: number): boolean => {
    c.view.setUint32(0, v >>> 0, true)
    c.view.setInt32(4, Math.floor(v / 4294967296), true)
    return c.store(a, size)
  }
  // Nothing is changed but memory below rSP before the last check.
  sp = c.wrap(sp - size)
  if (!put(sp, bp)) return HELPED.fault
  const frame = sp
  if (level > 0) {
    for (let i = 1; i < level; i++) {
      bp = c.wrap(bp - size)
      if (!c.load(bp, size)) return HELPED.fault
      sp = c.wrap(sp - size)
      if (!c.store(sp, size)) return HELPED.fault
    }
    sp = c.wrap(sp - size)
    if (!put(sp, frame)) return HELPED.fault
  }
  sp = c.wrap(sp - bytes)
  // The processor checks that the new top of the stack could be written.
  if (!c.load(sp, 1) || !c.store(sp, 1)) return HELPED.fault
  if (size === 2) c.put16(R.rbp, frame)
  else c.putAddress(R.rbp, frame)
  c.putAddress(R.rsp, sp)
  return HELPED.next
}

/** Near CALL, JMP and RET with a 66 prefix outside 64-bit mode: a 16-bit instruction pointer. */
export function near16(c: Engine, op: number, next: number, memory = false): number {
  const kind = c.imm2(op) & 255
  const release = c.imm2(op) >>> 8
  let target = c.memory.u32[(op + FIELD.disp) >>> 2]!
  if (kind === 3) {
    if (!c.load(c.rsp, 2)) return HELPED.fault
    target = c.view.getUint16(0, true)
    c.putAddress(R.rsp, c.wrap(c.rsp + 2 + release))
  } else {
    if (memory) {
      if (!c.load(c.ea(op), 2)) return HELPED.fault
      target = c.view.getUint16(0, true)
    } else if (kind !== 0) target = c.u16(c.slot(op, FIELD.src))
    if (kind < 2) {
      c.view.setUint16(0, next & 0xffff, true)
      if (!c.store(c.wrap(c.rsp - 2), 2)) return HELPED.fault
      c.putAddress(R.rsp, c.wrap(c.rsp - 2))
    }
  }
  c.putAddress(R.rip, target & 0xffff)
  return HELPED.jumped
}
/** The same with the target in memory. */
export const near16Memory = (c: Engine, op: number, next: number): number => near16(c, op, next, true)

/** ARPL: raises the RPL of the selector at dst to that of src. */
function adjustRpl(c: Engine, dest: number, src: number): number {
  const raise = (dest & 3) < (src & 3)
  const flags = c.u32(R.rflags)
  c.memory.u32[(c.regs + R.rflags) >>> 2] = raise ? flags | 0x40 : flags & ~0x40
  return raise ? (dest & ~3) | (src & 3) : dest
}
/** ARPL of a register. */
export function arpl(c: Engine, op: number): number {
  const d = c.slot(op, FIELD.dst)
  c.put16(d, adjustRpl(c, c.u16(d), c.u16(c.slot(op, FIELD.src))))
  return HELPED.next
}
/** ARPL of memory. */
export function arplMemory(c: Engine, op: number): number {
  const a = c.ea(op)
  if (!c.load(a, 2) || !c.store(a, 2)) return HELPED.fault
  c.view.setUint16(0, adjustRpl(c, c.view.getUint16(0, true), c.u16(c.slot(op, FIELD.src))), true)
  return c.store(a, 2) ? HELPED.next : HELPED.fault
}
