import { describe, expect, test } from 'vitest'
import { cpuid, cpuidTable, type CpuFeatures } from './cpuid.js'

const intel: CpuFeatures = { cx16: true, rdtscp: true, syscall32: false, sysenter64: true, longMode: true, vendor: 'GenuineIntel' }
const ask = (features: CpuFeatures, leaf: number): number[] => {
  const out = new Int32Array(4)
  cpuid(cpuidTable(features), leaf, 0, out)
  return [...out].map((v) => v >>> 0)
}
const text = (words: number[]): string => words.map((w) => String.fromCharCode(w & 255, (w >>> 8) & 255, (w >>> 16) & 255, w >>> 24)).join('')

describe('CPUID', () => {
  test('leaf 0 spells the vendor in EBX, EDX, ECX', () => {
    for (const vendor of ['GenuineIntel', 'AuthenticAMD'] as const) {
      const [, b, c, d] = ask({ ...intel, vendor }, 0)
      expect(text([b!, d!, c!])).toBe(vendor)
    }
  })
  test('leaf 1 reports FXSR, SSE, SSE2, CX8, CMOV, SEP, TSC and neither XSAVE nor anything after SSE2', () => {
    const [, , c, d] = ask(intel, 1)
    for (const bit of [0, 4, 8, 11, 15, 23, 24, 25, 26]) expect((d! >>> bit) & 1, `EDX bit ${bit}`).toBe(1)
    for (const bit of [0, 1, 9, 12, 19, 20, 22, 23, 25, 26, 27, 28, 29, 30]) expect((c! >>> bit) & 1, `ECX bit ${bit}`).toBe(0)
  })
  test('an i386 processor has no extended leaves and no long mode', () => {
    const i386 = { ...intel, longMode: false }
    expect(ask(i386, 0x80000000)).toEqual([0, 0, 0, 0])
    expect(ask(i386, 1)[0]).toBe(0x683)
  })
  test('long mode, SYSCALL and the brand string are in the extended leaves', () => {
    const d = ask(intel, 0x80000001)[3]!
    for (const bit of [11, 20, 29]) expect((d >>> bit) & 1).toBe(1)
    expect(text([2, 3, 4].flatMap((n) => ask(intel, 0x80000000 + n)))).toMatch(/^syscallkit x86-64 virtual CPU\0/)
  })
  test('a leaf beyond the highest answers like the highest basic one', () => {
    expect(ask(intel, 7)).toEqual(ask(intel, 1))
  })
})
