import { TRAP, type Trap } from '../cpu-port.js'
import type { CpuState } from '../x86/cpu-state.js'
import { EFLAGS } from '../x86/flags.js'
import { softwareGateFault } from '../x86/gdt.js'
import { isLongCode } from '../x86/iret-check.js'
import type { ReadUser32 } from '../x86/kernel.js'
import { CREG, EFER } from '../x86/msr.js'
import { VECTOR_GP, VECTOR_UD } from '../x86/vectors.js'
import { WAY } from '../x86/ways.js'
import { advance, enterException, enterInt80, enterSyscall32, enterSyscall64, enterSysenter32 } from './enter.js'
import { CS, RFLAGS } from './slots.js'

/** What an x86_64 CPU and kernel do at a trap of user code; see ArchKernel.takeTrap. */
export function takeTrap(cpu: CpuState, regs: number, trap: Readonly<Trap>, readUser32: ReadUser32): number {
  const { kind } = trap
  if (kind !== TRAP.syscall) return kind === TRAP.int ? takeInterrupt(cpu, regs, trap) : takeOther(cpu, regs, trap, readUser32)
  const w = cpu.memory.i32
  const cs = w[(regs >>> 2) + CS]!
  if ((w[cpu.efer]! & EFER.SCE) === 0 || (cs !== cpu.selectors.userCs && !isLongCode(cpu, cs))) return takeSyscall32(cpu, regs, readUser32)
  enterSyscall64(cpu, regs, trap.length)
  return WAY.syscall64
}

function takeInterrupt(cpu: CpuState, regs: number, { vector, length, software }: Readonly<Trap>): number {
  return softwareInterrupt(cpu, regs, vector, length, software)
}

function takeOther(cpu: CpuState, regs: number, trap: Readonly<Trap>, readUser32: ReadUser32): number {
  if (trap.kind === TRAP.sysenter) return takeSysenter(cpu, regs, readUser32)
  return trap.kind === TRAP.fault ? fault(cpu, regs, trap.vector, trap.errorCode, trap.address) : WAY.none
}

/** SYSCALL: #UD without EFER.SCE, and outside 64-bit mode on Intel (Intel SDM volume 2; AMD APM volume 3). */
function takeSyscall32(cpu: CpuState, regs: number, readUser32: ReadUser32): number {
  return cpu.amd && (cpu.low(CREG.efer) & EFER.SCE) !== 0 ? enterSyscall32(cpu, regs, readUser32) : fault(cpu, regs, VECTOR_UD, 0, 0)
}

/**
 * SYSENTER: #UD in long mode on AMD; on Intel #GP(0) while IA32_SYSENTER_CS is null, and otherwise the 32-bit entry
 * whatever mode the caller is in: a 64-bit program comes back as 32-bit code at a truncated address.
 */
function takeSysenter(cpu: CpuState, regs: number, readUser32: ReadUser32): number {
  if (cpu.amd) return fault(cpu, regs, VECTOR_UD, 0, 0)
  if ((cpu.low(CREG.sysenterCs) & 0xfffc) === 0) return fault(cpu, regs, VECTOR_GP, 0, 0)
  return enterSysenter32(cpu, regs, readUser32)
}

function fault(cpu: CpuState, regs: number, vector: number, errorCode: number, address: number): number {
  enterException(cpu, regs, vector, errorCode, address)
  return WAY.exception
}

/** `int n`, int3, into, int1. */
export function softwareInterrupt(cpu: CpuState, regs: number, vector: number, length: number, software: Trap['software']): number {
  const refused = softwareGateFault(cpu, vector, software === 'int1')
  if (refused >= 0) return fault(cpu, regs, refused, vector * 8 + 2, 0) // bit 1: an index into the IDT
  if (vector === 0x80) {
    enterInt80(cpu, regs, length)
    return WAY.int80
  }
  const w = cpu.memory.i32, r = regs >>> 2
  advance(w, r, length)
  w[r + RFLAGS] = w[r + RFLAGS]! & ~EFLAGS.RF
  softwareException(cpu, regs, vector)
  return WAY.exception
}

function softwareException(cpu: CpuState, regs: number, vector: number): void {
  const rflags = cpu.memory.i32[(regs >>> 2) + RFLAGS]!
  enterException(cpu, regs, vector, 0, 0)
  cpu.memory.i32[(regs >>> 2) + RFLAGS] = rflags // a software interrupt saves RF clear, whatever the vector
}
