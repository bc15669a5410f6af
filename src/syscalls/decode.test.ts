import { describe, expect, test } from 'vitest'
import { callSyscall, decodeArgs, type ArgOrder } from './call.js'
import type { Codec } from './codec.js'
import { address, fd, flags, gid16, int, loffT, long, mode, offT, pid, sizeT, typed, u64, ufd, uid, uint, ulong, ulong64 } from './codecs.js'
import { bytesIn, path, pointer } from './codecs-pointers.js'
import { userSyscall, type AnySyscall } from './define.js'
import { syscallEntry } from './table.js'

/** Registers 0 to 5 at offsets 8 to 48 from regs 64. */
const ORDER: ArgOrder = [8, 16, 24, 32, 40, 48]
const task = { regs: 64 }

function decoded(codecs: readonly Codec<number | bigint>[], registers: readonly bigint[], is32 = false): (number | bigint)[] {
  const seen: (number | bigint)[] = []
  const args = codecs.map((codec, i) => [`a${i}`, codec] as const)
  const def: AnySyscall = userSyscall('probe', { nr: 1, args, run: (_task, ...values) => seen.push(...values) })
  const view = new DataView(new ArrayBuffer(256))
  registers.forEach((value, i) => view.setBigUint64(task.regs + ORDER[i]!, BigInt.asUintN(64, value), true))
  const registersView = { u32: new Uint32Array(view.buffer) }
  const entry = syscallEntry(def, 1, 'probe', is32)
  expect(callSyscall(entry, task, registersView, ORDER)).toBe(codecs.length)
  expect(decodeArgs(entry, task, registersView, ORDER)).toEqual(seen)
  return seen
}
const one = (codec: Codec<number | bigint>, value: bigint): number | bigint | undefined => decoded([codec], [value])[0]
const one32 = (codec: Codec<number | bigint>, value: bigint): number | bigint | undefined => decoded([codec], [value], true)[0]

describe('__SC_CAST: a 64-bit register becomes the declared type', () => {
  test('int and its kin take the low 32 bits, signed', () => {
    for (const codec of [int, fd, pid]) {
      expect(one(codec, 0x1234_5678_0000_0003n)).toBe(3)
      expect(one(codec, 0xffffffffn)).toBe(-1)
      expect(one(codec, 1n << 31n)).toBe(-(2 ** 31))
    }
  })
  test('unsigned int and its kin take the low 32 bits', () => {
    for (const codec of [uint, ufd, uid]) expect(one(codec, 0xdead_beef_ffff_fffen)).toBe(0xfffffffe)
  })
  test('umode_t and old_uid_t take 16 bits', () => {
    for (const codec of [mode, gid16]) expect(one(codec, -1n)).toBe(0xffff)
    expect(one(mode, 0xffff_0000_0001_01edn)).toBe(0o755)
  })
  test('long and loff_t are signed, exact to 2^53 and never wrong in sign', () => {
    for (const codec of [long, loffT, offT]) {
      expect(one(codec, -1n)).toBe(-1)
      for (const exact of [2n ** 31n, 2n ** 47n, 2n ** 53n - 1n, -(2n ** 53n) + 1n]) expect(one(codec, exact)).toBe(Number(exact))
      expect(one(codec, 2n ** 53n + 1n)).toBeGreaterThan(2 ** 53)
      expect(one(codec, 2n ** 63n - 1n)).toBe(2 ** 63)
      expect(one(codec, 2n ** 63n)).toBe(-(2 ** 63))
    }
  })
  test('size_t and unsigned long are unsigned, exact to 2^53, above it never too small', () => {
    for (const codec of [sizeT, ulong]) {
      for (const exact of [0n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 47n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n]) expect(one(codec, exact)).toBe(Number(exact))
      expect(one(codec, 2n ** 53n + 1n)).toBe(2 ** 53 + 2048)
      expect(one(codec, 2n ** 63n - 1n)).toBe(2 ** 63)
      expect(one(codec, -1n)).toBe(2 ** 64)
      expect(one(codec, -4096n)).toBe(2 ** 64 - 4096)
    }
  })
  test('addresses are canonical numbers, anything else is above them all and keeps its alignment', () => {
    for (const codec of [address, path, bytesIn, pointer('struct stat', 'out')]) {
      expect(one(codec, 0n)).toBe(0)
      expect(one(codec, 2n ** 47n - 1n)).toBe(2 ** 47 - 1)
      expect(one(codec, 0xffff_ffff_ff60_0000n)).toBe(-(10 * 2 ** 20))
      expect(one(codec, 0xffff_8000_0000_0000n)).toBe(-(2 ** 47))
      for (const bad of [2n ** 47n, 2n ** 63n, 2n ** 63n - 1n, 0xffff_7fff_ffff_ffffn, 2n ** 53n + 1n]) {
        expect(one(codec, bad)).toBeGreaterThanOrEqual(2 ** 48)
        expect(Number(one(codec, bad)) % 4096).toBe(Number(bad % 4096n))
      }
    }
  })
  test('u64 is exact', () => {
    for (const value of [0n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) for (const codec of [u64, ulong64]) expect(one(codec, value)).toBe(value)
  })
  test('flags and enumerations read as their C type', () => {
    expect(one(flags('x', { A: 1 }), 0xff_ffff_ffffn)).toBe(-1)
    expect(one(flags('x', { A: 1 }, 'unsigned int'), 0xff_ffff_ffffn)).toBe(0xffffffff)
    expect(one(flags('x', { A: 1 }, 'unsigned long'), 0xff_ffff_ffffn)).toBe(0xff_ffff_ffff)
    expect(one(typed(pid, 'const pid_t'), -1n)).toBe(-1)
  })
})

describe('SC_IA32_REGS_TO_ARGS: a 32-bit task passes 32 bits', () => {
  const garbage = 0xabcd_ef01n << 32n
  test('long is sign-extended, everything else zero-extended', () => {
    expect(one32(long, garbage | 0xfffffffen)).toBe(-2)
    for (const codec of [ulong, sizeT, loffT, address, path]) expect(one32(codec, garbage | 0xfffffffen)).toBe(0xfffffffe)
    expect(one32(int, garbage | 0xfffffffen)).toBe(-2)
    expect(one32(uint, garbage | 0xfffffffen)).toBe(0xfffffffe)
    expect(one32(mode, garbage | 0x81edn)).toBe(0x81ed)
    expect(one32(u64, garbage | 0xfffffffen)).toBe(0xfffffffen)
  })
})

test('each number of arguments from none to six comes in order', () => {
  for (let n = 0; n <= 6; n++) expect(decoded(Array<Codec>(n).fill(int), [1n, 2n, 3n, 4n, 5n, 6n])).toEqual([1, 2, 3, 4, 5, 6].slice(0, n))
})
