import { EADDRINUSE } from '../../abi/errno.js'
import type { IpAddress } from '../address.js'
import { inetCskBindConflict, inetCskUpdateFastreuse, skReuseportMatch } from './bind-conflict.js'
import type { Sock } from '../sock.js'
import type { TcpSock } from './tcp-sock.js'

/** What holds a local port: sockets and TIME_WAIT remains. */
export interface BindOwner {
  bindBucket: BindBucket | null
  bindNext: BindOwner | null
  bindPrev: BindOwner | null
  readonly state: number
  readonly family: 4 | 6
  readonly boundAddress: IpAddress
  readonly boundDevice: number
  readonly v6Only: boolean
  readonly reuseAddress: boolean
  readonly reusePort: boolean
  readonly uid: number
}

/** A local port in use. Linux: struct inet_bind_bucket. */
export class BindBucket {
  readonly port: number
  owners: BindOwner | null = null
  /** 1: all holders have SO_REUSEADDR and none listens; -1: connect chose it, nobody may bind it without a look. */
  fastReuse = 0
  /** 0: no; 1: all holders have SO_REUSEPORT and one owner; 2: those like the one noted below. */
  fastReusePort = 0
  fastUid = 0
  fastAddress: IpAddress | null = null
  fastFamily: 4 | 6 = 4
  fastV6Only = false

  constructor(port: number) {
    this.port = port
  }
}

/** The local ports in use, with who holds them. Linux: bhash of struct inet_hashinfo. */
export class BindTable {
  readonly buckets: Map<number, BindBucket> = new Map()
  /** The perturbation of connect's search; made on first use. Linux: table_perturb. */
  perturb: Uint32Array | null = null

  find(port: number): BindBucket | null {
    return this.buckets.get(port) ?? null
  }

  /** The bucket of a port, made if it is new. */
  take(port: number): BindBucket {
    let bucket = this.buckets.get(port)
    if (bucket === undefined) this.buckets.set(port, bucket = new BindBucket(port))
    return bucket
  }
}

/** Makes a socket or TIME_WAIT remains a holder of a port. Linux: inet_bind_hash. */
export function inetBindHash(owner: BindOwner, bucket: BindBucket): void {
  owner.bindBucket = bucket
  owner.bindPrev = null
  owner.bindNext = bucket.owners
  if (bucket.owners !== null) bucket.owners.bindPrev = owner
  bucket.owners = owner
}

/** Gives the port back. Linux: __inet_put_port. */
export function inetPutPort(table: BindTable, owner: BindOwner): void {
  const bucket = owner.bindBucket
  if (bucket === null) return
  if (owner.bindPrev === null) bucket.owners = owner.bindNext
  else owner.bindPrev.bindNext = owner.bindNext
  if (owner.bindNext !== null) owner.bindNext.bindPrev = owner.bindPrev
  owner.bindBucket = owner.bindNext = owner.bindPrev = null
  if (bucket.owners === null) table.buckets.delete(bucket.port)
}

/** A child shares its listener's port. Linux: __inet_inherit_port. */
export function inetInheritPort(parent: TcpSock, child: TcpSock): void {
  if (parent.bindBucket !== null) inetBindHash(child, parent.bindBucket)
}

/** Whether a port is one of net.ipv4.ip_local_reserved_ports ("8080,9000-9010"). Linux: inet_is_local_reserved_port. */
export function isReservedPort(sk: Sock, port: number): boolean {
  const list = sk.net.sysctl.ip_local_reserved_ports
  if (list === '') return false
  return list.split(',').some((part) => {
    const [low, high] = part.split('-').map(Number)
    return low !== undefined && port >= low && port <= (high ?? low)
  })
}

/** The range of ephemeral ports for a socket: the knob's, narrowed by IP_LOCAL_PORT_RANGE. Linux: inet_sk_get_local_port_range. */
export function localPortRange(sk: Sock): [low: number, high: number] {
  let [low, high] = sk.net.sysctl.ip_local_port_range as [number, number]
  const own = sk.options.localPortRange
  const ownLow = own & 0xffff, ownHigh = own >>> 16
  if (low <= ownLow && ownLow <= high) low = ownLow
  if (low <= ownHigh && ownHigh <= high) high = ownHigh
  return [low, high]
}

/**
 * A free port of the ephemeral range; odd offsets first, which leaves the even ones to connect. A socket with SO_REUSEADDR
 * looks through the lower half first. 0 when there is none. Linux: inet_csk_find_open_port
 */
function findOpenPort(sk: TcpSock): number {
  const { net } = sk
  for (const relax of net.sysctl.ip_autobind_reuse !== 0 ? [false, true] : [false]) {
    for (const half of sk.options.reuseAddress ? [1, 2] : [0]) {
      let [low, high] = localPortRange(sk)
      high++
      if (half !== 0 && high - low >= 4) {
        const middle = low + (((high - low) >> 2) << 1)
        if (half === 1) high = middle
        else low = middle
      } else if (half === 2) continue
      const port = searchPorts(sk, low, high, relax)
      if (port !== 0) return port
    }
  }
  return 0
}

function searchPorts(sk: TcpSock, low: number, high: number, relax: boolean): number {
  let remaining = high - low
  if (remaining > 1) remaining &= ~1
  let offset = (sk.net.random.u32() % remaining) | 1
  for (let parity = 0; parity < 2; parity++, offset--) {
    let port = low + offset
    for (let i = 0; i < remaining; i += 2, port += 2) {
      if (port >= high) port -= remaining
      if (isReservedPort(sk, port)) continue
      const bucket = sk.net.tcp.ports.find(port)
      if (bucket === null || !inetCskBindConflict(sk, bucket, relax, false)) return port
    }
  }
  return 0
}

/**
 * Gets a local port for bind and listen; 0 asks for any free one. The socket becomes one of its holders; `localPort` is
 * the caller's to set. Linux: inet_csk_get_port
 * @returns the port, or -EADDRINUSE
 */
export function inetCskGetPort(sk: TcpSock, wanted: number): number {
  const table = sk.net.tcp.ports
  const port = wanted === 0 ? findOpenPort(sk) : wanted
  if (port === 0) return -EADDRINUSE
  const held = table.find(port)
  if (wanted !== 0 && held !== null && held.owners !== null) {
    if (!skReuseportMatch(held, sk) && inetCskBindConflict(sk, held, true, true)) return -EADDRINUSE
  }
  const bucket = table.take(port)
  inetCskUpdateFastreuse(bucket, sk)
  if (sk.bindBucket === null) {
    sk.localPort = port
    inetBindHash(sk, bucket)
  }
  return port
}
