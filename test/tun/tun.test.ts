import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Link, fixture, missing, prepare } from './link.js'

/** Bytes each way; `npm run test:tun` transfers 100 MB. */
const BYTES = Number(process.env['TUN_BYTES'] ?? 1_000_000)
const CONNECTIONS = BYTES > 10_000_000 ? 1000 : 200
const reason = missing()
if (reason !== null) console.log(`skipped: the kernel as peer over TUN: ${reason}`)

/** What is left of connections in the kernel's table, TIME_WAIT apart. */
const leftInKernel = (link: Link): string => link.run('sh', '-c', 'grep -v " 06 " /proc/net/tcp | grep -c "0109090A\\|0100090A" || true').trim()

let link: Link | null = null
afterEach(async () => {
  await link?.close()
  link = null
})

describe.skipIf(reason !== null)('the kernel as peer over TUN', { timeout: BYTES > 10_000_000 ? 1_200_000 : 60_000 }, () => {
  beforeAll(prepare)

  test.each([
    ['x86_64', 'nothing', {}], ['i386', 'nothing', {}], ['x86_64', '1 % loss', { loss: 0.01 }], ['x86_64', '5 % loss', { loss: 0.05 }],
    ['x86_64', 'reordering', { reorder: 0.25, reorderDelay: 3000 }], ['x86_64', '50 ms delay', { delay: 25_000 }],
  ])('%s guest, with %s between: a server serves the kernel\'s client, both ways', async (arch, _what, faults) => {
    link = Link.open([fixture('http-server', arch), '80'], faults)
    await link.says('listening')
    expect(link.run(fixture('http-client'), '10.8.0.2', '80', 'get', String(BYTES))).toBe(`got ${BYTES} bytes\n`)
    expect(link.run(fixture('http-client'), '10.8.0.2', '80', 'post', String(BYTES))).toMatch(new RegExp(`^sent ${BYTES} bytes (\\w+)\ngot ${BYTES} bytes \\1\n$`))
  })

  test('over IPv6', async () => {
    link = Link.open([fixture('http-server'), '-6', '80'])
    await link.says('listening')
    expect(link.run(fixture('http-client'), 'fd08::2', '80', 'get', String(BYTES))).toBe(`got ${BYTES} bytes\n`)
  })

  test.each(['get', 'post'])('a client of the guest: %s', async (direction) => {
    link = Link.open(['fixtures/bin/x86_64/http-client', '10.9.0.1', '81', direction, String(BYTES)], {}, 'fixtures/bin/x86_64/http-server 81 1 & sleep 0.2')
    expect(await link.finished(), link.output).toBe(0)
    expect(link.output).toMatch(new RegExp(`got ${BYTES} bytes`))
    expect(link.output).toMatch(/left: 0 connections, 0 listeners/)
  })

  test('connections are opened and closed, and nothing is left on either side', async () => {
    link = Link.open([fixture('http-server'), '80', String(CONNECTIONS)])
    await link.says('listening')
    expect(link.run(fixture('http-client'), '10.8.0.2', '80', 'connect', String(CONNECTIONS))).toBe(`${CONNECTIONS} connections\n`)
    expect(await link.finished(), link.output).toBe(0)
    expect(link.output).toMatch(/left: 0 connections, 0 listeners/)
    expect(leftInKernel(link)).toBe('0')
  })
})
