import { PT_REGS as P } from '../context-layout.js'
import type { CpuState } from '../cpu-state.js'
import { EFLAGS, SYSRET_FLAGS } from '../flags.js'
import { isLongCode } from '../iret-check.js'
import { CREG, EFER } from '../msr.js'
import { VECTOR_GP, VECTOR_UD } from '../vectors.js'
import { setSlot } from '../words.js'
import { cplOf, setCs } from './stack.js'

/**
 * SYSCALL (Intel SDM volume 2; AMD APM volume 3): rcx takes the next rip, r11 the flags without RF; rip comes from LSTAR,
 * or CSTAR for 32-bit code on AMD; SFMASK's flags go; cs and ss come from STAR. The stack stays the user's.
 *
 * @param length bytes of the instruction
 * @returns -1, or vector << 16 of the #UD that it raises instead
 */
export function syscallInstruction(cpu: CpuState, file: number, length: number): number {
  const w = cpu.memory.u32
  const f = file >>> 2
  const long = isLongCode(cpu, w[f + 34]!)
  if ((cpu.low(CREG.efer) & EFER.SCE) === 0 || (cpu.low(CREG.efer) & EFER.LMA) === 0 || (!long && !cpu.amd)) return VECTOR_UD << 16
  const next = w[f + 32]! + length
  w[f + 22] = next // rcx
  w[f + 23] = long ? w[f + 33]! + (next > 0xffffffff ? 1 : 0) : 0
  const flags = w[f + 36]! & ~EFLAGS.RF
  w[f + 12] = flags // r11
  w[f + 13] = 0
  const target = long ? CREG.lstar : CREG.cstar
  w[f + 32] = cpu.low(target)
  w[f + 33] = cpu.high(target)
  w[f + 36] = flags & ~cpu.low(CREG.sfmask)
  const kernel = cpu.high(CREG.star) & 0xfffc
  setCs(cpu, file, kernel, kernel + 8)
  return -1
}

/**
 * SYSRET: rip from rcx, flags from r11, cs and ss from STAR's upper half. Intel checks rcx while still in ring 0, AMD
 * lets the fetch in ring 3 fault.
 *
 * @param long with REX.W: to 64-bit code
 * @returns -1, or vector << 16 of the fault
 */
export function sysret(cpu: CpuState, file: number, long: boolean): number {
  const w = cpu.memory.u32
  const f = file >>> 2
  if ((cpu.low(CREG.efer) & EFER.SCE) === 0) return VECTOR_UD << 16
  if (cplOf(cpu, file) !== 0) return VECTOR_GP << 16
  const high = w[f + 23]! | 0
  if (long && !cpu.amd && high !== (high << 16) >> 16) return VECTOR_GP << 16
  w[f + 32] = w[f + 22]!
  w[f + 33] = long ? w[f + 23]! : 0
  w[f + 36] = (w[f + 12]! & SYSRET_FLAGS) | EFLAGS.fixed
  w[f + 37] = 0
  const user = cpu.high(CREG.star) >>> 16
  setCs(cpu, file, (long ? user + 16 : user) | 3, (user + 8) | 3)
  return -1
}

/** SWAPGS: exchanges the base of gs with MSR_KERNEL_GS_BASE. 64-bit mode, ring 0. */
export function swapgs(cpu: CpuState, file: number): void {
  const w = cpu.memory.u32
  const gs = (file + 200) >>> 2, kernel = (file + 208) >>> 2 // THREAD.gsBase, THREAD.kernelGsBase
  for (let i = 0; i < 2; i++) {
    const old = w[gs + i]!
    w[gs + i] = w[kernel + i]!
    w[kernel + i] = old
  }
}

/**
 * SYSENTER: cs, ss, rip and rsp from MSRs; IF and VM go. Nothing is saved: not eip, not esp, not the flags.
 *
 * @returns -1, or vector << 16 of the fault: #GP(0) while IA32_SYSENTER_CS is null, #UD on AMD in long mode
 */
export function sysenter(cpu: CpuState, file: number): number {
  const long = (cpu.low(CREG.efer) & EFER.LMA) !== 0
  if (cpu.amd && long) return VECTOR_UD << 16
  const cs = cpu.low(CREG.sysenterCs) & 0xfffc
  if (cs === 0) return VECTOR_GP << 16
  const { memory } = cpu
  memory.u32[(file + P.rflags) >>> 2]! &= ~(EFLAGS.VM | EFLAGS.IF | EFLAGS.RF)
  setCs(cpu, file, cs, cs + 8)
  setSlot(memory, file + P.rsp, long ? cpu.get(CREG.sysenterEsp) : cpu.low(CREG.sysenterEsp))
  setSlot(memory, file + P.rip, long ? cpu.get(CREG.sysenterEip) : cpu.low(CREG.sysenterEip))
  return -1
}

/**
 * SYSEXIT: rip from rdx, rsp from rcx, cs and ss after IA32_SYSENTER_CS.
 *
 * @param long with REX.W: to 64-bit code
 * @returns -1, or vector << 16 of the fault
 */
export function sysexit(cpu: CpuState, file: number, long: boolean): number {
  const w = cpu.memory.u32
  const f = file >>> 2
  const cs = cpu.low(CREG.sysenterCs) & 0xfffc
  if (cs === 0 || cplOf(cpu, file) !== 0) return VECTOR_GP << 16
  const ip = w[f + 25]! | 0, sp = w[f + 23]! | 0
  if (long && (ip !== (ip << 16) >> 16 || sp !== (sp << 16) >> 16)) return VECTOR_GP << 16
  w[f + 38] = w[f + 22]!
  w[f + 39] = long ? w[f + 23]! : 0
  w[f + 32] = w[f + 24]!
  w[f + 33] = long ? w[f + 25]! : 0
  setCs(cpu, file, (cs + (long ? 32 : 16)) | 3, (cs + (long ? 40 : 24)) | 3)
  return -1
}
