/** Bytes of FSAVE's image with the kernel's status and magic words behind it: `struct fregs_state`. */
export const FSAVE_SIZE = 112

/** Offsets in it (`struct user_i387_ia32_struct`; Intel SDM volume 1, figure 8-9). */
const FSAVE = { cwd: 0, swd: 4, twd: 8, fip: 12, fcs: 16, foo: 20, fos: 24, st: 28, status: 108, magic: 110 } as const

/**
 * FSAVE's image of an FXSAVE one (`convert_from_fxsr`, `save_fsave_header`).
 *
 * @param segments on x86_64 kernels, whose FXSAVE has no segments: what stands for them, the task's cs and ds
 */
export function fsaveFromFxsave(fxsave: Uint8Array, segments: { cs: number; ds: number } | null): Uint8Array {
  const out = new Uint8Array(FSAVE_SIZE)
  const from = new DataView(fxsave.buffer, fxsave.byteOffset), to = new DataView(out.buffer)
  const swd = from.getUint16(2, true)
  to.setUint32(FSAVE.cwd, 0xffff0000 | from.getUint16(0, true), true)
  to.setUint32(FSAVE.swd, 0xffff0000 | swd, true)
  to.setUint32(FSAVE.twd, tagWord(fxsave, from.getUint8(4), (swd >>> 11) & 7), true)
  to.setUint32(FSAVE.fip, from.getUint32(8, true), true)
  to.setUint32(FSAVE.foo, from.getUint32(16, true), true)
  to.setUint32(FSAVE.fcs, segments !== null ? segments.cs : from.getUint16(12, true) | (from.getUint16(6, true) << 16), true)
  to.setUint32(FSAVE.fos, segments !== null ? 0xffff0000 | segments.ds : from.getUint16(20, true), true)
  for (let i = 0; i < 8; i++) out.set(fxsave.subarray(32 + i * 16, 42 + i * 16), FSAVE.st + i * 10)
  to.setUint16(FSAVE.status, swd, true)
  to.setUint16(FSAVE.magic, 0, true) // X86_FXSR_MAGIC: an FXSAVE image follows
  return out
}

/** Two bits per physical register (0 valid, 1 zero, 2 special, 3 empty) from FXSAVE's one and the registers' values. */
function tagWord(fxsave: Uint8Array, abridged: number, top: number): number {
  let tags = 0xffff0000
  for (let i = 0; i < 8; i++) tags |= ((abridged >> i) & 1 ? tagOf(fxsave, 32 + ((i - top) & 7) * 16) : 3) << (2 * i)
  return tags >>> 0
}

function tagOf(fxsave: Uint8Array, at: number): number {
  const exponent = fxsave[at + 8]! | ((fxsave[at + 9]! & 0x7f) << 8)
  if (exponent === 0x7fff) return 2
  if (exponent === 0) return fxsave.subarray(at, at + 8).every((b) => b === 0) ? 1 : 2
  return (fxsave[at + 7]! & 0x80) !== 0 ? 0 : 2
}

/** An FXSAVE image with its x87 part taken from FSAVE's (`convert_to_fxsr`). */
export function fxsaveWithFsave(fxsave: Uint8Array, fsave: Uint8Array, long: boolean): Uint8Array {
  const out = fxsave.slice()
  const from = new DataView(fsave.buffer, fsave.byteOffset), to = new DataView(out.buffer)
  to.setUint16(0, from.getUint16(FSAVE.cwd, true), true)
  to.setUint16(2, from.getUint16(FSAVE.swd, true), true)
  to.setUint16(4, abridgedTags(from.getUint16(FSAVE.twd, true)), true)
  to.setUint16(6, from.getUint32(FSAVE.fcs, true) >>> 16, true)
  to.setUint32(8, from.getUint32(FSAVE.fip, true), true)
  to.setUint32(12, long ? 0 : from.getUint16(FSAVE.fcs, true), true)
  to.setUint32(16, from.getUint32(FSAVE.foo, true), true)
  to.setUint32(20, long ? 0 : from.getUint16(FSAVE.fos, true), true)
  for (let i = 0; i < 8; i++) out.set(fsave.subarray(FSAVE.st + i * 10, FSAVE.st + i * 10 + 10), 32 + i * 16)
  return out
}

function abridgedTags(twd: number): number {
  let out = 0
  for (let i = 0; i < 8; i++) if (((twd >> (2 * i)) & 3) !== 3) out |= 1 << i
  return out
}
