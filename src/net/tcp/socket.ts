import { EINVAL, ENOIOCTLCMD, ENOTCONN } from '../../abi/errno.js'
import { SOCKET_IOCTLS as IOCTL } from '../../abi/flags/ioctl.js'
import { IP_OPTIONS, SHUT, SO, SOL } from '../../abi/flags/sockets.js'
import type { Endpoint } from '../address.js'
import { before } from '../seq.js'
import { type ReceiveMessage, type SendMessage, SHUTDOWN, TCP } from '../sock.js'
import type { NetStack } from '../stack.js'
import { inetCskAccept } from './accept.js'
import { inetBind } from './bind.js'
import { isClosing, tcpFinishClose, tcpShutdown, tcpStartClose } from './close.js'
import { defaultCongestion } from './congestion.js'
import { inetStreamConnect } from './connect.js'
import { tcpDisconnect } from './disconnect.js'
import { tcpSetKeepalive } from './keepalive.js'
import { inetListen, SS } from './listen.js'
import { tcpSyncMss } from './mss.js'
import { tcpPoll } from './poll.js'
import { tcpRecvmsg } from './recvmsg.js'
import type { RequestSock } from './request-sock.js'
import { tcpSendmsg } from './sendmsg.js'
import { TcpSock } from './tcp-sock.js'
import { tcpOnTimer } from './timer.js'
import { SOF_TIMESTAMPING } from './tx-timestamp.js'
import { skStateChange } from './wake.js'

const SIOCOUTQNSD = 0x894b

/**
 * A TCP socket: the operations of AF_INET and AF_INET6 stream sockets over the functions of this folder. Nothing waits.
 * Linux: inet_stream_ops, tcp_prot
 */
export class TcpSocket extends TcpSock {
  constructor(net: NetStack, family: 4 | 6, protocol = 6) {
    super(net, family, protocol, defaultCongestion(net.sysctl.tcp_congestion_control))
    tcpInitSock(this)
  }

  makeChild(): TcpSock {
    return new TcpSocket(this.net, this.family, this.protocol)
  }

  /** One of the connection's timers is due. */
  onTimer(kind: number): void {
    tcpOnTimer(this, kind)
  }

  /** Requests of a listener without a final ACK, oldest first. */
  get synQueue(): RequestSock[] {
    return this.acceptQueue?.synQueue ?? []
  }

  bind(to: Endpoint): number {
    return inetBind(this, to)
  }

  connect(to: Endpoint | null): number {
    this.net.refresh()
    return this.#done(inetStreamConnect(this, to, false))
  }

  /**
   * Makes it a listener, or changes a listener's backlog. Linux: __sys_listen_socket.
   *
   * @param backlog as the user gave it; clamped as unsigned to net.core.somaxconn
   */
  listen(backlog: number): number {
    return inetListen(this, Math.min(backlog >>> 0, this.net.sysctl.somaxconn))
  }

  accept(): TcpSock | number {
    this.net.refresh()
    return inetCskAccept(this)
  }

  send(message: SendMessage): number {
    this.net.refresh()
    return this.#done(tcpSendmsg(this, message))
  }

  receive(message: ReceiveMessage): number {
    this.net.refresh()
    return this.#done(tcpRecvmsg(this, message))
  }

  /** Linux: inet_shutdown. */
  shutDown(how: number): number {
    if (how < SHUT.SHUT_RD || how > SHUT.SHUT_RDWR) return -EINVAL
    this.net.refresh()
    const bits = how + 1
    const opening = this.state === TCP.SYN_SENT || this.state === TCP.SYN_RECV || this.state === TCP.CLOSE
    if (this.socketState === SS.CONNECTING) this.socketState = opening ? SS.DISCONNECTING : SS.CONNECTED
    let result = 0
    if (this.state === TCP.SYN_SENT || (this.state === TCP.LISTEN && (bits & SHUTDOWN.RCV) !== 0)) {
      tcpDisconnect(this)
      this.socketState = SS.UNCONNECTED
    } else if (this.state !== TCP.LISTEN) {
      if (this.state === TCP.CLOSE) result = -ENOTCONN
      this.shutdown |= bits
      tcpShutdown(this, bits)
    }
    skStateChange(this)
    return this.#done(result)
  }

  poll(): number {
    return tcpPoll(this)
  }

  /**
   * The first part of a close that lingers: the user may wait while {@link TcpSocket.isLingering}, at most SO_LINGER's time,
   * and ends it with {@link TcpSocket.release}.
   */
  startClose(): void {
    if (this.#closeStarted) return
    this.#closeStarted = true
    this.net.refresh()
    tcpStartClose(this)
    this.net.flush()
  }

  /** What was sent is not acknowledged yet, after {@link TcpSocket.startClose}. */
  get isLingering(): boolean {
    return isClosing(this)
  }

  release(): void {
    this.startClose()
    this.net.refresh()
    tcpFinishClose(this)
    this.net.flush()
  }

  /** Options that do more than be kept: tcp_set_keepalive, tcp_set_rcvlowat, sock_set_timestamping, IP_OPTIONS. */
  override optionChanging(level: number, name: number, value: number): void {
    if (level === SOL.SOL_IP && name === IP_OPTIONS.IP_OPTIONS) {
      this.ownTcb().extHdrLen = this.options.ipOptions?.length ?? 0
      tcpSyncMss(this, this.tcb.pmtuCookie)
    }
    if (level !== SOL.SOL_SOCKET) return
    if (name === SO.SO_KEEPALIVE) tcpSetKeepalive(this, value !== 0)
    else if (name === SO.SO_TIMESTAMPING_OLD && (value & SOF_TIMESTAMPING.OPT_ID) !== 0) {
      const tcb = this.ownTcb()
      tcb.tsKey = (value & SOF_TIMESTAMPING.OPT_ID_TCP) !== 0 ? tcb.writeSeq : tcb.sndUna
    }
  }

  /** Linux: tcp_ioctl. */
  ioctl(command: number): number {
    if (command === IOCTL.SIOCATMARK) return this.tcb.urgData !== 0 && this.tcb.urgSeq === this.tcb.copiedSeq ? 1 : 0
    if (command !== IOCTL.SIOCINQ && command !== IOCTL.SIOCOUTQ && command !== SIOCOUTQNSD) return -ENOIOCTLCMD
    if (this.state === TCP.LISTEN) return -EINVAL
    if (command === IOCTL.SIOCINQ) return inputQueued(this)
    if (this.state === TCP.SYN_SENT || this.state === TCP.SYN_RECV) return 0
    return (this.tcb.writeSeq - (command === IOCTL.SIOCOUTQ ? this.tcb.sndUna : this.tcb.sndNxt)) | 0
  }

  getName(): Endpoint {
    return { address: this.local.isAny ? this.boundAddress : this.local, port: this.localPort }
  }

  /** Linux: inet_getname with peer 1. */
  getPeer(): Endpoint | number {
    if (this.remotePort === 0 || this.state === TCP.CLOSE || (this.state === TCP.SYN_SENT)) return -ENOTCONN
    return { address: this.remote, port: this.remotePort }
  }

  #closeStarted = false

  /** What the operation sent by loopback is processed before the caller goes on. */
  #done(result: number): number {
    this.net.flush()
    return result
  }
}

/** Linux: tcp_init_sock. */
function tcpInitSock(sk: TcpSock): void {
  const { sysctl, tcp } = sk.net
  sk.sndbuf = sysctl.tcp_wmem[1]!
  sk.rcvbuf = sysctl.tcp_rmem[1]!
  tcp.sockets++
}

/** Bytes that may be read; the FIN does not count, urgent data ends them. Linux: tcp_inq. */
function inputQueued(sk: TcpSock): number {
  const { tcb } = sk
  if (sk.state === TCP.SYN_SENT || sk.state === TCP.SYN_RECV) return 0
  const urgentFirst = tcb.urgData !== 0 && !sk.options.oobInline && !before(tcb.urgSeq, tcb.copiedSeq) && before(tcb.urgSeq, tcb.rcvNxt)
  if (urgentFirst) return (tcb.urgSeq - tcb.copiedSeq) | 0
  const answer = (tcb.rcvNxt - tcb.copiedSeq) | 0
  return answer !== 0 && sk.finReceived ? answer - 1 : answer
}
