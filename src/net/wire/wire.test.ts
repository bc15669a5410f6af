import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ipv4, parseAddress } from '../address.js'
import { SkBuff, TCP_FLAG } from '../skb.js'
import { checksum, checksumAdd, checksumFinish } from './checksum.js'
import { emitPacket, packetLength, parseIp, segmentSkb } from './packet.js'
import { parseTcp } from './tcp.js'
import { emitUdp, parseUdp } from './udp.js'

/** As RFC 1071 section 4.1 writes it. */
function slowSum(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536)
  return ~sum & 0xffff
}

describe('checksum', () => {
  test('the example of RFC 1071 section 3', () => {
    expect(checksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7), 0, 8)).toBe(~0xddf2 & 0xffff)
  })

  test('any bytes at any place, also in pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), fc.nat(100), (bytes, before, cut) => {
        const whole = new Uint8Array(before + bytes.length + 3).fill(0xee)
        whole.set(bytes, before)
        expect(checksum(whole, before, before + bytes.length)).toBe(slowSum(bytes))
        const middle = before + Math.min(cut & ~1, bytes.length)
        if ((middle - before) % 2 === 0) expect(checksumFinish(checksumAdd(whole, middle, before + bytes.length, checksumAdd(whole, before, middle, 0)))).toBe(slowSum(bytes))
      }),
    )
  })
})

function segment(family: 4 | 6, data: number): SkBuff {
  const skb = new SkBuff()
  skb.family = family
  skb.src = family === 4 ? ipv4(0x0a000001) : parseAddress('fd00::1')!
  skb.dst = family === 4 ? ipv4(0x0a000002) : parseAddress('fd00::2')!
  skb.protocol = 6
  skb.ttl = 64
  skb.tos = 0x12
  skb.id = 0xbeef
  skb.dontFragment = true
  skb.flowLabel = family === 6 ? 0x12345 : 0
  skb.sport = 1234
  skb.dport = 80
  skb.seq = 0xfffffff0 | 0
  skb.ackSeq = 77
  skb.tcpFlags = TCP_FLAG.ACK | TCP_FLAG.PSH | TCP_FLAG.FIN | TCP_FLAG.CWR | TCP_FLAG.AE
  skb.window = 0xfedc
  skb.urgent = 3
  skb.options = Uint8Array.of(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2)
  skb.buffer = Uint8Array.from({ length: data + 10 }, (_, i) => i)
  skb.start = 5
  skb.end = 5 + data
  skb.endSeq = (skb.seq + data + 1) | 0
  return skb
}

describe('tcp packets', () => {
  test.each([4, 6] as const)('IPv%i: what is emitted is parsed again, checksums hold', (family) => {
    const skb = segment(family, 33)
    const bytes = emitPacket(skb)
    expect(bytes.length).toBe(packetLength(skb))
    const parsed = parseIp(bytes, 7, 99)
    if (typeof parsed === 'string') throw new Error(parsed)
    expect(parseTcp(parsed)).toBe('')
    for (const field of ['family', 'protocol', 'ttl', 'tos', 'flowLabel', 'sport', 'dport', 'seq', 'endSeq', 'ackSeq', 'tcpFlags', 'window', 'urgent'] as const) expect([field, parsed[field]]).toEqual([field, skb[field]])
    expect(parsed.src.equals(skb.src) && parsed.dst.equals(skb.dst)).toBe(true)
    expect([...parsed.options]).toEqual([...skb.options])
    expect([...parsed.buffer.subarray(parsed.start, parsed.end)]).toEqual([...skb.buffer.subarray(skb.start, skb.end)])
    if (family === 4) expect([parsed.id, parsed.dontFragment]).toEqual([skb.id, true])
    for (let bit = (family === 4 ? 20 : 40) * 8; bit < bytes.length * 8; bit += 7) {
      const damaged = Uint8Array.from(bytes)
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      const again = parseIp(damaged, 7, 99)
      expect(typeof again === 'string' || parseTcp(again) !== '').toBe(true)
    }
  })

  test('a captured SYN of Linux parses to its fields', () => {
    // tshark -i lo; on loopback Linux leaves the TCP checksum to nobody: only the pseudo header is summed
    const hex = '4500003c5ddb40004006dede7f0000017f000001dcfc1efb9e72f65800000000a002ffd7fe3000000204ffd70402080ab1857ea0000000000103030a'
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
    const skb = parseIp(bytes, 1, 0)
    if (typeof skb === 'string') throw new Error(skb)
    expect([skb.src.toString(), skb.dst.toString(), skb.ttl, skb.dontFragment, skb.id]).toEqual(['127.0.0.1', '127.0.0.1', 64, true, 0x5ddb])
    expect(parseTcp(skb)).toBe('TCP_CSUM')
    bytes[36] = bytes[37] = 0
    const sum = checksumAdd(bytes, 20, 60, 0x7f00 + 1 + 0x7f00 + 1 + 6 + 40)
    bytes[36] = checksumFinish(sum) >> 8
    bytes[37] = checksumFinish(sum)
    expect(parseTcp(skb)).toBe('')
    expect([skb.sport, skb.dport, skb.seq >>> 0, skb.tcpFlags, skb.window, skb.options.length]).toEqual([56572, 7931, 2658334296, 2, 65495, 20])
  })

  test('large segments are cut: sequence numbers count on, FIN and PSH with the last, CWR with the first', () => {
    const skb = segment(4, 3000)
    skb.gsoSize = 1448
    const parts = segmentSkb(skb)
    expect(parts.map((part) => [part.seq, part.end - part.start, part.tcpFlags & 0xff, part.id])).toEqual([
      [-16, 1448, 0x90, 0xbeef], [1432, 1448, 0x10, 0xbef0], [2880, 104, 0x19, 0xbef1],
    ])
    expect(parts.at(-1)!.endSeq).toBe(skb.endSeq)
  })
})

test('a UDP checksum of 0 is sent as 0xffff, and 0 means none only in IPv4', () => {
  const out = new Uint8Array(10)
  const a = ipv4(0), b = ipv4(0)
  // ports chosen so that the sum of everything is 0xffff
  emitUdp(out, 0, 10, 4, a, b, 0xffff - 17 - 20, 0, true)
  expect([out[6], out[7]]).toEqual([0xff, 0xff])
  const skb = new SkBuff()
  skb.buffer = Uint8Array.of(0, 1, 0, 2, 0, 8, 0, 0)
  skb.end = 8
  expect(parseUdp(skb)).toBe('')
  skb.family = 6
  expect(parseUdp(skb)).toBe('UDP_CSUM')
})
