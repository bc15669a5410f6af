import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SyscallkitError } from '../../src/base/errors.js'
import { credsOf } from '../../src/kernel/creds.js'
import type { ExecRequest, ExecutableFile, LoadedImage, LoadResult } from '../../src/kernel/ports/binfmt.js'
import { explainElf } from '../../src/loader/elf-explain.js'
import { createElf, elf, script } from '../../src/loader/index.js'
import { UserMemory } from '../../src/memory/user-memory.js'
import { fileOf, nativeStarts, newKernel, requestFor } from './harness.js'
import { headerMutations, mutate } from './mutations.js'
import { SCRIPTS } from './scripts.js'

const native: { outcomes: string[]; scripts: Record<string, string> } = JSON.parse(readFileSync(join(import.meta.dirname, 'native/exec.json'), 'utf8'))
/** The recording machine had vm.mmap_min_addr = 4096. */
const recorded = createElf({ mmapMinAddr: 4096 })
const starts = nativeStarts()
const programs = Object.fromEntries(['exec64', 'exec32', 'pie64', 'dynamic64', 'dynamic32'].map((name) => [name, starts[name]!.program]))
const open = (path: string): ExecutableFile | number => {
  const found = Object.values(starts).find((s) => s.path === path)
  return found === undefined ? -2 : fileOf(found.program, path)
}

const dispose = (image: LoadResult): void => {
  if (typeof image === 'object' && 'space' in image) image.space.dispose()
}

test('800 programs with damaged headers are taken or refused as natively', () => {
  const kernel = newKernel('x86_64', {}, 0xffff0000) // as much memory as there was natively: large .bss fit
  const wrong: unknown[] = []
  for (const [i, mutation] of headerMutations(programs, 160).entries()) {
    const bytes = mutate(programs[mutation.base]!, mutation)
    const image = recorded.load(requestFor(kernel, bytes, '/tmp/sk-start/program', { open, creds: credsOf(65534) }))
    const outcome = native.outcomes[i]!
    // SIGILL: its first instruction ran. SIGSEGV: it died in execve's second half, or of its own
    const ours = typeof image === 'number' ? `errno ${-image}` : 'fatal' in image ? 'fatal' : 'loaded'
    const agrees = outcome.startsWith('errno') ? ours === outcome : outcome === 'signal 11' ? ours === 'fatal' || ours === 'loaded' : ours === 'loaded'
    if (!agrees) wrong.push({ i, mutation, outcome, ours })
    dispose(image)
  }
  expect(wrong).toEqual([])
})

test('a program that is refused leaves no memory behind', () => {
  const kernel = newKernel()
  const request = (bytes: Uint8Array) => requestFor(kernel, bytes, '/p', { open, creds: credsOf(65534) })
  const first = elf.load(request(programs['exec64']!))
  dispose(first)
  const used = kernel.memory.used
  for (const mutation of headerMutations(programs, 60)) {
    const image = elf.load(request(mutate(programs[mutation.base]!, mutation)))
    dispose(image)
  }
  expect(kernel.memory.used - used).toBeLessThanOrEqual(2) // the image of the other word size
})

test('no bytes at all make it throw anything', () => {
  const kernel = newKernel()
  const bases = Object.values(programs)
  fc.assert(
    fc.property(fc.nat(bases.length - 1), fc.array(fc.tuple(fc.nat(700), fc.integer({ min: 0, max: 255 })), { maxLength: 12 }), fc.option(fc.nat(30000)), (which, patches, length) => {
      let bytes = Uint8Array.from(bases[which]!)
      for (const [at, value] of patches) bytes[at] = value
      if (length !== null) bytes = bytes.slice(0, length)
      const request = requestFor(kernel, bytes, '/p', { open, creds: credsOf(1000) })
      const image = elf.load(request)
      expect(explainElf(request) ?? new SyscallkitError('ERR_SYSCALLKIT_NONE', '')).toBeInstanceOf(SyscallkitError)
      if (typeof image === 'number') expect(image).toBeLessThan(0)
      else dispose(image)
    }),
    { numRuns: 1500, seed: 1 },
  )
})

describe('scripts', () => {
  const dir = '/tmp/sk-start'
  const files = new Map(Object.entries(SCRIPTS).map(([name, text]) => [`${dir}/${name}`, Buffer.from(text.replaceAll('@', dir), 'latin1') as Uint8Array]))
  files.set(`${dir}/show`, programs['exec64']!)
  files.set(`${dir}/plain-text`, Buffer.from('text\n'))
  const openScript = (path: string): ExecutableFile | number => {
    if (path === '') return -13 // natively the folder one is in
    const bytes = files.get(path)
    return bytes === undefined ? -2 : fileOf(bytes, path)
  }
  const argumentsOf = (image: LoadedImage): string => {
    const user = new UserMemory(image.space)
    const argc = user.getU32(image.stackPointer)
    const list = Array.from({ length: argc }, (_, i) => user.cstring(user.getU32(image.stackPointer + 8 + 8 * i) + user.getU32(image.stackPointer + 12 + 8 * i) * 2 ** 32))
    return list.map((s) => `[${s}]`).join('')
  }

  test.each(Object.entries(native.scripts))('%s', (name, outcome) => {
    const path = `${dir}/${name}`
    const image = script.load(requestFor(newKernel(), files.get(path)!, path, { open: openScript }))
    if (typeof image === 'number') expect(`errno ${-image}`).toBe(outcome)
    else expect('fatal' in image ? 'fatal' : `${argumentsOf(image)}=${path}\nexit 0`).toBe(outcome)
  })
})

describe('what is wrong with a program is said', () => {
  const of = (name: string, change: (view: DataView, bytes: Uint8Array) => Uint8Array | void, more: Partial<ExecRequest> = {}) => {
    const bytes = Uint8Array.from(starts[name]!.program)
    const changed = change(new DataView(bytes.buffer), bytes) ?? bytes
    return explainElf(requestFor(newKernel(), changed, '/bin/prog', { open, ...more }))
  }
  const p64 = (i: number, field: number) => 64 + i * 56 + field
  type Row = readonly [string, string, (view: DataView, bytes: Uint8Array) => Uint8Array | void, string | null, string, Partial<ExecRequest>?]
  const rows: readonly Row[] = [
    ['nothing', 'exec64', () => undefined, null, ''],
    ['empty', 'exec64', () => new Uint8Array(0), 'TRUNCATED', 'the file has 0 bytes'],
    ['text', 'exec64', () => Uint8Array.from([104, 105]), 'MAGIC', 'not an ELF file'],
    ['cut header', 'exec64', (_v: DataView, b: Uint8Array) => b.slice(0, 60), 'TRUNCATED', '64 bytes, but the file has 60'],
    ['cut segment', 'exec64', (_v: DataView, b: Uint8Array) => b.slice(0, 5000), 'TRUNCATED', 'PT_LOAD segment'],
    ['big-endian', 'exec64', (_v: DataView, b: Uint8Array) => void (b[5] = 2), 'ENDIAN', 'big-endian'],
    ['ARM', 'exec64', (v: DataView) => v.setUint16(18, 183, true), 'MACHINE', 'AArch64'],
    ['x32', 'exec64', (_v: DataView, b: Uint8Array) => void (b[4] = 1), 'CLASS', 'x32'],
    ['object file', 'exec64', (v: DataView) => v.setUint16(16, 1, true), 'TYPE', 'relocatable'],
    ['no headers', 'exec64', (v: DataView) => v.setUint16(56, 0, true), 'HEADERS', '0 program headers'],
    ['absurd segment', 'exec64', (v: DataView) => v.setUint32(p64(0, 44), 0xffff, true), 'SEGMENTS', 'beyond user space'],
    ['file part larger', 'exec64', (v: DataView) => v.setUint32(p64(0, 40), 1, true), 'SEGMENTS', 'in memory'],
    ['overlap', 'exec64', (v: DataView) => v.setUint32(p64(1, 16), 0x400000, true), 'SEGMENTS', 'overlaps'],
    ['misaligned', 'exec64', (v: DataView) => v.setUint32(p64(0, 16), 0x400010, true), 'SEGMENTS', 'congruent'],
    ['entry', 'exec64', (v: DataView) => v.setUint32(24, 0x1234, true), 'ENTRY', '0x1234'],
    ['no interpreter', 'dynamic64', () => undefined, 'INTERPRETER', '/tmp/sk-start/interpreter64 cannot be opened (errno 2)', { open: () => -2 }],
  ]
  for (const [what, name, change, code, text, more = {}] of rows) test(what, () => {
    const error = of(name, change, more)
    if (code === null) {
      expect(error).toBeNull()
      return
    }
    expect(error).toBeInstanceOf(SyscallkitError)
    expect(error?.code).toBe(`ERR_SYSCALLKIT_ELF_${code}`)
    expect(error?.message).toContain('/bin/prog: ')
    expect(error?.message).toContain(text)
  })

  test('a 64-bit program for an i386 kernel', () => {
    const error = explainElf(requestFor(newKernel('i686'), programs['exec64']!, '/bin/prog'))
    expect(error?.code).toBe('ERR_SYSCALLKIT_ELF_MACHINE')
  })
})
