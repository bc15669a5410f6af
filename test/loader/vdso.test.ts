import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { VDSO32_EXPORTS, VDSO64_EXPORTS } from '../../src/loader/vdso/images.generated.js'
import { vdso32, vdso64 } from '../../src/loader/vdso/vdso.js'
import { updateVvar, VVAR, VVAR_CLOCK_MODE, type VvarClock } from '../../src/loader/vdso/vvar.js'
import { PhysicalMemory } from '../../src/memory/physical.js'

const here = import.meta.dirname
const dir = mkdtempSync(join(tmpdir(), 'vdso-test-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** Null when this machine can build and run programs of both word sizes, else why not. */
function whyNotNative(): string | null {
  if (process.arch !== 'x64' || process.platform !== 'linux') return 'needs Linux on x86_64'
  try {
    writeFileSync(join(dir, 'probe.c'), 'int main(void) { return 0; }')
    execFileSync('gcc', ['-m32', '-o', join(dir, 'probe'), join(dir, 'probe.c')], { stdio: 'ignore' })
    execFileSync(join(dir, 'probe'))
    return null
  } catch {
    return 'needs gcc with -m32'
  }
}
const reason = whyNotNative()

const clock: VvarClock = {
  mode: VVAR_CLOCK_MODE.tsc, tsc: { 0: 5, 1: 1 }, mult: 6710886, shift: 24, tick: 4_000_000, tickPhase: 0,
  realtime: { seconds: 1_700_000_000, nanoseconds: 100_000_000 },
  monotonic: { seconds: 4000, nanoseconds: 1 },
  boottime: { seconds: 5000, nanoseconds: 2 },
  tai: { seconds: 1_700_000_037, nanoseconds: 100_000_000 },
  monotonicRaw: { seconds: 3999, nanoseconds: 999_000_000 },
  realtimeCoarse: { seconds: 1_699_999_999, nanoseconds: 123_456_789 },
  monotonicCoarse: { seconds: 3998, nanoseconds: 7 },
}

describe('the images', () => {
  // `nm -D --with-symbol-versions` of the images that Linux 6.18 maps, less getrandom, which these do not offer
  test('export what Linux exports, with its versions', () => {
    expect(Object.keys(VDSO64_EXPORTS).sort()).toEqual(
      ['clock_getres', 'clock_gettime', 'getcpu', 'gettimeofday', 'time'].flatMap((n) => [`__vdso_${n}@LINUX_2.6`, `${n}@LINUX_2.6`]).sort(),
    )
    expect(Object.keys(VDSO32_EXPORTS).sort()).toEqual([
      '__kernel_rt_sigreturn@LINUX_2.5', '__kernel_sigreturn@LINUX_2.5', '__kernel_vsyscall@LINUX_2.5',
      '__vdso_clock_getres@LINUX_2.6', '__vdso_clock_gettime64@LINUX_2.6', '__vdso_clock_gettime@LINUX_2.6',
      '__vdso_getcpu@LINUX_2.6', '__vdso_gettimeofday@LINUX_2.6', '__vdso_time@LINUX_2.6',
    ])
  })

  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  // objdump of the image that Linux 6.18 maps on an AMD processor; the other variants by arch/x86/entry/vdso/vdso32/system_call.S
  test.each([
    ['sysenter', '51525589e50f34cd805d5a59c3'],
    ['syscall32', '51525589cd0f05cd805d5a59c3'],
    ['int80', '5152550f1f4000cd805d5a59c3'],
  ] as const)('the stubs have the bytes that programs look for (%s)', (variant, vsyscall) => {
    const { bytes, symbols } = vdso32(variant, 0x61200)
    expect(hex(bytes.subarray(symbols.vsyscall, symbols.vsyscall + 13))).toBe(vsyscall)
    expect(symbols.landingPad).toBe(symbols.vsyscall + 9)
    expect(hex(bytes.subarray(symbols.sigreturn, symbols.sigreturn + 8))).toBe('58b877000000cd80')
    expect(hex(bytes.subarray(symbols.rtSigreturn, symbols.rtSigreturn + 7))).toBe('b8ad000000cd80')
  })

  test('carry the version code that is asked for in their note', () => {
    for (const image of [vdso64(0x61203), vdso32('int80', 0x61203)]) {
      const note = Buffer.from([6, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from('Linux\0\0\0'), 3, 0x12, 6, 0])
      expect(Buffer.from(image.bytes).includes(note)).toBe(true)
    }
  })
})

describe.skipIf(reason !== null)(`run on the processor itself${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  const run = (bits: 32 | 64, change: Partial<VvarClock>, touch?: (page: DataView) => void) => {
    const program = join(dir, `native${bits}`)
    execFileSync('gcc', [`-m${bits}`, '-O1', '-w', '-o', program, join(here, 'vdso-native.c')])
    const memory = new PhysicalMemory()
    const page = memory.allocate() * 4096
    memory.view.setInt32(page + VVAR.minutesWest, -60, true)
    memory.view.setInt32(page + VVAR.dstTime, 1, true)
    memory.view.setUint32(page + VVAR.cpu, 3, true)
    memory.view.setUint32(page + VVAR.node, 2, true)
    updateVvar(memory, page, { ...clock, ...change })
    touch?.(new DataView(memory.wasm.buffer, page, 4096))
    writeFileSync(join(dir, 'vvar'), memory.u8.subarray(page, page + 4096))
    writeFileSync(join(dir, `image${bits}`), bits === 64 ? vdso64(0x61200).bytes : vdso32('int80', 0x61200).bytes)
    const lines = execFileSync(program, [join(dir, `image${bits}`), join(dir, 'vvar')], { encoding: 'utf8', timeout: 5000 }).trim().split('\n')
    return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
  }
  const nanoseconds = (line: string | undefined) => Number(line!.split(' ')[2]!.replace(';', ''))

  test.each([64, 32] as const)('%i bits: clocks, resolutions, zone and cpu are the page\'s', (bits) => {
    const out = run(bits, { mult: 0 }) // a stopped clock shows its base exactly
    expect(out.get('0')).toBe('0 1700000000 100000000; 0 0 1')
    expect(out.get('1')).toBe('0 4000 1; 0 0 1')
    expect(out.get('4')).toBe('0 3999 999000000; 0 0 1')
    expect(out.get('5')).toBe('0 1699999999 123456789; 0 0 4000000')
    expect(out.get('6')).toBe('0 3998 7; 0 0 4000000')
    expect(out.get('7')).toBe('0 5000 2; 0 0 1')
    expect(out.get('11')).toBe('0 1700000037 100000000; 0 0 1')
    expect(out.get('13')).toBe('-22 0 0; -22 0 0')
    expect(out.get('tod')).toBe('0 1700000000 -60 1')
    expect(out.get('time')).toBe('1699999999 1699999999') // as of the last tick
    expect(out.get('getcpu')).toBe('0 3 2')
    if (bits === 32) expect(out.get('64')).toBe('0 1699999999 123456789; -22')
  })

  test.each([64, 32] as const)('%i bits: a clock that the page cannot tell is read by the system call', (bits) => {
    const before = Date.now() / 1000
    const out = run(bits, { mode: VVAR_CLOCK_MODE.none })
    expect(Math.abs(Number(out.get('0')!.split(' ')[1]) - before)).toBeLessThan(5)
    expect(Math.abs(Number(out.get('tod')!.split(' ')[1]) - before)).toBeLessThan(5)
    expect(Math.abs(Number(out.get('5')!.split(' ')[1]) - before)).toBeLessThan(5)
    expect(Math.abs(Number(out.get('time')!.split(' ')[1]) - before)).toBeLessThan(5)
    expect(out.get('2')!.startsWith('0 ')).toBe(true) // CLOCK_PROCESS_CPUTIME_ID is never the page's
  })

  test.each([64, 32] as const)('%i bits: time goes on with the counter, at every shift', (bits) => {
    for (const shift of [0, 10, 24, 32]) {
      const mult = shift === 0 ? 1 : Math.min(2 ** shift * 0.4, 0xffffffff) >>> 0
      const out = run(bits, { mult, shift })
      const past = nanoseconds(out.get('1')) - 1
      expect(past).toBeGreaterThan(0)
      expect(past).toBeLessThan(500_000_000)
    }
  })

  test.each([64, 32] as const)('%i bits: coarse clocks go on by whole ticks', (bits) => {
    // 2^20 nanoseconds a cycle: days pass while the program runs
    const out = run(bits, { mult: 2 ** 20, shift: 0, tickPhase: 3_999_999, monotonicCoarse: { seconds: 10, nanoseconds: 1_000 } })
    const [, seconds, nanos] = out.get('6')!.split(' ')
    expect(Number(seconds)).toBeGreaterThan(20)
    expect((Number(nanos!.replace(';', '')) - 1_000) % 4_000_000).toBe(0)
  })

  test.each([64, 32] as const)('%i bits: hours since the last update overflow nothing', (bits) => {
    // the counter cannot be moved, so the base is: a 63-bit count of shifted nanoseconds, 2^32 of them below a nanosecond
    const out = run(bits, { mult: 0, shift: 32, monotonic: { seconds: 1, nanoseconds: 1_999_999_999 } })
    expect(out.get('1')!.startsWith('0 2 999999999;')).toBe(true)
    const large = run(bits, { mult: 0xffffffff, shift: 32 }, (page) => page.setUint32(VVAR.base + 16 + 12, 0xffffffff, true))
    expect(large.get('1')!.split(' ').slice(0, 2)).toEqual(['0', '4004'])
  })

  test('backtraces leave signal handlers through both sigreturn stubs', () => {
    writeFileSync(join(dir, 'linux-gate.so.1'), vdso32('int80', 0x61200).bytes)
    execFileSync('gcc', ['-m32', '-O1', '-w', '-D_GNU_SOURCE', '-fno-pie', '-no-pie', '-rdynamic', '-fno-optimize-sibling-calls', '-funwind-tables', '-o', join(dir, 'unwind'), join(here, 'vdso-unwind.c')])
    const out = execFileSync(join(dir, 'unwind'), [join(dir, 'linux-gate.so.1')], { encoding: 'utf8', timeout: 5000 })
    expect(out).toMatch(/^rt: handler.* stub inner outer main .*\nold: handler.* stub inner outer main .*\n$/)
  })
})
