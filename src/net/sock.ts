import { ANY4, ANY6, type Endpoint, type IpAddress } from './address.js'
import type { Route } from './ip/route.js'
import type { NetStack } from './stack.js'

/** States of a socket; TCP's numbers serve all. Linux: include/net/tcp_states.h. */
export const TCP = {
  ESTABLISHED: 1, SYN_SENT: 2, SYN_RECV: 3, FIN_WAIT1: 4, FIN_WAIT2: 5, TIME_WAIT: 6, CLOSE: 7, CLOSE_WAIT: 8, LAST_ACK: 9, LISTEN: 10, CLOSING: 11,
  NEW_SYN_RECV: 12,
} as const

/** Bits of {@link Sock.shutdown}. */
export const SHUTDOWN = { RCV: 1, SEND: 2, MASK: 3 } as const

/** Where the bytes of a send come from: memory of the caller's, or a guest's. It advances by what was taken. */
export interface ByteSource {
  /** Bytes still to be taken. */
  readonly left: number
  /** Bytes left in the current buffer of a scattered source, which MSG_ZEROCOPY counts pages of; absent: there is one buffer. */
  readonly segment?: number
  /** Moves up to `length` bytes to `out` at `to`; fewer mean a fault (-EFAULT). */
  take(out: Uint8Array, to: number, length: number): number
}

/** Where the bytes of a receive go. It advances by what was put. */
export interface ByteSink {
  /** Bytes that still fit. */
  readonly left: number
  /** Moves `length` bytes of `bytes` from `from`; fewer mean a fault (-EFAULT). */
  put(bytes: Uint8Array, from: number, length: number): number
}

/** A control message: level, type and data without header. */
export interface ControlMessage {
  readonly level: number
  readonly type: number
  readonly data: Uint8Array
}

/** A message to send. Linux: struct msghdr. */
export interface SendMessage {
  readonly data: ByteSource
  /** MSG_* */
  readonly flags: number
  /** Destination; null where the caller gave none. */
  readonly to: Endpoint | null
  readonly control: readonly ControlMessage[]
}

/** A message to receive; the stack fills the rest in. Linux: struct msghdr. */
export interface ReceiveMessage {
  readonly data: ByteSink
  /** MSG_* asked for. */
  readonly flags: number
  /** The caller wants control messages. */
  readonly wantsControl: boolean
  /** MSG_TRUNC, MSG_OOB, MSG_ERRQUEUE and so on as they come back. */
  outFlags: number
  /** Sender, where the protocol tells it. */
  from: Endpoint | null
  readonly control: ControlMessage[]
}

/** An entry of the error queue: what MSG_ERRQUEUE reads. Linux: struct sock_exterr_skb. */
export interface QueuedError {
  /** errno, positive. */
  readonly errno: number
  /** SO_EE_ORIGIN_* */
  readonly origin: number
  readonly type: number
  readonly code: number
  readonly info: number
  readonly data: number
  /** The packet that the error is about, as far as it was returned. */
  readonly payload: Uint8Array
  /** The address that the packet went to, and who reported it. */
  readonly to: Endpoint | null
  readonly offender: IpAddress | null
  /** Time of SO_TIMESTAMPING, µs of the stack's clock; null without. */
  readonly timestamp: number | null
}

/**
 * A socket of the stack: what AF_INET and AF_INET6 have in common. Operations never wait: they return -EAGAIN (or
 * -EINPROGRESS, as Linux's non-blocking sockets do), and the stack tells readiness by {@link NetStack.onReady}. Results
 * are numbers: bytes, a new socket's place, or a negative errno. Linux: struct sock, inet_sock.
 */
export abstract class Sock {
  readonly net: NetStack
  /** Names the socket in events and readiness. */
  readonly id: number
  /** The family that it was made with. */
  readonly family: 4 | 6
  /** SOCK_STREAM, SOCK_DGRAM or SOCK_RAW. */
  readonly type: number
  /** IPPROTO_* */
  readonly protocol: number
  state: number = TCP.CLOSE
  /** Local address that packets leave with (inet_saddr), and the one it was bound to (inet_rcv_saddr). */
  local: IpAddress
  boundAddress: IpAddress
  remote: IpAddress
  /** Local port that it is known by (inet_num); host order. */
  localPort = 0
  remotePort = 0
  /** Interface index that it is bound to; 0: any. */
  boundDevice = 0
  /** Pending error (SO_ERROR), positive. */
  error = 0
  /** Last error that was not fatal. */
  softError = 0
  /** SHUTDOWN bits. */
  shutdown = 0
  /** Who made it (sk_uid); whoever owns the file sets it. */
  uid = 0
  /** Inode of the file over it, as /proc/net tells it; the owner of the sockets sets it. */
  inode = 0
  /** The file went away (SOCK_DEAD). */
  dead = false
  sndbuf: number
  rcvbuf: number
  /** Bytes of packets queued to send and received, as charged (truesize). */
  wmemQueued = 0
  rmemAlloc = 0
  readonly errors: QueuedError[] = []
  /** The route of the last packet; used while it is valid. Linux: sk_dst_cache. */
  route: Route | null = null
  /** Identification of the next IPv4 packet of a connected socket. Linux: inet_id. */
  ipId = 0
  /** Settings of setsockopt; frozen while they are shared: by all sockets that changed none, by a listener and its children. */
  options: SocketOptions

  constructor(net: NetStack, family: 4 | 6, type: number, protocol: number) {
    this.net = net
    this.id = net.nextSocketId()
    this.family = family
    this.type = type
    this.protocol = protocol
    this.local = this.boundAddress = this.remote = family === 4 ? ANY4 : ANY6
    this.sndbuf = net.sysctl.wmem_default
    this.rcvbuf = net.sysctl.rmem_default
    this.options = net.defaultOptions
    if (family === 6 && net.sysctl.bindv6only !== 0) this.ownOptions().v6Only = true
  }

  /** Options to change: a copy of its own from the first change on. */
  ownOptions(): SocketOptions {
    if (Object.isFrozen(this.options)) this.options = { ...this.options }
    return this.options
  }

  /** Told before an option of setSockOption changes; for those that do more than be kept. */
  optionChanging(_level: number, _name: number, _value: number): void {}

  /** Packets dropped for want of room, as SO_MEMINFO tells. */
  get dropCount(): number {
    return 0
  }

  /** IPV6_CHECKSUM of a raw socket. */
  get rawChecksum(): number {
    return -1
  }

  /** Gives the socket a local address and port; port 0: one is chosen. */
  abstract bind(to: Endpoint): number
  /**
   * Connects.
   *
   * @param to null is AF_UNSPEC: disconnects
   * @returns 0, -EINPROGRESS where it goes on alone, or -errno
   */
  abstract connect(to: Endpoint | null, flags: number): number
  /** Makes it accept connections: at most `backlog` wait, and one more. */
  abstract listen(backlog: number): number
  /** The next connection, or -EAGAIN, -EINVAL, -EOPNOTSUPP. */
  abstract accept(): Sock | number
  /** Sends what the message holds. Returns bytes, or -errno where none went. */
  abstract send(message: SendMessage): number
  /** Receives into the message; what MSG_ERRQUEUE asks for is receiveError's. Returns bytes, 0 at the end, or -errno. */
  abstract receive(message: ReceiveMessage): number
  /**
   * Ends one direction, or both.
   *
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR
   */
  abstract shutDown(how: number): number
  /** POLL* bits that are ready. */
  abstract poll(): number
  /** The last file went away: linger apart, the rest happens alone. */
  abstract release(): void
  /** SIOCINQ, SIOCOUTQ, SIOCATMARK, SIOCOUTQNSD; the value or -errno. */
  abstract ioctl(command: number): number
  /** Its own name; the port is 0 before bind. */
  abstract getName(): Endpoint
  /** The peer's, or -ENOTCONN. */
  abstract getPeer(): Endpoint | number
}

/** A multicast group that a socket is in. Linux: struct ip_mc_socklist, ipv6_mc_socklist. */
export interface Membership {
  readonly address: IpAddress
  readonly ifindex: number
  /** The sources are those that are wanted; else those that are not. */
  readonly include: boolean
  /** null before the first. */
  readonly sources: readonly IpAddress[] | null
}

/** What SOL_SOCKET, SOL_IP and SOL_IPV6 set and few sockets change. Times in µs, 0: none. */
export interface SocketOptions {
  /** SO_REUSEADDR (SK_CAN_REUSE), SO_REUSEPORT. */
  reuseAddress: boolean
  reusePort: boolean
  keepAlive: boolean
  broadcast: boolean
  oobInline: boolean
  noCheck: boolean
  /** Seconds; -1: off. */
  linger: number
  priority: number
  mark: number
  receiveLowWater: number
  receiveTimeout: number
  sendTimeout: number
  /** Bits SOCK_SNDBUF_LOCK 1 and SOCK_RCVBUF_LOCK 2. */
  bufferLock: number
  /** STAMP bits. */
  timestamp: number
  /** SOF_TIMESTAMPING_* */
  timestamping: number
  zeroCopy: boolean
  /** Bytes a second; Infinity: none. */
  maxPacingRate: number
  peekOffset: number
  // SOL_IP
  tos: number
  /** -1: the system's default. */
  ttl: number
  minTtl: number
  mtuDiscover: number
  receiveErrors: boolean
  packetInfo: boolean
  receiveTtl: boolean
  receiveTos: boolean
  receiveOptions: boolean
  headerIncluded: boolean
  freeBind: boolean
  transparent: boolean
  bindAddressNoPort: boolean
  multicastTtl: number
  multicastLoop: boolean
  multicastInterface: number
  /** low | high << 16 of IP_LOCAL_PORT_RANGE; 0: the system's. */
  localPortRange: number
  // SOL_IPV6
  v6Only: boolean
  hopLimit: number
  multicastHops: number
  trafficClass: number
  receivePacketInfo6: boolean
  receiveHopLimit: boolean
  receiveTrafficClass: boolean
  receiveErrors6: boolean
  mtuDiscover6: number
  minHopCount: number
  /** IP_OPTIONS of packets that leave, padded to words; null without. */
  ipOptions: Uint8Array | null
  /** Multicast groups joined. */
  groups: readonly Membership[]
  /** Settings that nothing but getsockopt looks at. */
  others: ReadonlyMap<number, number> | null
}
