import type { File, IoBuffer } from '../kernel/ports/files.js'
import { PAGE_SIZE } from '../memory/layout.js'
import type { PhysicalMemory } from '../memory/physical.js'
import type { Backing } from '../memory/vma.js'
import { touch, type InodeBase } from './inode.js'

/** Counts pages against a file system's size; false when it is full. */
export interface PageBudget {
  take: () => boolean
  give: (pages: number) => void
}

/** The bytes of a regular file, sparse, in frames that mappings share. Linux: struct address_space. */
export class PageCache {
  /** Identity for mappings. */
  readonly id: number
  readonly memory: PhysicalMemory
  /** Mappings of the file, in all address spaces. */
  mappings = 0
  private readonly frames = new Map<number, number>()
  private readonly budget: PageBudget
  constructor(id: number, memory: PhysicalMemory, budget: PageBudget) {
    this.id = id
    this.memory = memory
    this.budget = budget
  }

  /** Frames of the pages that are there. */
  held(): Iterable<number> {
    return this.frames.values()
  }

  /** Pages that are there. */
  get count(): number {
    return this.frames.size
  }

  /** The frame of a page, or 0 for a hole. */
  at(index: number): number {
    return this.frames.get(index) ?? 0
  }

  /** The frame of a page, made when missing; 0 when memory is used up, -1 when the file system is full. */
  grab(index: number): number {
    const have = this.frames.get(index)
    if (have !== undefined) return have
    if (!this.budget.take()) return -1
    const frame = this.memory.allocate()
    if (frame === 0) this.budget.give(1)
    else this.frames.set(index, frame)
    return frame
  }

  /** Bytes [position, end) to a reader; holes are zeros. Returns bytes moved. */
  read(to: IoBuffer, position: number, end: number): number {
    let at = position
    while (at < end && to.left > 0) {
      const within = at % PAGE_SIZE
      const run = Math.min(end - at, to.left, PAGE_SIZE - within)
      const frame = this.at((at - within) / PAGE_SIZE)
      const moved = frame === 0 ? to.putZeros(run) : to.putPhysical(frame * PAGE_SIZE + within, run)
      at += moved
      if (moved < run) break
    }
    return at - position
  }

  /** A writer's bytes to `position`. Returns bytes moved, and what ran out. */
  write(from: IoBuffer, position: number): { moved: number; failed: 'none' | 'space' | 'memory' } {
    let at = position
    while (from.left > 0) {
      const within = at % PAGE_SIZE
      const run = Math.min(from.left, PAGE_SIZE - within)
      const frame = this.grab((at - within) / PAGE_SIZE)
      if (frame <= 0) return { moved: at - position, failed: frame === 0 ? 'memory' : 'space' }
      const moved = from.takePhysical(frame * PAGE_SIZE + within, run)
      this.memory.wrote(frame)
      at += moved
      if (moved < run) break
    }
    return { moved: at - position, failed: 'none' }
  }

  /** Drops everything from `size` on; the rest of its page becomes zeros. */
  truncate(size: number): void {
    this.zeroWithin(size, Math.ceil(size / PAGE_SIZE) * PAGE_SIZE)
    const first = Math.ceil(size / PAGE_SIZE)
    for (const index of this.frames.keys()) if (index >= first) this.drop(index)
  }

  /** Makes a hole of [from, to). */
  punch(from: number, to: number): void {
    const first = Math.ceil(from / PAGE_SIZE)
    const last = Math.floor(to / PAGE_SIZE)
    if (first > last) return this.zeroWithin(from, to)
    this.zeroWithin(from, first * PAGE_SIZE)
    this.zeroWithin(last * PAGE_SIZE, to)
    for (const index of this.frames.keys()) if (index >= first && index < last) this.drop(index)
  }

  private zeroWithin(from: number, to: number): void {
    const frame = this.at(Math.floor(from / PAGE_SIZE))
    if (from >= to || frame === 0) return
    const start = frame * PAGE_SIZE + (from % PAGE_SIZE)
    this.memory.u8.fill(0, start, start + (to - from))
    this.memory.wrote(frame)
  }

  private drop(index: number): void {
    this.memory.release(this.frames.get(index)!)
    this.frames.delete(index)
    this.budget.give(1)
  }

  /** The first page at or after `index` that is there (or, with `hole`, is not); `end` when there is none before. */
  seek(index: number, end: number, hole: boolean): number {
    if (hole) {
      while (index < end && this.frames.has(index)) index++
      return index
    }
    if (this.frames.has(index)) return index
    let best = end
    for (const key of this.frames.keys()) if (key >= index && key < best) best = key
    return best
  }

  /** Gives all frames back. */
  clear(): void {
    for (const frame of this.frames.values()) this.memory.release(frame)
    this.budget.give(this.frames.size)
    this.frames.clear()
  }
}

/** An inode whose pages can be mapped; `punch` makes a hole of bytes [from, to): 0 or -errno. */
export type MappedInode = InodeBase & { readonly punch: (from: number, to: number) => number }

/** A file as what lies behind a mapping. */
export class FileBacking implements Backing {
  readonly id: number
  readonly name: string
  readonly file: File
  private readonly inode: MappedInode
  private readonly pages: PageCache
  constructor(file: File, inode: MappedInode, pages: PageCache, name: string) {
    this.id = pages.id
    this.name = name
    this.file = file
    this.inode = inode
    this.pages = pages
  }

  page(index: number): number {
    if (index * PAGE_SIZE >= this.inode.size) return -1
    return this.pages.grab(index)
  }

  held(): Iterable<number> {
    return this.pages.held()
  }

  dirty(_index: number): void {
    touch(this.inode, true)
  }

  punch(from: number, to: number): number {
    return this.inode.punch(from, to)
  }

  mapped(by: 1 | -1): void {
    this.pages.mappings += by
    if (by === 1) this.file.hold()
    else this.file.release()
  }
}

/** Pages that hold `bytes`. */
export function pagesOf(bytes: number): number {
  return Math.ceil(bytes / PAGE_SIZE)
}
