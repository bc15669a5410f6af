import { SyscallkitError } from '../../base/errors.js'

/** The class that npm's `v86` exports, as far as it is used here. */
export interface V86Class {
  new (options: {
    wasm_path?: string
    wasm_fn?: (imports: WebAssembly.Imports) => Promise<WebAssembly.Exports>
    memory_size: number
    vga_memory_size: number
    autostart: boolean
    disable_jit: boolean
    disable_keyboard: boolean
    disable_mouse: boolean
    disable_speaker: boolean
    acpi: boolean
    multiboot: { buffer: ArrayBuffer }
  }): V86Emulator
}

/** An emulator, its public side. */
export interface V86Emulator {
  /** Calls `listener` once the emulator has loaded. */
  add_listener: (event: 'emulator-loaded', listener: () => void) => void
  /** Frees it. */
  destroy: () => Promise<void>
}

/** What lies inside an emulator of v86 0.5.462; none of it is in its type declarations, so other versions may differ. */
export interface V86Inside {
  readonly wasm_memory: WebAssembly.Memory
  /** A Proxy that costs 1 µs an access; only its place is taken from it. */
  readonly mem8: Uint8Array
  readonly io: { register_write: (port: number, device: object, write8?: () => void, write16?: () => void, write32?: () => void) => void }
  main_loop: () => number
  full_clear_tlb: () => void
  jit_dirty_cache: (start: number, end: number) => void
  get_eflags: () => number
}

/** Byte offsets of v86's registers in its WebAssembly memory (v86 0.5.462, src/rust/cpu/global_pointers.rs). */
export const V86_STATE = { registers: 64, cr: 580, inHlt: 616, instructions: 664 } as const

/**
 * The inside of an emulator.
 *
 * @throws SyscallkitError ERR_SYSCALLKIT_EMULATOR when it does not look as expected
 */
export function insideOf(emulator: object): V86Inside {
  const outer: unknown = Reflect.get(emulator, 'v86')
  const cpu: unknown = typeof outer === 'object' && outer !== null ? Reflect.get(outer, 'cpu') : undefined
  if (isInside(cpu)) return cpu
  throw new SyscallkitError('ERR_SYSCALLKIT_EMULATOR', 'createV86Cpu: this v86 is not made as 0.5.462 is', { hint: 'Install v86@0.5.462.' })
}

function isInside(cpu: unknown): cpu is V86Inside {
  if (typeof cpu !== 'object' || cpu === null) return false
  const functions = ['main_loop', 'full_clear_tlb', 'jit_dirty_cache', 'get_eflags'].every((name) => typeof Reflect.get(cpu, name) === 'function')
  const io: unknown = Reflect.get(cpu, 'io')
  if (typeof io !== 'object' || io === null || typeof Reflect.get(io, 'register_write') !== 'function') return false
  return functions && Reflect.get(cpu, 'wasm_memory') instanceof WebAssembly.Memory
}

/** Views of v86's memory; it grows, and then they are taken again. */
export class V86Views {
  private readonly inside: V86Inside
  private buffer: ArrayBufferLike | null = null
  /** Start of the emulated RAM. */
  private ram = 0
  /** The emulated RAM by physical address. */
  ram8!: Uint8Array
  ram32!: Int32Array
  /** EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI. */
  registers!: Int32Array
  cr!: Int32Array
  inHlt!: Uint8Array
  instructions!: Uint32Array

  constructor(inside: V86Inside) {
    this.inside = inside
    this.refresh()
  }

  /** Takes the views again when the memory was replaced. */
  refresh(): void {
    const { buffer } = this.inside.wasm_memory
    if (buffer === this.buffer) return
    this.buffer = buffer
    this.ram = this.inside.mem8.byteOffset
    const length = this.inside.mem8.length
    this.ram8 = new Uint8Array(buffer, this.ram, length)
    this.ram32 = new Int32Array(buffer, this.ram, length >> 2)
    this.registers = new Int32Array(buffer, V86_STATE.registers, 8)
    this.cr = new Int32Array(buffer, V86_STATE.cr, 8)
    this.inHlt = new Uint8Array(buffer, V86_STATE.inHlt, 1)
    this.instructions = new Uint32Array(buffer, V86_STATE.instructions, 1)
  }
}
