import type { IoBuffer } from '../kernel/ports/files.js'
import type { UserMemory } from '../memory/user-memory.js'
import { PAGE_SIZE } from '../memory/layout.js'
import type { PhysicalMemory } from '../memory/physical.js'

/**
 * User memory in segments, as readv and writev name it. Linux: iov_iter of ITER_IOVEC.
 *
 * @example
 * new UserBuffer(task.memory, kernel.memory, [address, length])
 */
export class UserBuffer implements IoBuffer {
  left = 0
  done = 0
  faulted = false
  private segment = 0
  private offset = 0
  private readonly user: UserMemory
  private readonly memory: PhysicalMemory
  /** Address and length in turn. */
  private readonly segments: readonly number[]

  /** @param skip bytes that an earlier run of the call has moved */
  constructor(user: UserMemory, memory: PhysicalMemory, segments: readonly number[], skip = 0) {
    this.user = user
    this.memory = memory
    this.segments = segments
    for (let i = 1; i < segments.length; i += 2) this.left += segments[i]!
    this.settle()
    while (skip > 0 && this.left > 0) {
      const step = Math.min(skip, this.run(skip))
      this.advance(step)
      skip -= step
    }
    this.done = 0
  }

  truncate(left: number): void {
    if (left < this.left) this.left = left
  }

  /** Passes over empty segments. */
  private settle(): void {
    while (this.segment < this.segments.length && this.offset >= this.segments[this.segment + 1]!) {
      this.segment += 2
      this.offset = 0
    }
  }

  private run(length: number): number {
    return Math.min(length, this.left, this.segments[this.segment + 1]! - this.offset)
  }

  private get address(): number {
    return this.segments[this.segment]! + this.offset
  }

  private advance(by: number): void {
    this.offset += by
    this.left -= by
    this.done += by
    this.settle()
  }

  /** Moves by runs; `move` says how many bytes of a run it could move. */
  private moved(step: number, run: number): boolean {
    this.advance(step)
    if (step === run) return true
    this.faulted = true
    return false
  }

  put(bytes: Uint8Array, from: number, length: number): number {
    const before = this.done
    while (this.done - before < length && this.left > 0) {
      const run = this.run(length - (this.done - before))
      if (!this.moved(this.user.copyTo(this.address, bytes, from + (this.done - before), run), run)) break
    }
    return this.done - before
  }

  take(out: Uint8Array, to: number, length: number): number {
    const before = this.done
    while (this.done - before < length && this.left > 0) {
      const run = this.run(length - (this.done - before))
      if (!this.moved(this.user.copyFrom(this.address, out, to + (this.done - before), run), run)) break
    }
    return this.done - before
  }

  putZeros(length: number): number {
    const before = this.done
    while (this.done - before < length && this.left > 0) {
      const run = this.run(length - (this.done - before))
      if (!this.moved(this.user.clear(this.address, run), run)) break
    }
    return this.done - before
  }

  /** Never holds a view of the machine's memory over a translation, which may grow (and so replace) it. */
  putPhysical(offset: number, length: number): number {
    const before = this.done
    while (this.done - before < length && this.left > 0) {
      const { address } = this
      const run = Math.min(this.run(length - (this.done - before)), PAGE_SIZE - (address % PAGE_SIZE))
      const at = this.user.writable(address)
      const from = offset + (this.done - before)
      if (at >= 0) this.memory.u8.copyWithin(at, from, from + run)
      if (!this.moved(at < 0 ? 0 : run, run)) break
    }
    return this.done - before
  }

  takePhysical(offset: number, length: number): number {
    const before = this.done
    while (this.done - before < length && this.left > 0) {
      const { address } = this
      const run = Math.min(this.run(length - (this.done - before)), PAGE_SIZE - (address % PAGE_SIZE))
      const at = this.user.readable(address)
      if (at >= 0) this.memory.u8.copyWithin(offset + (this.done - before), at, at + run)
      if (!this.moved(at < 0 ? 0 : run, run)) break
    }
    return this.done - before
  }
}

/**
 * The kernel's own bytes as a buffer: what it reads files into, and writes from. Linux: ITER_KVEC.
 *
 * @param memory the machine's, for moves from and to its frames
 */
export class KernelBuffer implements IoBuffer {
  left: number
  done = 0
  readonly faulted = false
  readonly bytes: Uint8Array
  private readonly memory: PhysicalMemory
  constructor(memory: PhysicalMemory, bytes: Uint8Array) {
    this.memory = memory
    this.bytes = bytes
    this.left = bytes.length
  }

  truncate(left: number): void {
    if (left < this.left) this.left = left
  }

  private step(length: number): number {
    const run = Math.min(length, this.left)
    this.left -= run
    this.done += run
    return run
  }

  put(bytes: Uint8Array, from: number, length: number): number {
    const at = this.done
    const run = this.step(length)
    this.bytes.set(bytes.subarray(from, from + run), at)
    return run
  }

  putPhysical(offset: number, length: number): number {
    return this.put(this.memory.u8, offset, length)
  }

  putZeros(length: number): number {
    const at = this.done
    const run = this.step(length)
    this.bytes.fill(0, at, at + run)
    return run
  }

  take(out: Uint8Array, to: number, length: number): number {
    const at = this.done
    const run = this.step(length)
    out.set(this.bytes.subarray(at, at + run), to)
    return run
  }

  takePhysical(offset: number, length: number): number {
    return this.take(this.memory.u8, offset, length)
  }
}
