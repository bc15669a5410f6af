import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rootFolder } from '../guards/sources.js'
import { packTarball, temporaryFolder } from './pack.js'
import { putProgram } from './programs.js'

/** The three compositions: the gate alone, a machine with a fake CPU, the whole machine. */
const programs = { 'gate-only': 'examples/gate-only.ts', 'fake-cpu': 'examples/fake-cpu.ts', hello: 'examples/hello.ts' } as const

let folder: string
const expected = new Map<string, string>()

const run = (node: string, name: string): string => execFileSync(node, [`${name}.mjs`], { cwd: folder, encoding: 'utf8' })

/** Path of a Node of that major version, installed from the registry beside the fresh folder. */
function nodeOf(major: number): string {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const place = join(folder, `node-${major}`)
  mkdirSync(place)
  writeFileSync(join(place, 'package.json'), '{ "private": true }')
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', `node@${major}`], { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] })
  return join(place, 'node_modules/node/bin/node')
}

beforeAll(() => {
  folder = temporaryFolder('nodes')
  const tarball = packTarball(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', tarball], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  for (const program of ['hello', 'hello-asm']) cpSync(join(rootFolder, 'fixtures/bin/x86_64', program), join(folder, 'fixtures/bin/x86_64', program))
  for (const [name, path] of Object.entries(programs)) {
    putProgram(path, folder)
    expected.set(name, run(process.execPath, name))
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the packed tarball in a fresh folder', () => {
  test('prints what the programs are there to print', () => {
    expect(expected.get('gate-only')).toMatch(/42/)
    expect(expected.get('fake-cpu')).toBe('getpid 2, double(21) 42, number 999 -38, exit status 3\n')
    expect(expected.get('hello')).toContain('Hello, x86_64 world!\n')
    expect(expected.get('hello')).toMatch(/exit status 0 after \d+ instructions\n$/)
  })

  test('installs a command that runs a program', () => {
    const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'syscallkit', 'run', '--strace', 'fixtures/bin/x86_64/hello'], { cwd: folder, encoding: 'utf8' })
    const native = spawnSync('fixtures/bin/x86_64/hello', { cwd: folder, encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: native.status, stdout: native.stdout })
    expect(stderr).toContain(`+++ exited with ${native.status} +++`)
  })

  describe.each([20, 22, 24, 26])('Node %i', (major) => {
    let node: string
    beforeAll(() => {
      node = nodeOf(major)
    })
    test('is that Node', () => {
      expect(execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' })).toMatch(new RegExp(`^${major}\\.`))
    })
    test.each(Object.keys(programs))('%s prints the same', (name) => {
      expect(run(node, name)).toBe(expected.get(name))
    })
  })
})
