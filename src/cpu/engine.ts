import { PT_REGS, THREAD } from '../arch/x86/context-layout.js'
import { ACCESS, TRAP, type CpuHost, type Trap } from '../arch/cpu-port.js'
import { CONTROL_BLOCK, PAGE_SIZE } from '../memory/layout.js'
import type { PhysicalMemory } from '../memory/physical.js'
import { Blocks } from './blocks.js'
import { BLOCK_LIMIT, CONTROL, FIELD, HEADER, OP_SIZE } from './control.js'
import type { CpuFeatures, CpuidRow } from './cpuid.js'
import { Decoder, NULL_FS, NULL_GS } from './decode/decoder.js'
import { decodeBlock, type CodeSource } from './decode/block.js'
import { OP } from './generated/op-codes.js'
import { createExecutor, type Executor } from './module.js'
import { fillTlb, flushTlb, invalidateTlb } from '../memory/tlb.js'

/** Reads the 8 bytes of the descriptor that a selector names into `out` (low, high half); false beyond the table's limit. */
export type DescriptorHook = (selector: number, out: Int32Array) => boolean

/** Settings of an {@link Engine}, complete. */
export interface EngineOptions {
  readonly features: CpuFeatures
  readonly cpuid: readonly CpuidRow[]
  readonly descriptor: DescriptorHook
  readonly arenaBytes: number
}

/** Reads 64 bits at byte offset `at` as a canonical number; NaN when it is not one. */
export function readAddress(memory: PhysicalMemory, at: number, is64: boolean): number {
  const lo = memory.u32[at >>> 2]!
  if (!is64) return lo
  const hi = memory.i32[(at + 4) >>> 2]!
  const top = hi >> 15
  return top === 0 || top === -1 ? hi * 4294967296 + lo : NaN
}

/**
 * What an access of `bytes` must be aligned to under EFLAGS.AC: Intel SDM volume 3, 6.15, #AC. 16 bytes of MOVUPS count
 * as 16, which the manual leaves open and AMD's processors do (measured); FXSAVE's own rule is #GP.
 */
function alignmentOf(bytes: number): number {
  switch (bytes) {
    case 2: case 14: case 94: return 2 // FNSTENV and FNSAVE of 16 bits too
    case 4: case 6: case 28: case 108: return 4
    case 8: case 10: return 8
    case 16: return 16
    default: return 1
  }
}

/**
 * What the run loop and the instructions in TypeScript share: the context at hand, its memory, decoded code, faults.
 * Implements the parts of the CPU port that do not depend on what an instruction means.
 */
export class Engine implements CodeSource {
  readonly host: CpuHost
  readonly memory: PhysicalMemory
  readonly options: EngineOptions
  readonly blocks: Blocks
  readonly decoder: Decoder
  readonly executor: Executor
  private readonly longMode: boolean
  readonly trap: Trap = { kind: 0, vector: 0, errorCode: 0, address: 0, length: 0, software: 'int' }
  /** Linear pages that code was fetched from: byte offset of the frame. */
  private readonly exec = new Map<number, number>()
  /** Byte offset of the register file at hand. */
  regs = 0
  is64 = true
  /** What decoding depends on, a part of a block's key: 1 for 64-bit code, else which of FS and GS are null. */
  private mode = 1
  /** The executor is running: what changes translations must stop the block at hand. */
  running = false
  breakpoints: ReadonlySet<number> = new Set()
  /** Bytes at rip of the last #UD. */
  lastUndefined: Uint8Array = new Uint8Array(0)
  /** Scratch for load and store. */
  readonly buffer = new Uint8Array(16)
  readonly view: DataView = new DataView(this.buffer.buffer)
  /** Linear address the last fetch faulted at, and the error code. */
  private fetchFault = 0
  private fetchCode = 0

  constructor(host: CpuHost, options: EngineOptions) {
    this.host = host
    this.memory = host.memory
    this.options = options
    this.longMode = options.features.longMode
    this.blocks = new Blocks(host.memory, options.arenaBytes)
    this.decoder = new Decoder(host.memory, options.features)
    this.executor = createExecutor(host.memory.wasm, { translate: this.translate })
    flushTlb(host.memory)
    host.memory.u16[(CONTROL_BLOCK + CONTROL.exitOp) >>> 1] = OP.EXIT
  }

  // Registers.
  u32(slot: number): number {
    return this.memory.u32[(this.regs + slot) >>> 2]!
  }
  u16(slot: number): number {
    return this.memory.u16[(this.regs + slot) >>> 1]!
  }
  /** Writes a 32-bit register, which clears its upper half. */
  put32(slot: number, v: number): void {
    this.memory.u32[(this.regs + slot) >>> 2] = v
    this.memory.u32[(this.regs + slot + 4) >>> 2] = 0
  }
  put16(slot: number, v: number): void {
    this.memory.u16[(this.regs + slot) >>> 1] = v
  }
  /** A register as an address of this mode; NaN when not canonical. */
  address(slot: number): number {
    return readAddress(this.memory, this.regs + slot, this.is64)
  }
  /** Stores a canonical number as 64 bits. */
  putAddress(slot: number, v: number): void {
    const a = this.regs + slot
    this.memory.u32[a >>> 2] = v >>> 0
    this.memory.i32[(a + 4) >>> 2] = Math.floor(v / 4294967296)
  }
  /** An address wrapped to this mode's width. */
  wrap(a: number): number {
    return this.is64 ? a : a >>> 0
  }
  /** Changes between 64-bit and 32-bit code, or follows FS and GS of 32-bit code: the code TLB holds blocks of one mode. */
  setMode(is64: boolean): void {
    const mode = is64 ? 1 : this.nullSegments()
    if (mode === this.mode) return
    this.mode = mode
    this.is64 = is64
    this.blocks.clearCodeTlb()
  }
  /** Which of FS and GS are null; one word holds both. */
  private nullSegments(): number {
    const both = this.u32(THREAD.fs)
    return ((both & 0xfffc) === 0 ? NULL_FS : 0) | (both >>> 18 === 0 ? NULL_GS : 0)
  }
  /** After a trap that the host answered in place: CS tells the mode. */
  followMode(): void {
    this.clearResume()
    if (this.longMode) this.setMode(this.u16(PT_REGS.cs) === 0x33)
  }
  /** RF lasts for one instruction, and only instruction breakpoints of the debug registers look at it. */
  clearResume(): void {
    const flags = this.u32(PT_REGS.rflags)
    if ((flags & 0x10000) !== 0) this.memory.u32[(this.regs + PT_REGS.rflags) >>> 2] = flags & ~0x10000
  }
  /** The stack pointer. */
  get rsp(): number {
    return this.address(PT_REGS.rsp)
  }

  // Memory.
  /** Host offset of linear address hi:lo for `bytes` bytes in its page; 0 with the fault in the control block. Called by the executor on a TLB miss. */
  readonly translate = (lo: number, hi: number, access: number, bytes: number): number => {
    const top = hi >> 15
    if (this.is64 && top !== 0 && top !== -1) return this.fault(this.isStackAccess() ? 12 : 13, 0, 0)
    const low = lo >>> 0
    if (this.checksAlignment && (low & (alignmentOf(bytes) - 1)) !== 0) return this.fault(17, 0, 0) // before #PF, as processors do
    const page = hi * 4294967296 + (low - (low & (PAGE_SIZE - 1)))
    const r = this.host.translate(page, access)
    if (r < 0) return this.fault(14, ~r, hi * 4294967296 + low)
    const writable = r % 2 === 1
    const base = writable ? r - 1 : r
    const frame = base / PAGE_SIZE
    const offset = low & (PAGE_SIZE - 1)
    const hasCode = this.blocks.has(frame)
    if (this.checksAlignment) invalidateTlb(this.memory, page, 1)
    else fillTlb(this.memory, page, base, writable && !hasCode)
    if (hasCode && access === ACCESS.write) this.blocks.written(frame, offset, Math.min(bytes, PAGE_SIZE - offset))
    return base + offset
  }

  /**
   * Whether accesses are checked for alignment: EFLAGS.AC, with CR0.AM as Linux sets it. Meanwhile the TLBs stay empty,
   * so that every access asks {@link translate}, and code without AC pays nothing.
   */
  private checksAlignment = false
  /** Before the executor runs: EFLAGS.AC tells. */
  followAlignment(flags: number): void {
    const checks = (flags & 0x40000) !== 0
    if (checks) flushTlb(this.memory) // the kernel's accesses fill them too
    this.checksAlignment = checks
  }

  /** Records a fault in the control block; 0. */
  fault(vector: number, errorCode: number, address: number): number {
    const { i32, u32 } = this.memory
    i32[CONTROL.vector >>> 2] = vector
    i32[CONTROL.errorCode >>> 2] = errorCode
    u32[CONTROL.address >>> 2] = address >>> 0
    i32[(CONTROL.address + 4) >>> 2] = Math.floor(address / 4294967296)
    return 0
  }

  /** Whether the access of the op at hand is through the stack segment: a push or pop, or a base of rSP or rBP. */
  private isStackAccess(): boolean {
    const o = this.memory.u32[CONTROL.op >>> 2]!
    if (o === 0) return false
    const code = this.memory.u16[o >>> 1]!
    if ((code >= OP.PUSH_R && code < OP.PUSH_M) || (code >= OP.POP_R && code < OP.POP_M) || (code >= OP.PUSHF && code < OP.CBW)) return true
    if ((code >= OP.CALL && code < OP.CALL_M) || (code >= OP.RET && code < OP.REP) || (code >= OP.POPF && code < OP.RAISE)) return true
    const base = this.memory.u16[(o + FIELD.base) >>> 1]!
    return base === PT_REGS.rsp || base === PT_REGS.rbp
  }

  /** Host offset for one byte of access; for instructions in TypeScript. */
  private pointer(a: number, access: number, bytes: number): number {
    if (Number.isNaN(a)) return this.fault(13, 0, 0)
    return this.translate(a | 0, Math.floor(a / 4294967296), access, bytes)
  }
  /** Reads n bytes (at most 16) at `a` into buffer; false with the fault recorded. */
  load(a: number, n: number): boolean {
    const first = Math.min(n, PAGE_SIZE - (a & (PAGE_SIZE - 1)))
    const p = this.pointer(a, ACCESS.read, n)
    if (p === 0) return false
    const q = first < n ? this.pointer(this.wrap(a + first), ACCESS.read, n - first) : p
    if (q === 0) return false
    for (let i = 0; i < n; i++) this.buffer[i] = this.memory.u8[i < first ? p + i : q + i - first]!
    return true
  }
  /** Writes n bytes of buffer at `a`; false with the fault recorded and nothing written. */
  store(a: number, n: number): boolean {
    const first = Math.min(n, PAGE_SIZE - (a & (PAGE_SIZE - 1)))
    const p = this.pointer(a, ACCESS.write, n)
    if (p === 0) return false
    const q = first < n ? this.pointer(this.wrap(a + first), ACCESS.write, n - first) : p
    if (q === 0) return false
    for (let i = 0; i < n; i++) this.memory.u8[i < first ? p + i : q + i - first] = this.buffer[i]!
    return true
  }

  // Code.
  /** Frame offset of a page of code, or -1 with the fault kept for {@link fetchFaulted}. */
  readonly fetch = (page: number): number => {
    const known = this.exec.get(page)
    if (known !== undefined) return known
    const r = this.host.translate(page, ACCESS.execute)
    if (r < 0) {
      this.fetchFault = page
      this.fetchCode = ~r
      return -1
    }
    const base = r - (r & 1)
    this.exec.set(page, base)
    return base
  }

  /** Header of the block at rip, decoded if need be; 0 with a fault recorded. `single`: one instruction, not kept. */
  block(single: boolean, ignoreBreakpoints: boolean): number {
    const rip = readAddress(this.memory, this.regs + PT_REGS.rip, this.is64)
    if (Number.isNaN(rip)) return this.fault(13, 0, 0)
    const page = rip - (rip & (PAGE_SIZE - 1))
    const base = this.fetch(page)
    if (base < 0) return this.fault(14, this.fetchCode, rip)
    const key = this.key(rip)
    if (!single) {
      const found = this.blocks.find(base, key)
      if (found !== 0) return found
    }
    const header = this.blocks.reserve()
    this.decoder.nullSegments = this.mode & (NULL_FS | NULL_GS)
    const result = decodeBlock(this.decoder, this, header, rip, base, this.is64, single ? 1 : BLOCK_LIMIT, ignoreBreakpoints ? null : this.breakpoints)
    if (result.fault) return this.fault(14, this.fetchCode, this.fetchFault)
    if (!single) {
      if (result.second >= 0) this.blocks.keepCrossing(header, this.decoder.at, key, result.bytes, result.second)
      else this.blocks.keep(header, this.decoder.at, key, result.bytes)
    }
    return header
  }

  /** Decodes what rip needs and makes the executor find it. False: a fault was recorded. */
  resolve(): boolean {
    const { generation } = this.blocks
    const header = this.block(false, false)
    if (header === 0) return false
    const lo = this.u32(PT_REGS.rip)
    const hi = this.u32(PT_REGS.rip + 4)
    this.blocks.enter(lo, hi, header)
    const link = this.memory.u32[CONTROL.link >>> 2]!
    if (link !== 0 && generation === this.blocks.generation) {
      const source = this.headerOf(this.memory.u32[CONTROL.op >>> 2]!)
      const from = readAddress(this.memory, source + HEADER.rip, this.is64)
      const to = readAddress(this.memory, header + HEADER.rip, this.is64)
      const same = Math.floor(from / PAGE_SIZE) === Math.floor(to / PAGE_SIZE)
      this.blocks.link(link, header, !same || this.blocks.isCrossing(this.key(to)) || this.blocks.isCrossing(this.key(from)))
    }
    return true
  }

  /** A block's key. */
  private key(rip: number): number {
    return rip * 8 + this.mode
  }

  // Ops.
  headerOf(op: number): number {
    return op - (this.memory.u8[op + FIELD.number]! + 1) * OP_SIZE
  }
  /** Linear address of an op's instruction. */
  ripOf(op: number): number {
    return this.wrap(readAddress(this.memory, this.headerOf(op) + HEADER.rip, this.is64) + this.memory.u16[(op + FIELD.offset) >>> 1]!)
  }
  imm(op: number): number {
    return this.memory.i32[(op + FIELD.imm) >>> 2]!
  }
  imm2(op: number): number {
    return this.memory.i32[(op + FIELD.imm2) >>> 2]!
  }
  slot(op: number, field: number): number {
    return this.memory.u16[(op + field) >>> 1]!
  }
  /** Address of an op's memory operand; NaN when not canonical. */
  ea(op: number): number {
    const { u32, i32, u8 } = this.memory
    const b = this.regs + this.slot(op, FIELD.base)
    const x = this.regs + this.slot(op, FIELD.index)
    const d = op + FIELD.disp
    const scale = 1 << u8[op + FIELD.scale]!
    const lo = u32[b >>> 2]! + u32[x >>> 2]! * scale + u32[d >>> 2]!
    const carry = Math.floor(lo / 4294967296)
    if (!this.is64) return lo >>> 0
    const hi = (i32[(b + 4) >>> 2]! + Math.imul(i32[(x + 4) >>> 2]!, scale) + i32[(d + 4) >>> 2]! + carry) | 0
    const top = hi >> 15
    return top === 0 || top === -1 ? hi * 4294967296 + (lo >>> 0) : NaN
  }

  // Changes of the address space.
  flush(): void {
    flushTlb(this.memory)
    this.blocks.cut()
    this.exec.clear()
    this.interrupt()
  }
  invalidate(page: number, pages: number): void {
    let code = false
    if (pages > 1024) {
      flushTlb(this.memory)
      for (const p of [...this.exec.keys()]) if (p >= page && p < page + pages * PAGE_SIZE) code = this.exec.delete(p)
    } else {
      for (let i = 0; i < pages; i++) {
        const p = page + i * PAGE_SIZE
        invalidateTlb(this.memory, p, 1)
        if (this.exec.delete(p)) code = true
      }
    }
    if (!code) return
    this.blocks.cut()
    this.interrupt()
  }
  codeWritten(frame: number): void {
    this.blocks.written(frame, 0, PAGE_SIZE)
  }
  /** Stops the block that is running after the instruction at hand. */
  private interrupt(): void {
    if (!this.running) return
    const op = this.memory.u32[CONTROL.op >>> 2]!
    if (op !== 0) this.blocks.forget(this.headerOf(op))
  }

  /** Fills the trap record from REASON.gate; rip is at the instruction. */
  takeGate(reason: number): Trap {
    const t = this.trap
    t.kind = (reason >> 8) & 0xff
    t.vector = (reason >> 16) & 0xff
    t.errorCode = t.address = 0
    t.length = reason >> 24
    t.software = 'int'
    return t
  }
  /** Fills the trap record from the control block, with rip at `rip`. */
  takeFault(rip: number): Trap {
    const { i32, u32 } = this.memory
    const t = this.trap
    t.kind = TRAP.fault
    t.vector = i32[CONTROL.vector >>> 2]!
    t.errorCode = i32[CONTROL.errorCode >>> 2]!
    t.address = i32[(CONTROL.address + 4) >>> 2]! * 4294967296 + u32[CONTROL.address >>> 2]!
    t.length = 0
    this.putAddress(PT_REGS.rip, rip)
    if (t.vector === 6) this.keepUndefined(rip)
    return t
  }
  private keepUndefined(rip: number): void {
    const bytes: number[] = []
    for (let i = 0; i < 15; i++) {
      const a = this.wrap(rip + i)
      const base = this.fetch(a - (a & (PAGE_SIZE - 1)))
      if (base < 0) break
      bytes.push(this.memory.u8[base + (a & (PAGE_SIZE - 1))]!)
    }
    this.lastUndefined = Uint8Array.from(bytes)
  }
}
