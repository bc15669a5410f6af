import type { CpuState } from './cpu-state.js'
import { CPU } from './cpu-layout.js'
import { decodeDescriptor, descriptorHigh, descriptorLow, GATE, type GateDescriptor, type SegmentDescriptor } from './descriptors.js'
import { CREG } from './msr.js'
import { VECTOR_GP, VECTOR_NP } from './vectors.js'

/** Writes a descriptor to GDT slot `slot`. `limit` is the raw 20-bit field, `flags` bits 8 to 23 of the high word. */
export function setGdt(cpu: CpuState, slot: number, base: number, limit: number, flags: number): void {
  const at = cpu.base + CPU.gdt + slot * 8
  cpu.memory.view.setUint32(at, descriptorLow(base, limit), true)
  cpu.memory.view.setUint32(at + 4, descriptorHigh(base, limit, flags), true)
}

/**
 * Fetches the descriptor that a selector names from the GDT or LDT.
 *
 * @returns null when the index lies beyond the table's limit, or the table bit asks for an LDT that is not loaded
 */
export function fetchDescriptor(cpu: CpuState, selector: number): SegmentDescriptor | null {
  const at = descriptorOffset(cpu, selector)
  if (at < 0) return null
  return decodeDescriptor(cpu.memory.view.getUint32(at, true), cpu.memory.view.getUint32(at + 4, true))
}

/** Byte offset of a selector's descriptor in the machine's memory, or -1 beyond its table's limit. */
export function descriptorOffset(cpu: CpuState, selector: number): number {
  const ldt = (selector & 4) !== 0
  if (ldt && cpu.low(CREG.ldtrSelector) === 0) return -1
  if ((selector & 0xfff8) + 7 > cpu.low(ldt ? CREG.ldtrLimit : CREG.gdtrLimit)) return -1
  return cpu.offset(cpu.get(ldt ? CREG.ldtrBase : CREG.gdtrBase)) + (selector & 0xfff8)
}

/** Copies the 8 bytes of a selector's descriptor to `out` (low, high half); false beyond its table's limit. */
export function readDescriptor(cpu: CpuState, selector: number, out: Int32Array): boolean {
  const at = descriptorOffset(cpu, selector)
  if (at < 0) return false
  out[0] = cpu.memory.i32[at >> 2]!
  out[1] = cpu.memory.i32[(at >> 2) + 1]!
  return true
}

/** Bytes of a gate of the IDT: 16 in long mode, 8 without. */
function gateSize(cpu: CpuState): number {
  return cpu.profile.kernel === 'x86_64' ? 16 : 8
}

/** Writes gate `vector` of the IDT in the format of the CPU's mode (16 bytes in long mode, 8 without). */
export function setGate(cpu: CpuState, vector: number, offset: number, type: number, dpl: number, ist = 0): void {
  const { view } = cpu.memory
  const flags = 0x8000 | (dpl << 13) | (type << 8)
  const long = cpu.profile.kernel === 'x86_64'
  const at = cpu.base + CPU.idt + vector * gateSize(cpu)
  view.setUint16(at, offset & 0xffff, true)
  view.setUint16(at + 2, cpu.profile.selectors.kernelCs, true)
  view.setUint16(at + 4, flags | (long ? ist : 0), true)
  view.setUint16(at + 6, (offset >>> 16) & 0xffff, true)
  if (!long) return
  view.setInt32(at + 8, Math.floor(offset / 0x100000000), true)
  view.setUint32(at + 12, 0, true)
}

/** Reads gate `vector` of the IDT, or null beyond its limit. */
export function fetchGate(cpu: CpuState, vector: number): GateDescriptor | null {
  const { view } = cpu.memory
  const long = cpu.profile.kernel === 'x86_64'
  const size = gateSize(cpu)
  if (vector * size + size - 1 > cpu.low(CREG.idtrLimit)) return null
  const at = cpu.offset(cpu.get(CREG.idtrBase)) + vector * size
  const flags = view.getUint16(at + 4, true)
  const low = view.getUint16(at, true) + view.getUint16(at + 6, true) * 0x10000
  return {
    offset: long ? view.getInt32(at + 8, true) * 0x100000000 + low : low,
    selector: view.getUint16(at + 2, true),
    type: (flags >>> 8) & 31,
    dpl: (flags >>> 13) & 3, present: (flags & 0x8000) !== 0, ist: long ? flags & 7 : 0,
  }
}

/** Whether a gate of this type is one that `int n` can go through: interrupt, trap, or (outside long mode) task. */
export function isGate(cpu: CpuState, type: number): boolean {
  return type === GATE.interrupt || type === GATE.trap || (type === GATE.task && cpu.profile.kernel === 'i386')
}

/**
 * What a software interrupt of ring 3 finds in the IDT: the gate must be there, be open to ring 3, and be present. int1
 * (F1) is a hardware exception, whose gate's privilege level is not asked (Intel SDM volume 2, INT n/INTO/INT3/INT1).
 *
 * @returns -1 when it may go through, else the vector of the fault, whose error code is the gate's index
 */
export function softwareGateFault(cpu: CpuState, vector: number, isInt1: boolean): number {
  const flags = gateFlags(cpu, vector)
  return (flags & 0xfe00) === 0xee00 ? -1 : closedGateFault(cpu, flags, isInt1) // present, open to ring 3, an interrupt or trap gate
}

/** The word of a gate that holds its type; 0, which is no gate's, beyond the table's limit. */
function gateFlags(cpu: CpuState, vector: number): number {
  const size = gateSize(cpu)
  const at = vector * size
  if (at + size > cpu.low(CREG.idtrLimit) + 1) return 0
  const base = (cpu.low(CREG.idtrBase) - cpu.profile.pageOffset) >>> 0 // memory is smaller than 4 GiB: low halves are enough
  return cpu.memory.view.getInt32(base + at + 4, true)
}

function closedGateFault(cpu: CpuState, flags: number, isInt1: boolean): number {
  if (!isGate(cpu, (flags >>> 8) & 31) || (!isInt1 && (flags & 0x6000) !== 0x6000)) return VECTOR_GP
  return (flags & 0x8000) === 0 ? VECTOR_NP : -1
}
