import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { HostClock } from './clock.js'
import { publish, type Publication } from './publish.js'
import { createLinux } from '../presets/current.js'
import type { Machine } from '../machine/machine.js'

let machine: Machine
let open: Publication | null = null
const stop = new AbortController()

/** A guest's HTTP server, reached from the host; resolves with the bytes of an answer. */
async function serve(arch: string): Promise<number> {
  machine = createLinux({ clock: new HostClock() })
  machine.spawn(readFileSync(`fixtures/bin/${arch}/http-server`), { path: '/http-server', argv: ['http-server', '80'] })
  open = await publish(machine, [{ host: 0, guest: 80 }])
  void machine.run({ signal: stop.signal })
  await new Promise((resolve) => setTimeout(resolve, 200))
  return open.ports[0]!
}

function ask(port: number, request: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('data', (data) => chunks.push(data))
    socket.on('end', () => resolve(Buffer.concat(chunks)))
    socket.on('error', reject)
  })
}

afterEach(() => {
  open?.close()
  open = null
})

test.each(['x86_64', 'i386'])('%s: a client of the host gets an answer of the guest\'s server, and another beside it', async (arch) => {
  const port = await serve(arch)
  const [small, large] = await Promise.all([
    ask(port, 'GET /10 HTTP/1.1\r\nConnection: close\r\n\r\n'),
    ask(port, 'GET /300000 HTTP/1.1\r\nConnection: close\r\n\r\n'),
  ])
  expect(small.subarray(small.indexOf('\r\n\r\n') + 4).length).toBe(10)
  const body = large.subarray(large.indexOf('\r\n\r\n') + 4)
  expect(body.length).toBe(300000)
  expect([body[0], body[1], body[256], body[299999]]).toEqual([0, 31, (256 * 31 + 7) & 255, (299999 * 31 + (299999 >> 8) * 7 + (299999 >> 16)) & 255])
})

test('what the host sends arrives whole', async () => {
  const port = await serve('x86_64')
  const body = 'x'.repeat(200_000)
  const answer = await ask(port, `POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  let sum = 2166136261
  for (let i = 0; i < body.length; i++) sum = Math.imul(sum ^ 0x78, 16777619) >>> 0
  expect(answer.toString()).toContain(`200000 bytes ${sum.toString(16).padStart(8, '0')}`)
})

test('a port that nobody serves resets the host\'s client', async () => {
  machine = createLinux({ clock: new HostClock() })
  open = await publish(machine, [{ host: 0, guest: 81 }])
  await expect(ask(open.ports[0]!, 'hello')).rejects.toThrow('ECONNRESET')
})

test('a port of the host that is taken is said', async () => {
  await serve('x86_64')
  await expect(publish(machine, [{ host: open!.ports[0]!, guest: 80 }])).rejects.toThrow(/publish: 127\.0\.0\.1:\d+: .*EADDRINUSE/)
})
