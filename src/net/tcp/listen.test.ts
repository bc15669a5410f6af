import { describe, expect, test } from 'vitest'
import { EINPROGRESS, EINVAL, EISCONN } from '../../abi/errno.js'
import { SOL, TCP_OPTIONS } from '../../abi/flags/sockets.js'
import { VirtualClock } from '../../base/clock.js'
import { SeededRandom } from '../../base/random.js'
import { ipv4 } from '../address.js'
import type { NetDifferences } from '../differences.js'
import { MIB } from '../mib.js'
import { setSockOption } from '../sock-options.js'
import { TCP } from '../sock.js'
import { NetStack } from '../stack.js'
import type { NetSysctl } from '../sysctl-defaults.js'
import { synTableEntries } from './listen.js'
import { TcpSocket } from './socket.js'
import { listenBucket } from './tables.js'

const LOOPBACK = ipv4(0x7f000001)
const PORT = 8080

function stack(sysctl: Partial<NetSysctl> = {}, differences: Partial<NetDifferences> = {}): NetStack {
  const clock = new VirtualClock()
  clock.now = 1e12
  return new NetStack({ clock, random: new SeededRandom(7), sysctl, differences })
}

function pass(net: NetStack, ms: number): void {
  const end = net.clock.monotonic() + ms * 1e6
  for (let next = net.nextTimer() * 1000; next <= end; next = net.nextTimer() * 1000) {
    net.clock.advance(Math.max(0, next - net.clock.monotonic()))
    net.runTimers()
  }
  net.clock.advance(end - net.clock.monotonic())
}

function listener(net: NetStack, backlog: number): TcpSocket {
  const sk = new TcpSocket(net, 4)
  expect(sk.bind({ address: LOOPBACK, port: PORT })).toBe(0)
  expect(sk.listen(backlog)).toBe(0)
  return sk
}

function client(net: NetStack): TcpSocket {
  const sk = new TcpSocket(net, 4)
  expect(sk.connect({ address: LOOPBACK, port: PORT })).toBe(-EINPROGRESS)
  return sk
}

function accepted(sk: TcpSocket): TcpSocket {
  const child = sk.accept()
  if (!(child instanceof TcpSocket)) throw new Error(`accept: ${String(child)}`)
  return child
}

describe('listen', () => {
  test('clamps the backlog, as unsigned, to somaxconn', () => {
    const net = stack({ somaxconn: 5 })
    expect(listener(net, -1).maxAckBacklog).toBe(5)
  })

  test('a listener only has its backlog changed; a connected socket is refused', () => {
    const net = stack()
    const sk = listener(net, 3)
    expect([sk.listen(7), sk.maxAckBacklog, net.tcp.listenerCount]).toEqual([0, 7, 1])
    const other = client(net)
    expect(other.listen(1)).toBe(-EINVAL)
    expect(sk.connect({ address: LOOPBACK, port: PORT })).toBe(-EISCONN)
  })

  test('backlog + 1 connections are completed, the next one waits in SYN_SENT', () => {
    const net = stack()
    const sk = listener(net, 2)
    const clients = [0, 1, 2, 3].map(() => client(net))
    expect(clients.map(({ state }) => state)).toEqual([TCP.ESTABLISHED, TCP.ESTABLISHED, TCP.ESTABLISHED, TCP.SYN_SENT])
    expect([sk.acceptQueue?.waiting.length, sk.ackBacklog, net.mib[MIB.ListenOverflows], net.mib[MIB.ListenDrops]]).toEqual([3, 3, 1, 1])
    accepted(sk)
    pass(net, 1100)
    expect(clients[3]!.state).toBe(TCP.ESTABLISHED)
  })

  test('TCP_DEFER_ACCEPT leaves the request in the SYN queue until data comes', () => {
    const net = stack()
    const sk = listener(net, 2)
    expect(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_DEFER_ACCEPT, Uint8Array.of(3, 0, 0, 0))).toBe(0)
    client(net)
    expect([sk.synQueue.length, sk.acceptQueue?.young, sk.ackBacklog, net.mib[MIB.TCPDeferAcceptDrop]]).toEqual([1, 1, 0, 1])
    expect(sk.synQueue[0]?.acked).toBe(true)
  })
})

describe('differences of the course’s era', () => {
  // roundup_pow_of_two(max(8, min(backlog, tcp_max_syn_backlog)) + 1) of reqsk_queue_alloc up to 4.3
  test.each([[5, 128, 16], [8, 128, 16], [128, 128, 256], [128, 1024, 256], [1024, 128, 256]])('SYN table of backlog %i and %i: %i entries', (backlog, max, entries) => {
    expect(synTableEntries('backlog', backlog, max)).toBe(entries)
    const net = stack({ tcp_max_syn_backlog: max }, { synTableAtListen: 'backlog' })
    expect(listener(net, backlog).acceptQueue?.synTableEntries).toBe(entries)
  })

  // max_qlen_log of tcp_listen_start, 2.4.18: from 6, the first power that is not below the knob
  test.each([[2, 16, 64], [2, 128, 128], [1000, 200, 256]])('SYN table by the knob: backlog %i, %i: %i entries', (backlog, max, entries) => {
    expect(listener(stack({ tcp_max_syn_backlog: max }, { synTableAtListen: 'knob' }), backlog).acceptQueue?.synTableEntries).toBe(entries)
  })

  test('with a full accept queue two more SYNs are answered: their clients are connected, the listener waits for accept', () => {
    const net = stack({}, { synTakenWhileYoung: true })
    const sk = listener(net, 1)
    const clients = [0, 1, 2, 3, 4].map(() => client(net))
    expect(clients.map(({ state }) => state)).toEqual([TCP.ESTABLISHED, TCP.ESTABLISHED, TCP.ESTABLISHED, TCP.ESTABLISHED, TCP.SYN_SENT])
    expect([sk.ackBacklog, sk.synQueue.length, sk.acceptQueue?.young, net.mib[MIB.ListenOverflows]]).toEqual([2, 2, 2, 3])
    accepted(sk)
    pass(net, 1100) // the listener sends its SYN-ACK again, and the answer finds room
    expect([sk.ackBacklog, sk.synQueue.length]).toEqual([2, 1])
  })

  test('the accept queue is full with backlog connections', () => {
    const net = stack({}, { acceptQueueFullAtBacklog: true })
    listener(net, 2)
    expect([client(net), client(net), client(net)].map(({ state }) => state)).toEqual([TCP.ESTABLISHED, TCP.ESTABLISHED, TCP.SYN_SENT])
  })

  test('listeners of one port share a bucket whatever their address; since 5.19 they do not', () => {
    for (const [byPort, same] of [[true, true], [false, false]] as const) {
      const net = stack({}, { listeningHashByPort: byPort })
      listener(net, 1)
      expect(listenBucket(net.tcp, LOOPBACK, PORT) === listenBucket(net.tcp, ipv4(0), PORT)).toBe(same)
    }
  })

  test('Fast Open without TCP_FASTOPEN: bit 0x400 takes the backlog, bit 0x800 the upper half of the knob', () => {
    expect(listener(stack({ tcp_fastopen: 0x402 }), 6).fastOpenQueue?.maxQlen).toBe(6)
    expect(listener(stack({ tcp_fastopen: 0x90802 }, { fastOpenSizedBySysctl: true }), 6).fastOpenQueue?.maxQlen).toBe(9)
    expect(listener(stack({ tcp_fastopen: 0x90802 }), 6).fastOpenQueue).toBe(null)
  })
})

describe('after close', () => {
  test('an orphan in FIN_WAIT2 is gone after tcp_fin_timeout', () => {
    const net = stack({ tcp_fin_timeout: 30 })
    const sk = listener(net, 1)
    const peer = client(net)
    const server = accepted(sk)
    peer.release()
    pass(net, 100)
    expect([server.state, net.tcp.timeWaits, net.tcp.orphans]).toEqual([TCP.CLOSE_WAIT, 1, 0])
    pass(net, 29_000)
    expect(net.tcp.timeWaits).toBe(1)
    pass(net, 1500)
    expect(net.tcp.timeWaits).toBe(0)
  })

  test('tcp_max_tw_buckets bounds TIME_WAIT', () => {
    const net = stack({ tcp_max_tw_buckets: 1 })
    const sk = listener(net, 4)
    for (let i = 0; i < 3; i++) {
      const peer = client(net)
      const server = accepted(sk)
      peer.release()
      server.release()
    }
    expect([net.tcp.timeWaits, net.mib[MIB.TCPTimeWaitOverflow]]).toEqual([1, 2])
  })

  test('a bound port in TIME_WAIT connects again over loopback after a second, with tcp_tw_reuse 2', () => {
    const net = stack({ ip_local_port_range: [40000, 40001] })
    const sk = listener(net, 4)
    const ends = [client(net), client(net)].map((peer) => [peer, accepted(sk)] as const)
    for (const end of ends) for (const one of end) one.release()
    expect(net.tcp.timeWaits).toBe(2)
    const early = new TcpSocket(net, 4)
    expect(early.connect({ address: LOOPBACK, port: PORT })).toBe(-99)
    pass(net, 1100)
    expect(client(net).state).toBe(TCP.ESTABLISHED)
    expect(net.mib[MIB.TWRecycled]).toBe(1)
  })
})
