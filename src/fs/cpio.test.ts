import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bench, MEMORY } from '../../test/fs/harness.js'
import { byteString, bytesOf } from '../base/bytes.js'
import { SyscallkitError } from '../base/errors.js'
import { openCall } from '../syscalls/files/open.js'
import { read } from '../syscalls/files/read.js'
import { newlstat } from '../syscalls/files/stat.js'
import { parseCpio } from './cpio.js'

interface Member {
  readonly name: string
  readonly mode: number
  readonly data?: string
  readonly ino?: number
  readonly nlink?: number
  readonly rdev?: readonly [number, number]
}

/** A newc archive, written by the format's description (Documentation/driver-api/early-userspace/buffer-format.rst). */
function archive(members: readonly Member[]): Uint8Array {
  let text = ''
  for (const { name, mode, data = '', ino = 0, nlink = 1, rdev = [0, 0] } of [...members, { name: 'TRAILER!!!', mode: 0 }]) {
    const fields = [ino, mode, 10, 20, nlink, 1_600_000_000, data.length, 0, 0, rdev[0], rdev[1], name.length + 1, 0]
    text += `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`
    while (text.length % 4 !== 0) text += '\0'
    text += data
    while (text.length % 4 !== 0) text += '\0'
  }
  return bytesOf(text)
}

const sample = (): Uint8Array => archive([
  { name: '.', mode: 0o40755 },
  { name: 'etc', mode: 0o40700 },
  { name: 'etc/motd', mode: 0o100644, data: 'hello\n', ino: 5, nlink: 2 },
  { name: './etc/issue', mode: 0o100644, ino: 5, nlink: 2 },
  { name: 'etc/link', mode: 0o120777, data: 'motd' },
  { name: 'null', mode: 0o20666, rdev: [1, 3] },
])

describe('parseCpio', () => {
  test('files, directories, links and nodes become entries', () => {
    const base = { uid: 10, gid: 20, mtime: { seconds: 1_600_000_000, nanoseconds: 0 } }
    expect(parseCpio(sample())).toEqual([
      { ...base, path: '', mode: 0o40755 },
      { ...base, path: 'etc', mode: 0o40700 },
      { ...base, path: 'etc/motd', mode: 0o100644, data: bytesOf('hello\n') },
      { ...base, path: 'etc/issue', mode: 0o100644, link: 'etc/motd' },
      { ...base, path: 'etc/link', mode: 0o120777, target: 'motd' },
      { ...base, path: 'null', mode: 0o20666, rdev: 0x100003 },
    ])
  })

  test('a guest finds them as the archive says, hard links included', () => {
    const bench = new Bench({ root: parseCpio(sample()) })
    const task = bench.task()
    const fd = bench.call(task, openCall, '/etc/link', 0, 0)
    expect(bench.call(task, read, fd, MEMORY, 100)).toBe(6)
    expect(bench.text(task, MEMORY, 6)).toBe('hello\n')
    expect(bench.call(task, newlstat, '/etc/issue', MEMORY)).toBe(0)
    expect(task.memory.getU32(MEMORY + 16)).toBe(2) // st_nlink
    expect([task.memory.getU32(MEMORY + 28), task.memory.getU32(MEMORY + 88)]).toEqual([10, 1_600_000_000])
  })

  test('what cpio(1) writes is read, when it is installed', (context) => {
    let bytes: Buffer
    try {
      bytes = execFileSync('sh', ['-c', 'd=$(mktemp -d) && cd "$d" && mkdir a && echo text > a/f && ln -s f a/s && ln a/f a/h && find . | sort | cpio --quiet -o -H newc; rm -r "$d"'], { stdio: ['ignore', 'pipe', 'ignore'] })
    } catch {
      return context.skip('no cpio')
    }
    const entries = parseCpio(bytes)
    expect(entries.map(({ path }) => path)).toEqual(['', 'a', 'a/f', 'a/h', 'a/s'])
    expect(entries.find(({ path }) => path === 'a/s')?.target).toBe('f')
    expect(entries.map(({ data }) => (data === undefined ? '' : byteString(data))).join('')).toBe('text\n')
  })

  test.each([
    ['no archive', bytesOf('hello world, this is not an archive at all, but it is long enough to hold a header of one hundred and ten bytes'), /offset 0: magic is "hello "/],
    ['a cut header', sample().subarray(0, 50), /offset 0: a header takes 110 bytes, 50 are left/],
    ['a cut name', sample().subarray(0, 111), /offset 110: a name of 2 bytes goes past the end at 111/],
    ['cut data', archive([{ name: 'f', mode: 0o100644, data: 'x'.repeat(100) }]).subarray(0, 150), /offset 112: "f": 100 bytes of data go past the end at 150/],
    ['a name that leaves the root', archive([{ name: '../f', mode: 0o100644 }]), /offset 110: "..\/f" leaves the root/],
    ['an unknown type', archive([{ name: 'f', mode: 0o70644 }]), /"f": mode 070644 is of no known type/],
    ['compressed bytes', Uint8Array.of(0x1f, 0x8b, 8, 0, ...new Uint8Array(120)), /offset 0: magic is/],
  ])('%s gives the offset and the reason', (_what, bytes, message) => {
    expect(() => parseCpio(bytes)).toThrow(message)
  })

  test('damaged archives give entries or that error, and nothing else', () => {
    const good = sample()
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }), fc.nat(good.length), (changes, length) => {
        const bytes = good.slice(0, length)
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
        try {
          for (const { path } of parseCpio(bytes)) expect(path.split('/')).not.toContain('..')
        } catch (error) {
          expect(error).toBeInstanceOf(SyscallkitError)
          expect(error).toMatchObject({ code: 'ERR_SYSCALLKIT_CPIO', message: expect.stringMatching(/offset \d+: /) as string })
        }
      }),
      { numRuns: 3000 },
    )
  })
})
