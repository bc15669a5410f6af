import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/base/clock.js'
import { EHOSTUNREACH, EMSGSIZE, ENETUNREACH } from '../../src/abi/errno.js'
import { ipv4, parseAddress } from '../../src/net/address.js'
import { BytesSource } from '../../src/net/byte-io.js'
import { ByteDevice } from '../../src/net/devices/byte-device.js'
import { createWire } from '../../src/net/devices/wire.js'
import { RT, addAddress } from '../../src/net/ip/addresses.js'
import { NO_METRICS, type RouteEntry } from '../../src/net/ip/route.js'
import { MIB } from '../../src/net/mib.js'
import { PingSock } from '../../src/net/ping.js'
import { RawSock } from '../../src/net/raw.js'
import { setSockOption } from '../../src/net/sock-options.js'
import type { NetStack } from '../../src/net/stack.js'
import { TcpSocket } from '../../src/net/tcp/socket.js'
import { UdpSock } from '../../src/net/udp.js'
import { advance, newStack, received, sendTo } from './support.js'

const at = (text: string) => parseAddress(text)!

function route(net: NetStack, destination: string, prefix: number, gateway: string, device: number): void {
  const entry: RouteEntry = {
    destination: at(destination), prefix, kind: 'unicast', gateway: at(gateway), device: net.device(device), source: null, table: RT.TABLE_MAIN, metric: 0, scope: 0, origin: 4, metrics: NO_METRICS,
  }
  net.routes.add(entry)
}

/** left 10.0.1.1 - router 10.0.1.254, 10.0.2.254 - right 10.0.2.1, and the same with fd01:: and fd02:: */
function threeHosts(mtu = 1500): { left: NetStack; router: NetStack; right: NetStack; run: (ms: number) => void } {
  const clock = new VirtualClock()
  const [left, router, right] = [newStack({}, clock, 1), newStack({ ip_forward: 1 }, clock, 2), newStack({}, clock, 3)]
  router.sysctl.ip6_forward = 1
  const near = createWire(left, router, { name: 'eth0' }), far = createWire(router, right, { name: 'eth1', mtu })
  left.addDevice(near[0])
  router.addDevice(near[1])
  router.addDevice(far[0])
  right.addDevice(far[1])
  for (const [net, device, v4, v6] of [[left, near[0], '10.0.1.1', 'fd01::1'], [router, near[1], '10.0.1.254', 'fd01::254'], [router, far[0], '10.0.2.254', 'fd02::254'], [right, far[1], '10.0.2.1', 'fd02::1']] as const) {
    addAddress(net, device, at(v4), 24)
    addAddress(net, device, at(v6), 64)
  }
  route(left, '0.0.0.0', 0, '10.0.1.254', 2)
  route(left, '::', 0, 'fd01::254', 2)
  route(right, '0.0.0.0', 0, '10.0.2.254', 2)
  route(right, '::', 0, 'fd02::254', 2)
  const run = (ms: number): void => {
    for (let i = 0; i < ms; i++) {
      for (const net of [left, router, right]) {
        advance(net, 0)
        clock.advance(333_333)
      }
    }
  }
  return { left, router, right, run }
}

describe('forwarding between devices', () => {
  test.each([['10.0.2.1', 4], ['fd02::1', 6]] as const)('a datagram to %s passes the router, one hop less', (to, family) => {
    const { left, router, right, run } = threeHosts()
    const server = new UdpSock(right, family), client = new UdpSock(left, family)
    server.bind({ address: at(to), port: 7 })
    server.ownOptions().receiveTtl = server.ownOptions().receiveHopLimit = true
    sendTo(client, 'over there', { address: at(to), port: 7 })
    run(3)
    const got = received(server, 100)
    expect(got).toMatchObject({ text: 'over there' })
    expect([...got.control[0]!.data]).toEqual([63, 0, 0, 0])
    expect(router.mib[family === 4 ? MIB.IpForwDatagrams : MIB.Ip6OutForwDatagrams]).toBe(1)
  })

  test('nothing passes with ip_forward 0', () => {
    const { left, router, right, run } = threeHosts()
    router.sysctl.ip_forward = 0
    const server = new UdpSock(right, 4)
    server.bind({ address: at('10.0.2.1'), port: 7 })
    sendTo(new UdpSock(left, 4), 'x', { address: at('10.0.2.1'), port: 7 })
    run(3)
    expect(received(server, 10).result).toBe(-11)
    expect(router.mib[MIB.IpInAddrErrors]).toBe(1)
  })

  test('a TTL of 1 ends at the router, which says so', () => {
    const { left, router, run } = threeHosts()
    const sk = new UdpSock(left, 4)
    setSockOption(sk, 0, 2, Uint8Array.of(1, 0, 0, 0))
    setSockOption(sk, 0, 11, Uint8Array.of(1, 0, 0, 0))
    sendTo(sk, 'x', { address: at('10.0.2.1'), port: 7 })
    run(3)
    expect(router.mib[MIB.IcmpOutTimeExcds]).toBe(1)
    expect(sk.error).toBe(EHOSTUNREACH)
    const error = received(sk, 100, 0x2000)
    // sock_extended_err: EHOSTUNREACH, origin ICMP, type 11, code 0; the offender is the router
    expect([...error.control[0]!.data.subarray(0, 8)]).toEqual([EHOSTUNREACH, 0, 0, 0, 2, 11, 0, 0])
    expect([...error.control[0]!.data.subarray(20, 24)]).toEqual([10, 0, 1, 254])
    expect(error).toMatchObject({ text: 'x', flags: 0x2000 })
    expect(error.from).toMatchObject({ port: 7 })
  })

  test.each([['10.0.2.1', 4], ['fd02::1', 6]] as const)('TCP to %s learns the path MTU from ICMP and gets through', (to, family) => {
    const { left, router, right, run } = threeHosts(1300)
    const listener = new TcpSocket(right, family), client = new TcpSocket(left, family)
    listener.bind({ address: at(to), port: 80 })
    listener.listen(1)
    client.connect({ address: at(to), port: 80 })
    run(5)
    const server = listener.accept()
    if (typeof server === 'number') throw new Error(String(server))
    server.tcb.mssClamp = 1460
    client.tcb.mssClamp = 1460
    client.tcb.mssCache = family === 4 ? 1448 : 1428
    expect(client.send({ data: new BytesSource(new Uint8Array(5000).fill(65)), flags: 0, to: null, control: [] })).toBe(5000)
    run(3000)
    expect(received(server, 10_000).result).toBe(5000)
    expect(left.dstMtu(client)).toBe(1300)
    expect(router.mib[family === 4 ? MIB.IcmpOutDestUnreachs : MIB.Icmp6OutPktTooBigs]).toBeGreaterThan(0)
  })

  test('no way: the host refuses, the router answers', () => {
    const { left, router, run } = threeHosts()
    expect(sendTo(new UdpSock(router, 4), 'x', { address: at('192.0.2.1'), port: 7 })).toBe(-ENETUNREACH)
    const sk = new UdpSock(left, 4)
    sk.connect({ address: at('192.0.2.1'), port: 7 }, 0)
    setSockOption(sk, 0, 11, Uint8Array.of(1, 0, 0, 0))
    sendTo(sk, 'x', null)
    run(3)
    expect(sk.error).toBe(ENETUNREACH)
    expect(router.mib[MIB.IpExtInNoRoutes]).toBe(1)
  })
})

describe('fragments', () => {
  test.each([['10.0.2.1', 4], ['fd02::1', 6]] as const)('a datagram larger than the MTU arrives whole at %s', (to, family) => {
    const { left, right, run } = threeHosts()
    const server = new UdpSock(right, family)
    server.bind({ address: at(to), port: 7 })
    const text = Array.from({ length: 4000 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('')
    expect(sendTo(new UdpSock(left, family), text, { address: at(to), port: 7 })).toBe(4000)
    run(5)
    expect(received(server, 5000).text).toBe(text)
    // 4008 bytes: of 1480 in IPv4, of 1448 behind the fragment header
    expect(left.mib[family === 4 ? MIB.IpFragCreates : MIB.Ip6FragCreates]).toBe(3)
    expect(right.mib[family === 4 ? MIB.IpReasmReqds : MIB.Ip6ReasmReqds]).toBe(3)
    expect(right.mib[family === 4 ? MIB.IpReasmOKs : MIB.Ip6ReasmOKs]).toBe(1)
    expect(right.timers.count).toBe(0)
  })

  test('a router cuts what may be cut', () => {
    const { left, router, right, run } = threeHosts(600)
    const server = new UdpSock(right, 4), client = new UdpSock(left, 4)
    server.bind({ address: at('10.0.2.1'), port: 7 })
    setSockOption(client, 0, 10, Uint8Array.of(0, 0, 0, 0))
    sendTo(client, 'y'.repeat(1400), { address: at('10.0.2.1'), port: 7 })
    run(5)
    expect(received(server, 2000).text.length).toBe(1400)
    expect(router.mib[MIB.IpFragCreates]).toBe(3)
  })

  test('what lacks a piece is dropped after ipfrag_time, with an ICMP when the first was there', () => {
    const net = newStack()
    const out: Uint8Array[] = []
    const device = net.addDevice(new ByteDevice({ name: 'tun0', transmit: (bytes) => out.push(bytes) }))
    addAddress(net, device, ipv4(0x0a000001), 24)
    const fragment = new Uint8Array(36)
    fragment.set([0x45, 0, 0, 36, 0, 9, 0x20, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1])
    fragment.set([0, 0], 10)
    let sum = 0
    fragment[10] = fragment[11] = 0
    for (let i = 0; i < 20; i += 2) sum += (fragment[i]! << 8) | fragment[i + 1]!
    sum = (sum & 0xffff) + (sum >> 16)
    fragment[10] = (~sum >> 8) & 255
    fragment[11] = ~sum & 255
    net.receive(device, fragment)
    expect(net.fragments!.count).toBe(1)
    advance(net, 29_000)
    expect(out.length).toBe(0)
    advance(net, 1001)
    expect(net.fragments!.count).toBe(0)
    expect(net.fragments!.memory[4]).toBe(0)
    expect([out[0]![9], out[0]![20], out[0]![21]]).toEqual([1, 11, 1])
    expect(net.mib[MIB.IpReasmTimeout]).toBe(1)
  })

  test('IP_PMTUDISC_DO refuses what is too large, and says how large it may be', () => {
    const { left } = threeHosts()
    const sk = new UdpSock(left, 4)
    setSockOption(sk, 0, 10, Uint8Array.of(2, 0, 0, 0))
    setSockOption(sk, 0, 11, Uint8Array.of(1, 0, 0, 0))
    expect(sk.send({ data: new BytesSource(new Uint8Array(1473)), flags: 0, to: { address: at('10.0.2.1'), port: 7 }, control: [] })).toBe(-EMSGSIZE)
    const { data } = received(sk, 10, 0x2000).control[0]!
    expect(new DataView(data.buffer).getUint32(8, true)).toBe(1500)
    expect(sk.send({ data: new BytesSource(new Uint8Array(1472)), flags: 0, to: { address: at('10.0.2.1'), port: 7 }, control: [] })).toBe(1472)
  })
})

describe('echo', () => {
  test.each([['10.0.2.1', 4], ['fd02::1', 6]] as const)('a ping socket hears the answer of %s under its identifier', (to, family) => {
    const { left, right, run } = threeHosts()
    const sk = new PingSock(left, family)
    const request = `${String.fromCharCode(family === 4 ? 8 : 128)}\0\0\0\0\0\0\x05payload`
    expect(sendTo(sk, request, { address: at(to), port: 0 })).toBe(15)
    run(5)
    const { text, from } = received(sk, 100)
    expect(text.charCodeAt(0)).toBe(family === 4 ? 0 : 129)
    expect((text.charCodeAt(4) << 8) | text.charCodeAt(5)).toBe(sk.localPort)
    expect(text.slice(8)).toBe('payload')
    expect(from?.address.toString()).toBe(to)
    expect(right.mib[family === 4 ? MIB.IcmpInEchos : MIB.Icmp6InEchos]).toBe(1)
  })

  test('icmp_echo_ignore_all is silent', () => {
    const net = newStack({ icmp_echo_ignore_all: 1 })
    const sk = new PingSock(net, 4)
    sendTo(sk, '\x08\0\0\0\0\0\0\0', { address: at('127.0.0.1'), port: 0 })
    expect(received(sk, 10).result).toBe(-11)
  })

  test('errors about packets are limited: six at once to a peer, then one a second', () => {
    const { left, right, run } = threeHosts()
    const sk = new UdpSock(left, 4)
    for (let i = 0; i < 20; i++) sendTo(sk, 'x', { address: at('10.0.2.1'), port: 4000 + i })
    run(10)
    expect(right.mib[MIB.UdpNoPorts]).toBe(20)
    expect(right.mib[MIB.IcmpOutDestUnreachs]).toBe(6)
    expect(right.mib[MIB.IcmpOutRateLimitHost]).toBe(14)
  })
})

describe('raw sockets', () => {
  test('IPv4 gives the header too; a protocol nobody serves is answered unless a raw socket takes it', () => {
    const net = newStack()
    const sk = new RawSock(net, 4, 200), sender = new RawSock(net, 4, 200)
    sk.bind({ address: at('127.0.0.1'), port: 0 })
    expect(sendTo(sender, 'raw', { address: at('127.0.0.1'), port: 0 })).toBe(3)
    const { text } = received(sk, 100)
    expect([text.charCodeAt(0), text.charCodeAt(9), text.slice(20)]).toEqual([0x45, 200, 'raw'])
    sk.release()
    sender.release()
    const alone = new RawSock(net, 4, 255)
    const packet = new Uint8Array(23)
    packet.set([0x45, 0, 0, 23, 0, 0, 0, 0, 64, 201, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1, 1, 2, 3])
    expect(alone.send({ data: new BytesSource(packet), flags: 0, to: { address: at('127.0.0.1'), port: 0 }, control: [] })).toBe(23)
    expect(net.mib[MIB.IpInUnknownProtos]).toBe(1)
    expect(net.mib[MIB.IcmpOutDestUnreachs]).toBe(1)
  })

  test('IPV6_CHECKSUM is filled in and checked', () => {
    const net = newStack()
    const sk = new RawSock(net, 6, 200), sender = new RawSock(net, 6, 200)
    for (const one of [sk, sender]) expect(setSockOption(one, 41, 7, Uint8Array.of(2, 0, 0, 0))).toBe(0)
    sendTo(sender, 'ab\0\0cd', { address: at('::1'), port: 0 })
    const { text } = received(sk, 10)
    expect(text.slice(0, 2)).toBe('ab')
    expect(text.charCodeAt(2) + text.charCodeAt(3)).not.toBe(0)
  })
})
