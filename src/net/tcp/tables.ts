import { ANY4, ANY6, type IpAddress } from '../address.js'
import { TCP } from '../sock.js'
import type { NetStack } from '../stack.js'
import type { TcpMetrics } from './metrics.js'
import { BindTable } from './ports.js'
import { reuseportDetachSock } from './reuseport.js'
import type { TcpSettings } from './settings.js'
import type { TcpSock } from './tcp-sock.js'
import { isWildcard } from './wildcard.js'

/** What the established hash holds: connections, requests and TIME_WAIT remains, found by their four-tuple. */
export interface Hashed {
  hashNext: Hashed | null
  hashed: boolean
  readonly state: number
  readonly local: IpAddress
  readonly remote: IpAddress
  readonly localPort: number
  readonly remotePort: number
  readonly boundDevice: number
}

/** Buckets of the listening hash by port alone (INET_LHTABLE_SIZE), and by port and address. */
export const LISTEN_BUCKETS = { byPort: 32, byPortAndAddress: 1024 } as const

/**
 * The hash tables of TCP: established (everything with a peer), listening, and ports in use.
 * Linux: struct inet_hashinfo (include/net/inet_hashtables.h).
 */
export class TcpTables {
  readonly net: NetStack
  /** Chains of the established hash; a power of two that doubles as it fills. */
  established: (Hashed | null)[] = new Array<Hashed | null>(64).fill(null)
  establishedCount = 0
  /** Chains of listeners by bucket; a bucket is made when it is first looked at, since most machines listen nowhere. */
  readonly listening = new Map<number, TcpSock[]>()
  listenerCount = 0
  readonly ports: BindTable = new BindTable()
  readonly any4: IpAddress = ANY4
  readonly any6: IpAddress = ANY6
  /** Sockets without a file that are not in TIME_WAIT (tcp_orphan_count), TIME_WAIT ones, and all TCP sockets with memory. */
  orphans = 0
  /** TCP sockets in a hash, by family. Linux: sock_prot_inuse. */
  inUse4 = 0
  inUse6 = 0
  timeWaits = 0
  /** Sequence number for the SYN that replaces a connection in TIME_WAIT, while it is processed; 0: none. Linux: tcp_tw_isn. */
  timeWaitIsn = 0
  sockets = 0
  /** Pages charged to TCP's buffers. Linux: tcp_memory_allocated. */
  memoryPages = 0
  /** Challenge ACKs left in this second of the clock, and which second that is. Linux: tcp_challenge_count. */
  challengeCount = 0
  challengeSecond = -1
  /** What is remembered of hosts, by hash (metrics.ts). */
  readonly metrics: Map<number, TcpMetrics> = new Map()
  /** When Fast Open was turned off last, µs, and how often in a row. */
  fastOpenDisabledAt = 0
  fastOpenDisabledTimes = 0
  /** The keys of tcp_fastopen_key as read last (fast-open-server.ts). */
  fastOpenKeyText = ''
  fastOpenKeys: readonly Uint8Array[] | null = null
  /** What new sockets are set to (settings.ts). */
  settings: Readonly<TcpSettings> | null = null
  /** Secret of the hashes and cookies, made on first use. */
  readonly secret: Uint32Array

  constructor(net: NetStack) {
    this.net = net
    this.secret = new Uint32Array(8)
    for (let i = 0; i < 8; i++) this.secret[i] = net.random.u32()
  }

  /** The listeners, by bucket. */
  *listeners(): Generator<TcpSock> {
    for (const bucket of [...this.listening.keys()].sort((a, b) => a - b)) yield* this.listening.get(bucket)!
  }

  /** Everything in the established hash. */
  *connections(): Generator<Hashed> {
    for (const head of this.established) for (let entry = head; entry !== null; entry = entry.hashNext) yield entry
  }
}

/** Hash of a four-tuple. Linux: inet_ehashfn, inet6_ehashfn. */
export function ehashfn(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): number {
  let h = Math.imul(remote.d ^ Math.imul(local.d, 0x9e3779b1), 0x85ebca6b) ^ Math.imul((remotePort << 16) | localPort, 0xc2b2ae35)
  if (!remote.isV4) h ^= Math.imul(remote.a ^ Math.imul(remote.b, 31) ^ Math.imul(remote.c, 17) ^ Math.imul(local.c, 13), 0x27d4eb2f)
  h ^= h >>> 15
  h = Math.imul(h, 0x2c1b3c6d)
  return (h ^ (h >>> 13)) >>> 0
}

/** Puts a connection, request or TIME_WAIT socket into the established hash. Linux: inet_ehash_insert. */
export function ehashInsert(tables: TcpTables, entry: Hashed): void {
  if (++tables.establishedCount > tables.established.length) grow(tables)
  const at = ehashfn(entry.local, entry.localPort, entry.remote, entry.remotePort) & (tables.established.length - 1)
  entry.hashNext = tables.established[at] ?? null
  entry.hashed = true
  tables.established[at] = entry
}

/** Takes an entry out of the established hash; false when it was not there. */
export function ehashRemove(tables: TcpTables, entry: Hashed): boolean {
  if (!entry.hashed) return false
  const at = ehashfn(entry.local, entry.localPort, entry.remote, entry.remotePort) & (tables.established.length - 1)
  let previous: Hashed | null = null
  for (let e = tables.established[at] ?? null; e !== null; previous = e, e = e.hashNext) {
    if (e !== entry) continue
    if (previous === null) tables.established[at] = e.hashNext
    else previous.hashNext = e.hashNext
    break
  }
  entry.hashNext = null
  entry.hashed = false
  tables.establishedCount--
  return true
}

function grow(tables: TcpTables): void {
  const old = tables.established
  const chains = new Array<Hashed | null>(old.length * 2).fill(null)
  for (const head of old) {
    for (let entry = head; entry !== null;) {
      const next: Hashed | null = entry.hashNext
      const at = ehashfn(entry.local, entry.localPort, entry.remote, entry.remotePort) & (chains.length - 1)
      entry.hashNext = chains[at] ?? null
      chains[at] = entry
      entry = next
    }
  }
  tables.established = chains
}

/** The listening bucket of a port and local address. Linux: inet_lhash2_bucket; before 5.19 inet_lhashfn. */
export function listenBucket(tables: TcpTables, address: IpAddress, port: number): TcpSock[] {
  const at = listenHash(tables, address, port)
  let bucket = tables.listening.get(at)
  if (bucket === undefined) tables.listening.set(at, (bucket = []))
  return bucket
}

function listenHash(tables: TcpTables, address: IpAddress, port: number): number {
  if (tables.net.differences.listeningHashByPort) return port & (LISTEN_BUCKETS.byPort - 1)
  const h = isWildcard(address) ? Math.imul(port, 0x9e3779b1)
    : Math.imul(address.a ^ address.b ^ address.c ^ Math.imul(address.d, 31) ^ Math.imul(port, 0x85ebca6b), 0x2c1b3c6d)
  return (h >>> 16) & (LISTEN_BUCKETS.byPortAndAddress - 1)
}

/**
 * Makes a socket findable: a listener in the listening hash, any other in the established hash.
 * Linux: inet_hash, inet6_hash. A CLOSED socket stays out.
 */
export function inetHash(sk: TcpSock): void {
  const tables = sk.net.tcp
  if (sk.state === TCP.CLOSE || sk.hashed) return
  if (sk.family === 4) tables.inUse4++
  else tables.inUse6++
  if (sk.state !== TCP.LISTEN) {
    ehashInsert(tables, sk)
    return
  }
  const bucket = listenBucket(tables, sk.boundAddress, sk.localPort)
  if (sk.options.reusePort && sk.family === 6) bucket.push(sk)
  else bucket.unshift(sk)
  sk.hashed = true
  tables.listenerCount++
}

/** Linux: inet_unhash. */
export function inetUnhash(sk: TcpSock): void {
  const tables = sk.net.tcp
  if (!sk.hashed) return
  if (sk.family === 4) tables.inUse4--
  else tables.inUse6--
  if (sk.acceptQueue === null) {
    ehashRemove(tables, sk)
    return
  }
  const bucket = listenBucket(tables, sk.boundAddress, sk.localPort)
  const at = bucket.indexOf(sk)
  if (at < 0) {
    ehashRemove(tables, sk)
    return
  }
  bucket.splice(at, 1)
  if (sk.reuseportGroup !== null) reuseportDetachSock(sk)
  sk.hashed = false
  tables.listenerCount--
}
