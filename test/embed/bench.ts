import { ACCESS, TRAP, type Cpu, type CpuHost, type Trap } from '../../src/arch/cpu-port.js'
import { GPR_OFFSET, PT_REGS, THREAD } from '../../src/arch/x86/context-layout.js'
import { PAGE_SIZE } from '../../src/memory/layout.js'
import { PhysicalMemory } from '../../src/memory/physical.js'

const PROT = { r: 1, w: 2, x: 4 } as const
export const CODE = 0x400000
export const DATA = 0x500000
/** The two halves of RDTSC that the bench answers. */
export const TSC: readonly [number, number] = [0x12345678, 0x9abc]

/** A host for one CPU: a page map, contexts, and a queue of answers to traps. No kernel. */
export class Bench implements CpuHost {
  readonly memory = new PhysicalMemory({ limit: 16 << 20 })
  readonly cpu: Cpu
  readonly is64: boolean
  readonly pages = new Map<number, { frame: number; prot: number }>()
  /** Descriptors by selector index, as [low, high]. */
  readonly gdt = new Map<number, readonly [number, number]>([[4, [0xffff, 0x00cffb00]], [5, [0xffff, 0x00cff300]], [6, [0xffff, 0x00affb00]]])
  /** All traps in order. */
  readonly traps: Trap[] = []
  private answers: ((trap: Trap) => boolean)[] = []

  constructor(cpu: Cpu, is64: boolean) {
    this.cpu = cpu
    this.is64 = is64
    cpu.attach(this)
    this.map(CODE, 'rx')
    this.map(CODE + PAGE_SIZE, 'rx')
    this.map(DATA, 'rw')
  }

  translate = (page: number, access: number): number => {
    const found = this.pages.get(page)
    const need = access === ACCESS.write ? PROT.w : access === ACCESS.execute ? PROT.x : PROT.r
    if (found === undefined || (found.prot & need) === 0) return ~(4 | access | (found === undefined ? 0 : 1))
    return found.frame * PAGE_SIZE + ((found.prot & PROT.w) !== 0 ? 1 : 0)
  }
  trap = (trap: Trap): boolean => {
    this.traps.push({ ...trap })
    return this.answers.shift()?.(trap) ?? false
  }
  readTsc = (out: Int32Array): void => {
    out.set(TSC)
  }
  readDescriptor = (selector: number, out: Int32Array): boolean => {
    const found = this.gdt.get(selector >> 3)
    out.set(found ?? [0, 0])
    return selector >> 3 < 32
  }

  /** Maps a page with rights such as 'rwx'; `frame` makes it an alias of another. */
  map(page: number, rights: string, frame = this.memory.allocate()): number {
    const prot = (rights.includes('r') ? PROT.r : 0) | (rights.includes('w') ? PROT.w : 0) | (rights.includes('x') ? PROT.x : 0)
    this.pages.set(page, { frame, prot })
    this.cpu.invalidate(page, 1)
    return frame
  }
  unmap(page: number): void {
    this.pages.delete(page)
    this.cpu.invalidate(page, 1)
  }
  private at(address: number): number {
    return this.pages.get(address - (address % PAGE_SIZE))!.frame * PAGE_SIZE + (address % PAGE_SIZE)
  }
  /** Writes bytes as a kernel does: announced, then written. */
  write(address: number, bytes: Iterable<number>): void {
    let at = address
    for (const byte of bytes) {
      const offset = this.at(at++)
      this.cpu.codeWritten(Math.floor(offset / PAGE_SIZE))
      this.memory.u8[offset] = byte
    }
  }
  u32(address: number): number {
    return this.memory.view.getUint32(this.at(address), true)
  }
  f64(address: number): number {
    return this.memory.view.getFloat64(this.at(address), true)
  }

  /** A new context at CODE with nothing in its registers but a stack in the data page. */
  context(): number {
    const regs = this.memory.allocateRun(1) * PAGE_SIZE
    const { view } = this.memory
    const set = (offset: number, value: number): void => view.setUint32(regs + offset, value, true)
    set(PT_REGS.rip, CODE)
    set(PT_REGS.rsp, DATA + 0xff0)
    set(PT_REGS.rflags, 0x202)
    set(PT_REGS.cs, this.is64 ? 0x33 : 0x23)
    set(PT_REGS.ss, 0x2b)
    for (const s of [THREAD.ds, THREAD.es]) view.setUint16(regs + s, 0x2b, true)
    const fpu = new Uint8Array(512)
    new DataView(fpu.buffer).setUint16(0, 0x37f, true)
    new DataView(fpu.buffer).setUint32(24, 0x1f80, true)
    this.cpu.loadFpu(regs, fpu)
    return regs
  }
  /** General register n in x86 numbering, its low half. */
  gpr(regs: number, n: number): number {
    return this.memory.u32[(regs + GPR_OFFSET[n]!) >>> 2]!
  }
  setGpr(regs: number, n: number, value: number): void {
    this.memory.u32[(regs + GPR_OFFSET[n]!) >>> 2] = value
  }
  rip(regs: number): number {
    return this.memory.u32[(regs + PT_REGS.rip) >>> 2]!
  }
  setRip(regs: number, value: number): void {
    this.memory.u32[(regs + PT_REGS.rip) >>> 2] = value
  }
  flags(regs: number): number {
    return this.memory.u32[(regs + PT_REGS.rflags) >>> 2]!
  }

  /** Puts code (hexadecimal) at CODE. */
  code(hex: string, address = CODE): void {
    this.write(address, Buffer.from(hex.replaceAll(' ', ''), 'hex'))
  }
  /** Runs until a trap is not answered by true. */
  run(regs: number, answers: ((trap: Trap) => boolean)[] = [], budget = 1_000_000): number {
    this.answers = answers
    return this.cpu.run(regs, this.is64, budget)
  }
  /** An answer that steps over the trapping instruction, as a system call's return does. */
  over(regs: number, act: () => void = () => {}): (trap: Trap) => boolean {
    return (trap) => {
      act()
      this.setRip(regs, this.rip(regs) + trap.length)
      return true
    }
  }
  get last(): Trap {
    return this.traps.at(-1)!
  }
}

export { TRAP }
