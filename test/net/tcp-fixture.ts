import { VirtualClock } from '../../src/base/clock.js'
import { SeededRandom } from '../../src/base/random.js'
import { type IpAddress, parseAddress } from '../../src/net/address.js'
import { IFF, NetDevice } from '../../src/net/devices/device.js'
import { addAddress } from '../../src/net/ip/addresses.js'
import { SkBuff, TCP_FLAG } from '../../src/net/skb.js'
import type { ByteSink, ByteSource, ReceiveMessage, Sock } from '../../src/net/sock.js'
import { NetStack } from '../../src/net/stack.js'
import type { NetSysctl } from '../../src/net/sysctl-defaults.js'
import { TcpSock } from '../../src/net/tcp/tcp-sock.js'

const LOCAL = address('10.0.0.1'), REMOTE = address('10.0.0.2')
/** Ports of both ends, and the peer's initial sequence number. */
const LOCAL_PORT = 8000, REMOTE_PORT = 9000, PEER_ISN = 50_000

function address(text: string): IpAddress {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(`no address: ${text}`)
  return parsed
}

class Capture extends NetDevice {
  readonly packets: SkBuff[] = []
  constructor() {
    super('test0', 1500, IFF.UP | IFF.POINTOPOINT | IFF.NOARP | IFF.RUNNING)
  }
  transmit(skb: SkBuff): void {
    this.packets.push(skb)
  }
}

/** A segment of the peer: sequence and acknowledgement numbers count from the initial ones. */
export interface Segment {
  /** Letters of S, F, R, P, U, E, W and '.' for ACK, as tcpdump prints them. */
  readonly flags: string
  readonly seq?: number
  readonly ack?: number
  readonly length?: number
  readonly window?: number
  readonly urgent?: number
  readonly options?: readonly number[]
  readonly data?: string
}

const LETTERS: readonly [string, number][] = [
  ['S', TCP_FLAG.SYN], ['F', TCP_FLAG.FIN], ['R', TCP_FLAG.RST], ['P', TCP_FLAG.PSH], ['U', TCP_FLAG.URG], ['E', TCP_FLAG.ECE], ['W', TCP_FLAG.CWR],
  ['.', TCP_FLAG.ACK],
]

/** A reader's buffer. */
class Sink implements ByteSink {
  readonly bytes: number[] = []
  left: number
  constructor(size: number) {
    this.left = size
  }
  put(bytes: Uint8Array, from: number, length: number): number {
    for (let i = 0; i < length; i++) this.bytes.push(bytes[from + i]!)
    this.left -= length
    return length
  }
}

/** A writer's bytes. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  let at = 0
  return {
    get left() {
      return bytes.length - at
    },
    take(out, to, length) {
      out.set(bytes.subarray(at, at + length), to)
      at += length
      return length
    },
  }
}

/**
 * One end of a connection, with the other end played by the test: segments are given with numbers relative to the initial
 * sequence numbers, what is sent is read as text, and time moves only when told to.
 */
export class TcpFixture {
  readonly clock = new VirtualClock()
  readonly net: NetStack
  readonly device = new Capture()
  /** States that any socket went through: old and new. */
  readonly states: [number, number][] = []
  /** Our initial sequence number, seen in the first SYN. */
  iss = 0
  #seen = 0

  constructor(sysctl: Partial<NetSysctl> = {}) {
    this.clock.now = 1e12 + 1
    this.net = new NetStack({ clock: this.clock, random: new SeededRandom(1), sysctl: { tcp_timestamps: 0, ...sysctl } })
    this.net.addDevice(this.device)
    addAddress(this.net, this.device, LOCAL, 24)
    this.net.events.on('state', (change) => this.states.push([change.oldState, change.newState]))
  }

  /** A socket in CLOSED, with SO_REUSEADDR. */
  socket(): TcpSock {
    const sk = this.net.socket(4, 1, 6)
    if (!(sk instanceof TcpSock)) throw new Error(`socket: ${String(sk)}`)
    sk.ownOptions().reuseAddress = true
    return sk
  }

  /** A socket in LISTEN. */
  listener(backlog = 8): TcpSock {
    const sk = this.socket()
    this.ok(sk.bind({ address: LOCAL, port: LOCAL_PORT }))
    this.ok(sk.listen(backlog))
    return sk
  }

  /** A socket in SYN-SENT; its SYN was taken. */
  synSent(): TcpSock {
    const sk = this.socket()
    this.ok(sk.bind({ address: LOCAL, port: LOCAL_PORT }))
    sk.connect({ address: REMOTE, port: REMOTE_PORT }, 0)
    this.sent()
    return sk
  }

  /** A connection in ESTABLISHED by active open; the handshake's segments were taken. @param options of the peer's SYN-ACK */
  established(options: readonly number[] = [2, 4, 5, 180]): TcpSock {
    const sk = this.synSent()
    this.arrive({ flags: 'S.', seq: 0, ack: 1, options })
    this.sent()
    return sk
  }

  /** A connection by passive open, accepted. */
  accepted(options: readonly number[] = [2, 4, 5, 180]): TcpSock {
    const listener = this.listener()
    this.arrive({ flags: 'S', seq: 0, options })
    this.sent()
    this.arrive({ flags: '.', seq: 1, ack: 1 })
    const sk = listener.accept()
    if (!(sk instanceof TcpSock)) throw new Error(`accept: ${String(sk)}`)
    this.sent()
    return sk
  }

  /** We closed: FIN-WAIT-1; the FIN was taken. */
  finWait1(): TcpSock {
    const sk = this.established()
    sk.shutDown(1)
    this.sent()
    return sk
  }

  /** Our FIN was acknowledged: FIN-WAIT-2. */
  finWait2(): TcpSock {
    const sk = this.finWait1()
    this.arrive({ flags: '.', seq: 1, ack: 2 })
    this.sent()
    return sk
  }

  /** The peer closed: CLOSE-WAIT. */
  closeWait(): TcpSock {
    const sk = this.established()
    this.arrive({ flags: 'F.', seq: 1, ack: 1 })
    this.advance(300)
    this.sent()
    return sk
  }

  /** Then we did: LAST-ACK. */
  lastAck(): TcpSock {
    const sk = this.closeWait()
    sk.shutDown(1)
    this.sent()
    return sk
  }

  /** Both closed at the same time: CLOSING. */
  closing(): TcpSock {
    const sk = this.finWait1()
    this.arrive({ flags: 'F.', seq: 1, ack: 1 })
    this.sent()
    return sk
  }

  /** The receive window of a connection is closed, as the last segment said. */
  closeWindow(sk: TcpSock): void {
    sk.tcb.rcvWnd = 0
    sk.tcb.rcvWup = sk.tcb.rcvNxt
    sk.tcb.predFlags = 0
  }

  /** A segment of the peer's comes in. */
  arrive(segment: Segment): void {
    const skb = new SkBuff()
    for (const letter of segment.flags) skb.tcpFlags |= LETTERS.find(([name]) => name === letter)?.[1] ?? 0
    const data = segment.data ?? 'x'.repeat(segment.length ?? 0)
    skb.buffer = new TextEncoder().encode(data)
    skb.end = skb.buffer.length
    skb.src = REMOTE
    skb.dst = LOCAL
    skb.protocol = 6
    skb.ttl = 64
    skb.sport = REMOTE_PORT
    skb.dport = LOCAL_PORT
    skb.seq = (PEER_ISN + (segment.seq ?? 0)) | 0
    const control = (skb.tcpFlags & TCP_FLAG.SYN ? 1 : 0) + (skb.tcpFlags & TCP_FLAG.FIN ? 1 : 0)
    skb.endSeq = (skb.seq + data.length + control) | 0
    skb.ackSeq = skb.tcpFlags & TCP_FLAG.ACK ? (this.iss + (segment.ack ?? 0)) | 0 : 0
    skb.window = segment.window ?? 65_535
    skb.urgent = segment.urgent ?? 0
    skb.options = new Uint8Array(segment.options ?? [])
    this.net.receive(this.device, skb)
  }

  /** What was sent since the last call, as `flags seq:end ack`, for example `P. 1:11 ack 1`. */
  sent(): string[] {
    this.net.flush()
    const news = this.device.packets.slice(this.#seen)
    this.#seen = this.device.packets.length
    return news.map((skb) => this.#text(skb))
  }

  /** The segments themselves, of everything that was ever sent. */
  get packets(): readonly SkBuff[] {
    return this.device.packets
  }

  #text(skb: SkBuff): string {
    if (skb.tcpFlags & TCP_FLAG.SYN) this.iss = skb.seq
    const flags = LETTERS.map(([letter, bit]) => (skb.tcpFlags & bit ? letter : '')).join('')
    const known = this.iss !== 0 && Math.abs((skb.seq - this.iss) | 0) < 1e6
    const seq = known ? (skb.seq - this.iss) | 0 : skb.seq
    const ack = skb.tcpFlags & TCP_FLAG.ACK ? ` ack ${(skb.ackSeq - PEER_ISN) | 0}` : ''
    return `${flags} ${seq}:${seq + skb.end - skb.start}${ack}`
  }

  /** Lets `ms` milliseconds pass, with the timers that fall due. */
  advance(ms: number): void {
    const end = this.clock.now + ms * 1e6
    for (;;) {
      const next = this.net.nextTimer() * 1000
      if (next > end) break
      this.clock.now = Math.max(this.clock.now, next)
      this.net.runTimers()
    }
    this.clock.now = end
    this.net.runTimers()
  }

  /** Writes; the result is that of send(2). */
  write(sk: Sock, data: string | number, flags = 0): number {
    const bytes = typeof data === 'number' ? new Uint8Array(data) : new TextEncoder().encode(data)
    return sk.send({ data: sourceOf(bytes), flags, to: null, control: [] })
  }

  /** Reads up to `size` bytes: text, or the negative errno. */
  read(sk: Sock, size = 100_000, flags = 0): string | number {
    const data = new Sink(size)
    const message: ReceiveMessage = { data, flags, wantsControl: false, outFlags: 0, from: null, control: [] }
    const result = sk.receive(message)
    return result < 0 ? result : String.fromCharCode(...data.bytes)
  }

  /** A call that must not fail. */
  ok(result: number): void {
    if (result < 0) throw new Error(`failed: ${result}`)
  }
}
