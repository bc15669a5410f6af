import { SeededRandom } from '../../src/base/random.js'
import { VirtualClock } from '../../src/base/clock.js'
import { type IpAddress, parseAddress } from '../../src/net/address.js'
import { COMPLETE } from '../../src/net/complete.js'
import { ByteDevice } from '../../src/net/devices/byte-device.js'
import { addAddress } from '../../src/net/ip/addresses.js'
import { PingSock } from '../../src/net/ping.js'
import { RawSock } from '../../src/net/raw.js'
import { SkBuff } from '../../src/net/skb.js'
import type { Sock } from '../../src/net/sock.js'
import { NetStack } from '../../src/net/stack.js'
import { TcpSocket } from '../../src/net/tcp/socket.js'
import { UdpSock } from '../../src/net/udp.js'
import { put16 } from '../../src/net/wire/bytes.js'
import { checksum, checksumAdd, checksumFinish } from '../../src/net/wire/checksum.js'
import { quotedTransport } from '../../src/net/wire/icmp.js'
import { parseIpv4 } from '../../src/net/wire/ipv4.js'
import { parseIpv6 } from '../../src/net/wire/ipv6.js'
import { emitPacket, parseIp } from '../../src/net/wire/packet.js'
import { parseTcp } from '../../src/net/wire/tcp.js'
import { emitUdp, parseUdp } from '../../src/net/wire/udp.js'

const here4 = parseAddress('10.0.0.1')!, there4 = parseAddress('10.0.0.2')!
const here6 = parseAddress('fd00::1')!, there6 = parseAddress('fd00::2')!

/** A stack with every kind of socket, whose packets out are counted. */
export class Target {
  readonly clock = new VirtualClock()
  readonly net: NetStack
  readonly device: ByteDevice
  readonly listener: TcpSocket
  readonly sockets: Sock[] = []
  sent = 0
  /** The last packet that left. */
  last: Uint8Array = new Uint8Array(0)

  constructor(seed: number) {
    this.clock.now = 1e12
    this.net = new NetStack({ clock: this.clock, random: new SeededRandom(seed), sysctl: { ip_forward: 1, ip6_forward: 1 }, ...COMPLETE })
    this.device = this.net.addDevice(
      new ByteDevice({ name: 'tun0', transmit: (bytes) => {
        this.sent++
        this.last = bytes
      } }),
    )
    addAddress(this.net, this.device, here4, 24)
    addAddress(this.net, this.device, here6, 64)
    this.listener = new TcpSocket(this.net, 6)
    this.listener.bind({ address: parseAddress('::')!, port: 80 })
    this.listener.listen(64)
    const udp6 = new UdpSock(this.net, 6)
    udp6.bind({ address: parseAddress('::')!, port: 53 })
    udp6.ownOptions().receiveErrors = true
    const ping4 = new PingSock(this.net, 4)
    ping4.bind({ address: here4, port: 77 })
    this.sockets.push(udp6, ping4, new RawSock(this.net, 4, 1), new RawSock(this.net, 6, 58), new RawSock(this.net, 4, 6))
    const client = new TcpSocket(this.net, 4)
    client.connect({ address: there4, port: 9 })
    this.sockets.push(client)
  }

  /** What must be bounded whatever comes; the list of what is not. */
  unbounded(): string[] {
    const { net } = this
    const wrong: string[] = []
    const check = (holds: boolean, what: string): void => {
      if (!holds) wrong.push(what)
    }
    check(net.fragments!.memory[4] <= net.sysctl.ipfrag_high_thresh + 70_000, `fragments hold ${net.fragments!.memory[4]}`)
    check(net.fragments!.memory[6] <= net.sysctl.ip6frag_high_thresh + 70_000, `fragments of IPv6 hold ${net.fragments!.memory[6]}`)
    check(this.listener.synQueue.length <= 65, `${this.listener.synQueue.length} requests for a backlog of 64`)
    check(this.listener.ackBacklog <= 65, `${this.listener.ackBacklog} connections for a backlog of 64`)
    check(net.timers.count <= 20_000, `${net.timers.count} timers`)
    for (const sk of this.sockets) check(sk.rmemAlloc <= sk.rcvbuf + 70_000, `a socket holds ${sk.rmemAlloc} of ${sk.rcvbuf}`)
    for (const sk of this.sockets) check(sk.errors.length <= 1000, `${sk.errors.length} entries in an error queue`)
    return wrong
  }
}

function transport(random: SeededRandom, v4: boolean): { protocol: number; bytes: Uint8Array } {
  const [src, dst] = v4 ? [there4, here4] : [there6, here6]
  const choice = random.u32() % 8
  const data = new Uint8Array(random.u32() % 64)
  random.fill(data)
  if (choice < 3) {
    const skb = new SkBuff()
    skb.family = v4 ? 4 : 6
    skb.src = src
    skb.dst = dst
    skb.protocol = 6
    skb.sport = 1024 + (random.u32() % 64)
    skb.dport = random.u32() % 3 === 0 ? 9 : 80
    skb.seq = random.u32() | 0
    skb.ackSeq = random.u32() | 0
    skb.tcpFlags = random.u32() & 0x1ff
    skb.window = random.u32() & 0xffff
    skb.options = options(random)
    skb.buffer = data
    skb.end = data.length
    const packet = emitPacket(skb)
    return { protocol: 6, bytes: packet.subarray(v4 ? 20 : 40) }
  }
  if (choice < 5) {
    const bytes = new Uint8Array(8 + data.length)
    bytes.set(data, 8)
    emitUdp(bytes, 0, bytes.length, v4 ? 4 : 6, src, dst, 1000, random.u32() % 2 === 0 ? 53 : random.u32() & 0xffff, true)
    return { protocol: 17, bytes }
  }
  const bytes = new Uint8Array(8 + 48 + data.length)
  random.fill(bytes)
  const types = v4 ? [0, 3, 4, 5, 8, 11, 12, 13] : [1, 2, 3, 4, 128, 129, 135, 137]
  bytes[0] = types[random.u32() % 8]!
  bytes[1] = random.u32() % 16
  // an error quotes a packet of ours
  const inner = new SkBuff()
  inner.family = v4 ? 4 : 6
  inner.src = dst
  inner.dst = src
  inner.protocol = random.u32() % 2 === 0 ? 6 : 17
  inner.raw = true
  inner.buffer = Uint8Array.of(0, 53, 3, 232, 0, 8, 0, 0)
  inner.end = 8
  bytes.set(emitPacket(inner), 8)
  return { protocol: v4 ? 1 : 58, bytes }
}

/** Options of a TCP header: good ones, and noise. */
function options(random: SeededRandom): Uint8Array {
  const out = new Uint8Array((random.u32() % 11) * 4)
  random.fill(out)
  if (out.length >= 4 && random.u32() % 2 === 0) out.set([2, 4, 5, 180])
  if (out.length >= 16 && random.u32() % 2 === 0) out.set([1, 1, 8, 10], 4)
  return out
}

function fixChecksum(bytes: Uint8Array, protocol: number, src: IpAddress, dst: IpAddress): void {
  const at = protocol === 6 ? 16 : protocol === 17 ? 6 : 2
  if (bytes.length < at + 2) return
  put16(bytes, at, 0)
  let sum = 0
  if (protocol !== 1) {
    for (const address of [src, dst]) for (const word of [address.a, address.b, address.c, address.d]) if (!address.isV4 || word === address.d) sum += (word >>> 16) + (word & 0xffff)
    sum += protocol + bytes.length
  }
  put16(bytes, at, checksumFinish(checksumAdd(bytes, 0, bytes.length, sum)))
}

/** A packet that is right, or nearly: bits turned, cut, lengthened, with or without its checksums put right again. */
export function fuzzedPacket(random: SeededRandom): Uint8Array {
  const v4 = random.u32() % 2 === 0
  const kind = random.u32() % 16
  if (kind === 0) {
    const noise = new Uint8Array(random.u32() % 200)
    random.fill(noise)
    if (noise.length > 0 && random.u32() % 2 === 0) noise[0] = v4 ? 0x45 : 0x60
    return noise
  }
  const { protocol, bytes } = transport(random, v4)
  const body = Uint8Array.from(bytes)
  const mutate = (target: Uint8Array, from: number): void => {
    for (let n = random.u32() % 4; n > 0 && target.length > from; n--) target[from + (random.u32() % (target.length - from))]! ^= 1 << (random.u32() % 8)
  }
  if (kind < 8) mutate(body, 0)
  if (kind % 2 === 0) fixChecksum(body, protocol, v4 ? there4 : there6, v4 ? here4 : here6)
  const skb = new SkBuff()
  skb.family = v4 ? 4 : 6
  skb.src = v4 ? there4 : there6
  skb.dst = v4 ? here4 : here6
  if (random.u32() % 16 === 0) skb.dst = v4 ? parseAddress('10.0.0.77')! : parseAddress('fd00::77')!
  skb.protocol = protocol
  skb.raw = true
  skb.ttl = random.u32() % 8 === 0 ? 1 : 64
  skb.id = random.u32() & 0xff
  skb.buffer = body
  skb.end = body.length
  if (v4 && kind === 9) skb.fragment = (random.u32() & 0x201f)
  if (v4 && kind === 10) skb.ipOptions = headerNoise(random, (1 + (random.u32() % 10)) * 4)
  if (!v4 && kind >= 9 && kind <= 12) {
    skb.firstHeader = [0, 43, 44, 60][random.u32() % 4]!
    const headers = headerNoise(random, 8 * (1 + (random.u32() % 3)))
    headers[0] = random.u32() % 2 === 0 ? protocol : [0, 43, 44, 60, 59][random.u32() % 5]!
    if (random.u32() % 2 === 0) headers[1] = headers.length / 8 - 1
    skb.ipOptions = headers
  }
  const packet = emitPacket(skb)
  if (kind === 13) mutate(packet, 0)
  if (v4 && kind === 13 && packet.length >= 20) {
    put16(packet, 10, 0)
    put16(packet, 10, checksum(packet, 0, Math.min(packet.length, (packet[0]! & 15) * 4)))
  }
  if (kind === 14) return packet.subarray(0, random.u32() % (packet.length + 1))
  return packet
}

function headerNoise(random: SeededRandom, length: number): Uint8Array {
  const out = new Uint8Array(length)
  if (random.u32() % 2 === 0) random.fill(out)
  return out
}

/** All that a parser made of a packet, as text. */
function shown(skb: SkBuff, result: string): string {
  return [
    result, skb.family, skb.src.toString(), skb.dst.toString(), skb.protocol, skb.ttl, skb.tos, skb.id, skb.fragment, skb.start, skb.end, skb.sport, skb.dport, skb.seq, skb.endSeq,
    skb.ackSeq, skb.tcpFlags, skb.window, skb.urgent, skb.options.join(), skb.ipOptions?.join() ?? '',
  ].join(' ')
}

/** What every parser of wire/ says to a packet in a buffer that goes on with `filler` behind it: must not depend on that. */
export function parseAll(packet: Uint8Array, filler: number): string {
  const buffer = new Uint8Array(packet.length + 128).fill(filler)
  buffer.set(packet)
  const out: string[] = []
  for (const parse of [parseIpv4, parseIpv6]) {
    const skb = new SkBuff()
    const result = parse(buffer, 0, packet.length, skb)
    out.push(shown(skb, result))
    if (result !== '') continue
    for (const upper of [parseTcp, parseUdp]) {
      const inner = Object.assign(new SkBuff(), skb)
      out.push(shown(inner, upper(inner)))
    }
  }
  const quoted = quotedTransport(buffer, 0, packet.length)
  out.push(JSON.stringify(quoted))
  const whole = parseIp(packet, 1, 0)
  out.push(typeof whole === 'string' ? whole : shown(whole, ''))
  return out.join('\n')
}

/** Feeds `count` packets to a target; the problems found. @param each called now and then with how many were fed */
export function fuzz(seed: number, count: number, each: (fed: number) => void = () => {}): string[] {
  const random = new SeededRandom(seed)
  let target = new Target(seed)
  const problems: string[] = []
  for (let i = 0; i < count && problems.length < 5; i++) {
    const packet = fuzzedPacket(random)
    try {
      if (i % 4 === 0 && parseAll(packet, 0) !== parseAll(packet, 0xff)) problems.push(`seed ${seed}, packet ${i}: a parser read outside`)
      target.net.receive(target.device, packet)
      if (i % 16 === 0) {
        target.clock.advance(random.u32() % 1e8)
        target.net.runTimers()
      }
      if (i % 64 === 0) problems.push(...target.unbounded().map((text) => `seed ${seed}, packet ${i}: ${text}`))
    } catch (error) {
      problems.push(`seed ${seed}, packet ${i}: ${error instanceof Error ? error.stack : String(error)}\n${Buffer.from(packet).toString('hex')}`)
      target = new Target(seed)
    }
    if (i % 100_000 === 99_999) each(i + 1)
  }
  return problems
}

/** A flood of SYNs from everywhere at a listener; honest peers in between must get through. @returns problems */
export function flood(count: number, each: (sent: number) => void = () => {}): string[] {
  const random = new SeededRandom(5)
  const target = new Target(5)
  const problems: string[] = []
  const syn = (src: IpAddress, sport: number, seq: number, ack: number, flags: number): Uint8Array => {
    const skb = new SkBuff()
    skb.src = src
    skb.dst = here4
    skb.protocol = 6
    skb.ttl = 64
    skb.sport = sport
    skb.dport = 80
    skb.seq = seq
    skb.ackSeq = ack
    skb.tcpFlags = flags
    skb.window = 65535
    skb.options = Uint8Array.of(2, 4, 5, 180)
    return emitPacket(skb)
  }
  const stranger = (): IpAddress => parseAddress(`198.${random.u32() % 256}.${random.u32() % 256}.${1 + (random.u32() % 254)}`)!
  let honest = 0
  for (let i = 0; i < count; i++) {
    target.net.receive(target.device, syn(stranger(), 1024 + (random.u32() % 60_000), random.u32() | 0, 0, 2))
    target.clock.advance(1000)
    if (i % 100 === 0) target.net.runTimers()
    if (i % 5000 !== 4999) continue
    // an honest peer: its SYN is answered, by a cookie when the queue is full, and its ACK makes a connection
    target.last = new Uint8Array(0)
    target.net.receive(target.device, syn(there4, 2000 + honest, 1000, 0, 2))
    const answer = parseIp(target.last, 0, 0)
    if (typeof answer === 'string' || parseTcp(answer) !== '' || answer.tcpFlags !== 0x12) {
      problems.push(`after ${i} SYNs an honest one got no SYN-ACK`)
      break
    }
    target.net.receive(target.device, syn(there4, 2000 + honest, 1001, (answer.seq + 1) | 0, 0x10))
    const accepted = target.listener.accept()
    if (typeof accepted === 'number') problems.push(`after ${i} SYNs an honest peer was not accepted`)
    else accepted.release()
    honest++
    problems.push(...target.unbounded())
    if (i % 100_000 === 99_999) each(i + 1)
    if (problems.length > 0) break
  }
  return problems
}
