import { ACCESS, TRAP, type CpuHost, type Trap } from '../../src/arch/cpu-port.js'
import { GPR_OFFSET, PT_REGS, THREAD } from '../../src/arch/x86/context-layout.js'
import { createCpu, type CpuOptions, type ReferenceCpu } from '../../src/cpu/index.js'
import { initFpu } from '../../src/cpu/index.js'
import { PhysicalMemory } from '../../src/memory/physical.js'

/** Protection of a page of the test machine: bits. */
export const PROT = { read: 1, write: 2, exec: 4 } as const

interface Page { frame: number, prot: number }

/** A machine of one address space and one context, without a kernel: traps are recorded and stop it. */
export class TestMachine implements CpuHost {
  readonly memory = new PhysicalMemory()
  readonly cpu: ReferenceCpu
  readonly pages = new Map<number, Page>()
  readonly regs: number
  is64: boolean
  /** The last trap, copied. */
  last: Trap | null = null
  /** Answers a trap; default: stop. */
  onTrap: (t: Trap) => boolean = () => false
  translations = 0

  constructor(is64 = true, options: CpuOptions = {}) {
    this.is64 = is64
    this.regs = this.memory.allocateRun(1) * 4096
    this.cpu = createCpu(options)
    this.cpu.attach(this)
    this.reset()
  }
  reset(): void {
    this.memory.u8.fill(0, this.regs, this.regs + THREAD.end)
    initFpu(this.memory.u8, this.regs + THREAD.fpu)
    this.set(PT_REGS.rflags, 0x202n)
    this.set(PT_REGS.cs, this.is64 ? 0x33n : 0x23n)
    this.set(PT_REGS.ss, 0x2bn)
    this.memory.u16[(this.regs + THREAD.ds) >>> 1] = 0x2b
    this.memory.u16[(this.regs + THREAD.es) >>> 1] = 0x2b
  }

  translate = (page: number, access: number): number => {
    this.translations++
    const p = this.pages.get(page)
    if (p === undefined) return ~(4 | access)
    const need = access === ACCESS.write ? PROT.write : access === ACCESS.execute ? PROT.exec : PROT.read
    if (!(p.prot & need)) return ~(5 | access)
    return p.frame * 4096 + (p.prot & PROT.write ? 1 : 0)
  }
  trap = (t: Trap): boolean => {
    this.last = { ...t }
    return this.onTrap(t)
  }
  readTsc = (out: Int32Array): void => {
    out[0] = 1
    out[1] = 0
  }

  map(address: number, bytes: number, prot: number): void {
    for (let a = address - (address & 4095); a < address + bytes; a += 4096) {
      const frame = this.pages.get(a)?.frame ?? this.memory.allocate()
      this.pages.set(a, { frame, prot })
    }
    this.cpu.flush()
  }
  unmap(address: number): void {
    this.pages.delete(address)
    this.cpu.invalidate(address, 1)
  }
  /** Writes bytes as the kernel would. */
  write(address: number, bytes: Uint8Array | readonly number[]): void {
    for (let i = 0; i < bytes.length;) {
      const a = address + i
      const n = Math.min(bytes.length - i, 4096 - (a & 4095))
      const p = this.pages.get(a - (a & 4095))
      if (p === undefined) throw new Error(`test: ${a.toString(16)} is not mapped`)
      this.memory.u8.set(bytes.slice(i, i + n), p.frame * 4096 + (a & 4095))
      this.cpu.codeWritten(p.frame)
      i += n
    }
  }
  /** Reads bytes; what is not mapped reads as 0. */
  read(address: number, size: number): Uint8Array {
    const out = new Uint8Array(size)
    for (let i = 0; i < size;) {
      const a = address + i
      const n = Math.min(size - i, 4096 - (a & 4095))
      const p = this.pages.get(a - (a & 4095))
      if (p !== undefined) out.set(this.memory.u8.subarray(p.frame * 4096 + (a & 4095), p.frame * 4096 + (a & 4095) + n), i)
      i += n
    }
    return out
  }
  get(slot: number): bigint {
    return this.memory.view.getBigUint64(this.regs + slot, true)
  }
  set(slot: number, v: bigint): void {
    this.memory.view.setBigUint64(this.regs + slot, BigInt.asUintN(64, v), true)
  }
  gpr(n: number): bigint {
    return this.get(GPR_OFFSET[n]!)
  }
  setGpr(n: number, v: bigint): void {
    this.set(GPR_OFFSET[n]!, v)
  }
  get rip(): bigint {
    return this.get(PT_REGS.rip)
  }
  get flags(): bigint {
    return this.get(PT_REGS.rflags)
  }
  run(budget = 1e6): number {
    return this.cpu.run(this.regs, this.is64, budget)
  }
}

export { GPR_OFFSET, PT_REGS, THREAD, TRAP }
