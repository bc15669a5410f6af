/** The current task's memory, for code that builds or reads structures on the user's stack. */
export interface UserMemory {
  /** Fills `out` from user memory; false when a byte cannot be read. */
  read: (address: number, out: Uint8Array) => boolean
  /** Writes bytes to user memory; false when a byte cannot be written. */
  write: (address: number, bytes: Uint8Array) => boolean
}
