/** The bytes that fixtures/src/pattern.h makes: a body of so many bytes. */
export function pattern(length: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.allocUnsafe(length)
  for (let i = 0; i < length; i++) bytes[i] = i * 31 + (i >>> 8) * 7 + (i >>> 16)
  return bytes
}

/** Its checksum (FNV-1a), as http-server prints it. */
export function checksum(bytes: Uint8Array): string {
  let sum = 0x811c_9dc5
  for (let i = 0; i < bytes.length; i++) sum = Math.imul(sum ^ bytes[i]!, 0x0100_0193)
  return (sum >>> 0).toString(16).padStart(8, '0')
}
