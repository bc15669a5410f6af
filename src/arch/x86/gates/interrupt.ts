import { PT_REGS as P } from '../context-layout.js'
import { TSS32, TSS64 } from '../cpu-layout.js'
import type { CpuState } from '../cpu-state.js'
import { GATE, type GateDescriptor } from '../descriptors.js'
import { EFLAGS } from '../flags.js'
import { fetchDescriptor, fetchGate, isGate } from '../gdt.js'
import { VECTOR_GP, VECTOR_NP } from '../vectors.js'
import { CREG } from '../msr.js'
import { getAddress, setSlot } from '../words.js'
import { cplOf, push32, push64, setCs, setRsp } from './stack.js'

/** How an interrupt came about. */
export interface InterruptSource {
  /** `int n`, int3, into: the gate's privilege level is checked, and error codes do not say "external". */
  software: boolean
  /** F1, whose gate is not checked though it is an instruction. */
  int1?: boolean
  /** Error code that the vector pushes, or -1 for vectors without one. */
  errorCode: number
  /** RF in the saved flags: faults set it, software interrupts clear it. */
  resume: boolean
}

/**
 * The interrupt gate as hardware (Intel SDM volume 3, 6.12 and 6.14): gate, limit, type, privilege, presence, the
 * handler's code segment, the stack switch through TSS or IST, what is pushed, and which flags go. rip already points
 * behind the instruction for software interrupts and traps.
 *
 * @returns -1, or vector << 16 | error code of the fault that it raises instead; then nothing has changed
 */
export function interrupt(cpu: CpuState, file: number, vector: number, source: InterruptSource): number {
  const external = source.software ? 0 : 1
  const index = vector * 8 + 2 + external // bit 1: an index into the IDT
  const cpl = cplOf(cpu, file)
  const gate = fetchGate(cpu, vector)
  if (gate === null || !isGate(cpu, gate.type)) return (VECTOR_GP << 16) | index
  if (source.software && source.int1 !== true && gate.dpl < cpl) return (VECTOR_GP << 16) | index
  if (!gate.present) return (VECTOR_NP << 16) | index
  const code = (gate.selector & 0xfffc) === 0 ? null : fetchDescriptor(cpu, gate.selector)
  if (code === null || !code.s || (code.type & 8) === 0 || code.dpl > cpl) return (VECTOR_GP << 16) | (gate.selector & 0xfffc) | external
  if (!code.present) return (VECTOR_NP << 16) | (gate.selector & 0xfffc) | external
  const inner = (code.type & 4) === 0 && code.dpl < cpl
  const newCpl = inner ? code.dpl : cpl
  if (cpu.profile.kernel === 'x86_64') enter64(cpu, file, gate, inner, newCpl, source)
  else enter32(cpu, file, gate, inner, newCpl, source)
  return -1
}

function savedFlags(flags: number, source: InterruptSource): number {
  return source.resume ? flags | EFLAGS.RF : flags & ~EFLAGS.RF
}

function newFlags(cpu: CpuState, file: number, gate: GateDescriptor): void {
  const drop = EFLAGS.TF | EFLAGS.NT | EFLAGS.RF | EFLAGS.VM | (gate.type === GATE.interrupt ? EFLAGS.IF : 0)
  cpu.memory.i32[(file + P.rflags) >>> 2]! &= ~drop
}

/** Long mode: ss:rsp are always pushed, on a stack aligned to 16; the new ss is null after a ring change. */
function enter64(cpu: CpuState, file: number, gate: GateDescriptor, inner: boolean, newCpl: number, source: InterruptSource): void {
  const w = cpu.memory.u32
  const f = file >>> 2
  const old = { ss: w[f + 40]!, sp: w[f + 38]!, spHigh: w[f + 39]!, flags: w[f + 36]!, cs: w[f + 34]!, ip: w[f + 32]!, ipHigh: w[f + 33]! }
  const tss = cpu.offset(cpu.get(CREG.trBase))
  if (gate.ist !== 0) setRsp(cpu, file, getAddress(cpu.memory.view, tss + TSS64.ist1 + (gate.ist - 1) * 8))
  else if (inner) setRsp(cpu, file, getAddress(cpu.memory.view, tss + TSS64.rsp0 + newCpl * 8))
  w[f + 38]! &= ~15
  push64(cpu, file, old.ss, 0)
  push64(cpu, file, old.sp, old.spHigh)
  push64(cpu, file, savedFlags(old.flags, source), 0)
  push64(cpu, file, old.cs, 0)
  push64(cpu, file, old.ip, old.ipHigh)
  if (source.errorCode >= 0) push64(cpu, file, source.errorCode, 0)
  setCs(cpu, file, (gate.selector & 0xfffc) | newCpl, inner ? newCpl : old.ss)
  setSlot(cpu.memory, file + P.rip, gate.offset)
  newFlags(cpu, file, gate)
}

/** Protected mode: ss:esp are pushed when the ring changes only. */
function enter32(cpu: CpuState, file: number, gate: GateDescriptor, inner: boolean, newCpl: number, source: InterruptSource): void {
  const { memory } = cpu
  const w = memory.u32
  const f = file >>> 2
  const old = { ss: w[f + 40]!, sp: w[f + 38]!, flags: w[f + 36]!, cs: w[f + 34]!, ip: w[f + 32]! }
  let ss = old.ss
  if (inner) {
    const tss = cpu.offset(cpu.get(CREG.trBase)) + newCpl * 8
    setRsp(cpu, file, memory.view.getUint32(tss + TSS32.esp0, true))
    ss = memory.view.getUint16(tss + TSS32.ss0, true)
    push32(cpu, file, old.ss)
    push32(cpu, file, old.sp)
  }
  push32(cpu, file, savedFlags(old.flags, source))
  push32(cpu, file, old.cs)
  push32(cpu, file, old.ip)
  if (source.errorCode >= 0) push32(cpu, file, source.errorCode)
  setCs(cpu, file, (gate.selector & 0xfffc) | newCpl, ss)
  setSlot(memory, file + P.rip, gate.offset)
  newFlags(cpu, file, gate)
}
