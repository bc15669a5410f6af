import { POLL } from '../../src/abi/flags/poll.js'
import { VirtualClock } from '../../src/base/clock.js'
import { SeededRandom } from '../../src/base/random.js'
import { parseAddress } from '../../src/net/address.js'
import { COMPLETE } from '../../src/net/complete.js'
import { IFF, NetDevice } from '../../src/net/devices/device.js'
import { addAddress, RT } from '../../src/net/ip/addresses.js'
import { NO_METRICS, type RouteEntry } from '../../src/net/ip/route.js'
import { netstatText, snmpText } from '../../src/net/proc.js'
import type { SkBuff } from '../../src/net/skb.js'
import { NetStack } from '../../src/net/stack.js'
import { emitPacket, parseIp } from '../../src/net/wire/packet.js'
import { tcpText } from '../../src/sockets/proc/tcp.js'
import { type Attempt, Calls, type Outcome } from './calls.js'
import { readDevice, readSysctls } from './namespace.js'
import type { Extra, Request } from './protocol.js'

/** Virtual time to look ahead for a packet: what comes later, never comes. */
const HORIZON = 400_000_000
const ALGORITHMS = ['reno', 'cubic']

/** A packet that left, and when: microseconds since 1970. */
interface Sniffed {
  readonly bytes: Uint8Array
  readonly time: number
}

class SniffedDevice extends NetDevice {
  readonly #sniff: (skb: SkBuff) => void
  constructor(mtu: number, largeSegments: number, sniff: (skb: SkBuff) => void) {
    super('tun0', mtu, IFF.UP | IFF.POINTOPOINT | IFF.NOARP | IFF.RUNNING | IFF.MULTICAST | IFF.LOWER_UP, largeSegments)
    this.#sniff = sniff
  }
  transmit(skb: SkBuff): void {
    this.#sniff(skb)
  }
}

type Waiting = Exclude<Attempt, Outcome> & { readonly reply: (result: number, extras: readonly Extra[]) => void }

/** A stack under packetdrill: it owns the time, the packets that left and the calls that wait. */
export class Simulation {
  private readonly clock: VirtualClock
  private readonly net: NetStack
  private readonly calls: Calls
  /** The script's time when the stack's clock was 0. */
  private readonly start: number
  private readonly sniffed: Sniffed[] = []
  private device: NetDevice | null = null
  private readonly routes: RouteEntry[] = []
  private blocked: Waiting[] = []

  /** packetdrill's --mss; 0: none. */
  private readonly segmentSize: number

  constructor(now: number, localAddress: string, segmentSize: number) {
    this.segmentSize = segmentSize
    // a whole second, and the machine has been up for a while: jiffies are not near 0
    this.start = Math.floor((now - 1_000_000_000) / 1e6) * 1e6
    this.clock = new VirtualClock(this.start / 1e6)
    this.clock.now = (now - this.start) * 1000
    this.net = new NetStack({ clock: this.clock, random: new SeededRandom(1), ...COMPLETE })
    this.net.onReady = (sock, bits) => {
      this.calls.woken.add(sock.id)
      if (bits & (POLL.POLLOUT | POLL.POLLERR)) this.calls.roomFor.add(sock.id)
    }
    this.calls = new Calls(this.net)
    this.localAddress = localAddress
  }
  private readonly localAddress: string

  /** Microseconds since 1970. */
  get time(): number {
    return this.start + Math.floor(this.clock.now / 1000)
  }

  /** Packets that left and were not asked for yet. */
  get packets(): number {
    return this.sniffed.length
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.blocked.length
  }

  /** The texts that nstat and grep read. */
  counters(): Readonly<Record<'snmp' | 'netstat' | 'tcp' | 'tcp6', string>> {
    return { snmp: snmpText(this.net), netstat: netstatText(this.net), tcp: tcpText(this.net, 4), tcp6: tcpText(this.net, 6) }
  }

  /** ip tcp_metrics flush. */
  forgetPeers(): void {
    this.net.tcp.metrics.clear()
  }

  /** Takes over what the namespace's settings are now. */
  configure(): void {
    readSysctls(this.net.sysctl, ALGORITHMS)
    const settings = readDevice('tun0')
    const large = settings.segmentation ? 65536 : 0
    if (this.device === null || this.device.largeSegments !== large) {
      this.device = this.net.addDevice(new SniffedDevice(settings.mtu, large, (skb) => this.sniffed.push({ bytes: emitPacket(skb), time: this.time })))
      for (const { address, prefix } of settings.addresses) addAddress(this.net, this.device, parseAddress(address)!, prefix)
    }
    this.device.mtu = settings.mtu
    this.device.congested = settings.congested
    for (const route of this.routes.splice(0)) this.net.routes.remove(route)
    for (const { destination, gateway, metrics } of settings.routes) {
      const [text, bits] = destination.split('/')
      const network = parseAddress(text === 'default' ? (this.localAddress.includes(':') ? '::' : '0.0.0.0') : text!)
      if (network === null) continue
      const entry: RouteEntry = {
        destination: network, prefix: text === 'default' ? 0 : Number(bits ?? (network.family === 4 ? 32 : 128)), kind: 'unicast', gateway: gateway === null ? null : parseAddress(gateway),
        device: this.device, source: null, table: RT.TABLE_MAIN, metric: 0, scope: RT.SCOPE_UNIVERSE, origin: RT.PROTO_BOOT,
        metrics: {
          ...NO_METRICS, mtu: metrics['mtu'] ?? 0, mtuLocked: metrics['mtu lock'] === 1, advMss: metrics['advmss'] ?? 0, initCwnd: metrics['initcwnd'] ?? 0,
          initRwnd: metrics['initrwnd'] ?? 0, quickAck: metrics['quickack'] === 1, hopLimit: metrics['hoplimit'] ?? 0, cwnd: metrics['cwnd'] ?? 0,
          ssthresh: metrics['ssthresh'] ?? 0, fastOpenNoCookie: metrics['fastopen_no_cookie'] === 1,
        },
      }
      this.routes.push(entry)
      this.net.routes.add(entry)
    }
  }

  /** Runs everything that is due until `time`. */
  advanceTo(time: number): void {
    const target = Math.max(this.clock.now, (time - this.start) * 1000)
    for (;;) {
      const next = this.nextEvent()
      if (next * 1000 > target) break
      this.step(next)
    }
    this.clock.now = target
    this.net.refresh()
  }

  private nextEvent(): number {
    return Math.min(this.net.nextTimer(), ...this.blocked.map(({ until }) => until))
  }

  private step(at: number): void {
    this.clock.now = Math.max(this.clock.now, at * 1000)
    this.net.runTimers()
    this.retry()
  }

  /** A packet comes in. */
  inject(bytes: Uint8Array): void {
    const skb = parseIp(bytes, this.device!.index, this.net.now)
    // with --mss packets that are larger come as several segments in one, as by a device's GRO
    if (typeof skb !== 'string' && skb.protocol === 6 && this.segmentSize > 0) skb.gsoSize = this.segmentSize
    this.net.receive(this.device!, typeof skb === 'string' ? bytes : skb)
    this.retry()
  }

  /** The next packet that leaves, moving time on as far as needed; null when none will. */
  nextPacket(): Sniffed | null {
    const limit = this.net.now + HORIZON
    while (this.sniffed.length === 0) {
      const next = this.nextEvent()
      if (next > limit) return null
      this.step(next)
    }
    return this.sniffed.shift()!
  }

  /** Makes a call; the answer comes now, or when the call has waited. */
  call(request: Request, reply: (result: number, extras: readonly Extra[]) => void): void {
    this.settle(this.calls.attempt(request), reply)
    this.net.flush()
    this.retry()
  }

  private settle(attempt: Attempt, reply: (result: number, extras: readonly Extra[]) => void): void {
    if ('retry' in attempt) this.blocked.push({ ...attempt, reply })
    else reply(attempt[0], attempt.slice(1))
  }

  private retry(): void {
    for (const waiting of this.blocked.splice(0)) {
      const attempt = waiting.retry()
      if (!('retry' in attempt)) waiting.reply(attempt[0], attempt.slice(1))
      else if (this.net.now >= waiting.until) waiting.reply(waiting.expired[0], waiting.expired.slice(1))
      else this.blocked.push({ ...waiting, retry: attempt.retry })
    }
  }
}
