/** Where the fuzzed program has memory; all below 4 GiB, so that both ABIs reach it. */
export const MAP = {
  /** Readable and writable: arguments lie here, 16 KiB for each. */
  scratch: 0x10000000, scratchSize: 0x40000,
  /** The page behind this address is not mapped. */
  edge: 0x10040000,
  /** Read-only page. */
  readOnly: 0x10100000,
  /** What mmap, munmap and their kin play with. */
  play: 0x20000000, playSize: 0x100000,
  stack: 0x1003f000,
  /** Where the program's calls are, and its signal handlers. */
  code: 0x401000, handler: 0x402000,
} as const
