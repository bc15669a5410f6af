/**
 * The FPU image of a context (THREAD.fpu in context-layout) and what software sees of it, the 512-byte FXSAVE image
 * (Intel SDM volume 1, 10.5.1). Inside, ST registers stand at their physical index; in the FXSAVE image in stack order.
 * Instruction and data pointers are not kept: both read as 0, which is what AMD processors store in FXSAVE while no
 * exception is pending. FSAVE's image, for i386 signal frames, is made of FXSAVE's in arch/i386.
 */
import { FPU } from '../arch/x86/context-layout.js'

/** Bits of MXCSR that may be set: MXCSR_MASK of the FXSAVE image. */
export const MXCSR_MASK = 0xffff

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
