/**
 * RCPPS, RCPSS, RSQRTPS, RSQRTSS: approximations with a relative error of at most 1.5 * 2^-12, which differ between
 * processors; these are Zen 3's. No flag is raised, MXCSR does not count.
 */
import { RCP_BASE, RCP_STEP, RSQRT_1_BASE, RSQRT_1_STEP, RSQRT_2_BASE, RSQRT_2_STEP } from './sse-approximate-tables'

/** `root`: 1/sqrt, else 1/x; `packed`: four lanes, else the lowest. */
export function approximate(root: bool, packed: bool, dst: usize, src: usize): void {
  const n: usize = packed ? 16 : 4
  for (let i: usize = 0; i < n; i += 4) store<u32>(dst + i, lane(root, load<u32>(src + i)))
}

function lane(root: bool, bits: u32): u32 {
  const sign = bits & 0x80000000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return bits | 0x400000
  if (magnitude < 0x800000) return sign | 0x7f800000 // denormals count as zero
  if (root && sign) return 0xffc00000
  if (magnitude == 0x7f800000) return sign
  const e = <i32>(magnitude >> 23)
  const index = magnitude >> 11 & 0xfff
  if (!root) return e > 252 ? sign : sign | <u32>(253 - e) << 23 | fraction(RCP_BASE, RCP_STEP, index) // a denormal result is flushed
  const odd = (e & 1) != 0
  const f = odd ? fraction(RSQRT_1_BASE, RSQRT_1_STEP, index) : fraction(RSQRT_2_BASE, RSQRT_2_STEP, index)
  return <u32>(126 - (e - (odd ? 127 : 128) >> 1)) << 23 | f
}

function fraction(base: usize, step: usize, index: u32): u32 {
  return <u32>load<u16>(base + (index >> 4 << 1)) - <u32>load<u8>(step + (index >> 4 & 0xf0 | index & 15)) << 11
}
