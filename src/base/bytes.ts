/**
 * Byte strings: one JavaScript character (U+0000 to U+00FF) per byte. Names, arguments and environments inside the
 * library are byte strings, so that they can be Map keys and hold any byte; text exists only at the host's edge.
 */

/** Bytes of a byte string. */
export function bytesOf(s: string): Uint8Array {
  const out = new Uint8Array(s.length)
  for (let i = 0; i < s.length; i++) out[i] = s.charCodeAt(i)
  return out
}

/** Byte string of bytes `from` to `to` (exclusive). */
export function byteString(bytes: Uint8Array, from = 0, to = bytes.length): string {
  let s = ''
  for (let i = from; i < to; i += 4096) s += String.fromCharCode(...bytes.subarray(i, Math.min(to, i + 4096)))
  return s
}

/** Byte string of a host text, encoded as UTF-8. */
export function byteStringFromText(text: string): string {
  return byteString(new TextEncoder().encode(text))
}

/** Host text of a byte string that holds UTF-8; invalid bytes become U+FFFD. */
export function textFromByteString(s: string): string {
  return new TextDecoder().decode(bytesOf(s))
}
