/** The slow way to guest memory: TLB misses and accesses that cross a page. */
import { C_op, C_split1, C_split2, C_splitFirst, C_splitBytes, BOUNCE_R, BOUNCE_W, T_READ, T_WRITE } from './generated/constants'

/** Answers a miss: host pointer to linear address hi:lo, or 0 with the fault in the control block. `bytes` are accessed, some of them in the next page perhaps. */
// @ts-ignore
@external('cpu', 'translate') export declare function translate(lo: u32, hi: u32, access: i32, bytes: i32): u32

/** Host pointer to `n` bytes at `a` that do not cross a page. */
export function readPage(a: u64, n: i32): u32 {
  const t: u32 = ((<u32>a >>> 12) & 1023) << 4
  if (load<u64>(t, T_READ) == (a & 0xfffffffffffff000)) return <u32>a + load<u32>(t, T_READ + 8)
  return translate(<u32>a, <u32>(a >> 32), 0, n)
}

/** The same to be written. */
export function writePage(a: u64, n: i32): u32 {
  const t: u32 = ((<u32>a >>> 12) & 1023) << 4
  if (load<u64>(t, T_WRITE) == (a & 0xfffffffffffff000)) return <u32>a + load<u32>(t, T_WRITE + 8)
  return translate(<u32>a, <u32>(a >> 32), 2, n)
}

/** Host pointer to `n` readable bytes at `a`, or 0; a copy where they cross a page. */
export function slowR(a: u64, n: i32, o: u32): u32 {
  store<u32>(C_op, o)
  const first = 4096 - (<i32>a & 4095)
  if (n <= first) return translate(<u32>a, <u32>(a >> 32), 0, n)
  const p1 = readPage(a, n)
  if (!p1) return 0
  const p2 = readPage(a + first, n - first)
  if (!p2) return 0
  memory.copy(BOUNCE_R, p1, first)
  memory.copy(BOUNCE_R + first, p2, n - first)
  return BOUNCE_R
}

/** Host pointer to `n` writable bytes at `a`, or 0. Where they cross a page it is BOUNCE_W: call commit after the store. */
export function slowW(a: u64, n: i32, o: u32): u32 {
  store<u32>(C_op, o)
  const first = 4096 - (<i32>a & 4095)
  if (n <= first) return translate(<u32>a, <u32>(a >> 32), 2, n)
  const p1 = writePage(a, n)
  if (!p1) return 0
  const p2 = writePage(a + first, n - first)
  if (!p2) return 0
  memory.copy(BOUNCE_W, p1, first)
  memory.copy(BOUNCE_W + first, p2, n - first)
  store<u32>(C_split1, p1)
  store<u32>(C_split2, p2)
  store<u32>(C_splitFirst, first)
  store<u32>(C_splitBytes, n)
  return BOUNCE_W
}

/** Writes a store to BOUNCE_W to its two pages. */
export function commit(): void {
  const first = load<u32>(C_splitFirst)
  memory.copy(load<u32>(C_split1), BOUNCE_W, first)
  memory.copy(load<u32>(C_split2), BOUNCE_W + first, load<u32>(C_splitBytes) - first)
}
