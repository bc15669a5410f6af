import type { PhysicalMemory } from '../../memory/physical.js'

/** Writes a canonical address or small number to an 8-byte slot of the machine's memory, sign-extended. */
export function setSlot(memory: PhysicalMemory, at: number, value: number): void {
  memory.u32[at >>> 2] = value >>> 0
  memory.i32[(at >>> 2) + 1] = Math.floor(value / 0x100000000)
}
/** Reads an 8-byte slot as a canonical number; beyond 2^53 when it holds no address. */
export function slotAddress(memory: PhysicalMemory, at: number): number {
  return memory.i32[(at >>> 2) + 1]! * 0x100000000 + memory.u32[at >>> 2]!
}
/** Writes a canonical address or small number to 8 bytes of a structure. */
export function setAddress(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true)
  view.setInt32(at + 4, Math.floor(value / 0x100000000), true)
}
/** Reads 8 bytes of a structure as a canonical number; beyond 2^53 when they hold no address. */
export function getAddress(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 0x100000000 + view.getUint32(at, true)
}
/** Rounds down to a multiple of a power of two; for negative (kernel) addresses too. */
export function alignDown(address: number, to: number): number {
  return Math.floor(address / to) * to
}
