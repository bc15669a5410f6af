import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

let folder: string
const cacheFolder = (): string => join(folder, 'cache/syscallkit')
const cached = (): string[] => {
  try {
    return readdirSync(cacheFolder())
  } catch {
    return []
  }
}
const start = (env: Record<string, string> = {}, program = 'hello-asm'): { status: number | null; stdout: string; stderr: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'main.cjs'), 'run', `fixtures/bin/x86_64/${program}`], { encoding: 'utf8', env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache'), ...env } })
  return { status, stdout, stderr }
}
const hello = { status: 0, stdout: 'Hello, x86_64 world!\n', stderr: '' }

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'syscallkit-start-'))
  expect(spawnSync(process.execPath, ['scripts/build-command.mjs', folder], { stdio: 'inherit' }).status).toBe(0)
})
beforeEach(() => rmSync(join(folder, 'cache'), { recursive: true, force: true }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the first start keeps compiled code, the second uses it as it is', () => {
  expect(start()).toEqual(hello)
  const [file] = cached()
  expect(file).toMatch(/^command-v\d+/)
  const first = readFileSync(join(cacheFolder(), file!))
  expect(start()).toEqual(hello)
  expect(readFileSync(join(cacheFolder(), file!)).equals(first)).toBe(true)
})

test('a run that compiles much more leaves that too, once', () => {
  const size = (): number => readFileSync(join(cacheFolder(), cached()[0]!)).length
  start()
  const small = size()
  expect(start({}, 'hello').status).toBe(7)
  const large = size()
  expect(large).toBeGreaterThan(small)
  start({}, 'hello')
  start()
  expect(size()).toBe(large)
})

test('compiled code of another build is replaced', () => {
  start()
  const file = join(cacheFolder(), cached()[0]!)
  const other = readFileSync(file)
  other.write('0'.repeat(16), 'latin1')
  writeFileSync(file, other)
  expect(start()).toEqual(hello)
  expect(readFileSync(file).subarray(0, 16).equals(other.subarray(0, 16))).toBe(false)
})

test.each([['nothing', 0], ['no code', 24], ['half of it', 100_000]])('a file with %s is replaced', (_what, length) => {
  start()
  const file = join(cacheFolder(), cached()[0]!)
  const whole = readFileSync(file)
  writeFileSync(file, whole.subarray(0, length))
  expect(start()).toEqual(hello)
  expect(readFileSync(file).length).toBeGreaterThan(100_000)
})

test('a folder that cannot be written, or NODE_DISABLE_COMPILE_CACHE: it runs all the same and leaves nothing', () => {
  expect(start({ XDG_CACHE_HOME: '/dev/null' })).toEqual(hello)
  expect(start({ NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual(hello)
  expect(cached()).toEqual([])
})
