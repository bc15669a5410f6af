import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Faults } from '../../src/net/devices/faults.js'
import { Link, fixture, missing, netem, prepare } from './link.js'
import { checksum, pattern } from './pattern.js'

/** Bytes each way; `npm run test:tun` transfers 100 MB. */
const BYTES = Number(process.env['TUN_BYTES'] ?? 1_000_000)
const LONG = BYTES > 10_000_000
const CONNECTIONS = LONG ? 1000 : 200
const reason = missing()
if (reason !== null) console.log(`skipped: the kernel as peer over TUN: ${reason}`)
const noCurl = reason ?? (spawnSync('curl', ['--version']).status === 0 ? null : 'no curl')
if (reason === null && noCurl !== null) console.log(`skipped: curl as client of the guest: ${noCurl}`)

const scratch = mkdtempSync(join(tmpdir(), 'tun-'))
const sent = join(scratch, 'sent'), received = join(scratch, 'received')
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** What is left of connections in the kernel's table, TIME_WAIT apart. */
const leftInKernel = (link: Link): string => link.run('sh', '-c', 'grep -v " 06 " /proc/net/tcp | grep "0109090A\\|0100090A" || true').trim()
const curl = (link: Link, ...args: string[]): string => link.run('curl', '--silent', '--show-error', '--fail', ...args)

let link: Link | null = null
afterEach(async () => {
  await link?.close()
  link = null
})

const lines: readonly (readonly [what: string, faults: Faults])[] = [
  ['nothing', {}], ['1 % loss', { loss: 0.01 }], ['5 % loss', { loss: 0.05 }], ['reordering', { reorder: 0.25, reorderDelay: 3000 }], ['50 ms delay', { delay: 25_000 }],
]
const both = lines.flatMap(([what, faults]) => ['x86_64', 'i386'].map((arch) => [arch, what, faults] as const))

/** How long a transfer took, where that is of interest. */
async function timed<T>(what: string, run: () => Promise<T> | T): Promise<T> {
  const start = performance.now()
  const result = await run()
  if (LONG) console.log(`${what}: ${BYTES / 1e6} MB in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return result
}

describe.skipIf(reason !== null)(`the kernel as peer over TUN, faults by ${reason === null && netem() ? 'netem' : 'the fault injector'}`, { timeout: LONG ? 1_200_000 : 60_000 }, () => {
  let body = pattern(0), answer = ''
  beforeAll(async () => {
    body = pattern(BYTES)
    answer = `${BYTES} bytes ${checksum(body)}\n`
    writeFileSync(sent, body)
    await prepare()
  })

  describe.skipIf(noCurl !== null)('a server of the guest, curl on the kernel', () => {
    test.each(both)('%s, with %s between: gets and puts every byte, and nothing is left', async (arch, what, faults) => {
      link = Link.open([fixture('http-server', arch), '80', '2'], faults)
      const open = link
      await open.says('listening')
      await timed(`${arch}, ${what}, curl gets`, () => curl(open, '--output', received, `http://10.8.0.2/${BYTES}`))
      expect(readFileSync(received).equals(body)).toBe(true)
      expect(await timed(`${arch}, ${what}, curl puts`, () => curl(open, '--upload-file', sent, 'http://10.8.0.2/'))).toBe(answer)
      expect(await open.finished(), open.output).toBe(0)
      expect(open.output).toMatch(/left: 0 connections, 0 listeners/)
      expect(leftInKernel(open)).toBe('')
    })

    test('over IPv6', async () => {
      link = Link.open([fixture('http-server'), '-6', '80'])
      await link.says('listening')
      curl(link, '--output', received, `http://[fd08::2]/${BYTES}`)
      expect(readFileSync(received).equals(body)).toBe(true)
      expect(curl(link, '--upload-file', sent, 'http://[fd08::2]/')).toBe(answer)
    })

    test.each(['x86_64', 'i386'])(`%s: ${CONNECTIONS} connections are opened and closed, and nothing is left on either side`, async (arch) => {
      link = Link.open([fixture('http-server', arch), '80', String(CONNECTIONS)])
      await link.says('listening')
      curl(link, '--header', 'Connection: close', '--output', received, `http://10.8.0.2/[1-${CONNECTIONS}]`)
      expect(readFileSync(received).equals(body.subarray(0, CONNECTIONS))).toBe(true)
      expect(await link.finished(), link.output).toBe(0)
      expect(link.output).toMatch(/left: 0 connections, 0 listeners/)
      expect(leftInKernel(link)).toBe('')
    })
  })

  // a short run has the other faults with curl already
  test.each(LONG ? both : both.slice(0, 2))('%s client of the guest, with %s between: gets and posts', async (arch, what, faults) => {
    for (const direction of ['get', 'post']) {
      const open = Link.open([fixture('http-client', arch), '10.9.0.1', '81', direction, String(BYTES)], faults, `${fixture('http-server')} 81 1 & sleep 0.2`)
      link = open
      expect(await timed(`${arch}, ${what}, the guest ${direction}s`, () => open.finished()), open.output).toBe(0)
      expect(open.output).toContain(direction === 'get' ? `got ${BYTES} bytes` : `got ${answer}`)
      expect(open.output).toMatch(/left: 0 connections, 0 listeners/)
      expect(leftInKernel(open)).toBe('')
      await open.close()
      link = null
    }
  })
})
