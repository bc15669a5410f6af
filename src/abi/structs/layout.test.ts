import { describe, expect, test } from 'vitest'
import { addressFrom, highHalf, lowHalf, signed64, unsigned64 } from '../int64.js'
import { EPOLL_EVENT, FLOCK64, IOVEC_LP64, TERMIOS } from './io.js'
import { defineStruct, readStruct, structBytes, writeStruct } from './layout.js'
import { CLONE_ARGS, RUSAGE_LP64, SYSINFO_ILP32, SYSINFO_LP64, UTSNAME } from './process.js'
import { SIGACTION_ILP32, SIGACTION_LP64, SIGINFO_LP64 } from './signal.js'
import { STAT64, STAT_ILP32, STAT_LP64 } from './stat.js'
import { STATX } from './statx.js'

describe('layouts', () => {
  // sizes as the kernel states them: BUILD_BUG_ONs, *_SIZE_VER0, SI_MAX_SIZE, and struct statx's 0x100
  test('sizes that the kernel guarantees', () => {
    expect([STATX.size, SIGINFO_LP64.size, CLONE_ARGS.size, UTSNAME.size, EPOLL_EVENT.size]).toEqual([0x100, 128, 88, 390, 12])
    expect([STAT_LP64.size, STAT_ILP32.size, STAT64.size, RUSAGE_LP64.size, TERMIOS.size]).toEqual([144, 64, 96, 144, 36])
    expect([SYSINFO_LP64.size, SYSINFO_ILP32.size, SIGACTION_LP64.size, SIGACTION_ILP32.size]).toEqual([112, 64, 32, 20])
  })
  test('i386 aligns 64-bit fields to 4 bytes', () => {
    expect(FLOCK64.fields.l_start).toEqual([4, 'i64'])
  })
})

describe('readStruct and writeStruct', () => {
  test('give back what was written', () => {
    const bytes = structBytes(STAT_LP64, { st_ino: 2 ** 40 + 5, st_mode: 0o100644, st_size: -1, st_mtime: 1_700_000_000 })
    expect(bytes.length).toBe(144)
    expect(readStruct(STAT_LP64, new DataView(bytes.buffer))).toMatchObject({ st_dev: 0, st_ino: 2 ** 40 + 5, st_mode: 0o100644, st_size: -1, st_mtime: 1_700_000_000 })
  })
  test('64-bit fields take bigints, arrays their elements', () => {
    const bytes = structBytes(EPOLL_EVENT, { events: 0x80000001, data: 0xfedcba9876543210n })
    expect([...bytes]).toEqual([1, 0, 0, 0x80, 0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe])
    const termios = structBytes(TERMIOS, { c_cc: Uint8Array.of(3, 28, 127) })
    expect([...termios.subarray(16, 21)]).toEqual([0, 3, 28, 127, 0])
    expect(readStruct(TERMIOS, new DataView(termios.buffer)).c_cc).toBeInstanceOf(Uint8Array)
    const info = structBytes(SYSINFO_LP64, { loads: [1, 2, 3] })
    expect(readStruct(SYSINFO_LP64, new DataView(info.buffer)).loads).toEqual([1, 2, 3])
  })
  test('an array longer than the field is cut, and other fields stay', () => {
    const bytes = new Uint8Array(TERMIOS.size).fill(0xee)
    writeStruct(TERMIOS, new DataView(bytes.buffer), 0, { c_cc: new Uint8Array(40) })
    expect([bytes[16], bytes[17], bytes[35]]).toEqual([0xee, 0, 0])
  })
  test('pointers are canonical numbers', () => {
    const bytes = new Uint8Array(16).fill(0xff)
    expect(readStruct(IOVEC_LP64, new DataView(bytes.buffer))).toEqual({ iov_base: -1, iov_len: 2 ** 64 })
  })
  test('a view that is too short throws RangeError', () => {
    expect(() => readStruct(IOVEC_LP64, new DataView(new ArrayBuffer(15)))).toThrow(RangeError)
  })
})

describe('defineStruct', () => {
  const fields = { flag: 'char', size: 'long', id: 'unsigned short', name: ['char', 5], big: 'long long', next: 'pointer' } as const
  test('lays out as gcc does for each data model', () => {
    // gcc 12: offsetof of struct { char flag; long size; unsigned short id; char name[5]; long long big; void *next; } with -m64, -m32, -mx32
    const offsets = (model: 'lp64' | 'ilp32' | 'x32'): number[] => {
      const layout = defineStruct(model, fields)
      return [...Object.values(layout.fields).map(([offset]) => offset), layout.size]
    }
    expect(offsets('lp64')).toEqual([0, 8, 16, 18, 24, 32, 40])
    expect(offsets('ilp32')).toEqual([0, 4, 8, 10, 16, 24, 28])
    expect(offsets('x32')).toEqual([0, 4, 8, 10, 16, 24, 32])
  })
})

describe('64-bit numbers', () => {
  test.each([
    [0, 0, 0, 0], [0xffffffff, 0, 4294967295, 4294967295], [0, -0x80000000, -(2 ** 63), 2 ** 63], [-1, -1, -1, 2 ** 64],
    [-1, 0x1fffff, 2 ** 53 - 1, 2 ** 53 - 1], [0, 0x200000, 2 ** 53, 2 ** 53], [-1, 0x7fffffff, 2 ** 63, 2 ** 63],
  ])('halves %d and %d', (low, high, signed, unsigned) => {
    expect(signed64(low, high)).toBe(signed)
    expect(unsigned64(low, high)).toBe(unsigned)
  })
  test('beyond 2^53 the unsigned form rounds up, and never past the next page', () => {
    expect(unsigned64(1, 0x200000)).toBe(2 ** 53 + 2048)
    for (const low of [0xfffff000, 0xfffff001, 0xffffefff, 0x800, 0x801]) {
      const exact = (BigInt(0xffffffff) << 32n) | BigInt(low)
      expect(BigInt(unsigned64(low, -1)), String(low)).toBeGreaterThanOrEqual(exact)
      expect(Math.ceil(unsigned64(low, -1) / 4096)).toBe(Number((exact + 4095n) / 4096n))
    }
  })
  test('halves of a number', () => {
    for (const value of [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 32, -(2 ** 32) - 5, 2 ** 53 - 1, -(2 ** 53), 2 ** 63, -(2 ** 63)]) {
      expect(BigInt.asIntN(64, (BigInt(highHalf(value)) << 32n) | BigInt(lowHalf(value))), String(value)).toBe(BigInt.asIntN(64, BigInt(value)))
    }
  })
  test('an address is canonical or marked', () => {
    expect(addressFrom(-1, 0x7fff)).toBe(2 ** 47 - 1)
    expect(addressFrom(0, -0x8000)).toBe(-(2 ** 47))
    expect(addressFrom(0x1234, 0x8000)).toBe(2 ** 48 + 0x1234)
    expect(addressFrom(0x1234, -0x8001)).toBe(2 ** 48 + 0x1234)
  })
})
