import { EADDRNOTAVAIL } from '../../abi/errno.js'
import { MIB } from '../mib.js'
import { TCP } from '../sock.js'
import { inetLookupEstablished } from './lookup.js'
import { inetBindHash, isReservedPort, localPortRange } from './ports.js'
import { keyedHash } from './sequence.js'
import { inetHash } from './tables.js'
import type { TcpSock } from './tcp-sock.js'
import { inetTwskDeschedule, TimeWaitSock } from './time-wait-sock.js'

/** Slots of the perturbation of connect's search. Linux: INET_TABLE_PERTURB_SIZE. */
const PERTURB = 65536

/**
 * Whether a new connection may replace TIME_WAIT remains; takes over sequence number and timestamp. RFC 6191.
 * @param chosen the port was chosen by us, not by bind. Linux: tcp_twsk_unique
 */
function tcpTwskUnique(sk: TcpSock, tw: TimeWaitSock, chosen: boolean): boolean {
  const { net, tcb } = sk
  const { sysctl } = net
  let reuse = sysctl.tcp_tw_reuse
  if (tw.substate === TCP.FIN_WAIT2) reuse = 0
  if (reuse === 2 && tw.boundDevice !== net.loopback.index && !tw.remote.isLoopback && !tw.boundAddress.isLoopback) reuse = 0
  if (tw.tsRecentStamp === 0) return false
  const old = Math.floor(net.now / 1000) > Math.floor(tw.entryStamp / 1000) + sysctl.tcp_tw_reuse_delay
  if (chosen && !(reuse !== 0 && old)) return false
  tcb.writeSeq = (tw.sndNxt + 65535 + 2) | 0
  if (tcb.writeSeq === 0) tcb.writeSeq = 1
  tcb.tsRecent = tw.tsRecent
  tcb.tsRecentStamp = tw.tsRecentStamp
  return true
}

/**
 * Puts a connecting socket into the established hash with a local port, if nobody has the four-tuple; TIME_WAIT remains
 * that may be replaced go. Linux: __inet_check_established, __inet6_check_established
 */
function checkEstablished(sk: TcpSock, port: number, chosen: boolean): boolean {
  const { net } = sk
  const other = inetLookupEstablished(net, sk.local, port, sk.remote, sk.remotePort, sk.boundDevice)
  if (other !== null) {
    if (!(other instanceof TimeWaitSock) || !tcpTwskUnique(sk, other, chosen)) return false
    inetTwskDeschedule(other)
    net.mib[MIB.TWRecycled]!++
  }
  sk.localPort = port
  inetHash(sk)
  return true
}

/** A pseudo-random start of the search that depends on the destination. RFC 6056 section 3.3.4. Linux: inet_sk_port_offset. */
function portOffset(sk: TcpSock): number {
  return keyedHash(sk.net, 1, sk.local, sk.remote, [sk.remotePort]) >>> 0
}

/**
 * Gives a connecting socket its local port, unless bind did, and hashes it. Ports of the parity of the range's start are
 * tried first. @returns 0 or -EADDRNOTAVAIL. Linux: inet_hash_connect
 */
export function inetHashConnect(sk: TcpSock): number {
  const { net } = sk
  const table = net.tcp.ports
  if (sk.bindBucket !== null) return checkEstablished(sk, sk.localPort, false) ? 0 : -EADDRNOTAVAIL
  const own = sk.options.localPortRange !== 0
  const step = own ? 1 : 2
  const [low, last] = localPortRange(sk)
  const high = last + 1
  let remaining = high - low
  if (!own && remaining > 1) remaining &= ~1
  table.perturb ??= new Uint32Array(PERTURB)
  const hash = portOffset(sk)
  const index = hash & (PERTURB - 1)
  let offset = (table.perturb[index]! + hash) % remaining
  if (!own) offset &= ~1
  for (let parity = 0; parity < (own ? 1 : 2); parity++, offset++) {
    let port = low + offset
    for (let i = 0; i < remaining; i += step, port += step) {
      if (port >= high) port -= remaining
      if (!tryPort(sk, port)) continue
      table.perturb[index]! += Math.max(i, (net.random.u32() & 7) * step) + step
      return 0
    }
  }
  return -EADDRNOTAVAIL
}

/** Takes a port that nobody bound and whose four-tuple is free. */
function tryPort(sk: TcpSock, port: number): boolean {
  if (isReservedPort(sk, port)) return false
  const table = sk.net.tcp.ports
  const held = table.find(port)
  if (held !== null && (held.fastReuse >= 0 || held.fastReusePort >= 0)) return false
  if (!checkEstablished(sk, port, true)) return false
  // the remains that went may have been the last holder
  const bucket = table.take(port)
  if (bucket.owners === null) bucket.fastReuse = bucket.fastReusePort = -1
  inetBindHash(sk, bucket)
  return true
}
