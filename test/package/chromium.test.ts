import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rootFolder } from '../guards/sources.js'
import { installedFolder } from './pack.js'
import { putProgram } from './programs.js'

const executablePath = '/usr/bin/chromium'
const programs = ['examples/gate-only.ts', 'examples/fake-cpu.ts', 'test/package/programs/hello-fetched.ts']
const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

/** Runs `program.js` in a page and collects what it logs. */
const page = `<!doctype html><title>page</title><script type="module" src="page.js"></script>`
const collect = `
const lines = []
console.log = (...parts) => lines.push(parts.join(' '))
const program = new URLSearchParams(location.search).get('program')
`
const pageScript = `${collect}
if (new URLSearchParams(location.search).has('worker')) {
  const worker = new Worker('worker.js?program=' + program, { type: 'module' })
  worker.onmessage = ({ data }) => { globalThis.result = data }
  worker.onerror = ({ message }) => { globalThis.result = 'worker: ' + message }
} else import('./' + program + '.js').then(() => { globalThis.result = lines.join('\\n') }, (error) => { globalThis.result = String(error) })
`
const workerScript = `${collect}
import('./' + program + '.js').then(() => postMessage(lines.join('\\n')), (error) => postMessage(String(error)))
`

describe.skipIf(!existsSync(executablePath))('bundled, in headless Chromium (skipped where there is no /usr/bin/chromium)', () => {
  let folder: string
  let server: Server
  let browser: Browser
  let origin: string

  beforeAll(async () => {
    folder = installedFolder('chromium')
    for (const path of programs) {
      const file = putProgram(path, folder)
      await build({ entryPoints: [file], outfile: file.replace(/\.mjs$/, '.js'), bundle: true, format: 'esm', platform: 'browser', target: 'es2022', minify: true, logLevel: 'silent' })
    }
    cpSync(join(rootFolder, 'fixtures/bin/x86_64/hello'), join(folder, 'hello'))
    writeFileSync(join(folder, 'page.html'), page)
    writeFileSync(join(folder, 'page.js'), pageScript)
    writeFileSync(join(folder, 'worker.js'), workerScript)
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://localhost')
      const [, policy, name] = pathname.split('/')
      const file = join(folder, name ?? '')
      if (name === undefined || !existsSync(file)) return void response.writeHead(404).end()
      const csp = policy === 'strict' ? "default-src 'self'" : "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"
      response.writeHead(200, { 'content-type': types[extname(name)] ?? 'application/octet-stream', 'content-security-policy': csp }).end(readFileSync(file))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function result(policy: 'wasm' | 'strict', program: string, where: 'page' | 'worker'): Promise<string> {
    const tab = await browser.newPage()
    try {
      await tab.goto(`${origin}/${policy}/page.html?program=${program}${where === 'worker' ? '&worker' : ''}`)
      for (let i = 0; i < 300; i++) {
        const answer: unknown = await tab.evaluate(() => Reflect.get(globalThis, 'result')) // waitForFunction evaluates a string, which the policy forbids
        if (typeof answer === 'string') return answer
        await tab.waitForTimeout(100)
      }
      throw new Error(`${program} in a ${where}: no answer`)
    } finally {
      await tab.close()
    }
  }

  describe.each(['page', 'worker'] as const)('in a %s', (where) => {
    test('the gate alone', async () => {
      expect(await result('wasm', 'gate-only', where)).toMatch(/42/)
    })
    test('a machine with a fake CPU', async () => {
      expect(await result('wasm', 'fake-cpu', where)).toBe('getpid 2, double(21) 42, number 999 -38, exit status 3')
    })
    test('the whole machine runs hello', async () => {
      expect(await result('wasm', 'hello-fetched', where)).toMatch(/^argc 1 argv\[0\] \/hello\n[^]*sum 332833500\nstatus 7$/)
    })
    test("without 'wasm-unsafe-eval' the reference CPU says so by name, and the rest works", async () => {
      expect(await result('strict', 'hello-fetched', where)).toMatch(/^ERR_SYSCALLKIT_\w*WASM\w*$/)
      expect(await result('strict', 'fake-cpu', where)).toBe('getpid 2, double(21) 42, number 999 -38, exit status 3')
    })
  })
})
