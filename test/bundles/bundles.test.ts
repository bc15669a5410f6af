import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { entries } from '../../scripts/package-info.mjs'
import { installedFolder } from '../package/pack.js'
import { putProgram } from '../package/programs.js'
import { bundlers } from './bundle.js'
import type { Bundle } from './bundle.js'

/** What a program may weigh after gzip, in bytes, what its bundle must not contain, and what it prints. */
const programs = {
  define: { path: 'test/bundles/programs/define.ts', budget: 2000, without: ['net', 'fs', 'cpu', 'trace', 'kernel', 'memory', 'arch', 'machine', 'config'], output: 'accept4 int fd, struct sockaddr * upeer_sockaddr, int * upeer_addrlen, int flags\n' },
  'gate-only': { path: 'examples/gate-only.ts', budget: 6000, without: ['net', 'fs', 'cpu', 'trace', 'machine', 'config', 'syscalls', 'kernel'], output: 'rax 42, rip 0x401002, r11 0x246, by SYSRET\n' },
  net: { path: 'test/bundles/programs/net.ts', budget: 60_800, without: ['fs', 'cpu', 'trace', 'kernel', 'memory', 'arch', 'machine', 'config', 'syscalls', 'sockets', 'loader'], output: '127.0.0.1: ping, pong\n::1: ping, pong\n' },
  machine: { path: 'test/bundles/programs/machine.ts', budget: 15_000, without: ['net', 'fs', 'cpu', 'trace', 'config', 'loader'], output: 'getpid 2, double(21) 42, number 999 -38, exit status 3\n' },
} as const

let folder: string
beforeAll(() => {
  folder = installedFolder('bundles')
  for (const { path } of Object.values(programs)) putProgram(path, folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(bundle: Bundle, name: string): string {
  const file = join(folder, `${name}.bundle.mjs`)
  writeFileSync(file, bundle.code)
  return execFileSync(process.execPath, [file], { encoding: 'utf8' })
}

describe.each(Object.keys(bundlers) as (keyof typeof bundlers)[])('%s', (bundler) => {
  test.each(Object.entries(programs))('%s runs, keeps its budget and contains what it imports', async (name, { budget, without, output }) => {
    const bundle = await bundlers[bundler](join(folder, `${name}.mjs`))
    console.log(`${bundler} ${name}: ${bundle.gzip} of ${budget} bytes, ${bundle.sources.length} files`)
    expect(run(bundle, `${bundler}-${name}`)).toEqual(output)
    expect(bundle.sources.filter((path) => without.some((layer) => path.startsWith(`src/${layer}/`)))).toEqual([])
    expect(bundle.code).not.toMatch(/ZodMini|zod/)
    expect(bundle.sources.length).toBeGreaterThan(0)
    expect(bundle.gzip).toBeLessThanOrEqual(budget)
  })

  test.each(entries)('$specifier, imported and unused, is empty', async ({ specifier }) => {
    const file = join(folder, `empty-${specifier.replaceAll('/', '-')}.mjs`)
    writeFileSync(file, `import * as unused from '${specifier}'\n`)
    expect((await bundlers[bundler](file)).code.trim()).toBe('')
  })
})
