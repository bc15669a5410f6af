/**
 * x86_64 as system calls see it: register file, model-specific registers and descriptors, the ways into the kernel and
 * out of it, and the port of a CPU.
 *
 * @module
 */
export { ACCESS, TRAP } from '../cpu-port.js'
export type { Cpu, CpuHost, Trap } from '../cpu-port.js'
export { current, currentProfile } from '../profiles/current.js'
export { THREAD_SIZE, x86_64 } from '../x86/architecture.js'
export type { Architecture } from '../x86/architecture.js'
export { syscallGate } from '../profiles/syscall-gate.js'
export { bootCpu, bootSteps } from '../x86/boot.js'
export type { BootRecord, BootStep } from '../x86/boot.js'
export { FPU, GPR_OFFSET, PT_REGS, PT_REGS_SIZE, THREAD, THREAD_AREA } from '../x86/context-layout.js'
export { CpuState } from '../x86/cpu-state.js'
export type { CpuStateOptions } from '../x86/cpu-state.js'
export { EFLAGS } from '../x86/flags.js'
export type { ArchKernel, ReadUser32 } from '../x86/kernel.js'
export { CREG, EFER, MSR } from '../x86/msr.js'
export type { ArchDifferences, ArchProfile, Selectors } from '../x86/profile.js'
export { ARGS_I386, ARGS_X86_64, EXIT, WAY } from '../x86/ways.js'
export type { ExceptionRecord, SyscallAbi, SyscallEntry } from '../x86/ways.js'
export { bootSyscall64, bootX86_64 } from './boot.js'
export type { EntrySymbols } from './boot.js'
export { enterException, enterInt80, enterSyscall32, enterSyscall64, enterSysenter32 } from './enter.js'
export { exitToUser } from './exit.js'
