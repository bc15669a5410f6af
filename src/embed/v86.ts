import { PT_REGS } from '../arch/x86/context-layout.js'
import { ACCESS, TRAP, type Cpu, type CpuHost, type Trap } from '../arch/cpu-port.js'
import { KernelPanic, SyscallkitError } from '../base/errors.js'
import { loadFxsave, readContext, saveFxsave, writeContext } from './v86/context.js'
import { insideOf, V86Views, type V86Class, type V86Emulator, type V86Inside } from './v86/internals.js'
import { Mirror } from './v86/mirror.js'
import { STUB_LINEAR, STUB_PHYSICAL, STUB_PORT, stubImage, stubLayout, type StubLayout } from './v86/stub-layout.js'

const PAGE = 4096
/** Vectors whose exceptions push an error code. */
const HAS_ERROR: readonly number[] = [8, 10, 11, 12, 13, 14, 17]

/** Options of {@link createV86Cpu}. */
export interface V86CpuOptions {
  /** The class of npm's `v86` (0.5.462), so that syscallkit does not depend on it. */
  V86: V86Class
  /** v86.wasm: its bytes, or the path or URL it is loaded from. */
  wasm: Uint8Array<ArrayBuffer> | string
  /** Bytes of RAM that the emulator gets for copies of pages; default 64 MiB. */
  ramBytes?: number
}

/** A v86 as CPU of a machine. */
class V86Cpu implements Cpu {
  readonly name = 'v86'
  readonly modes = ['i386'] as const
  readonly limits = [
    { feature: 'x86_64', reason: 'v86 is a 32-bit processor' },
    { feature: 'single-step', reason: 'v86 has neither the trap flag nor breakpoints' },
    { feature: 'fpu-state', reason: 'v86 raises no unmasked floating-point exception and accepts misaligned SSE operands' },
  ] as const
  private readonly emulator: V86Emulator
  private readonly inside: V86Inside
  private readonly views: V86Views
  private readonly stub: StubLayout
  private readonly record: Trap = { kind: 0, vector: 0, errorCode: 0, address: 0, length: 0, software: 'int' }
  private readonly tsc = new Int32Array(2)
  private host: CpuHost | null = null
  private mirror: Mirror | null = null
  private regs = 0
  /** 'boot' until the stub waits for its first context; 'run' while user code runs; 'stop' when the host wants it back. */
  private state: 'boot' | 'run' | 'stop' = 'boot'
  /** The budget is used up: the next instruction's fetch faults, because everything was unmapped. */
  private preempting = false
  private error: unknown = null
  /** What the machine said of the page that faulted last: a page-fault error code. */
  private refusal = 0

  constructor(emulator: V86Emulator, image: ArrayBuffer) {
    this.emulator = emulator
    this.inside = insideOf(emulator)
    this.views = new V86Views(this.inside)
    this.stub = stubLayout(image)
    this.inside.io.register_write(STUB_PORT.trap, this, () => this.onTrap())
    this.inside.io.register_write(STUB_PORT.boot, this, undefined, undefined, () => {
      this.views.refresh()
      this.views.registers[0] = this.mirror!.directory
    })
  }

  attach = (host: CpuHost): void => {
    if (this.host !== null) throw new SyscallkitError('ERR_SYSCALLKIT_STATE', 'v86: attached already', { hint: 'Make one CPU for each machine.' })
    this.host = host
    this.mirror = new Mirror(host.memory, this.inside, this.views, this.stub.end)
    host.memory.onCodeWritten = this.codeWritten
    for (let i = 0; i < 1000 && this.state === 'boot'; i++) this.inside.main_loop()
    if (this.state === 'boot') throw new SyscallkitError('ERR_SYSCALLKIT_EMULATOR', 'v86: the stub does not start')
    this.mirror.dropBootMapping()
  }

  run = (regs: number, is64: boolean, budget: number): number => {
    const { host, mirror, views } = this
    if (host === null || mirror === null) throw new SyscallkitError('ERR_SYSCALLKIT_STATE', 'v86: not attached to a machine')
    if (is64) throw new SyscallkitError('ERR_SYSCALLKIT_CPU_MODE', 'v86 cannot run 64-bit code', { hint: 'Use the reference CPU for x86_64 programs.' })
    this.regs = regs
    views.refresh()
    const start = views.instructions[0]!
    const used = (): number => (views.instructions[0]! - start) >>> 0
    this.resume(host, mirror, true)
    views.inHlt[0] = 0
    while (this.state === 'run') {
      this.inside.main_loop()
      views.refresh()
      if (this.error !== null) this.rethrow()
      if (this.state === 'run' && !this.preempting && used() >= budget) {
        this.preempting = true
        mirror.unmapAll()
        mirror.flushTlb()
      }
    }
    return used()
  }

  flush = (): void => this.mirror?.unmapAll()
  invalidate = (page: number, pages: number): void => this.mirror?.unmap(page, pages)
  codeWritten = (frame: number): void => this.mirror?.drop(frame)
  saveFpu = (regs: number, out: Uint8Array): void => saveFxsave(this.attached().memory.u8, regs, out)
  loadFpu = (regs: number, image: Uint8Array): void => loadFxsave(this.attached().memory.u8, regs, image)
  setBreakpoints = (addresses: readonly number[]): void => {
    if (addresses.length > 0) throw new SyscallkitError('ERR_SYSCALLKIT_CPU_LIMIT', 'v86 has no breakpoints', { hint: 'Use the reference CPU.' })
  }
  dispose = (): void => {
    if (this.host !== null) this.host.memory.onCodeWritten = null
    void this.emulator.destroy()
  }

  private attached(): CpuHost {
    if (this.host === null) throw new SyscallkitError('ERR_SYSCALLKIT_STATE', 'v86: not attached to a machine')
    return this.host
  }

  private rethrow(): never {
    const { error } = this
    this.error = null
    throw error
  }

  /** Lets the stub go on to user code with the context at `regs`; `all`: it may be another one than before. */
  private resume(host: CpuHost, mirror: Mirror, all: boolean): void {
    writeContext(this.views, this.stub, host, this.regs, all)
    this.goOn(mirror)
  }

  /** Lets the stub go on as it stands. */
  private goOn(mirror: Mirror): void {
    this.state = 'run'
    mirror.flushTlb()
    this.views.ram32[this.stub.stopFlag >> 2] = 0
  }

  /** Called by the stub, inside main_loop: an exception here would leave v86 in an undefined state, so it waits for `run`. */
  private onTrap(): void {
    this.views.refresh()
    const { host, mirror, views, stub } = this
    if (host === null || mirror === null || this.state === 'boot') {
      this.state = 'stop'
      return
    }
    try {
      const expected = stub.frameTop - STUB_PHYSICAL + STUB_LINEAR - 28
      const frame = stub.frameTop >> 2
      const esp = views.registers[4]! >>> 0
      if (esp !== expected) throw new KernelPanic(`v86: exception ${views.ram32[(esp - STUB_LINEAR + STUB_PHYSICAL) >> 2]} in ring 0`)
      mirror.collect()
      const vector = views.ram32[frame - 7]!
      const errorCode = views.ram32[frame - 6]!
      if (vector === 14 && !this.preempting && this.bringIn(host, mirror, views.ram32[frame - 5]! >>> 0, errorCode)) return this.goOn(mirror)
      readContext(views, stub, host, this.regs)
      if (this.answer(host, vector, errorCode)) this.resume(host, mirror, false)
      else this.state = 'stop'
    } catch (error) {
      this.error = error
      this.state = 'stop'
    }
  }

  /** Resolves a trap; true when user code goes on. */
  private answer(host: CpuHost, vector: number, errorCode: number): boolean {
    const rip = host.memory.u32[(this.regs + PT_REGS.rip) >>> 2]!
    if (this.preempting) {
      this.preempting = false
      this.fill(TRAP.budget, 0)
      return host.trap(this.record)
    }
    if (vector === 14) return this.pageFault(host)
    if (vector === 0x80) return this.software(host, rip, 0x80, 2)
    if (vector === 3) return this.byteAt(host, rip - 1) === 0xcc ? this.software(host, rip, 3, 1, 'int3') : this.software(host, rip, 3, 2)
    if (vector === 4) return this.byteAt(host, rip - 1) === 0xce ? this.software(host, rip, 4, 1, 'into') : this.software(host, rip, 4, 2)
    if (vector === 13) {
      const first = this.byteAt(host, rip)
      const second = this.byteAt(host, rip + 1)
      // gates that ring 3 may not use: the machine decides, as it does for every CPU
      if (first === 0xcd && second >= 0) return this.trapAt(host, TRAP.int, second, 2)
      // SYSENTER_CS is 0, so SYSENTER raises #GP before it loses where it was
      if (first === 0x0f && second === 0x34) return this.trapAt(host, TRAP.sysenter, 0, 2)
      if (first === 0x0f && second === 0x31) return this.readTsc(host, rip)
    }
    this.fill(TRAP.fault, vector)
    this.record.errorCode = HAS_ERROR.includes(vector) ? errorCode : 0
    return host.trap(this.record)
  }

  /** Maps the page that faulted, when the kernel has it; the context need not leave v86 for that. */
  private bringIn(host: CpuHost, mirror: Mirror, rip: number, errorCode: number): boolean {
    const address = this.views.cr[2]! >>> 0
    const page = address - (address % PAGE)
    // v86 has no NX and says not whether an access was a fetch: one at the instruction's own bytes that is not a write is
    const fetch = (errorCode & 2) === 0 && address >= rip && address < rip + 15
    let at = host.translate(page, fetch ? ACCESS.execute : (errorCode & 2) !== 0 ? ACCESS.write : ACCESS.read)
    if (at < 0 && fetch && address !== rip) {
      const read = host.translate(page, ACCESS.read)
      if (read >= 0) at = read
    }
    this.refusal = at < 0 ? ~at : errorCode
    if (at < 0 || page >= STUB_LINEAR) return false
    mirror.map(page, at - (at % 2), at % 2 === 1)
    return true
  }

  private pageFault(host: CpuHost): boolean {
    this.fill(TRAP.fault, 14)
    this.record.errorCode = this.refusal
    this.record.address = this.views.cr[2]! >>> 0
    return host.trap(this.record)
  }

  private software(host: CpuHost, rip: number, vector: number, length: number, software: Trap['software'] = 'int'): boolean {
    host.memory.u32[(this.regs + PT_REGS.rip) >>> 2] = rip - length
    return this.trapAt(host, TRAP.int, vector, length, software)
  }

  private trapAt(host: CpuHost, kind: number, vector: number, length: number, software: Trap['software'] = 'int'): boolean {
    this.fill(kind, vector)
    this.record.length = length
    this.record.software = software
    return host.trap(this.record)
  }

  /** CR4.TSD is set, so that the counter is the machine's, which the vDSO relies on. */
  private readTsc(host: CpuHost, rip: number): boolean {
    host.readTsc(this.tsc)
    const { u32 } = host.memory
    u32[(this.regs + PT_REGS.rax) >>> 2] = this.tsc[0]!
    u32[(this.regs + PT_REGS.rdx) >>> 2] = this.tsc[1]!
    u32[(this.regs + PT_REGS.rip) >>> 2] = rip + 2
    return true
  }

  private fill(kind: number, vector: number): void {
    Object.assign(this.record, { kind, vector, errorCode: 0, address: 0, length: 0, software: 'int' })
  }

  /** A byte of user code, or -1. */
  private byteAt(host: CpuHost, address: number): number {
    const at = host.translate(address - (address % PAGE), ACCESS.execute)
    return at < 0 ? -1 : host.memory.u8[at - (at % 2) + (address % PAGE)]!
  }
}

/**
 * npm's v86 as the CPU of a machine, for i386 programs. It executes user code only: no BIOS, no devices, no other kernel.
 *
 * Its pages are copies of the machine's: what user code writes is copied back at each trap, what the kernel writes is
 * fetched again when it is touched. Instructions are interpreted, since v86 compiles only while the host's event loop
 * runs. A budget is looked at every millisecond. Pages that may be read may be executed.
 *
 * @throws SyscallkitError ERR_SYSCALLKIT_EMULATOR when the class is not v86 0.5.462's
 * @example
 * import { V86 } from 'v86'
 * const cpu = await createV86Cpu({ V86, wasm: await readFile('node_modules/v86/build/v86.wasm') })
 */
export async function createV86Cpu(options: V86CpuOptions): Promise<Cpu> {
  const { V86, wasm, ramBytes = 64 << 20 } = options
  if (typeof V86 !== 'function')
    throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', `createV86Cpu: V86: expected the class that npm's v86 exports, got ${typeof V86}`)
  if (!Number.isInteger(ramBytes) || ramBytes < 4 << 20 || ramBytes > 2 ** 31 - 65536)
    throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', `createV86Cpu: ramBytes: expected 4 MiB to 2 GiB, got ${String(ramBytes)}`)
  const image = stubImage()
  const emulator = new V86({
    ...(typeof wasm === 'string' ? { wasm_path: wasm } : { wasm_fn: async (imports) => (await WebAssembly.instantiate(wasm, imports)).instance.exports }),
    memory_size: ramBytes, vga_memory_size: 1 << 20, autostart: false, disable_jit: true,
    disable_keyboard: true, disable_mouse: true, disable_speaker: true, acpi: false, multiboot: { buffer: image },
  })
  await new Promise<void>((resolve) => emulator.add_listener('emulator-loaded', () => resolve()))
  return new V86Cpu(emulator, image)
}
