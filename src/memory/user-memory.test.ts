import { describe, expect, test } from 'vitest'
import { AddressSpace } from './address-space.js'
import { forkSpace } from './fork.js'
import { insertMapping, protectMappings } from './mappings.js'
import { PhysicalMemory } from './physical.js'
import { UserMemory } from './user-memory.js'
import { PROT } from './vma.js'

const LIMIT = 0x7ffffffff000
const EFAULT = -14

function userAt(...starts: number[]): UserMemory {
  const space = new AddressSpace(new PhysicalMemory(), { limit: LIMIT, mmapBase: 0x7ffff7fff000 })
  for (const start of starts) map(space, start, 2)
  space.activate()
  return new UserMemory(space)
}
function map(space: AddressSpace, start: number, pages: number): void {
  insertMapping(space, { start, end: start + pages * 4096, prot: PROT.read | PROT.write, maxProt: 7, flags: 0, backing: null, offset: 0, label: null })
}

/** Low, above 2^31, above 2^32, and the last pages of user space. */
const places = [0x400000, 0xfffff000 - 0x1000, 0x1_0040_0000, LIMIT - 0x2000]

describe.each(places.map((place) => [place.toString(16), place]))('words at %s', (_name, base) => {
  test('are what was stored, little-endian, whether the TLB knows the page or not', () => {
    const user = userAt(base)
    for (let round = 0; round < 2; round++) {
      expect(user.putU32(base + 8, 0x89abcdef - round)).toBe(0)
      expect(user.getU32(base + 8)).toBe(0x89abcdef - round)
      expect(user.putU64(base + 16, 0x01020304, -2)).toBe(0)
      expect([...user.read(base + 16, 8)]).toEqual([4, 3, 2, 1, 0xfe, 0xff, 0xff, 0xff])
      expect(user.getU8(base + 19)).toBe(1)
    }
  })

  test.each([1, 2, 3])('cross a page by %i bytes', (by) => {
    const user = userAt(base)
    for (let round = 0; round < 2; round++) {
      const at = base + 4096 - 4 + by
      expect(user.putU32(at, 0x12345678)).toBe(0)
      expect(user.getU32(at)).toBe(0x12345678)
      expect([...user.read(at, 4)]).toEqual([0x78, 0x56, 0x34, 0x12])
      expect(user.putU64(at - 2, 1, 2)).toBe(0)
      expect([...user.read(at - 2, 8)]).toEqual([1, 0, 0, 0, 2, 0, 0, 0])
    }
  })

  test('that reach past the mapping fault, and leave what they cannot store whole in part only', () => {
    const user = userAt(base)
    const end = base + 0x2000
    user.putU32(end - 4, 0)
    expect(user.getU32(end - 3)).toBe(-1)
    expect(user.getU32(end)).toBe(-1)
    expect(user.putU32(end, 1)).toBe(EFAULT)
    expect(user.putU64(end - 4, 1, 2)).toBe(EFAULT)
    expect(user.getU8(end - 1)).toBeGreaterThanOrEqual(0)
    expect(user.getU8(end)).toBe(-1)
  })
})

test('an address is not taken for one with the same low half', () => {
  const user = userAt(0x400000, 0x7fff_0040_0000)
  user.putU32(0x400000, 1)
  user.putU32(0x7fff_0040_0000, 2)
  expect([user.getU32(0x400000), user.getU32(0x7fff_0040_0000)]).toEqual([1, 2])
  for (const address of [0x1_0040_0000, 0x400000 - 2 ** 32, 0x400000 - 2 ** 47, 2 ** 48 + 0x400000, 2 ** 53, -1, NaN]) {
    expect(user.getU32(address)).toBe(-1)
    expect(user.putU32(address, 9)).toBe(EFAULT)
    expect(user.readable(address)).toBe(-1)
    expect(user.writable(address)).toBe(-1)
  }
})

test('a page of the last 4 GiB below zero is none of user space', () => {
  const user = userAt(0xffffe000)
  user.putU32(0xffffe000, 7)
  expect(user.getU32(0xffffe000)).toBe(7)
  expect(user.getU32(-0x2000)).toBe(-1)
  expect(user.putU32(-0x2000, 1)).toBe(EFAULT)
})

test('what may only be read is not stored to; the TLB forgets what it knew', () => {
  const user = userAt(0x400000)
  user.putU32(0x400000, 5)
  protectMappings(user.space, 0x400000, 0x401000, PROT.read)
  expect(user.putU32(0x400000, 6)).toBe(EFAULT)
  expect(user.putU32(0x400ffe, -1)).toBe(EFAULT)
  expect(user.getU32(0x400000)).toBe(5)
  protectMappings(user.space, 0x400000, 0x401000, 0)
  expect(user.getU32(0x400000)).toBe(-1)
})

test('a space that is not the current one has its own pages', () => {
  const parent = userAt(0x400000)
  parent.putU32(0x400000, 1)
  const child = new UserMemory(forkSpace(parent.space))
  expect(child.putU32(0x400000, 2)).toBe(0)
  expect([parent.getU32(0x400000), child.getU32(0x400000)]).toEqual([1, 2])
  child.space.activate()
  expect([parent.getU32(0x400000), child.getU32(0x400000)]).toEqual([1, 2])
})

test('stores to pages with decoded code are reported', () => {
  const user = userAt(0x400000)
  const { memory } = user.space
  user.putU32(0x400000, 1)
  const frame = user.readable(0x400000) >>> 12
  const written: number[] = []
  memory.markCode(frame, true)
  memory.onCodeWritten = (which) => written.push(which)
  user.space.stale(0x400000, 0x401000) // as the CPU does when it decodes
  user.putU32(0x400000, 2)
  user.putU64(0x400008, 2, 3)
  expect(written).toEqual([frame, frame])
})

test.each([1, 16, 63, 64, 100, 4096, 5000, 8192])('%i bytes are copied in and out over pages', (length) => {
  const base = 0x7fff_0040_0000
  for (const offset of [0, 1, 4095]) {
    const user = userAt(base, base + 0x2000)
    const bytes = Uint8Array.from({ length: length + 2 }, (_, i) => (i * 7 + 1) & 255)
    expect(user.copyTo(base + offset, bytes, 1, length)).toBe(length)
    const out = new Uint8Array(length + 2)
    expect(user.copyFrom(base + offset, out, 1, length)).toBe(length)
    expect(out).toEqual(Uint8Array.from([0, ...bytes.subarray(1, length + 1), 0]))
    expect(user.read(base + offset, length)).toEqual(bytes.slice(1, length + 1))
    expect(user.clear(base + offset, length)).toBe(length)
    expect(user.read(base + offset, length)).toEqual(new Uint8Array(length))
  }
})

test('a copy of a whole page is right after memory has grown', () => {
  const user = userAt(0x400000)
  const page = new Uint8Array(4096).fill(3)
  user.copyTo(0x400000, page)
  expect(user.read(0x400000, 4096)).toEqual(page)
  expect(user.space.memory.allocateRun(1024)).toBeGreaterThan(0)
  user.putU32(0x400000, 0x04040404)
  expect([...user.read(0x400000, 4096).subarray(0, 5)]).toEqual([4, 4, 4, 4, 3])
})
