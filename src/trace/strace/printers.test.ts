import { describe, expect, test } from 'vitest'
import { bytesOut } from '../../syscalls/codecs-pointers.js'
import { atFd, fd, flags, mode, sizeT, uid } from '../../syscalls/codecs.js'
import { CODE_U32 } from '../../syscalls/decode.js'
import type { Codec } from '../../syscalls/codec.js'
import { StraceLog } from './strace.js'

type Args = readonly (readonly [string, Codec])[]

function line(definition: Args, args: readonly number[], result: number): string {
  const lines: string[] = []
  const log = new StraceLog((text) => lines.push(text))
  const halves = new Int32Array(12)
  args.forEach((value, i) => (halves[2 * i] = value))
  const read = (address: number, length: number): Uint8Array | null => (address === 0x1000 ? new Uint8Array(length).fill(0x61) : null)
  log.enter({ name: 'audit', nr: 223, word: 8, args: halves, read, sp: 0, definition })
  log.exit(result, result < 0)
  return lines[0]!
}

describe('a call without a printer of its own is shown by its codecs', () => {
  test('numbers, descriptors, ids, modes and flags', () => {
    const set = flags('audit', { A_ONE: 1, A_TWO: 2 })
    expect(line([['dirfd', atFd], ['fd', fd], ['uid', uid], ['mode', mode], ['flags', set]], [-100, 3, -1, 0o644, 7], 0)).toBe('audit(AT_FDCWD, 3, -1, 0644, A_ONE|A_TWO|0x4) = 0')
    expect(line([['flags', set]], [8], 0)).toBe('audit(0x8 /* audit??? */)               = 0')
  })
  test('a buffer that the call fills, by what it returned', () => {
    const definition: Args = [['buf', bytesOut], ['len', sizeT]]
    expect(line(definition, [0x1000, 100], 3)).toBe('audit("aaa", 100)                       = 3')
    expect(line(definition, [0x1000, 100], -22)).toBe('audit(0x1000, 100)                      = -1 EINVAL (Invalid argument)')
  })
  test('a codec of one\'s own brings its printer along', () => {
    const milliseconds: Codec = { type: 'unsigned int', code: CODE_U32, kind: 'integer', print: (raw, context) => `${raw.low >>> 0} ms of ${context.args[1]!.low}` }
    expect(line([['time', milliseconds], ['all', fd]], [5, 9], 0)).toBe('audit(5 ms of 9, 9)                     = 0')
  })
})
