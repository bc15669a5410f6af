import { SyscallkitError } from '../../base/errors.js'
import type { PhysicalMemory } from '../../memory/physical.js'
import { CPU } from './cpu-layout.js'
import { CREG } from './msr.js'
import type { ArchProfile, Selectors } from './profile.js'
import { ABI } from '../../abi/number-table.js'
import { ARGS_X86_64, type ExceptionRecord, type SyscallEntry } from './ways.js'

/** Options of {@link CpuState}. */
export interface CpuStateOptions {
  /** Whose rules apply where they differ. Default 'intel'. */
  vendor?: 'intel' | 'amd'
  /** Whether numbers with bit 30 are x32 calls, as on a kernel built with CONFIG_X86_X32_ABI. Default false. */
  x32?: boolean
}

/**
 * The parts of a CPU that outlive a task: model-specific and control registers, GDT, IDT, TSS. All of it is bytes in
 * two frames of the machine's memory, so that saving the memory saves it; this object holds only where they are.
 * Kernel linear addresses are those of the direct map: `profile.pageOffset` plus the byte offset in memory.
 *
 * @example
 * const cpu = new CpuState(new PhysicalMemory(), current.profile); bootCpu(cpu, current.boot)
 */
export class CpuState {
  readonly memory: PhysicalMemory
  readonly profile: ArchProfile
  /** The profile's selectors. */
  readonly selectors: Selectors
  /** Byte offset of the CPU's frames, see CPU in cpu-layout. */
  readonly base: number
  /** Index of the 32-bit word at which the registers start, see CREG. */
  private readonly words: number
  /** Index of the 32-bit word that is EFER's low half: what SYSCALL asks. */
  readonly efer: number
  /** AMD's rules rather than Intel's. */
  readonly amd: boolean
  /** x32 numbers are calls. */
  readonly x32: boolean
  /** What the last system call asked for. */
  readonly entry: SyscallEntry = { abi: ABI.x86_64, nr: 0, args: ARGS_X86_64 }
  /** The last exception. */
  readonly exception: ExceptionRecord = { vector: 0, errorCode: 0, address: 0 }

  /**
   * @param base byte offset of two frames that hold a saved CPU; without it two are allocated
   * @throws SyscallkitError ERR_SYSCALLKIT_MEMORY when the machine's memory is used up
   */
  constructor(memory: PhysicalMemory, profile: ArchProfile, options: CpuStateOptions = {}, base?: number) {
    this.memory = memory
    this.profile = profile
    this.selectors = profile.selectors
    this.amd = options.vendor === 'amd'
    this.x32 = options.x32 === true
    if (base === undefined) {
      const frame = memory.allocateRun(CPU.size / 4096)
      if (frame === 0) throw new SyscallkitError('ERR_SYSCALLKIT_MEMORY', 'no memory for the CPU: raise memory.limit')
      base = frame * 4096
    }
    this.base = base
    this.words = (base + CPU.registers) >>> 2
    this.efer = this.words + CREG.efer * 2
  }

  /** Low half of a CPU register, see CREG. */
  low(reg: number): number {
    return this.memory.u32[this.words + reg * 2]!
  }
  /** High half of a CPU register. */
  high(reg: number): number {
    return this.memory.u32[this.words + reg * 2 + 1]!
  }
  /** A CPU register as a canonical address. */
  get(reg: number): number {
    const i = this.words + reg * 2
    return this.memory.i32[i + 1]! * 0x100000000 + this.memory.u32[i]!
  }
  /** Sets a CPU register from its halves. */
  setHalves(reg: number, low: number, high: number): void {
    const i = this.words + reg * 2
    this.memory.u32[i] = low
    this.memory.u32[i + 1] = high
  }
  /** Sets a CPU register to a canonical address or a small number. */
  set(reg: number, value: number): void {
    this.setHalves(reg, value >>> 0, Math.floor(value / 0x100000000))
  }

  /** Sets CR2, the address of the last page fault. */
  setCr2(address: number): void {
    this.set(CREG.cr2, address)
  }

  /** Linear address of a byte of the machine's memory in the kernel's direct map. */
  address(offset: number): number {
    return this.profile.pageOffset + offset
  }
  /** Byte offset of a kernel linear address in the machine's memory; negative or beyond its end when it maps none. */
  offset(address: number): number {
    return address - this.profile.pageOffset
  }
}
