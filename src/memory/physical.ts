import { KernelPanic, SyscallkitError } from '../base/errors.js'
import { FIRST_FRAME_OFFSET, PAGE_SHIFT, PAGE_SIZE } from './layout.js'

/** Options of {@link PhysicalMemory}. */
export interface PhysicalMemoryOptions {
  /** Most bytes the machine may use; a multiple of 64 KiB, at most 4 GiB less 64 KiB. Default 1 GiB. */
  limit?: number
}

/**
 * A machine's physical memory: one WebAssembly.Memory in frames of 4 KiB. It owns all views of the buffer and the one
 * function that grows it; growing detaches the old buffer, so nobody keeps a view across a call that may allocate:
 * take `memory.u8` again instead. Frames are counted by reference, which copy-on-write and shared mappings need.
 *
 * @example
 * const memory = new PhysicalMemory(); const frame = memory.allocate(); memory.u8[frame * 4096] = 1
 */
export class PhysicalMemory {
  /** The WebAssembly memory itself, for an executor to import. */
  readonly wasm: WebAssembly.Memory
  /** The address space that the TLBs have translations of. */
  translated: object | null = null
  /** Views of the whole memory; replaced when it grows. */
  u8!: Uint8Array
  u16!: Uint16Array
  i32!: Int32Array
  u32!: Uint32Array
  /** Little-endian view for unaligned access. */
  view!: DataView
  /** Views of single frames that were asked for. */
  private pages: Uint8Array[] = []
  /** What {@link wordsAt} gave last, and where it starts. */
  private words!: Int32Array
  private wordsFrom!: number
  /** References to each frame; 0 means free. */
  private refs: Uint16Array
  private free: number[] = []
  private next = FIRST_FRAME_OFFSET >> PAGE_SHIFT
  private readonly maxFrames: number
  private inUse = 0
  /** Called after the buffer was replaced; for a CPU that keeps views of its own. */
  onGrow: (() => void) | null = null
  /** 1 for each frame that a CPU has decoded code from; the CPU keeps such frames out of the write TLB. */
  private code: Uint8Array
  /** Set by the CPU: bytes of a frame with decoded code were written by the kernel. */
  onCodeWritten: ((frame: number) => void) | null = null

  constructor(options: PhysicalMemoryOptions = {}) {
    const { limit = 1 << 30 } = options
    if (!Number.isInteger(limit) || limit < 1 << 20 || limit > 0xffff0000)
      throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', `memory.limit: expected an integer from 1 MiB to 4 GiB - 64 KiB, got ${String(limit)}`)
    this.maxFrames = limit >>> PAGE_SHIFT
    this.wasm = new WebAssembly.Memory({ initial: 16, maximum: Math.ceil(limit / 65536) })
    this.refs = new Uint16Array(256)
    this.code = new Uint8Array(256)
    this.takeViews()
  }

  private takeViews(): void {
    const buffer = this.wasm.buffer
    this.u8 = new Uint8Array(buffer)
    this.u16 = new Uint16Array(buffer)
    this.i32 = new Int32Array(buffer)
    this.u32 = new Uint32Array(buffer)
    this.view = new DataView(buffer)
    this.pages = []
    this.showWords(0)
    const frames = buffer.byteLength >>> PAGE_SHIFT
    if (this.refs.length < frames) {
      const refs = new Uint16Array(frames)
      refs.set(this.refs)
      this.refs = refs
      const code = new Uint8Array(frames)
      code.set(this.code)
      this.code = code
    }
  }

  private growTo(frames: number): boolean {
    if (frames > this.maxFrames) return false
    const have = this.wasm.buffer.byteLength >>> 16
    const need = Math.ceil(frames / 16)
    if (need <= have) return true
    const target = Math.min(Math.max(need, have + Math.min(have, 1024)), Math.ceil(this.maxFrames / 16))
    try {
      this.wasm.grow(target - have)
    } catch {
      return false
    }
    this.takeViews()
    this.onGrow?.()
    return true
  }

  /** A zeroed frame with one reference, or 0 when memory is used up. */
  allocate(): number {
    let frame = this.free.pop()
    if (frame === undefined) {
      if (!this.growTo(this.next + 1)) return 0
      frame = this.next++
    } else this.u8.fill(0, frame << PAGE_SHIFT >>> 0, (frame << PAGE_SHIFT >>> 0) + PAGE_SIZE)
    this.refs[frame] = 1
    this.inUse++
    return frame
  }

  /** The first of `count` consecutive zeroed frames, one reference each, or 0. They come from fresh memory. */
  allocateRun(count: number): number {
    if (!this.growTo(this.next + count)) return 0
    const first = this.next
    this.next += count
    this.refs.fill(1, first, first + count)
    this.inUse += count
    return first
  }

  /** The bytes of a frame; no more than the other views to be kept across a call that may allocate. */
  page(frame: number): Uint8Array {
    return this.pages[frame] ?? (this.pages[frame] = this.u8.subarray(frame * PAGE_SIZE, (frame + 1) * PAGE_SIZE))
  }

  /**
   * The memory from byte offset `at` on as 32-bit words, for what is looked at again and again by constant indices: a
   * task's register file. No more than the other views to be kept across a call that may allocate.
   */
  wordsAt(at: number): Int32Array {
    if (at !== this.wordsFrom) this.showWords(at)
    return this.words
  }

  private showWords(at: number): void {
    this.words = new Int32Array(this.wasm.buffer, at)
    this.wordsFrom = at
  }

  /** Adds a reference. */
  hold(frame: number): void {
    if (this.refs[frame] === 0 || this.refs[frame] === 0xffff) throw new KernelPanic(`frame ${frame}: hold with ${this.refs[frame]} references`)
    this.refs[frame]!++
  }

  /** Drops a reference; the last one frees the frame. */
  release(frame: number): void {
    if (this.refs[frame] === 0) throw new KernelPanic(`frame ${frame}: released twice`)
    if (--this.refs[frame]! === 0) {
      this.wrote(frame)
      this.inUse--
      this.free.push(frame)
    }
  }

  /** Marks (or unmarks) a frame as holding decoded code. */
  markCode(frame: number, code: boolean): void {
    this.code[frame] = code ? 1 : 0
  }

  /** Whether code was decoded from a frame. */
  hasCode(frame: number): boolean {
    return this.code[frame] === 1
  }

  /** To be called by everybody but the CPU who writes into a frame that a guest may execute. */
  wrote(frame: number): void {
    if (this.code[frame] === 1) this.onCodeWritten?.(frame)
  }

  /** References to a frame. */
  references(frame: number): number {
    return this.refs[frame] ?? 0
  }

  /** Frames in use. */
  get used(): number {
    return this.inUse
  }
  /** Frames the machine may use in all. */
  get total(): number {
    return this.maxFrames
  }
}
