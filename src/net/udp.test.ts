import { describe, expect, test } from 'vitest'
import { ECONNREFUSED, EDESTADDRREQ, EADDRINUSE, EAGAIN, EMSGSIZE } from '../abi/errno.js'
import { parseAddress } from './address.js'
import { bytesOf } from '../base/bytes.js'
import { newStack, received, sendTo } from '../../test/net/support.js'
import { BytesSource } from './byte-io.js'
import { MIB } from './mib.js'
import { UdpSock } from './udp.js'

const lo = parseAddress('127.0.0.1')!
const lo6 = parseAddress('::1')!

describe('udp over loopback', () => {
  test('a datagram arrives with its sender, whole or truncated', () => {
    const net = newStack()
    const server = new UdpSock(net, 4), client = new UdpSock(net, 4)
    expect(server.bind({ address: lo, port: 5000 })).toBe(0)
    expect(sendTo(client, 'hello', { address: lo, port: 5000 })).toBe(5)
    expect(server.poll() & 1).toBe(1)
    const first = received(server, 100)
    expect(first).toMatchObject({ result: 5, text: 'hello', flags: 0 })
    expect(first.from).toMatchObject({ port: client.localPort })
    expect(first.from?.address.toString()).toBe('127.0.0.1')
    sendTo(client, 'hello', { address: lo, port: 5000 })
    expect(received(server, 3)).toMatchObject({ result: 3, text: 'hel', flags: 0x20 })
    expect(received(server, 3).result).toBe(-EAGAIN)
    expect(net.mib[MIB.UdpInDatagrams]).toBe(2)
    expect(net.mib[MIB.UdpOutDatagrams]).toBe(2)
  })

  test('a port nobody has answers with ICMP, which a connected socket hears', () => {
    const net = newStack()
    const sk = new UdpSock(net, 4)
    expect(sk.connect({ address: lo, port: 9 }, 0)).toBe(0)
    expect(sendTo(sk, 'x', null)).toBe(1)
    expect(sk.poll() & 8).toBe(8)
    expect(sendTo(sk, 'x', null)).toBe(-ECONNREFUSED)
    expect(net.mib[MIB.UdpNoPorts]).toBe(1)
    expect(net.mib[MIB.IcmpOutDestUnreachs]).toBe(1)
    expect(net.mib[MIB.IcmpInDestUnreachs]).toBe(1)
    const other = new UdpSock(net, 4)
    sendTo(other, 'x', { address: lo, port: 9 })
    expect(other.error).toBe(0)
  })

  test('IPv6 and mapped IPv4 reach the same socket', () => {
    const net = newStack()
    const server = new UdpSock(net, 6)
    expect(server.bind({ address: parseAddress('::')!, port: 7 })).toBe(0)
    sendTo(new UdpSock(net, 6), 'six', { address: lo6, port: 7 })
    sendTo(new UdpSock(net, 4), 'four', { address: lo, port: 7 })
    expect(received(server, 10)).toMatchObject({ text: 'six' })
    const four = received(server, 10)
    expect(four.text).toBe('four')
    expect(four.from?.address.toString()).toBe('::ffff:127.0.0.1')
  })

  test('bind conflicts as Linux decides them', () => {
    const net = newStack()
    const a = new UdpSock(net, 4), b = new UdpSock(net, 6), c = new UdpSock(net, 4)
    expect(a.bind({ address: lo, port: 5000 })).toBe(0)
    expect(c.bind({ address: parseAddress('127.0.0.2')!, port: 5000 })).toBe(0)
    expect(b.bind({ address: parseAddress('::')!, port: 5000 })).toBe(-EADDRINUSE)
    b.ownOptions().v6Only = true
    expect(b.bind({ address: parseAddress('::')!, port: 5000 })).toBe(0)
    expect(new UdpSock(net, 4).bind({ address: parseAddress('0.0.0.0')!, port: 5000 })).toBe(-EADDRINUSE)
  })

  test('errors of send', () => {
    const net = newStack()
    const sk = new UdpSock(net, 4)
    expect(sendTo(sk, 'x', null)).toBe(-EDESTADDRREQ)
    expect(sk.send({ data: new BytesSource(new Uint8Array(65508)), flags: 0, to: { address: lo, port: 9 }, control: [] })).toBe(-EMSGSIZE)
    expect(sk.send({ data: new BytesSource(new Uint8Array(65507)), flags: 0, to: { address: lo, port: 9 }, control: [] })).toBe(65507)
  })

  test('MSG_MORE and UDP_CORK gather, a full buffer drops', () => {
    const net = newStack()
    const server = new UdpSock(net, 4), sk = new UdpSock(net, 4)
    server.bind({ address: lo, port: 5000 })
    sk.connect({ address: lo, port: 5000 }, 0)
    sk.send({ data: new BytesSource(bytesOf('ab')), flags: 0x8000, to: null, control: [] })
    sk.send({ data: new BytesSource(bytesOf('cd')), flags: 0, to: null, control: [] })
    expect(received(server, 10).text).toBe('abcd')
    server.rcvbuf = 2304
    for (let i = 0; i < 5; i++) sendTo(sk, 'x', null)
    // 832 of truesize each, as Linux charges: two fit, the third does not
    expect(server.queue.length).toBe(2)
    expect(net.mib[MIB.UdpRcvbufErrors]).toBe(3)
    expect(server.drops).toBe(3)
  })
})
