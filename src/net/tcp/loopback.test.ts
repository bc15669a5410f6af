import { describe, expect, test } from 'vitest'
import { EAGAIN, ECONNREFUSED, ECONNRESET, EINPROGRESS } from '../../abi/errno.js'
import { SHUT } from '../../abi/flags/sockets.js'
import { VirtualClock } from '../../base/clock.js'
import { SeededRandom } from '../../base/random.js'
import { ipv4, ipv6Words, type IpAddress } from '../address.js'
import { MIB } from '../mib.js'
import { type ByteSink, type ByteSource, type ReceiveMessage, TCP } from '../sock.js'
import { NetStack } from '../stack.js'
import { TcpSocket } from './socket.js'

class Source implements ByteSource {
  at = 0
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
  get left(): number {
    return this.bytes.length - this.at
  }
  take(out: Uint8Array, to: number, length: number): number {
    out.set(this.bytes.subarray(this.at, this.at + length), to)
    this.at += length
    return length
  }
}

class Sink implements ByteSink {
  at = 0
  readonly bytes: Uint8Array
  constructor(size: number) {
    this.bytes = new Uint8Array(size)
  }
  get left(): number {
    return this.bytes.length - this.at
  }
  put(bytes: Uint8Array, from: number, length: number): number {
    this.bytes.set(bytes.subarray(from, from + length), this.at)
    this.at += length
    return length
  }
}

const v4 = ipv4(0x7f000001), v6 = ipv6Words(0, 0, 0, 1), mapped = ipv6Words(0, 0, 0xffff, 0x7f000001)

function stack(sysctl = {}): { net: NetStack; clock: VirtualClock } {
  const clock = new VirtualClock()
  return { net: new NetStack({ clock, random: new SeededRandom(1), sysctl }), clock }
}

function send(sk: TcpSocket, text: string): number {
  return sk.send({ data: new Source(new TextEncoder().encode(text)), flags: 0, to: null, control: [] })
}

function receive(sk: TcpSocket, size = 1000): string | number {
  const data = new Sink(size)
  const message: ReceiveMessage = { data, flags: 0, wantsControl: false, outFlags: 0, from: null, control: [] }
  const n = sk.receive(message)
  return n < 0 ? n : new TextDecoder().decode(data.bytes.subarray(0, n))
}

function accepted(listener: TcpSocket): TcpSocket {
  const child = listener.accept()
  if (!(child instanceof TcpSocket)) throw new Error(`accept: ${String(child)}`)
  return child
}

function listenAt(net: NetStack, family: 4 | 6, address: IpAddress, backlog = 10): TcpSocket {
  const sk = new TcpSocket(net, family)
  expect(sk.bind({ address, port: 8080 })).toBe(0)
  expect(sk.listen(backlog)).toBe(0)
  return sk
}

/** Lets time pass, timers running when they are due. */
function pass(net: NetStack, clock: VirtualClock, ms: number): void {
  const end = clock.now + ms * 1e6
  for (let next = net.nextTimer() * 1000; next <= end; next = net.nextTimer() * 1000) {
    clock.now = Math.max(clock.now, next)
    net.runTimers()
  }
  clock.now = end
}

describe.each([['IPv4', 4, v4, v4], ['IPv6', 6, v6, v6], ['mapped', 6, ipv6Words(0, 0, 0, 0), mapped]] as const)('%s over loopback', (_, family, bound, to) => {
  test('a connection is made, carries data both ways and ends in TIME_WAIT', () => {
    const { net, clock } = stack()
    // as the tracepoint sock:inet_sock_set_state of 6.18 prints for the same calls
    const states: string[] = []
    net.events.on('state', ({ oldState, newState }) => states.push(`${oldState}>${newState}`))
    const listener = listenAt(net, family, bound)
    const client = new TcpSocket(net, family)
    expect(client.connect({ address: to, port: 8080 })).toBe(-EINPROGRESS)
    expect(client.state).toBe(TCP.ESTABLISHED)
    expect(client.connect({ address: to, port: 8080 })).toBe(0)
    const server = accepted(listener)
    expect(server.state).toBe(TCP.ESTABLISHED)
    expect(send(client, 'hello')).toBe(5)
    expect(receive(server)).toBe('hello')
    expect(send(server, 'world')).toBe(5)
    expect(receive(client)).toBe('world')
    expect(receive(client)).toBe(-EAGAIN)
    client.release()
    expect(receive(server)).toBe('')
    server.release()
    listener.release()
    expect(net.tcp.timeWaits).toBe(1)
    expect(states).toEqual([
      `${TCP.CLOSE}>${TCP.LISTEN}`, `${TCP.CLOSE}>${TCP.SYN_SENT}`, `${TCP.SYN_SENT}>${TCP.ESTABLISHED}`, `${TCP.LISTEN}>${TCP.SYN_RECV}`,
      `${TCP.SYN_RECV}>${TCP.ESTABLISHED}`, `${TCP.ESTABLISHED}>${TCP.FIN_WAIT1}`, `${TCP.ESTABLISHED}>${TCP.CLOSE_WAIT}`,
      `${TCP.CLOSE_WAIT}>${TCP.LAST_ACK}`, `${TCP.FIN_WAIT1}>${TCP.FIN_WAIT2}`, `${TCP.FIN_WAIT2}>${TCP.CLOSE}`, `${TCP.LAST_ACK}>${TCP.CLOSE}`, `${TCP.LISTEN}>${TCP.CLOSE}`,
    ])
    pass(net, clock, 61_000)
    expect([net.tcp.timeWaits, net.tcp.establishedCount, net.tcp.sockets, net.tcp.orphans, net.tcp.ports.buckets.size]).toEqual([0, 0, 0, 0, 0])
    expect(net.nextTimer()).toBe(Infinity)
  })

  test('a megabyte arrives as it was sent', () => {
    const { net, clock } = stack()
    const listener = listenAt(net, family, bound)
    const client = new TcpSocket(net, family)
    client.connect({ address: to, port: 8080 })
    const server = accepted(listener)
    const bytes = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 7) ^ (i >> 8))
    const source = new Source(bytes)
    const got = new Sink(bytes.length)
    for (let i = 0; i < 10_000 && got.left > 0; i++) {
      if (source.left > 0) client.send({ data: source, flags: 0, to: null, control: [] })
      server.receive({ data: got, flags: 0, wantsControl: false, outFlags: 0, from: null, control: [] })
      pass(net, clock, 1)
    }
    expect(got.left).toBe(0)
    expect(Buffer.compare(got.bytes, bytes)).toBe(0)
  })

  test('nobody listens: the connection is refused', () => {
    const { net } = stack()
    const client = new TcpSocket(net, family)
    expect(client.connect({ address: to, port: 8080 })).toBe(-EINPROGRESS)
    expect(client.connect({ address: to, port: 8080 })).toBe(-ECONNREFUSED)
    expect(net.mib[MIB.TcpAttemptFails]).toBe(1)
    expect(net.mib[MIB.TcpOutRsts]).toBe(1)
    client.release()
    expect(net.tcp.sockets).toBe(0)
  })

  test('shutdown of the writing half lets the other side still write', () => {
    const { net } = stack()
    const listener = listenAt(net, family, bound)
    const client = new TcpSocket(net, family)
    client.connect({ address: to, port: 8080 })
    const server = accepted(listener)
    expect(client.shutDown(SHUT.SHUT_WR)).toBe(0)
    expect(receive(server)).toBe('')
    expect(send(server, 'late')).toBe(4)
    expect(receive(client)).toBe('late')
    expect([client.state, server.state]).toEqual([TCP.FIN_WAIT2, TCP.CLOSE_WAIT])
  })

  test('a close with unread data resets', () => {
    const { net } = stack()
    const listener = listenAt(net, family, bound)
    const client = new TcpSocket(net, family)
    client.connect({ address: to, port: 8080 })
    const server = accepted(listener)
    send(client, 'unread')
    server.release()
    expect(net.mib[MIB.TCPAbortOnClose]).toBe(1)
    expect(client.state).toBe(TCP.CLOSE)
    expect(receive(client)).toBe(-ECONNRESET)
  })

  test('a reset of a socket without bind leaves by the port that it had', () => {
    const { net } = stack()
    const listener = listenAt(net, family, bound)
    const client = new TcpSocket(net, family)
    client.connect({ address: to, port: 8080 })
    const server = accepted(listener)
    send(server, 'unread')
    client.release()
    expect(receive(server)).toBe(-ECONNRESET)
    expect(server.state).toBe(TCP.CLOSE)
    expect(net.mib[MIB.TcpEstabResets]).toBe(2)
  })
})
