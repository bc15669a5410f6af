/** RCPPS, RCPSS, RSQRTPS, RSQRTSS: approximations with a relative error of at most 1.5 * 2^-12; no flag is raised. */

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
  const x = <f64>reinterpret<f32>(bits)
  const r = reinterpret<u32>(<f32>(root ? 1 / sqrt<f64>(x) : 1 / x))
  const rounded = r + 0x400 & 0xfffff800
  return (rounded & 0x7fffffff) < 0x800000 ? sign : rounded // a denormal result is flushed
}
