/** Left rotations of the four rounds (RFC 1321 section 3.4). */
const SHIFTS: readonly (readonly number[])[] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]]

/** floor(2^32 * abs(sin(i + 1))): the table T of RFC 1321. */
const sine = (i: number): number => Math.floor(Math.abs(Math.sin(i + 1)) * 0x1_0000_0000) | 0

/** The MD5 digest, 16 bytes. RFC 1321. */
export function md5(message: Uint8Array): Uint8Array {
  const blocks = (message.length + 8 + 64) >>> 6
  const padded = new Uint8Array(blocks * 64)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, (message.length * 8) >>> 0, true)
  view.setUint32(padded.length - 4, Math.floor(message.length / 0x2000_0000), true)
  const state = new Int32Array([0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476])
  for (let at = 0; at < padded.length; at += 64) block(state, view, at)
  const out = new Uint8Array(16)
  const outView = new DataView(out.buffer)
  state.forEach((word, i) => outView.setInt32(4 * i, word, true))
  return out
}

function block(state: Int32Array, view: DataView, at: number): void {
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!
  for (let i = 0; i < 64; i++) {
    const round = i >> 4
    let f: number, k: number
    if (round === 0) [f, k] = [(b & c) | (~b & d), i]
    else if (round === 1) [f, k] = [(d & b) | (~d & c), (5 * i + 1) & 15]
    else if (round === 2) [f, k] = [b ^ c ^ d, (3 * i + 5) & 15]
    else [f, k] = [c ^ (b | ~d), (7 * i) & 15]
    const sum = (a + f + sine(i) + view.getInt32(at + 4 * k, true)) | 0
    const shift = SHIFTS[round]![i & 3]!
    a = d
    d = c
    c = b
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0
  }
  state[0]! += a
  state[1]! += b
  state[2]! += c
  state[3]! += d
}
