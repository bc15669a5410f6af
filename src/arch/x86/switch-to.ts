import { PT_REGS_SIZE, THREAD } from './context-layout.js'
import { CPU, PERCPU, TSS32, TSS64 } from './cpu-layout.js'
import type { CpuState } from './cpu-state.js'

/**
 * The part of a context switch that the CPU sees: where the next task's kernel stack ends, and its TLS descriptors
 * (`__switch_to`).
 *
 * @param stackTop byte offset just above the stack; x86_64 kernels keep `regs` there
 */
export function switchTo(cpu: CpuState, regs: number, stackTop = regs + PT_REGS_SIZE): void {
  const { memory, base, profile } = cpu
  const top = cpu.address(stackTop) - profile.differences.stackPadding
  setTopOfStack(cpu, top)
  if (!profile.entryStack) loadSp0(cpu, top)
  else if (profile.kernel === 'i386') memory.view.setUint32(base + CPU.tss + TSS32.esp1, top, true) // TSS_entry2task_stack
  if (profile.tlsMin === 0) return
  const gdt = (base + CPU.gdt) / 4 + profile.tlsMin * 2
  const tls = (regs + THREAD.tls) / 4
  for (let i = 0; i < 6; i++) memory.u32[gdt + i] = memory.u32[tls + i]!
}

/** The per-CPU variable that entry code takes the kernel stack from. `top` is a linear address. */
export function setTopOfStack(cpu: CpuState, top: number): void {
  const at = (cpu.base + CPU.percpu + PERCPU.topOfStack) >>> 2
  cpu.memory.u32[at] = top >>> 0
  cpu.memory.u32[at + 1] = Math.floor(top / 0x100000000)
}

/** Writes the TSS's ring 0 stack pointer (`load_sp0`): a linear address. */
export function loadSp0(cpu: CpuState, top: number): void {
  const { view } = cpu.memory
  const tss = cpu.base + CPU.tss
  if (cpu.profile.kernel === 'i386') view.setUint32(tss + TSS32.esp0, top >>> 0, true)
  else {
    view.setUint32(tss + TSS64.rsp0, top >>> 0, true)
    view.setInt32(tss + TSS64.rsp0 + 4, Math.floor(top / 0x100000000), true)
  }
}
