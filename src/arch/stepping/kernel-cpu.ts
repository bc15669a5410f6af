import { CPU, PERCPU, TSS64 } from '../x86/cpu-layout.js'
import type { CpuState } from '../x86/cpu-state.js'
import { push32, push64, setRsp } from '../x86/gates/stack.js'
import { slotAddress } from '../x86/words.js'
import * as R from '../x86_64/slots.js'

/** Register names that steps use; indices of words as in x86_64/slots. */
export { R }

/** What the kernel's C code does for a step: answered by the machine, or by a test. */
export interface StepHost {
  /** Runs the system call or exception handler on the pt_regs at `regs`; false: it waits, ask again. */
  dispatch: (cpu: CpuState, regs: number) => boolean
  /** Does the work on the way out (reschedule, signals, tracing) on the pt_regs at `regs`; false: it waits, ask again. */
  exitWork: (cpu: CpuState, regs: number) => boolean
  /** Whether there is work on the way out, for kernels that ask before they do it (before 4.x); without it there always is. */
  workPending?: (cpu: CpuState, regs: number) => boolean
  /** Reads 4 bytes of user memory, or -1. */
  readUser32: (address: number) => number
}

/**
 * A CPU in the middle of the kernel: a second register set in the CPU's own bytes, with the few operations that entry
 * code is made of. Steps call these; nothing else writes the registers while stepping.
 */
export class KernelCpu {
  readonly cpu: CpuState
  readonly host: StepHost
  /** Byte offset of the register file. */
  readonly file: number
  /** Word index of it. */
  private readonly f: number
  /** Byte offset of the task's pt_regs. */
  regs = 0
  /** Bytes of the trapping instruction. */
  length = 0
  /** What the last {@link call} of C code returned. */
  result = 0

  constructor(cpu: CpuState, host: StepHost) {
    this.cpu = cpu
    this.host = host
    this.file = cpu.base + CPU.file
    this.f = this.file >>> 2
  }

  /** Low half of a register. */
  low(reg: number): number {
    return this.cpu.memory.u32[this.f + reg]!
  }
  /** High half of a register. */
  high(reg: number): number {
    return this.cpu.memory.u32[this.f + reg + 1]!
  }
  /** Sets a register from halves. */
  set(reg: number, low: number, high: number): void {
    this.cpu.memory.u32[this.f + reg] = low
    this.cpu.memory.u32[this.f + reg + 1] = high
  }
  /** A register as an address. */
  address(reg: number): number {
    return slotAddress(this.cpu.memory, this.file + reg * 4)
  }
  /** mov reg, reg */
  mov(to: number, from: number): void {
    this.set(to, this.low(from), this.high(from))
  }
  /** movl r32, r32: the upper half becomes zero. */
  movl(to: number, from: number): void {
    this.set(to, this.low(from), 0)
  }
  /** mov $imm32, reg: sign-extended. */
  imm(to: number, value: number): void {
    this.set(to, value, value < 0 ? -1 : 0)
  }
  /** xorl r32, r32 */
  clear(reg: number): void {
    this.set(reg, 0, 0)
  }
  /** push reg */
  push(reg: number): void {
    push64(this.cpu, this.file, this.low(reg), this.high(reg))
  }
  /** push $imm32: sign-extended. */
  pushImm(value: number): void {
    push64(this.cpu, this.file, value, value < 0 ? -1 : 0)
  }
  /** pop reg */
  pop(reg: number): void {
    this.load(reg, this.address(R.RSP))
    this.addSp(8)
  }
  /** add $n, %rsp */
  addSp(n: number): void {
    setRsp(this.cpu, this.file, this.address(R.RSP) + n)
  }
  /** mov (address), reg; the address is a kernel one. */
  load(reg: number, address: number): void {
    const at = this.cpu.offset(address), { view } = this.cpu.memory
    this.set(reg, view.getUint32(at, true), view.getUint32(at + 4, true))
  }
  /** mov reg, (address) */
  store(address: number, reg: number): void {
    const at = this.cpu.offset(address), { view } = this.cpu.memory
    view.setUint32(at, this.low(reg), true)
    view.setUint32(at + 4, this.high(reg), true)
  }
  /** movq $imm32, (address): sign-extended. */
  storeImm(address: number, value: number): void {
    const at = this.cpu.offset(address), { view } = this.cpu.memory
    view.setInt32(at, value, true)
    view.setInt32(at + 4, value < 0 ? -1 : 0, true)
  }
  /** Address of a field of the pt_regs that rsp points at; `reg` as in slots. */
  frame(reg: number): number {
    return this.address(R.RSP) + reg * 4
  }
  /** Address of a per-CPU variable through gs; see PERCPU. */
  percpu(variable: number): number {
    return this.gsBase() + variable
  }
  /** Base of gs. */
  gsBase(): number {
    return slotAddress(this.cpu.memory, this.file + 200)
  }
  /** Address of the TSS's sp2 through gs, where entry_SYSCALL_64 keeps the user's rsp. */
  sp2(): number {
    return this.gsBase() - CPU.percpu + CPU.tss + TSS64.rsp2
  }
  /** Address of the running task's stack top, as a per-CPU variable. */
  topOfStack(): number {
    return this.percpu(PERCPU.topOfStack)
  }
  /** push r32 on a 32-bit stack. */
  push32(value: number): void {
    push32(this.cpu, this.file, value)
  }
  /** pop r32 from a 32-bit stack. */
  pop32(): number {
    const esp = this.low(R.RSP)
    setRsp(this.cpu, this.file, esp + 4)
    return this.cpu.memory.view.getUint32(this.cpu.offset(esp), true)
  }
  /** A 32-bit word of kernel memory. */
  load32(address: number): number {
    return this.cpu.memory.view.getUint32(this.cpu.offset(address), true)
  }
  /** Writes a 32-bit word of kernel memory. */
  store32(address: number, value: number): void {
    this.cpu.memory.view.setUint32(this.cpu.offset(address), value, true)
  }
}
