import type { AddressSpace } from '../../memory/address-space.js'
import type { Token } from './token.js'

/** Most entries of a local descriptor table. */
export const LDT_ENTRIES = 8192
/** Bytes of each. */
export const LDT_ENTRY_SIZE = 8

/** Local descriptor tables, one for each address space that asked for one. */
export interface LocalDescriptors {
  /** Entries of a space's table, the unused among them; 0 without one. */
  entries: (space: AddressSpace) => number
  /** The first `size` bytes of a space's table. */
  bytes: (space: AddressSpace, size: number) => Uint8Array
  /**
   * Writes an entry, by its two words, of the running task's table, which grows as far as that. Linux: write_ldt, install_ldt.
   *
   * @returns false when there is no memory
   */
  write: (space: AddressSpace, entry: number, low: number, high: number) => boolean
}

/** Token of the local descriptor tables. */
export const ldt: Token<'ldt', LocalDescriptors> = { key: 'ldt' }
