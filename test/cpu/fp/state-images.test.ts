import { beforeAll, describe, expect, test } from 'vitest'
import { fsaveFromFxsave, fxsaveWithFsave } from '../../../src/arch/i386/fsave.js'
import { FPU, THREAD } from '../../../src/arch/x86/context-layout.js'
import { SeededRandom } from '../../../src/base/random.js'
import { initFpu, MXCSR_MASK, readFxsave, writeFxsave } from '../../../src/cpu/fxsave.js'
import { lookupSse } from '../../../src/cpu/sse-table.js'
import { lookupX87 } from '../../../src/cpu/x87-table.js'
import { compile } from './build.js'
import { createMachine, OPERAND, REGS } from './machine.js'
import { exponents, x80 } from './operands.js'

const fpu = REGS + THREAD.fpu
let machine: ReturnType<typeof createMachine>

beforeAll(() => {
  machine = createMachine(compile())
}, 60_000)

/** A random, consistent FPU image. */
function randomize(seed: number): void {
  const r = new SeededRandom(seed)
  const { bytes, view } = machine
  initFpu(bytes, fpu)
  view.setUint16(fpu + FPU.fsw, r.u32() & 0x7f7f, true)
  view.setUint16(fpu + FPU.fcw, r.u32() & 0x1f3f | 0x40, true)
  if (view.getUint16(fpu + FPU.fsw, true) & ~view.getUint16(fpu + FPU.fcw, true) & 0x3f) bytes[fpu + FPU.fsw]! |= 0x80
  bytes[fpu + FPU.fsw + 1]! |= bytes[fpu + FPU.fsw]! & 0x80
  bytes[fpu + FPU.ftw] = r.u32()
  view.setUint32(fpu + FPU.mxcsr, r.u32() & MXCSR_MASK, true)
  for (let i = 0; i < 8; i++) x80(r, { bytes, view }, fpu + FPU.st + 16 * i, exponents(r, 0x7fff))
  r.fill(bytes.subarray(fpu + FPU.xmm, fpu + FPU.xmm + 256))
}

const state = (): Uint8Array => machine.bytes.slice(fpu, fpu + FPU.xmm + 256)
const group = (reg: number, is64: boolean): number => lookupSse(0, 0xae, 7 | reg << 3, false, is64)!.code

describe('FPU images', () => {
  test('a new task has FCW 37f, MXCSR 1f80, an empty stack', () => {
    initFpu(machine.bytes, fpu)
    expect(machine.view.getUint16(fpu, true)).toBe(0x37f)
    expect(machine.view.getUint32(fpu + FPU.mxcsr, true)).toBe(0x1f80)
    expect(machine.bytes[fpu + FPU.ftw]).toBe(0)
  })

  test('the FXSAVE instruction writes what writeFxsave writes, and nothing above XMM15', () => {
    for (let seed = 0; seed < 200; seed++) {
      randomize(seed)
      machine.bytes.fill(0xa5, OPERAND, OPERAND + 512)
      const expected = new Uint8Array(512).fill(0xa5)
      writeFxsave(machine.bytes, fpu, expected)
      expect(machine.exports.sse(group(0, true), OPERAND, 0, 0, REGS)).toBe(0)
      expect(machine.bytes.slice(OPERAND, OPERAND + 512)).toEqual(expected)
    }
  })

  test('FXSAVE outside 64-bit mode leaves the place of XMM8 to 15 alone', () => {
    randomize(1)
    machine.bytes.fill(0xa5, OPERAND, OPERAND + 512)
    machine.exports.sse(group(0, false), OPERAND, 0, 0, REGS)
    expect(machine.bytes.slice(OPERAND + 288, OPERAND + 512).every((b) => b === 0xa5)).toBe(true)
  })

  test('FXRSTOR and readFxsave restore what FXSAVE saved', () => {
    for (let seed = 0; seed < 200; seed++) {
      randomize(seed)
      const before = state()
      machine.exports.sse(group(0, true), OPERAND, 0, 0, REGS)
      const image = machine.bytes.slice(OPERAND, OPERAND + 512)
      randomize(seed + 1000)
      expect(machine.exports.sse(group(1, true), OPERAND, 0, 0, REGS)).toBe(0)
      expect(state()).toEqual(before)
      randomize(seed + 2000)
      readFxsave(machine.bytes, fpu, image)
      expect(state()).toEqual(before)
    }
  })

  test('FXRSTOR refuses reserved bits of MXCSR and changes nothing', () => {
    randomize(3)
    machine.exports.sse(group(0, true), OPERAND, 0, 0, REGS)
    machine.bytes[OPERAND + FPU.mxcsr + 2] = 1
    randomize(4)
    const before = state()
    expect(machine.exports.sse(group(1, true), OPERAND, 0, 0, REGS)).toBe(-3)
    expect(state()).toEqual(before)
  })

  test("the kernel's FSAVE image of an FXSAVE image is the one that FNSAVE writes, and leads back", () => {
    const fnsave = lookupX87(0xdd, 0x37, false)!
    for (let seed = 0; seed < 200; seed++) {
      randomize(seed)
      const before = new Uint8Array(512)
      writeFxsave(machine.bytes, fpu, before)
      expect(machine.exports.x87(fnsave.code, REGS, OPERAND, fnsave.imm)).toBe(0)
      const image = machine.bytes.slice(OPERAND, OPERAND + 108)
      const converted = fsaveFromFxsave(before, null).subarray(0, 108)
      for (let at = 12; at < 28; at++) converted[at] = image[at]! // instruction and data pointers
      expect(converted).toEqual(image)
      expect(fxsaveWithFsave(before, image, true).subarray(24)).toEqual(before.subarray(24))
      readFxsave(machine.bytes, fpu, fxsaveWithFsave(before, image, true))
      const after = new Uint8Array(512)
      writeFxsave(machine.bytes, fpu, after)
      expect(after).toEqual(before)
    }
  })
})
