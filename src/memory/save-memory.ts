import { SyscallkitError } from '../base/errors.js'
import { FIRST_FRAME_OFFSET, PAGE_SHIFT, PAGE_SIZE } from './layout.js'
import type { PhysicalMemory } from './physical.js'
import { flushTlb } from './tlb.js'

const FIRST = FIRST_FRAME_OFFSET >> PAGE_SHIFT

/** A machine's memory as plain data. What lies below the first frame (TLBs, the executor's control block) is no state. */
export interface SavedMemory {
  /** First frame that was never used. */
  readonly next: number
  /** Frames in use, and the bytes of each in the same order. */
  readonly frames: Uint32Array
  readonly bytes: Uint8Array
  /** References to each of `frames`. */
  readonly references: Uint16Array
  /** Frames that were freed; the last one is used first. */
  readonly free: Uint32Array
}

/** What is saved of the bookkeeping that {@link PhysicalMemory} keeps to itself. */
function bookkeeping(memory: PhysicalMemory): { next: number; free: unknown[]; refs: Uint16Array } {
  const next: unknown = Reflect.get(memory, 'next')
  const free: unknown = Reflect.get(memory, 'free')
  const refs: unknown = Reflect.get(memory, 'refs')
  if (typeof next !== 'number' || !Array.isArray(free) || !(refs instanceof Uint16Array)) throw new TypeError('PhysicalMemory has changed')
  return { next, free, refs }
}

/** Copies all frames in use. */
export function saveMemory(memory: PhysicalMemory): SavedMemory {
  const { next, free } = bookkeeping(memory)
  const used: number[] = []
  for (let frame = FIRST; frame < next; frame++) if (memory.references(frame) > 0) used.push(frame)
  const bytes = new Uint8Array(used.length * PAGE_SIZE)
  used.forEach((frame, i) => bytes.set(memory.u8.subarray(frame * PAGE_SIZE, (frame + 1) * PAGE_SIZE), i * PAGE_SIZE))
  return { next, bytes, frames: Uint32Array.from(used), references: Uint16Array.from(used, (frame) => memory.references(frame)), free: Uint32Array.from(free.map(Number)) }
}

/**
 * Gives a memory the saved contents in place of its own. Nothing may hold translations or decoded code of it.
 *
 * @throws SyscallkitError ERR_SYSCALLKIT_MEMORY when its limit is too low
 */
export function restoreMemory(memory: PhysicalMemory, saved: SavedMemory): void {
  const missing = saved.next - bookkeeping(memory).next
  if (missing > 0 && memory.allocateRun(missing) === 0)
    throw new SyscallkitError('ERR_SYSCALLKIT_MEMORY', `restoreMachine: the saved machine has ${saved.next} frames of 4 KiB, more than memory.limit allows`)
  const { next, refs } = bookkeeping(memory)
  memory.u8.fill(0, FIRST_FRAME_OFFSET, next * PAGE_SIZE)
  refs.fill(0)
  saved.frames.forEach((frame, i) => {
    memory.u8.set(saved.bytes.subarray(i * PAGE_SIZE, (i + 1) * PAGE_SIZE), frame * PAGE_SIZE)
    refs[frame] = saved.references[i]!
  })
  Reflect.set(memory, 'next', saved.next)
  Reflect.set(memory, 'free', [...saved.free])
  Reflect.set(memory, 'inUse', saved.frames.length)
  flushTlb(memory)
}
