// The network stack by itself: bulk transfers inside a process, connections a second, memory of idle sockets; Node's own net over the kernel's loopback beside it.
import { connect, createServer } from 'node:net'
import { VirtualClock } from '../src/base/clock.js'
import { SeededRandom } from '../src/base/random.js'
import { type Endpoint, parseAddress } from '../src/net/address.js'
import { BytesSource } from '../src/net/byte-io.js'
import { createWire } from '../src/net/devices/wire.js'
import { addAddress } from '../src/net/ip/addresses.js'
import type { ByteSink, ByteSource, ReceiveMessage, SendMessage } from '../src/net/sock.js'
import { NetStack } from '../src/net/stack.js'
import { TcpSocket } from '../src/net/tcp/socket.js'
import { measure } from './measure.js'

const CHUNK = 1 << 18

class Repeated implements ByteSource {
  readonly bytes = new Uint8Array(CHUNK).fill(7)
  left = 0
  take(out: Uint8Array, to: number, length: number): number {
    out.set(length === CHUNK ? this.bytes : this.bytes.subarray(0, length), to)
    this.left -= length
    return length
  }
}

class Copied implements ByteSink {
  readonly bytes = new Uint8Array(CHUNK)
  left = 0
  put(bytes: Uint8Array, from: number, length: number): number {
    this.bytes.set(bytes.subarray(from, from + length), 0)
    this.left -= length
    return length
  }
}

interface Pair {
  readonly clock: VirtualClock
  readonly stacks: readonly NetStack[]
  readonly client: TcpSocket
  readonly server: TcpSocket
}

/** To the next timer of either stack. */
function turn({ clock, stacks }: Pick<Pair, 'clock' | 'stacks'>): void {
  let next = Infinity
  for (const net of stacks) next = Math.min(next, net.nextTimer())
  if (next === Infinity) return
  const ns = next * 1000 - clock.now
  if (ns > 0) clock.advance(ns)
  for (const net of stacks) net.runTimers()
}

function pair(kind: 'one stack' | 'segments' | 'bytes'): Pair {
  const clock = new VirtualClock()
  const make = (seed: number): NetStack => new NetStack({ clock, random: new SeededRandom(seed) })
  const stacks = kind === 'one stack' ? [make(1)] : [make(1), make(2)]
  let to: Endpoint = { address: parseAddress('127.0.0.1')!, port: 80 }
  if (stacks.length === 2) {
    const ends = createWire(stacks[0]!, stacks[1]!, { segments: kind === 'segments' })
    stacks.forEach((net, i) => addAddress(net, net.addDevice(ends[i]!), parseAddress(`10.0.0.${i + 1}`)!, 24))
    to = { address: parseAddress('10.0.0.2')!, port: 80 }
  }
  const listener = new TcpSocket(stacks.at(-1)!, 4), client = new TcpSocket(stacks[0]!, 4)
  listener.bind(to)
  listener.listen(128)
  client.connect(to)
  for (let i = 0; i < 20; i++) turn({ clock, stacks })
  const server = listener.accept()
  if (!(server instanceof TcpSocket)) throw new Error(`no connection: ${server}`)
  return { clock, stacks, client, server }
}

/** Gbit/s of a bulk transfer. */
function bulk(kind: 'one stack' | 'segments' | 'bytes', megabytes: number): number {
  const both = pair(kind)
  const { client, server } = both
  const source = new Repeated(), sink = new Copied()
  const out: SendMessage = { data: source, flags: 0x4040, to: null, control: [] }
  const into: ReceiveMessage = { data: sink, flags: 0x40, wantsControl: false, outFlags: 0, from: null, control: [] }
  const total = megabytes * 1e6
  let started = 0, sent = 0, got = 0, counted = 0
  while (counted < total) {
    source.left = CHUNK
    const n = client.send(out)
    if (n > 0) sent += n
    let any = n > 0
    for (;;) {
      sink.left = CHUNK
      const m = server.receive(into)
      if (m <= 0) break
      got += m
      any = true
    }
    if (!any || both.stacks.length === 2) turn(both)
    // the first tenth warms up
    if (started === 0 && got > total / 10) {
      started = performance.now()
      got = 0
    }
    counted = started === 0 ? 0 : got
  }
  return (counted * 8) / (performance.now() - started) / 1e6
}

/** Node's net over the kernel's loopback, Gbit/s. */
async function nodeBulk(megabytes: number): Promise<number> {
  const total = megabytes * 1e6
  const server = createServer((socket) => {
    const chunk = Buffer.alloc(CHUNK, 7)
    const write = (): void => {
      while (socket.write(chunk));
    }
    socket.on('drain', write).on('error', () => {})
    write()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const rate = await new Promise<number>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let got = 0, started = 0
    socket.on('data', (data) => {
      got += data.length
      if (started === 0 && got > total / 10) {
        started = performance.now()
        got = 0
      }
      if (started !== 0 && got > total) {
        resolve((got * 8) / (performance.now() - started) / 1e6)
        socket.destroy()
      }
    })
  })
  server.close()
  return rate
}

/** Connections a second: connect, accept, a byte there, close by both. */
function connections(count: number): number {
  const clock = new VirtualClock()
  const net = new NetStack({ clock, random: new SeededRandom(1), sysctl: { tcp_max_tw_buckets: 4096 } })
  const to = { address: parseAddress('127.0.0.1')!, port: 80 }
  const listener = new TcpSocket(net, 4)
  listener.bind(to)
  listener.listen(128)
  const byte = new Uint8Array(1)
  const sink = new Copied()
  let started = 0
  for (let i = 0; i < count * 1.2; i++) {
    if (i === Math.floor(count * 0.2)) started = performance.now()
    const client = new TcpSocket(net, 4)
    client.connect(to)
    const server = listener.accept()
    if (!(server instanceof TcpSocket)) throw new Error(`accept: ${server}`)
    client.send({ data: new BytesSource(byte), flags: 0, to: null, control: [] })
    sink.left = 1
    server.receive({ data: sink, flags: 0, wantsControl: false, outFlags: 0, from: null, control: [] })
    client.release()
    server.release()
    clock.advance(20_000)
    net.runTimers()
  }
  return count / ((performance.now() - started) / 1000)
}

/** Node's net: connections a second. */
async function nodeConnections(count: number): Promise<number> {
  const server = createServer((socket) => socket.on('data', () => socket.end()).on('error', () => {})).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const started = performance.now()
  let left = count
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (left-- > 0) {
        await new Promise<void>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => socket.end('x'))
          socket.on('close', () => resolve()).on('error', () => {}).resume()
        })
      }
    }),
  )
  server.close()
  return count / ((performance.now() - started) / 1000)
}

function heap(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
}

interface Idle {
  readonly clock: VirtualClock
  readonly net: NetStack
  readonly sockets: TcpSocket[]
}

/** A stack with idle connections, both ends of each; with `keepalive` each has a timer that is armed. */
function idle(ends: number, keepalive: boolean): Idle {
  const clock = new VirtualClock()
  const net = new NetStack({ clock, random: new SeededRandom(1), sysctl: { ip_local_port_range: [1024, 65535], tcp_max_syn_backlog: 65535, somaxconn: 65535 } })
  const sockets: TcpSocket[] = []
  for (let host = 1; sockets.length < ends; host++) {
    const to = { address: parseAddress(`127.0.0.${host}`)!, port: 80 }
    const listener = new TcpSocket(net, 4)
    if (keepalive) listener.ownOptions().keepAlive = true
    listener.bind(to)
    listener.listen(128)
    for (let i = 0; i < 25_000 && sockets.length < ends; i++) {
      const client = new TcpSocket(net, 4)
      if (keepalive) client.ownOptions().keepAlive = true
      client.connect(to)
      const server = listener.accept()
      if (!(server instanceof TcpSocket)) throw new Error(`accept: ${server}`)
      sockets.push(client, server)
    }
  }
  if (sockets[0]!.state !== 1) throw new Error('not connected')
  return { clock, net, sockets }
}

/** Bytes of an idle connection, both ends counted apart, in a stack that has 100,000 of them. */
function idleConnection(): number {
  const before = heap()
  const { sockets } = idle(100_000, false)
  return (heap() - before) / sockets.length
}

/** Microseconds that a second of a stack costs with so many timers of idle connections armed: looked at each millisecond. */
function idleSecond(ends: number): () => number {
  const { clock, net } = idle(ends, true)
  return () => {
    const started = performance.now()
    for (let i = 0; i < 1000; i++) {
      clock.advance(1_000_000)
      if (net.nextTimer() <= net.now) throw new Error('a timer is late')
      net.runTimers()
    }
    return (performance.now() - started) * 1000
  }
}

/** Bytes of a listener. */
function idleListener(): number {
  const net = new NetStack({ clock: new VirtualClock(), random: new SeededRandom(1) })
  const kept: TcpSocket[] = []
  const before = heap()
  for (let i = 0; i < 10_000; i++) {
    const listener = new TcpSocket(net, 4)
    listener.bind({ address: parseAddress('127.0.0.1')!, port: 2000 + i })
    listener.listen(128)
    kept.push(listener)
  }
  return (heap() - before) / kept.length
}

await measure('net: bulk transfer in one process, Gbit/s', [
  { name: 'Node net over the kernel’s loopback', unit: 'Gbit/s', read: () => nodeBulk(2000), times: 3, higherIsBetter: true },
  { name: 'loopback, large segments', unit: 'Gbit/s', read: () => bulk('one stack', 4000), times: 3, aim: 20, higherIsBetter: true },
  { name: 'two stacks, large segments', unit: 'Gbit/s', read: () => bulk('segments', 4000), times: 3, aim: 20, higherIsBetter: true },
  { name: 'two stacks, MSS 1460, bytes with checksums', unit: 'Gbit/s', read: () => bulk('bytes', 300), times: 3, aim: 1.3, higherIsBetter: true },
])
await measure('net: connections a second', [
  { name: 'Node net over the kernel’s loopback', unit: '/s', read: () => nodeConnections(20_000), times: 3, higherIsBetter: true },
  { name: 'connect, accept, a byte, close', unit: '/s', read: () => connections(60_000), times: 3, aim: 60_000, higherIsBetter: true },
])
await measure('net: memory', [
  { name: 'idle connection, one end', unit: 'B', read: idleConnection, times: 1, aim: 2048 },
  { name: 'listener', unit: 'B', read: idleListener, times: 1, aim: 1024 },
])
await measure('net: a second of idle connections with keepalive', [
  { name: '1,000 ends', unit: 'µs', read: idleSecond(1000), times: 9 },
  { name: '100,000 ends', unit: 'µs', read: idleSecond(100_000), times: 9 },
])
