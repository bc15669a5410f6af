/**
 * Where things lie in a machine's one physical memory. JavaScript and the AssemblyScript executor share it, so these
 * are the only definition: `src/cpu/as` gets them as constants at build time (scripts/build-cpu).
 *
 *   0x00000  control block of the executor (reasons, fault address, lazy flags)
 *   0x01000  read TLB:  1024 entries x 16 bytes
 *   0x05000  write TLB: 1024 entries x 16 bytes
 *   0x09000  code TLB:  4096 entries x 16 bytes (linear address -> decoded block)
 *   0x19000  static data of the executor (scripts/build-cpu.mjs)
 *   0x20000  frames of 4096 bytes; frame n is at n * 4096, so the first usable frame is 32
 *
 * A data TLB entry: +0 u32 tag low, +4 u32 tag high (linear address of the page), +8 i32 delta (host offset minus the
 * low 32 bits of the linear address), +12 i32 the tag's bits above those that choose the slot, which is all that
 * JavaScript compares. An empty entry is full of TLB_EMPTY, which is the low half of no page (0 would match an access that
 * wraps from the last page to address 0) and the upper bits of no canonical address. An access of n bytes at a hits when
 * ((a + n - 1) & ~0xfff) equals the tag of slot (a >> 12) & 1023, so one that crosses a page never hits.
 */
export const CONTROL_BLOCK = 0x0000
/** Offset of the read TLB. */
export const TLB_READ = 0x1000
/** Offset of the write TLB. */
export const TLB_WRITE = 0x5000
/** Offset of the code TLB. */
export const TLB_CODE = 0x9000
/** Entries in the code TLB: returns and indirect branches look there, and a miss costs a way to TypeScript and back. */
export const TLB_CODE_ENTRIES = 4096
/** Entries in each data TLB. */
export const TLB_ENTRIES = 1024
/** Bytes of a TLB entry. */
export const TLB_ENTRY_SIZE = 16
/** Offset of the first frame. */
export const FIRST_FRAME_OFFSET = 0x20000
/** Every word of an empty data TLB entry. */
export const TLB_EMPTY = -0x7fffffff
/** Bytes of addresses that use each slot of a data TLB once. */
export const TLB_SPAN = TLB_ENTRIES * 4096
/** Bytes of a page and of a frame. */
export const PAGE_SIZE = 4096
/** log2 of {@link PAGE_SIZE}. */
export const PAGE_SHIFT = 12
