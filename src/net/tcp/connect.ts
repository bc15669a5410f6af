import { EAFNOSUPPORT, EALREADY, ECONNABORTED, EINPROGRESS, EINVAL, EISCONN, ENETUNREACH } from '../../abi/errno.js'
import { ANY4, ANY6, asFamily, type Endpoint, ipv4, ipv6Words, type IpAddress } from '../address.js'
import { MIB } from '../mib.js'
import { TCP } from '../sock.js'
import { tcpConnect } from './connect-out.js'
import { tcpDisconnect } from './disconnect.js'
import { tcpFastopenDeferConnect } from './fast-open-client.js'
import { inetHashConnect } from './hash-connect.js'
import { SS } from './listen.js'
import { secureTcpSeq, secureTcpTsOff } from './sequence.js'
import { BIND_LOCK, tcpSetState } from './state.js'
import { isWildcard } from './wildcard.js'
import type { TcpSock } from './tcp-sock.js'

/**
 * connect(2) of a stream socket, without waiting; the same call again tells how it ended.
 * @param to null: AF_UNSPEC, disconnects
 * @param isSendmsg it comes from a send with MSG_FASTOPEN
 * @returns 0, -EINPROGRESS the first time, -EALREADY later, -EISCONN, or what went wrong. Linux: __inet_stream_connect
 */
export function inetStreamConnect(sk: TcpSock, to: Endpoint | null, isSendmsg: boolean): number {
  if (to === null && !isSendmsg) {
    tcpDisconnect(sk)
    sk.socketState = SS.UNCONNECTED
    return 0
  }
  let error = -EINPROGRESS
  if (sk.socketState === SS.CONNECTED) return -EISCONN
  if (sk.socketState === SS.CONNECTING) {
    if (sk.fastOpen.deferConnect) error = isSendmsg ? -EINPROGRESS : -EISCONN
    else error = -EALREADY
  } else {
    if (sk.state !== TCP.CLOSE) return -EISCONN
    if (to === null) return -EINVAL
    const started = tcpConnectUser(sk, to)
    if (started < 0) return started
    sk.socketState = SS.CONNECTING
    if (sk.fastOpen.deferConnect) return 0
  }
  if (sk.state === TCP.SYN_SENT || sk.state === TCP.SYN_RECV) return error
  if (sk.state === TCP.CLOSE) return connectFailed(sk)
  sk.socketState = SS.CONNECTED
  return 0
}

/** Reset, timeout or ICMP error ended the handshake: the socket can be used again. */
function connectFailed(sk: TcpSock): number {
  const error = sk.error !== 0 ? sk.error : ECONNABORTED
  sk.error = 0
  sk.socketState = SS.UNCONNECTED
  tcpDisconnect(sk)
  return -error
}

/** Where connect to any address goes: to the host itself. Linux: ip_route_connect, tcp_v6_connect. */
function destination(sk: TcpSock, address: IpAddress): IpAddress {
  if (!isWildcard(address)) return asFamily(address, sk.family)
  if (sk.family === 4) return isWildcard(sk.local) ? ipv4(0x7f000001) : sk.local
  return sk.local.isMapped || address.isMapped ? asFamily(ipv4(0x7f000001), 6) : ipv6Words(0, 0, 0, 1)
}

/** Linux: tcp_v6_connect's checks of the scope; the interface of a link-local peer binds the socket. */
function bindToScope(sk: TcpSock, to: Endpoint): number {
  if (!to.address.isLinkLocal) return 0
  const scope = to.scope ?? 0
  if (scope !== 0) {
    if (sk.boundDevice !== 0 && sk.boundDevice !== scope) return -EINVAL
    sk.boundDevice = scope
  }
  return sk.boundDevice === 0 ? -EINVAL : 0
}

/** A socket that connects elsewhere than before forgets what it knew of the peer. */
function forgetPeer(sk: TcpSock, remote: IpAddress): void {
  const { tcb } = sk
  if (tcb.tsRecentStamp === 0 || sk.remote.equals(remote)) return
  tcb.tsRecent = tcb.tsRecentStamp = 0
  tcb.writeSeq = 0
}

/** Route, source address, port, sequence number, SYN. @returns 0 or -errno. Linux: tcp_v4_connect, tcp_v6_connect */
export function tcpConnectUser(sk: TcpSock, to: Endpoint): number {
  const { net } = sk
  sk.ownTcb()
  const scope = bindToScope(sk, to)
  if (scope !== 0) return scope
  const remote = destination(sk, to.address)
  if (remote.isMulticast || remote.isBroadcast || (remote.isV4 && sk.family === 6 && sk.options.v6Only)) return -ENETUNREACH
  const bound = !isWildcard(sk.local)
  if (sk.local.isV4 !== remote.isV4 && (bound || sk.local.isMapped)) return remote.isV4 ? -ENETUNREACH : -EAFNOSUPPORT
  const route = net.routeLookup(remote, bound ? sk.local : null, sk.boundDevice)
  if (route === null || route.kind === 'broadcast' || route.kind === 'multicast') {
    if (route === null) net.mib[remote.isV4 ? MIB.IpOutNoRoutes : MIB.Ip6OutNoRoutes]!++
    return -ENETUNREACH
  }
  if (!bound) sk.local = sk.boundAddress = asFamily(route.source, sk.family)
  forgetPeer(sk, remote)
  sk.remote = remote
  sk.remotePort = to.port
  sk.tcb.extHdrLen = 0
  sk.tcb.mssClamp = remote.isV4 ? 536 : 1220
  tcpSetState(sk, TCP.SYN_SENT)
  const hashed = inetHashConnect(sk)
  if (hashed !== 0) return undoConnect(sk, hashed)
  sk.route = route
  if (sk.tcb.writeSeq === 0) sk.tcb.writeSeq = secureTcpSeq(net, sk.local, sk.localPort, remote, to.port)
  sk.tcb.tsOffset = secureTcpTsOff(net, sk.local, remote)
  sk.ipId = net.random.u32() & 0xffff
  if (tcpFastopenDeferConnect(sk)) return 0
  const sent = tcpConnect(sk)
  return sent === 0 ? 0 : undoConnect(sk, sent)
}

function undoConnect(sk: TcpSock, error: number): number {
  tcpSetState(sk, TCP.CLOSE)
  if ((sk.bindLock & BIND_LOCK.ADDRESS) === 0) sk.local = sk.boundAddress = sk.family === 4 ? ANY4 : ANY6
  sk.route = null
  sk.remotePort = 0
  return error
}
