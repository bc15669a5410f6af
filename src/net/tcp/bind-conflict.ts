import { TCP } from '../sock.js'
import type { BindBucket, BindOwner } from './ports.js'
import { isWildcard } from './wildcard.js'
import type { TcpSock } from './tcp-sock.js'

/** What the comparison of bound addresses needs to know of a holder. */
type Bound = Pick<BindOwner, 'family' | 'boundAddress' | 'v6Only'>

/**
 * Whether two bound addresses overlap. With `wildcard`, any address equals every one of its family, and :: without
 * IPV6_V6ONLY the IPv4 ones too; without, they must be the same. Linux: inet_rcv_saddr_equal
 */
export function inetRcvSaddrEqual(a: Bound, b: Bound, wildcard: boolean): boolean {
  return saddrEqual(a, b, wildcard, wildcard)
}

function saddrEqual(a: Bound, b: Bound, aWild: boolean, bWild: boolean): boolean {
  const aOnly = a.family === 6 && a.v6Only, bOnly = b.family === 6 && b.v6Only
  const aV4 = a.boundAddress.isV4, bV4 = b.boundAddress.isV4
  if (a.family === 4 || (aV4 && bV4)) {
    // of an IPv4 socket's view :: is 0.0.0.0
    if (bOnly) return false
    if (!bV4 && !isWildcard(b.boundAddress)) return a.boundAddress.d === 0 && aWild
    if (a.boundAddress.d === b.boundAddress.d) return true
    return (aWild && a.boundAddress.d === 0) || (bWild && b.boundAddress.d === 0)
  }
  const aAny = !aV4 && a.boundAddress.isAny, bAny = !bV4 && b.boundAddress.isAny
  if (aAny && bAny) return true
  if (bAny && bWild && !(bOnly && aV4)) return true
  if (aAny && aWild && !(aOnly && bV4)) return true
  return b.family === 6 && a.boundAddress.equals(b.boundAddress)
}

/** Whether two holders of one port exclude each other, addresses apart. Linux: inet_bind_conflict. */
function bindConflict(sk: TcpSock, other: BindOwner, relax: boolean, reuseportOk: boolean): boolean {
  if (other === sk) return false
  if (sk.boundDevice !== 0 && other.boundDevice !== 0 && sk.boundDevice !== other.boundDevice) return false
  const group = sk.reuseportGroup
  const sharing = sk.options.reusePort && other.reusePort && group === null && (other.state === TCP.TIME_WAIT || other.uid === sk.uid)
  if (sk.options.reuseAddress && other.reuseAddress && other.state !== TCP.LISTEN) return !relax || (!reuseportOk && sharing)
  return !reuseportOk || !sharing
}

/**
 * Whether a socket may not have a port because of those who hold it.
 * @param relax sockets with SO_REUSEADDR share it. @param reuseportOk so do those with SO_REUSEPORT. Linux: inet_csk_bind_conflict
 */
export function inetCskBindConflict(sk: TcpSock, bucket: BindBucket, relax: boolean, reuseportOk: boolean): boolean {
  for (let other = bucket.owners; other !== null; other = other.bindNext) {
    if (bindConflict(sk, other, relax, reuseportOk) && inetRcvSaddrEqual(sk, other, true)) return true
  }
  return false
}

const STRICT = 2

/** Whether the bucket's note of SO_REUSEPORT lets a socket in without a look at each holder. Linux: sk_reuseport_match. */
export function skReuseportMatch(bucket: BindBucket, sk: TcpSock): boolean {
  if (bucket.fastReusePort <= 0 || !sk.options.reusePort || sk.reuseportGroup !== null || bucket.fastUid !== sk.uid) return false
  if (bucket.fastReusePort !== STRICT) return true
  const noted = bucket.fastAddress
  return noted !== null && saddrEqual({ family: bucket.fastFamily, boundAddress: noted, v6Only: bucket.fastV6Only }, sockBound(sk), true, false)
}

function sockBound(sk: TcpSock): Bound {
  return { family: sk.family, boundAddress: sk.boundAddress, v6Only: sk.options.v6Only }
}

/** Notes what the holders of a port have in common. Linux: inet_csk_update_fastreuse. */
export function inetCskUpdateFastreuse(bucket: BindBucket, sk: TcpSock): void {
  const reuse = sk.options.reuseAddress && sk.state !== TCP.LISTEN
  const empty = bucket.owners === null
  if (empty) bucket.fastReuse = reuse ? 1 : 0
  else if (!reuse) bucket.fastReuse = 0
  if (!sk.options.reusePort) {
    bucket.fastReusePort = 0
    return
  }
  if (!empty && skReuseportMatch(bucket, sk)) return
  bucket.fastReusePort = empty ? 1 : STRICT
  bucket.fastUid = sk.uid
  bucket.fastAddress = sk.boundAddress
  bucket.fastFamily = sk.family
  bucket.fastV6Only = sk.options.v6Only
}
