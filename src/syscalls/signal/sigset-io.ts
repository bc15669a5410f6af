import type { Sigset } from '../../kernel/signals/sigset.js'
import type { Task } from '../../kernel/task.js'

/** Reads a sigset_t of 8 bytes (the same for 32-bit programs: two words), or null when it cannot be read. */
export function takeSigset(task: Task, address: number): Sigset | null {
  const bytes = new Uint8Array(8)
  if (task.memory.copyFrom(address, bytes) < 8) return null
  const view = new DataView(bytes.buffer)
  return { low: view.getInt32(0, true), high: view.getInt32(4, true) }
}

/** Writes a sigset_t of 8 bytes; 0 or -EFAULT. */
export function putSigset(task: Task, address: number, set: Readonly<Sigset>): number {
  return task.memory.putU64(address, set.low, set.high)
}

/** An address read as a word of the program's width; non-canonical ones keep failing. */
export function addressAt(view: DataView, at: number, is64: boolean): number {
  const low = view.getUint32(at, true)
  return is64 ? view.getInt32(at + 4, true) * 4294967296 + low : low
}

/** Writes an address as a word of the program's width. */
export function setAddressAt(view: DataView, at: number, value: number, is64: boolean): void {
  view.setUint32(at, value >>> 0, true)
  if (is64) view.setInt32(at + 4, Math.floor(value / 4294967296), true)
}
