import type { IpAddress } from '../address.js'
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
}

/** A local port in use. Linux: struct inet_bind_bucket. */
export class BindBucket {
  readonly port: number
  owners: BindOwner | null = null
  /** 1: all owners have SO_REUSEADDR and none listens; -1: connect's alone. */
  fastReuse = 0
  /** 0, 1 FASTREUSEPORT_ANY, 2 FASTREUSEPORT_STRICT with the socket that set it. */
  fastReusePort = 0
  fastUid = 0
  fastAddress: IpAddress | null = null
  fastFamily: 4 | 6 = 4
  fastV6Only = false

  constructor(port: number) {
    this.port = port
  }
}

/** The ports in use. Linux: bhash. */
export class BindTable {
  readonly buckets: Map<number, BindBucket> = new Map()

  find(port: number): BindBucket | null {
    return this.buckets.get(port) ?? null
  }
}

/** Makes a socket or TIME_WAIT remains an owner of a port. Linux: inet_bind_hash. */
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

/**
 * Gets a local port for bind and listen; 0 asks for any free one.
 * @returns 0 or -EADDRINUSE. Linux: inet_csk_get_port
 */
export function inetCskGetPort(sk: TcpSock, port: number): number {
  const table = sk.net.tcp.ports
  let bucket = table.find(port)
  if (bucket === null) table.buckets.set(port, bucket = new BindBucket(port))
  if (sk.bindBucket === null) inetBindHash(sk, bucket)
  sk.localPort = port
  return 0
}

/** A child shares its listener's port. Linux: __inet_inherit_port. */
export function inetInheritPort(parent: TcpSock, child: TcpSock): void {
  if (parent.bindBucket !== null) inetBindHash(child, parent.bindBucket)
}
