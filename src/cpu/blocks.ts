import { PAGE_SHIFT, PAGE_SIZE, TLB_CODE, TLB_CODE_ENTRIES, TLB_ENTRY_SIZE } from '../memory/layout.js'
import type { PhysicalMemory } from '../memory/physical.js'
import { SyscallkitError } from '../base/errors.js'
import { HEADER, OP_SIZE, UNLINKED } from './control.js'
import { OP } from './generated/op-codes.js'
import { protectFrame } from '../memory/tlb.js'

/** Bytes of a chunk of the op arena. */
const CHUNK = 256 * 1024
/** Room a block may need at most, its header included. */
const BLOCK_ROOM = 256 * OP_SIZE
/** Bytes of a frame that one bit of its code map stands for. */
const LINE_SHIFT = 7

/** What is known of the code in a frame. */
interface CodeFrame {
  /** Blocks by linear address times 2, plus 1 for 64-bit mode: address of the header. */
  readonly blocks: Map<number, number>
  /** Which lines of 128 bytes hold decoded code: bit n. */
  lines: number
}

/**
 * Decoded blocks: the op arena, where blocks start, which frames and bytes they came from, and the links between them.
 *
 * A link within a page holds as long as its code does. One that crosses pages also depends on the address space, so it is
 * cut when translations change. Links into a block that was thrown away need no list: its ops are overwritten by STALE.
 */
export class Blocks {
  private readonly memory: PhysicalMemory
  private readonly frames = new Map<number, CodeFrame>()
  /** Blocks of one instruction that crosses a page, by the same key. They live as long as the translations. */
  private readonly crossing = new Map<number, number>()
  private crossLinks: number[] = []
  private readonly chunks: number[] = []
  private chunk = -1
  private at = 0
  private readonly maxChunks: number
  /** Counts how often everything was thrown away: addresses of ops from an earlier generation mean nothing. */
  generation = 0

  constructor(memory: PhysicalMemory, arenaBytes: number) {
    this.memory = memory
    this.maxChunks = Math.max(1, Math.floor(arenaBytes / CHUNK))
    this.clearCodeTlb()
  }

  /** Where the next block's header goes; everything is thrown away when the arena is full. */
  reserve(): number {
    if (this.chunk < 0 || this.at + BLOCK_ROOM > this.chunks[this.chunk]! + CHUNK) {
      if (this.chunk + 1 >= this.maxChunks || (this.chunk + 1 >= this.chunks.length && !this.grow())) {
        if (this.chunks.length === 0)
          throw new SyscallkitError('ERR_SYSCALLKIT_MEMORY', `cpu: no room for ${CHUNK} bytes of decoded code`, {
            hint: 'Give the machine more memory (memory.limit).',
          })
        this.clear()
        this.chunk = -1
      }
      this.chunk++
      this.at = this.chunks[this.chunk]!
    }
    return this.at
  }
  private grow(): boolean {
    const frame = this.memory.allocateRun(CHUNK >> PAGE_SHIFT)
    if (frame === 0) return false
    this.chunks.push(frame * PAGE_SIZE)
    return true
  }
  /** Keeps the block that was decoded at `header`; its ops end at `end`. It is of `bytes` bytes within one page. */
  keep(header: number, end: number, key: number, bytes: number): void {
    this.at = end
    this.memory.u16[(header + HEADER.bytes) >>> 1] = bytes
    const physical = this.memory.u32[(header + HEADER.physical) >>> 2]!
    const from = physical & (PAGE_SIZE - 1)
    this.note(physical >>> PAGE_SHIFT, key, header, from, from + bytes)
  }
  /** Keeps a block of one instruction that crosses into `second`, byte offset of the frame of its second page. */
  keepCrossing(header: number, end: number, key: number, bytes: number, second: number): void {
    this.at = end
    this.memory.u16[(header + HEADER.bytes) >>> 1] = bytes
    const physical = this.memory.u32[(header + HEADER.physical) >>> 2]!
    // Under a negative key it is found for invalidation only.
    this.note(physical >>> PAGE_SHIFT, -key - 1, header, physical & (PAGE_SIZE - 1), PAGE_SIZE)
    this.note(second >>> PAGE_SHIFT, -key - 1, header, 0, bytes)
    this.crossing.set(key, header)
  }
  private note(frame: number, key: number, header: number, from: number, to: number): void {
    let f = this.frames.get(frame)
    if (f === undefined) {
      this.frames.set(frame, f = { blocks: new Map(), lines: 0 })
      this.memory.markCode(frame, true) // so that the kernel's writes are noticed
      protectFrame(this.memory, frame) // and the program's own
    }
    f.blocks.set(key, header)
    for (let i = from >> LINE_SHIFT; i <= (to - 1) >> LINE_SHIFT; i++) f.lines |= 1 << i
  }
  /** Header of the block at `key` in the frame of byte offset `physical`, or 0. */
  find(physical: number, key: number): number {
    return this.crossing.get(key) ?? this.frames.get(physical >>> PAGE_SHIFT)?.blocks.get(key) ?? 0
  }
  /** True for a block whose instruction crosses a page. */
  isCrossing(key: number): boolean {
    return this.crossing.has(key)
  }
  /** True when code was decoded from the frame. */
  has(frame: number): boolean {
    return this.frames.has(frame)
  }

  /** Makes the link field at `link` lead to the block's first op. */
  link(link: number, header: number, acrossPages: boolean): void {
    this.memory.i32[link >>> 2] = header + OP_SIZE
    if (acrossPages) this.crossLinks.push(link)
  }
  /** Cuts the links that depend on the address space, and forgets the code TLB. */
  cut(): void {
    const i32 = this.memory.i32
    for (const link of this.crossLinks) i32[link >>> 2] = UNLINKED
    this.crossLinks = []
    this.crossing.clear()
    this.clearCodeTlb()
  }
  /** Enters a block into the code TLB under its linear address's low and high half. */
  enter(lo: number, hi: number, header: number): void {
    const u32 = this.memory.u32
    const slot = (lo ^ (lo >>> 12)) & (TLB_CODE_ENTRIES - 1)
    const w = (TLB_CODE + slot * TLB_ENTRY_SIZE) >>> 2
    u32[w] = lo
    u32[w + 1] = hi
    u32[w + 2] = header + OP_SIZE
  }
  clearCodeTlb(): void {
    const u32 = this.memory.u32
    u32.fill(0, TLB_CODE >>> 2, (TLB_CODE + TLB_CODE_ENTRIES * TLB_ENTRY_SIZE) >>> 2)
    u32[TLB_CODE >>> 2] = 1 // no address with tag 1 is looked up in slot 0
  }

  /** Code in bytes `from` to `from + n` of the frame changes: throws away the blocks decoded from them. */
  written(frame: number, from: number, n: number): void {
    const f = this.frames.get(frame)
    if (f === undefined) return
    const first = from >> LINE_SHIFT
    const last = (from + n - 1) >> LINE_SHIFT
    let hit = false
    for (let i = first; i <= last; i++) if (f.lines & (1 << i)) hit = true
    if (!hit) return
    const { u32, u16 } = this.memory
    for (const [key, header] of f.blocks) {
      const physical = u32[(header + HEADER.physical) >>> 2]!
      const bytes = u16[(header + HEADER.bytes) >>> 1]!
      // A crossing block is thrown away by a write to either page near it.
      const at = physical >>> PAGE_SHIFT === frame ? physical & (PAGE_SIZE - 1) : 0
      if (at < from + n && from < at + bytes) {
        f.blocks.delete(key)
        if (key < 0) this.crossing.delete(-key - 1)
        this.discard(header)
      }
    }
    if (f.blocks.size > 0) return
    this.frames.delete(frame)
    this.memory.markCode(frame, false)
  }
  /** Throws one block away. */
  forget(header: number): void {
    const physical = this.memory.u32[(header + HEADER.physical) >>> 2]!
    for (const [key, h] of this.frames.get(physical >>> PAGE_SHIFT)?.blocks ?? []) {
      if (h !== header) continue
      this.frames.get(physical >>> PAGE_SHIFT)!.blocks.delete(key)
      if (key < 0) this.crossing.delete(-key - 1)
      break
    }
    this.discard(header)
  }
  /** Overwrites a block's ops, so that whoever runs or reaches it looks its code up again. */
  discard(header: number): void {
    const u16 = this.memory.u16
    const ops = u16[(header + HEADER.ops) >>> 1]!
    for (let i = 1; i <= ops; i++) u16[(header + i * OP_SIZE) >>> 1] = OP.STALE
  }
  /** Forgets all blocks. */
  private clear(): void {
    this.generation++
    for (const frame of this.frames.keys()) this.memory.markCode(frame, false)
    this.frames.clear()
    this.crossing.clear()
    this.crossLinks = []
    this.clearCodeTlb()
  }
  /** Throws away everything and starts the arena again; only while nothing runs. */
  reset(): void {
    this.clear()
    this.chunk = this.chunks.length > 0 ? 0 : -1
    this.at = this.chunks[0] ?? 0
  }
  /** Gives the arena's frames back. */
  dispose(): void {
    this.reset()
    for (const chunk of this.chunks) for (let i = 0; i < CHUNK; i += PAGE_SIZE) this.memory.release((chunk + i) >>> PAGE_SHIFT)
    this.chunks.length = 0
    this.chunk = -1
  }
}
