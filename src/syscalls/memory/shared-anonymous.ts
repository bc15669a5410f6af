import type { Kernel } from '../../kernel/kernel.js'
import type { Backing } from '../../memory/vma.js'

/** Memory that related processes share without a file (MAP_SHARED | MAP_ANONYMOUS). Linux: shmem_zero_setup. */
export class SharedAnonymous implements Backing {
  readonly id: number
  readonly name = '/dev/zero (deleted)'
  private readonly kernel: Kernel
  private readonly pages: number
  private readonly frames = new Map<number, number>()
  private mappings = 0

  constructor(kernel: Kernel, length: number) {
    this.kernel = kernel
    this.id = kernel.newId()
    this.pages = length / 4096
  }

  page(index: number): number {
    if (index >= this.pages) return -1
    const known = this.frames.get(index)
    if (known !== undefined) return known
    const frame = this.kernel.memory.allocate()
    if (frame !== 0) this.frames.set(index, frame)
    return frame
  }

  held(): Iterable<number> {
    return this.frames.values()
  }

  dirty(): void {}

  mapped(by: 1 | -1): void {
    this.mappings += by
    if (this.mappings > 0) return
    for (const frame of this.frames.values()) this.kernel.memory.release(frame)
    this.frames.clear()
  }
}

/** A new object of `length` bytes; it lives as long as it is mapped. */
export function sharedAnonymous(kernel: Kernel, length: number): Backing {
  return new SharedAnonymous(kernel, length)
}
