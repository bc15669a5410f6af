import { expect, test } from 'vitest'
import { sipHash } from './siphash.js'

// Aumasson and Bernstein, "SipHash: a fast short-input PRF", appendix A, and vectors.h of the reference implementation
const key = Uint8Array.from({ length: 16 }, (_, i) => i)
const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

test.each([
  [0, '310e0edd47db6f72'], [1, 'fd67dc93c539f874'], [7, '37d1018bf50002ab'], [8, '6224939a79f5f593'], [15, 'e545be4961ca29a1'], [16, 'db9bc2577fcc2a3f'],
])('SipHash-2-4 of %i bytes', (length, expected) => {
  expect(hex(sipHash(key, Uint8Array.from({ length }, (_, i) => i)))).toBe(expected)
})
