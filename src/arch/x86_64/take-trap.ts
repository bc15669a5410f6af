import { TRAP, type Trap } from '../cpu-port.js'
import type { CpuState } from '../x86/cpu-state.js'
import { EFLAGS } from '../x86/flags.js'
import { softwareGateFault } from '../x86/gdt.js'
import { isLongCode } from '../x86/iret-check.js'
import type { ReadUser32 } from '../x86/kernel.js'
import { CREG, EFER } from '../x86/msr.js'
import { VECTOR_GP, VECTOR_UD } from '../x86/vectors.js'
import { WAY } from '../x86/ways.js'
import { advance, enterException, enterInt80, enterSyscall32, enterSyscall64, enterSysenter32, syscall64 } from './enter.js'
import { CS, RFLAGS } from './slots.js'

/** What an x86_64 CPU and kernel do at a trap of user code; see ArchKernel.takeTrap. */
export function takeTrap(cpu: CpuState, regs: number, trap: Readonly<Trap>, readUser32: ReadUser32): number {
  if (trap.kind === TRAP.syscall) {
    const w = cpu.memory.wordsAt(regs)
    if (w[CS] === cpu.selectors.userCs && syscallEnabled(cpu) !== 0) return syscall64(cpu, w, trap.length)
  }
  return takeOther(cpu, regs, trap, readUser32)
}

/** EFER.SCE: not 0 where SYSCALL is an instruction. */
function syscallEnabled(cpu: CpuState): number {
  return cpu.memory.i32[cpu.efer]! & EFER.SCE
}

function takeOther(cpu: CpuState, regs: number, trap: Readonly<Trap>, readUser32: ReadUser32): number {
  switch (trap.kind) {
    case TRAP.int: return softwareInterrupt(cpu, regs, trap)
    case TRAP.sysenter: return takeSysenter(cpu, regs, readUser32)
    case TRAP.syscall: return takeRareSyscall(cpu, regs, trap.length, readUser32)
    case TRAP.fault: return fault(cpu, regs, trap.vector, trap.errorCode, trap.address)
    default: return WAY.none
  }
}

/** SYSCALL of code in another segment than Linux's own: #UD without EFER.SCE, and outside 64-bit mode on Intel (Intel SDM volume 2; AMD APM volume 3). */
function takeRareSyscall(cpu: CpuState, regs: number, length: number, readUser32: ReadUser32): number {
  const long = isLongCode(cpu, cpu.memory.wordsAt(regs)[CS]!)
  if (syscallEnabled(cpu) === 0 || !(long || cpu.amd)) return fault(cpu, regs, VECTOR_UD, 0, 0)
  return long ? enterSyscall64(cpu, regs, length) : enterSyscall32(cpu, regs, readUser32)
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
export function softwareInterrupt(cpu: CpuState, regs: number, trap: Readonly<Trap>): number {
  const { vector } = trap
  const refused = softwareGateFault(cpu, vector, trap.software === 'int1')
  if (refused >= 0) return fault(cpu, regs, refused, vector * 8 + 2, 0) // bit 1: an index into the IDT
  return vector === 0x80 ? enterInt80(cpu, regs, trap.length) : softwareException(cpu, regs, vector, trap.length)
}

function softwareException(cpu: CpuState, regs: number, vector: number, length: number): number {
  const w = cpu.memory.wordsAt(regs)
  advance(w, length)
  const flags = w[RFLAGS]! & ~EFLAGS.RF
  enterException(cpu, regs, vector, 0, 0)
  w[RFLAGS] = flags // a software interrupt saves RF clear, whatever the vector
  return WAY.exception
}
