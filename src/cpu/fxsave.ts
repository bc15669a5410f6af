/**
 * The FPU image of a context (THREAD.fpu in context-layout) and what software sees of it: the 512-byte FXSAVE image and
 * the 108-byte FSAVE image of i386 signal frames (Intel SDM volume 1, 8.1.10 and 10.5.1).
 *
 * Inside, ST registers stand at their physical index; in both images in stack order. Instruction and data pointers are
 * not kept: both read as 0, which is what AMD processors store in FXSAVE while no exception is pending.
 */
import { FPU } from '../arch/x86/context-layout.js'

/** Bits of MXCSR that may be set: MXCSR_MASK of the FXSAVE image. */
export const MXCSR_MASK = 0xffff

/** Bytes of the FSAVE image. */
export const FSAVE_SIZE = 108

/** FCW after FNINIT. */
const FCW_INIT = 0x37f
/** MXCSR after reset. */
const MXCSR_INIT = 0x1f80

function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8
}

function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >> 8
}

function putU32(bytes: Uint8Array, at: number, value: number): void {
  putU16(bytes, at, value)
  putU16(bytes, at + 2, value >>> 16)
}

/** FSW with ES and B recomputed from the flags and FCW's masks. */
function withSummary(fsw: number, fcw: number): number {
  return fsw & ~fcw & 0x3f ? fsw | 0x8080 : fsw & ~0x8080
}

/** Sets the image at `fpu` to the state of a new task: FNINIT, MXCSR 1F80, registers zero. */
export function initFpu(memory: Uint8Array, fpu: number): void {
  memory.fill(0, fpu, fpu + FPU.size)
  putU16(memory, fpu + FPU.fcw, FCW_INIT)
  putU32(memory, fpu + FPU.mxcsr, MXCSR_INIT)
  putU32(memory, fpu + FPU.mxcsrMask, MXCSR_MASK)
}

/** Writes the image at `fpu` in FXSAVE's format to `out`, with XMM0-15; bytes 416 to 511 are left alone. */
export function writeFxsave(memory: Uint8Array, fpu: number, out: Uint8Array): void {
  out.set(memory.subarray(fpu, fpu + 6))
  out[5] = 0
  out.fill(0, 6, 24)
  out.set(memory.subarray(fpu + FPU.mxcsr, fpu + FPU.mxcsr + 4), FPU.mxcsr)
  putU32(out, FPU.mxcsrMask, MXCSR_MASK)
  const top = u16(memory, fpu + FPU.fsw) >> 11 & 7
  for (let i = 0; i < 8; i++) {
    const from = fpu + FPU.st + (top + i & 7) * 16
    out.set(memory.subarray(from, from + 10), FPU.st + i * 16)
    out.fill(0, FPU.st + i * 16 + 10, FPU.st + i * 16 + 16)
  }
  out.set(memory.subarray(fpu + FPU.xmm, fpu + FPU.xmm + 256), FPU.xmm)
}

/** Loads an FXSAVE image with XMM0-15 into the image at `fpu`, as FXRSTOR does; reserved MXCSR bits were checked by the caller. */
export function readFxsave(memory: Uint8Array, fpu: number, image: Uint8Array): void {
  const fcw = u16(image, FPU.fcw) & 0x1f7f | 0x40
  const fsw = withSummary(u16(image, FPU.fsw), fcw)
  putU16(memory, fpu + FPU.fcw, fcw)
  putU16(memory, fpu + FPU.fsw, fsw)
  memory[fpu + FPU.ftw] = image[FPU.ftw]!
  memory.set(image.subarray(FPU.mxcsr, FPU.mxcsr + 4), fpu + FPU.mxcsr)
  const top = fsw >> 11 & 7
  for (let i = 0; i < 8; i++) memory.set(image.subarray(FPU.st + i * 16, FPU.st + i * 16 + 10), fpu + FPU.st + (top + i & 7) * 16)
  memory.set(image.subarray(FPU.xmm, FPU.xmm + 256), fpu + FPU.xmm)
}

/** Two bits for physical register n: 0 valid, 1 zero, 2 special (denormal, infinity, NaN, invalid), 3 empty. */
function tagOf(memory: Uint8Array, fpu: number, n: number): number {
  if (!(memory[fpu + FPU.ftw]! >> n & 1)) return 3
  const at = fpu + FPU.st + n * 16
  const exponent = u16(memory, at + 8) & 0x7fff
  if (exponent === 0x7fff) return 2
  if (exponent !== 0) return memory[at + 7]! & 0x80 ? 0 : 2
  for (let i = 0; i < 8; i++) if (memory[at + i] !== 0) return 2
  return 1
}

/** The full tag word, which hardware computes from the contents of the registers. */
export function tagWord(memory: Uint8Array, fpu: number): number {
  let tags = 0
  for (let n = 0; n < 8; n++) tags |= tagOf(memory, fpu, n) << 2 * n
  return tags
}

/** Writes the 108-byte image of FNSAVE (32-bit protected mode) to `out`, without initialising the FPU. */
export function writeFsave(memory: Uint8Array, fpu: number, out: Uint8Array): void {
  out.fill(0, 0, 28)
  putU32(out, 0, 0xffff0000 | u16(memory, fpu + FPU.fcw))
  putU32(out, 4, 0xffff0000 | u16(memory, fpu + FPU.fsw))
  putU32(out, 8, 0xffff0000 | tagWord(memory, fpu))
  putU32(out, 24, 0xffff0000)
  const top = u16(memory, fpu + FPU.fsw) >> 11 & 7
  for (let i = 0; i < 8; i++) {
    const from = fpu + FPU.st + (top + i & 7) * 16
    out.set(memory.subarray(from, from + 10), 28 + i * 10)
  }
}

/** Loads a 108-byte FSAVE image, as FRSTOR does. */
export function readFsave(memory: Uint8Array, fpu: number, image: Uint8Array): void {
  const fcw = u16(image, 0) & 0x1f7f | 0x40
  const fsw = withSummary(u16(image, 4), fcw)
  const tags = u16(image, 8)
  let valid = 0
  for (let n = 0; n < 8; n++) if ((tags >> 2 * n & 3) !== 3) valid |= 1 << n
  putU16(memory, fpu + FPU.fcw, fcw)
  putU16(memory, fpu + FPU.fsw, fsw)
  memory[fpu + FPU.ftw] = valid
  const top = fsw >> 11 & 7
  for (let i = 0; i < 8; i++) memory.set(image.subarray(28 + i * 10, 38 + i * 10), fpu + FPU.st + (top + i & 7) * 16)
}
