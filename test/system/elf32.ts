/** A static i386 program of code bytes, loaded at 0x8048000; its first instruction is at 0x8048054. */
export function elf32(code: readonly number[]): Uint8Array {
  const file = new Uint8Array(84 + code.length)
  const view = new DataView(file.buffer)
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1])
  view.setUint32(16, 2 | (3 << 16), true) // ET_EXEC, EM_386
  for (const [at, value] of [[20, 1], [24, 0x8048054], [28, 52]] as const) view.setUint32(at, value, true)
  view.setUint16(40, 52, true)
  view.setUint16(42, 32, true)
  view.setUint16(44, 1, true)
  ;[1, 0, 0x8048000, 0x8048000, file.length, file.length, 5, 4096].forEach((word, i) => view.setUint32(52 + 4 * i, word, true))
  file.set(code, 84)
  return file
}
