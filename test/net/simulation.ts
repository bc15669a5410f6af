import { VirtualClock } from '../../src/base/clock.js'
import { SeededRandom } from '../../src/base/random.js'
import { type Endpoint, parseAddress } from '../../src/net/address.js'
import { BytesSink, BytesSource } from '../../src/net/byte-io.js'
import { FaultInjector, type Faults } from '../../src/net/devices/faults.js'
import { createWire } from '../../src/net/devices/wire.js'
import { addAddress } from '../../src/net/ip/addresses.js'
import { setSockOption } from '../../src/net/sock-options.js'
import { TCP } from '../../src/net/sock.js'
import { NetStack } from '../../src/net/stack.js'
import type { NetSysctl } from '../../src/net/sysctl-defaults.js'
import { TcpSocket } from '../../src/net/tcp/socket.js'
import { brokenInvariants } from './invariants.js'

const EAGAIN = -11
const [SOL_SOCKET, SOL_TCP] = [1, 6]

/** Choices of one run. */
class Choice {
  readonly random: SeededRandom
  constructor(seed: number) {
    this.random = new SeededRandom(seed)
  }
  /** 0 to n-1. */
  below(n: number): number {
    return this.random.u32() % n
  }
  /** True in one of n. */
  oneIn(n: number): boolean {
    return this.below(n) === 0
  }
  of<T>(...list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
}

/** The byte at a place of a stream; each stream has its own. */
const byteAt = (stream: number, at: number): number => (Math.imul(at + 1, 0x9e3779b1) ^ Math.imul(stream, 0x85ebca6b)) >>> 24

/** One application at one end of a connection. */
class App {
  readonly name: string
  readonly sk: TcpSocket
  readonly stream: number
  readonly expects: number
  /** Bytes to write, and how many were taken. */
  readonly total: number
  written = 0
  read = 0
  /** End of the peer's stream was seen. */
  sawEnd = false
  sentEnd = false
  /** errno that the application was told, positive. */
  failure = 0
  closed = false
  /** Abort with a reset after so many bytes read; -1: never. */
  abortAt = -1
  /** When it looks again, µs. */
  nextLook = 0

  constructor(name: string, sk: TcpSocket, stream: number, total: number, expects: number) {
    this.name = name
    this.sk = sk
    this.stream = stream
    this.total = total
    this.expects = expects
  }

  get done(): boolean {
    return this.closed
  }
}

/** What a run came to. */
export interface Outcome {
  readonly problems: readonly string[]
  /** Every packet and step in one number: equal runs give equal ones. */
  readonly digest: number
  readonly events: number
  readonly virtualSeconds: number
  readonly aborted: number
}

function knobs(choice: Choice): Partial<NetSysctl> {
  const one = (value: number): number => (choice.oneIn(4) ? value : 1 - value)
  const rmem = choice.of(4096, 16384, 131072, 131072)
  return {
    tcp_sack: one(0), tcp_timestamps: one(0), tcp_window_scaling: one(0), tcp_dsack: one(0), tcp_ecn: choice.of(2, 2, 1, 0), tcp_congestion_control: choice.of('cubic', 'reno'),
    tcp_recovery: choice.of(1, 1, 0), tcp_early_retrans: choice.of(3, 3, 0), tcp_slow_start_after_idle: one(0), tcp_moderate_rcvbuf: one(0),
    tcp_rmem: [4096, rmem, choice.of(rmem, 1 << 20, 1 << 25)], tcp_wmem: [4096, choice.of(4608, 16384, 65536), choice.of(65536, 1 << 22)],
    tcp_mtu_probing: choice.of(0, 0, 1, 2),
    // a cookie holds 24 bits of which a few are the MSS: a later ACK, or a FIN that overtakes a byte, may pass for one, in Linux too
    tcp_syncookies: 0, tcp_autocorking: one(0), tcp_fin_timeout: choice.of(60, 5), tcp_tw_reuse: choice.of(0, 1, 2),
  }
}

/** A run of random applications over a faulty line, which a seed repeats exactly. */
export class Simulation {
  readonly seed: number
  readonly #choice: Choice
  readonly #clock = new VirtualClock()
  readonly #stacks: NetStack[] = []
  readonly #apps: App[] = []
  readonly #problems: string[] = []
  readonly #log: ((line: string) => void) | null
  #digest = 0
  #events = 0
  #server: TcpSocket | null = null
  readonly #awaited: App[] = []

  /** @param log told of every step, to look at a failing seed */
  constructor(seed: number, log: ((line: string) => void) | null = null) {
    this.seed = seed
    this.#choice = new Choice(seed)
    this.#log = log
    this.#clock.now = 1e12 + this.#choice.below(1e6) * 1e6
  }

  #mix(value: number): void {
    this.#digest = Math.imul(this.#digest ^ value, 0x01000193) >>> 0
  }

  #build(): { server: Endpoint; family: 4 | 6 } {
    const choice = this.#choice
    const family = choice.of<4 | 6>(4, 4, 6)
    for (let i = 0; i < 2; i++) this.#stacks.push(new NetStack({ clock: this.#clock, random: new SeededRandom(this.seed * 2 + i), sysctl: knobs(choice) }))
    const [a, b] = this.#stacks as [NetStack, NetStack]
    const rate = choice.of(undefined, undefined, 1e6, 10e6, 1e9)
    const ends = createWire(a, b, {
      delay: choice.of(0, 100, 5000, 50_000), mtu: choice.of(1500, 1500, family === 4 ? 576 : 1280, 9000), segments: choice.oneIn(3), queue: choice.of(10, 100, 1000),
      ...(rate === undefined ? {} : { rate }),
    })
    const harsh = choice.below(4)
    const faults = (): Faults => harsh === 0 ? {} : {
      loss: choice.of(0, 0.01, 0.05, harsh === 3 ? 0.25 : 0.1), duplicate: choice.of(0, 0.02), corrupt: choice.of(0, 0, 0.02), reorder: choice.of(0, 0.05, 0.2),
      reorderDelay: choice.of(200, 3000, 40_000), jitter: choice.of(0, 0, 2000),
    }
    const text = family === 4 ? ['10.0.0.1', '10.0.0.2'] : ['fd00::1', 'fd00::2']
    this.#stacks.forEach((net, i) => {
      addAddress(net, net.addDevice(new FaultInjector(net, ends[i]!, new SeededRandom(this.seed * 3 + i), faults())), parseAddress(text[i]!)!, family === 4 ? 24 : 64)
      net.events.on('packet:out', (skb) => {
        this.#mix(skb.seq ^ skb.ackSeq ^ (skb.tcpFlags << 8) ^ (skb.end - skb.start))
        this.#log?.(`${this.#at()} ${i === 0 ? 'a' : 'b'} > flags ${skb.tcpFlags.toString(16)} port ${i === 0 ? skb.sport : skb.dport} seq ${skb.seq >>> 0} ack ${skb.ackSeq >>> 0} len ${skb.end - skb.start} win ${skb.window}`)
      })
    })
    return { server: { address: parseAddress(text[1]!)!, port: 80 }, family }
  }

  #at(): string {
    return (this.#clock.now / 1e9).toFixed(6)
  }

  #configure(sk: TcpSocket): void {
    const choice = this.#choice
    const int = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer)
    // whoever waits for a peer that is gone must hear of it
    setSockOption(sk, SOL_SOCKET, 9, int(1))
    setSockOption(sk, SOL_TCP, 4, int(20))
    setSockOption(sk, SOL_TCP, 5, int(2))
    setSockOption(sk, SOL_TCP, 6, int(4))
    if (choice.oneIn(3)) setSockOption(sk, SOL_TCP, 1, int(1))
    if (choice.oneIn(5)) setSockOption(sk, SOL_SOCKET, 8, int(choice.of(2304, 8192, 65536)))
    if (choice.oneIn(5)) setSockOption(sk, SOL_SOCKET, 7, int(choice.of(4608, 16384, 65536)))
    if (choice.oneIn(8)) setSockOption(sk, SOL_TCP, 2, int(choice.of(100, 536, 1000)))
    if (choice.oneIn(8)) setSockOption(sk, SOL_TCP, 18, int(choice.of(5000, 30_000)))
  }

  #start(): void {
    const choice = this.#choice
    const { server, family } = this.#build()
    const [a, b] = this.#stacks as [NetStack, NetStack]
    const listener = new TcpSocket(b, family)
    this.#server = listener
    this.#configure(listener)
    listener.bind(server)
    listener.listen(choice.of(1, 5, 128))
    const count = 1 + choice.below(3)
    for (let i = 0; i < count; i++) {
      const sk = new TcpSocket(a, family)
      this.#configure(sk)
      const size = (): number => choice.of(0, 1, choice.below(3000), choice.below(40_000), choice.below(200_000))
      const up = size(), down = size()
      const client = new App(`client${i}`, sk, i * 2, up, down)
      const other = new App(`server${i}`, sk, i * 2 + 1, down, up)
      if (choice.oneIn(10)) client.abortAt = choice.below(down + 1)
      client.nextLook = this.#clock.now / 1000 + choice.below(100_000)
      this.#apps.push(client)
      this.#awaited.push(other)
      sk.connect(server)
    }
    for (const net of this.#stacks) net.onReady = () => {}
  }

  /** Accepted sockets find their application by the client's port. */
  #accept(): void {
    for (let sk = this.#server?.accept() ?? EAGAIN; typeof sk !== 'number'; sk = this.#server?.accept() ?? EAGAIN) {
      const { remotePort } = sk
      const at = this.#apps.findIndex((app) => app.sk.localPort === remotePort && app.name.startsWith('client'))
      const waiting = this.#awaited[at]
      if (!(sk instanceof TcpSocket) || waiting === undefined) {
        this.#problems.push('accept gave a socket that nobody asked for')
        continue
      }
      const app = new App(waiting.name, sk, waiting.stream, waiting.total, waiting.expects)
      app.nextLook = this.#clock.now / 1000 + this.#choice.below(50_000)
      if (this.#choice.oneIn(15)) app.abortAt = this.#choice.below(waiting.expects + 1)
      this.#apps.push(app)
    }
  }

  #step(app: App): void {
    const choice = this.#choice
    const { sk } = app
    if (sk.state === TCP.SYN_SENT) return
    for (let round = choice.below(3); round >= 0 && !app.closed; round--) {
      if (choice.oneIn(2)) this.#write(app)
      else this.#read(app)
    }
    if (app.closed) return
    if (app.abortAt >= 0 && app.read >= app.abortAt) {
      setSockOption(sk, SOL_SOCKET, 13, new Uint8Array(Int32Array.of(1, 0).buffer))
      this.#close(app, 'abort')
    } else if (app.failure !== 0 || (app.sawEnd && app.written === app.total)) this.#close(app, 'close')
    else if (app.written === app.total && !app.sentEnd) {
      app.sentEnd = true
      sk.shutDown(1)
    }
  }

  #close(app: App, how: string): void {
    this.#log?.(`${this.#at()} ${app.name} ${how} read ${app.read}/${app.expects} written ${app.written}/${app.total} failure ${app.failure}`)
    app.closed = true
    app.sk.release()
  }

  #write(app: App): void {
    const choice = this.#choice
    if (app.written === app.total || app.failure !== 0) return
    const size = Math.min(app.total - app.written, choice.of(1, 100, 1448, 4096, 65_536))
    const bytes = new Uint8Array(size)
    for (let i = 0; i < size; i++) bytes[i] = byteAt(app.stream, app.written + i)
    const result = app.sk.send({ data: new BytesSource(bytes), flags: choice.oneIn(6) ? 0xc000 : 0x4000, to: null, control: [] })
    if (result > 0) app.written += result
    else if (result !== EAGAIN) this.#fail(app, -result)
  }

  #read(app: App): void {
    if (app.failure !== 0) return
    const sink = new BytesSink(new Uint8Array(this.#choice.of(1, 500, 4096, 65_536)))
    const result = app.sk.receive({ data: sink, flags: 0, wantsControl: false, outFlags: 0, from: null, control: [] })
    if (result === EAGAIN) return
    if (result < 0) {
      this.#fail(app, -result)
      return
    }
    if (result === 0) {
      app.sawEnd = true
      if (app.read !== app.expects && !this.#peerAborted(app)) this.#problems.push(`${app.name}: end of stream after ${app.read} of ${app.expects} bytes`)
      return
    }
    for (let i = 0; i < result; i++) {
      if (sink.bytes[i] === byteAt(app.stream ^ 1, app.read + i)) continue
      this.#problems.push(`${app.name}: wrong byte at ${app.read + i}`)
      break
    }
    app.read += result
    if (app.read > app.expects) this.#problems.push(`${app.name}: read ${app.read} of ${app.expects} bytes`)
  }

  /** The other end gave up, so the stream may end early. */
  #peerAborted(app: App): boolean {
    const other = this.#apps.find((one) => one.stream === (app.stream ^ 1))
    return other !== undefined && (other.failure !== 0 || other.abortAt >= 0)
  }

  #fail(app: App, errno: number): void {
    this.#log?.(`${this.#at()} ${app.name} errno ${errno}`)
    app.failure = errno
  }

  #checkAll(): void {
    for (const app of this.#apps) {
      for (const wrong of brokenInvariants(app.sk)) this.#problems.push(`${this.#at()} ${app.name} (state ${app.sk.state}): ${wrong}`)
    }
  }

  /** Runs to the end. @param every how often invariants are checked: 1 at each event */
  run(every = 1): Outcome {
    this.#start()
    const began = this.#clock.now
    const limit = began + 86_400e9
    while (this.#problems.length === 0 && this.#clock.now < limit && this.#events < 400_000) {
      if (this.#apps.every((app) => app.done) && this.#apps.length >= this.#awaited.length && !this.#halfOpen()) break
      this.#advance()
      if (this.#events++ % every === 0) this.#checkAll()
    }
    this.#judge(limit)
    return {
      problems: this.#problems, digest: this.#digest, events: this.#events, virtualSeconds: (this.#clock.now - began) / 1e9,
      aborted: this.#apps.filter((app) => app.failure !== 0 || app.abortAt >= 0).length,
    }
  }

  /** Connections that the server has not accepted yet. */
  #halfOpen(): boolean {
    const queue = this.#server
    return queue !== null && (queue.ackBacklog > 0 || queue.synQueue.length > 0)
  }

  /** To the next timer or look of an application. */
  #advance(): void {
    const look = Math.min(...this.#apps.map((app) => (app.closed ? Infinity : app.nextLook)))
    const timer = Math.min(...this.#stacks.map((net) => net.nextTimer()))
    const next = Math.min(look, timer) * 1000
    if (next === Infinity) {
      this.#clock.advance(1e9)
      return
    }
    if (next > this.#clock.now) this.#clock.advance(next - this.#clock.now)
    for (const net of this.#stacks) net.runTimers()
    this.#accept()
    for (const app of [...this.#apps]) {
      if (app.closed || app.nextLook * 1000 > this.#clock.now) continue
      this.#step(app)
      app.nextLook = this.#clock.now / 1000 + 1 + this.#choice.below(this.#choice.of(500, 20_000, 20_000, 2_000_000))
    }
  }

  #judge(limit: number): void {
    const problem = (text: string): void => {
      this.#problems.push(text)
    }
    if (this.#problems.length > 0) return
    if (this.#clock.now >= limit || this.#events >= 400_000) {
      for (const app of this.#apps) if (!app.done) problem(`${app.name} never ended: state ${app.sk.state} read ${app.read}/${app.expects} written ${app.written}/${app.total} packetsOut ${app.sk.tcb.packetsOut}`)
    }
    for (const app of this.#apps) {
      const other = this.#apps.find((one) => one.stream === (app.stream ^ 1))
      const fine = app.failure === 0 && app.abortAt < 0
      if (other !== undefined && fine && other.failure === 0 && other.abortAt < 0 && app.read !== app.expects) problem(`${app.name}: read ${app.read} of ${app.expects}`)
    }
    this.#drain(problem)
  }

  /** Everything is closed: after the longest timers nothing may be left. */
  #drain(problem: (text: string) => void): void {
    this.#server?.release()
    const end = this.#clock.now + 1500e9
    for (let i = 0; i < 200_000; i++) {
      const next = Math.min(...this.#stacks.map((net) => net.nextTimer())) * 1000
      if (next > end) break
      if (next > this.#clock.now) this.#clock.advance(next - this.#clock.now)
      for (const net of this.#stacks) net.runTimers()
    }
    this.#stacks.forEach((net, i) => {
      const { tcp } = net
      if (tcp.establishedCount !== 0) problem(`stack ${i}: ${tcp.establishedCount} entries left in the established hash`)
      if (tcp.listenerCount !== 0) problem(`stack ${i}: ${tcp.listenerCount} listeners left`)
      if (tcp.timeWaits !== 0) problem(`stack ${i}: ${tcp.timeWaits} in TIME_WAIT`)
      if (tcp.orphans !== 0) problem(`stack ${i}: ${tcp.orphans} orphans`)
      if (net.timers.count !== 0) problem(`stack ${i}: ${net.timers.count} timers left`)
    })
  }
}

/** Runs a seed. */
export function simulate(seed: number, every = 1): Outcome {
  return new Simulation(seed).run(every)
}
