import { EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '../abi/errno.js'
import { IPPROTO, SOCK } from '../abi/flags/sockets.js'
import type { Clock } from '../base/clock.js'
import type { Random } from '../base/random.js'
import { type Endpoint, type IpAddress, ipv4, ipv6Words } from './address.js'
import type { NetDevice } from './devices/device.js'
import { LoopbackDevice } from './devices/loopback.js'
import { defaultSocketOptions } from './default-options.js'
import { CURRENT_DIFFERENCES, type NetDifferences } from './differences.js'
import { EventHub } from './event-hub.js'
import { addAddress } from './ip/addresses.js'
import { countMalformed, ipReceive } from './ip/input.js'
import { ipOutput, sockRoute } from './ip/output.js'
import { RouteCache } from './ip/route-cache.js'
import { IpState } from './ip/state.js'
import { type Route, RoutingTable } from './ip/route.js'
import { MIB_COUNT } from './mib.js'
import { PayloadPool } from './payload-pool.js'
import type { PingSock } from './ping.js'
import type { Fragments, Protocol } from './protocol.js'
import type { RawSock } from './raw.js'
import { SkBuff, SkBuffQueue } from './skb.js'
import { Sock, type SocketOptions } from './sock.js'
import { SocketTable } from './socket-table.js'
import { type NetSysctl, defaultNetSysctl } from './sysctl-defaults.js'
import { TcpSocket } from './tcp/socket.js'
import { TcpTables } from './tcp/tables.js'
import { TimerWheel } from './timers.js'
import type { UdpSock } from './udp.js'
import { packetLength, parseIp } from './wire/packet.js'

/** A change of a TCP socket's state: the fields of the kernel's tracepoint sock:inet_sock_set_state. */
export interface StateChange {
  readonly sock: Sock
  readonly family: 4 | 6
  readonly protocol: number
  readonly oldState: number
  readonly newState: number
  readonly source: Endpoint
  readonly destination: Endpoint
}

/** What a stack tells its listeners. */
export interface NetEvents {
  state: StateChange
  /** A packet came in at a device, or leaves by one. Its payload may be used again afterwards: copy what is kept. */
  'packet:in': SkBuff
  'packet:out': SkBuff
  /** A packet was dropped, with Linux's drop reason. */
  drop: { readonly skb: SkBuff; readonly reason: string }
}

/** Options of a {@link NetStack}. */
export interface NetStackOptions {
  readonly clock: Clock
  readonly random: Random
  /** Knobs that differ from the defaults of Linux 6.18. */
  readonly sysctl?: Partial<NetSysctl>
  /** Ways of older kernels. */
  readonly differences?: Partial<NetDifferences>
  /** What it has beside TCP: any of `udp`, `ping` and `raw`; none by default. */
  readonly protocols?: readonly Protocol[]
  /** `fragments` for packets in parts and IPv6's extension headers; without it they are dropped. */
  readonly fragments?: (net: NetStack) => Fragments
  /** `forward` for packets to others, which it sends on where `ip_forward` and `ip6_forward` say so; without it they are dropped. */
  readonly forward?: (net: NetStack, skb: SkBuff) => void
}

/**
 * One network stack, as of one network namespace. Nothing in it waits or uses the host's time: the host gives it packets
 * ({@link NetStack.receive}), runs its timers ({@link NetStack.runTimers} at {@link NetStack.nextTimer}) and calls
 * sockets. What loopback sends, and what such a call led to, is processed by {@link NetStack.flush}, which every socket
 * operation ends with.
 *
 * It has TCP over IPv4 and IPv6; what its options name gives it more, and
 * COMPLETE all.
 *
 * @example
 * const net = new NetStack({ clock: new VirtualClock(), random: new SeededRandom(1), ...COMPLETE })
 */
export class NetStack {
  readonly clock: Clock
  readonly random: Random
  readonly sysctl: NetSysctl
  readonly differences: NetDifferences
  readonly tcp: TcpTables
  /** Counters by {@link MIB}. */
  readonly mib = new Float64Array(MIB_COUNT)
  /** Microseconds of the clock, as of the last {@link NetStack.refresh}. */
  now = 0
  readonly timers = new TimerWheel()
  /** Buffers of large packets. */
  readonly payload = new PayloadPool()
  readonly routes = new RoutingTable()
  readonly routeCache = new RouteCache()
  /** Protocols beside TCP and ICMP, and their sockets. */
  readonly protocols: readonly Protocol[]
  readonly fragments: Fragments | null
  /** Sends packets on that are for others; null drops them. */
  readonly forward: ((net: NetStack, skb: SkBuff) => void) | null
  readonly udp = new SocketTable<UdpSock>()
  readonly raw = new SocketTable<RawSock>()
  readonly ping = new SocketTable<PingSock>()
  readonly ip: IpState
  readonly devices: NetDevice[] = []
  readonly loopback: LoopbackDevice
  readonly events = new EventHub<NetEvents>()
  readonly defaultOptions: SocketOptions
  /** Told when a socket's readiness may have changed, with the POLL* bits that did. Set by the owner of the sockets. */
  onReady: (sock: Sock, pollBits: number) => void = () => {}
  /** Told when everything that came in has been processed: the next timer may be another. Set by who drives the timers. */
  onSettled: () => void = () => {}
  readonly #backlog = new SkBuffQueue()
  #flushing = false
  #lastSocketId = 0

  constructor(options: NetStackOptions) {
    this.clock = options.clock
    this.random = options.random
    this.sysctl = { ...defaultNetSysctl(), ...options.sysctl }
    this.differences = { ...CURRENT_DIFFERENCES, ...options.differences }
    this.protocols = options.protocols ?? []
    this.tcp = new TcpTables(this)
    this.ip = new IpState(this)
    this.fragments = options.fragments?.(this) ?? null
    this.forward = options.forward ?? null
    this.defaultOptions = Object.freeze(defaultSocketOptions())
    this.refresh()
    this.timers.elapsed = this.now
    this.loopback = this.addDevice(new LoopbackDevice(this))
    addAddress(this, this.loopback, ipv4(0x7f000001), 8)
    addAddress(this, this.loopback, ipv6Words(0, 0, 0, 1), 128)
  }

  /** The listening TCP sockets, in the order of the listening hash: `synQueue`, `acceptQueue`, `maxAckBacklog` and `ackBacklog` are theirs to look at. */
  listeners(): TcpSocket[] {
    return [...this.tcp.listeners()].filter((sk) => sk instanceof TcpSocket)
  }

  /** Reads the clock into {@link NetStack.now}. Linux: tcp_mstamp_refresh. */
  refresh(): void {
    this.now = Math.floor(this.clock.monotonic() / 1000)
  }

  /** A number that no socket of this stack has. */
  nextSocketId(): number {
    return ++this.#lastSocketId
  }

  /**
   * A new socket of `family` (4 or 6), `type` SOCK_STREAM 1, SOCK_DGRAM 2 or SOCK_RAW 3; protocol 0 is the type's usual
   * one. Whether the caller may (raw sockets, ping_group_range) is the caller's to check. Linux: inet_create, inet6_create.
   *
   * @returns the socket, -EPROTONOSUPPORT or -ESOCKTNOSUPPORT
   */
  socket(family: 4 | 6, type: number, protocol: number): Sock | number {
    if (type === SOCK.SOCK_STREAM) return protocol === 0 || protocol === IPPROTO.IPPROTO_TCP ? new TcpSocket(this, family) : -EPROTONOSUPPORT
    for (const known of this.protocols) {
      const sk = known.socket(this, family, type, protocol)
      if (sk !== null) return sk
    }
    return type === SOCK.SOCK_DGRAM || type === SOCK.SOCK_RAW ? -EPROTONOSUPPORT : -ESOCKTNOSUPPORT
  }

  /** Adds a device, which gets the next index; the first one is loopback. */
  addDevice<D extends NetDevice>(device: D): D {
    device.index = this.devices.length === 0 ? 1 : Math.max(...this.devices.map((other) => other.index)) + 1
    this.devices.push(device)
    this.routes.generation++
    return device
  }

  /** The device with an index, or null. */
  device(ifindex: number): NetDevice | null {
    for (const device of this.devices) if (device.index === ifindex) return device
    return null
  }

  /**
   * Takes a packet that came in by `device`: bytes of IP, or a packet as it is. It is processed before this returns,
   * unless the stack is already at work. Linux: netif_receive_skb.
   */
  receive(device: NetDevice, packet: Uint8Array | SkBuff): void {
    this.refresh()
    this.enqueue(device, packet)
    this.flush()
  }

  /** Takes a packet for the next {@link NetStack.flush}. Linux: netif_rx. */
  enqueue(device: NetDevice, packet: Uint8Array | SkBuff): void {
    let skb: SkBuff
    if (packet instanceof SkBuff) skb = packet
    else {
      const parsed = parseIp(packet, device.index, this.now)
      if (typeof parsed === 'string') {
        countMalformed(this, packet, parsed)
        return
      }
      skb = parsed
    }
    skb.ifindex = device.index
    skb.receivedAt = this.now
    device.statistics.rxPackets++
    device.statistics.rxBytes += packetLength(skb)
    if (device.tap !== null) device.tap(skb, true)
    this.#backlog.push(skb)
  }

  /** Processes what came in meanwhile, unless that is being done further up the stack. */
  flush(): void {
    if (this.#flushing) return
    this.#flushing = true
    for (;;) {
      const skb = this.#backlog.shift()
      if (skb === null) break
      ipReceive(this, skb)
    }
    this.#flushing = false
    this.onSettled()
  }

  /** Sends a packet by the route to its destination; see {@link ipOutput}. */
  ipOutput(skb: SkBuff, sk: Sock | null): number {
    return ipOutput(this, skb, sk)
  }

  /** The way to `dst`, or null when there is none (-ENETUNREACH). @param src the bound source, null: any. @param ifindex the bound device, 0: any */
  routeLookup(dst: IpAddress, src: IpAddress | null, ifindex: number): Route | null {
    return this.routeCache.lookup(this, dst, src, ifindex)
  }

  /** The path MTU of a route, or of a socket's route, now; 1500 without a route. Linux: dst_mtu. */
  dstMtu(of: Route | Sock): number {
    const route = of instanceof Sock ? sockRoute(this, of) : of
    return route === null ? 1500 : this.routeCache.mtu(this, route)
  }

  /** The route of a connected socket, kept in it; null without one. Linux: __sk_dst_check. */
  sockRoute(sk: Sock): Route | null {
    return sockRoute(this, sk)
  }

  /** When the next timer is due, µs of the clock; Infinity when there is nothing to wait for. */
  nextTimer(): number {
    return this.#backlog.length > 0 ? this.now : this.timers.next()
  }

  /** Runs every timer that is due, and what they lead to. */
  runTimers(): void {
    this.refresh()
    this.timers.run(this.now)
    this.flush()
  }
}
