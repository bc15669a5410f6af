/**
 * SipHash-2-4 (Aumasson and Bernstein 2012) with 64-bit words as pairs of 32-bit halves.
 * @param key 16 bytes. @returns 8 bytes, little endian. Linux: siphash (lib/siphash.c)
 */
export function sipHash(key: Uint8Array, message: Uint8Array): Uint8Array {
  const keyView = new DataView(key.buffer, key.byteOffset, 16)
  const k0l = keyView.getUint32(0, true), k0h = keyView.getUint32(4, true), k1l = keyView.getUint32(8, true), k1h = keyView.getUint32(12, true)
  // v0..v3, low half first
  const v = new Int32Array([
    k0l ^ 0x70736575, k0h ^ 0x736f6d65, k1l ^ 0x6e646f6d, k1h ^ 0x646f7261, k0l ^ 0x6e657261, k0h ^ 0x6c796765, k1l ^ 0x79746573, k1h ^ 0x74656462,
  ])
  const whole = message.length - (message.length % 8)
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  for (let i = 0; i < whole; i += 8) compress(v, view.getInt32(i, true), view.getInt32(i + 4, true))
  const last = new Uint8Array(8)
  last.set(message.subarray(whole))
  last[7] = message.length
  const lastView = new DataView(last.buffer)
  compress(v, lastView.getInt32(0, true), lastView.getInt32(4, true))
  v[4]! ^= 0xff
  for (let i = 0; i < 4; i++) round(v)
  const out = new Uint8Array(8)
  const outView = new DataView(out.buffer)
  outView.setInt32(0, v[0]! ^ v[2]! ^ v[4]! ^ v[6]!, true)
  outView.setInt32(4, v[1]! ^ v[3]! ^ v[5]! ^ v[7]!, true)
  return out
}

function compress(v: Int32Array, low: number, high: number): void {
  v[6]! ^= low
  v[7]! ^= high
  round(v)
  round(v)
  v[0]! ^= low
  v[1]! ^= high
}

/** v[a] += v[b] */
function add(v: Int32Array, a: number, b: number): void {
  const low = (v[a]! >>> 0) + (v[b]! >>> 0)
  v[a] = low
  v[a + 1] = v[a + 1]! + v[b + 1]! + (low > 0xffffffff ? 1 : 0)
}

/** v[b] = rotl(v[b], n) ^ v[a] */
function rotateXor(v: Int32Array, b: number, n: number, a: number): void {
  const low = v[b]!, high = v[b + 1]!
  v[b] = ((low << n) | (high >>> (32 - n))) ^ v[a]!
  v[b + 1] = ((high << n) | (low >>> (32 - n))) ^ v[a + 1]!
}

/** Swaps the halves: a rotation by 32. */
function swap(v: Int32Array, a: number): void {
  const low = v[a]!
  v[a] = v[a + 1]!
  v[a + 1] = low
}

function round(v: Int32Array): void {
  add(v, 0, 2)
  rotateXor(v, 2, 13, 0)
  swap(v, 0)
  add(v, 4, 6)
  rotateXor(v, 6, 16, 4)
  add(v, 0, 6)
  rotateXor(v, 6, 21, 0)
  add(v, 4, 2)
  rotateXor(v, 2, 17, 4)
  swap(v, 4)
}
