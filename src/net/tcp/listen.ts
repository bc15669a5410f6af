import { EADDRINUSE, EINVAL } from '../../abi/errno.js'
import { TCP } from '../sock.js'
import { TFO } from './fast-open.js'
import { fastopenQueueTune } from './fast-open-request.js'
import { inetCskGetPort } from './ports.js'
import { AcceptQueue } from './request-sock.js'
import { reuseportAddSock } from './reuseport.js'
import { inetSkSetState } from './state.js'
import { inetHash, listenBucket } from './tables.js'
import { NO_TCB } from './tcb.js'
import type { TcpSock } from './tcp-sock.js'

/** States of the file over a socket. Linux: socket_state. */
export const SS = { UNCONNECTED: 1, CONNECTING: 2, CONNECTED: 3, DISCONNECTING: 4 } as const

/**
 * listen(2) of a stream socket. A socket that listens already only has its backlog changed.
 * @param backlog clamped to somaxconn by the caller
 * @returns 0, -EINVAL where it is connected, -EADDRINUSE where somebody else listens. Linux: inet_listen, __inet_listen_sk
 */
export function inetListen(sk: TcpSock, backlog: number): number {
  if (sk.socketState !== SS.UNCONNECTED || (sk.state !== TCP.CLOSE && sk.state !== TCP.LISTEN)) return -EINVAL
  sk.maxAckBacklog = backlog
  if (sk.state === TCP.LISTEN) return 0
  tuneFastOpen(sk, backlog)
  return inetCskListenStart(sk, backlog)
}

/** Fast Open's queue without TCP_FASTOPEN, according to bits of tcp_fastopen. */
function tuneFastOpen(sk: TcpSock, backlog: number): void {
  const { sysctl, differences } = sk.net
  const knob = sysctl.tcp_fastopen
  if ((knob & TFO.SERVER_ENABLE) === 0) return
  if (sk.fastOpenQueue !== null && sk.fastOpenQueue.maxQlen !== 0) return
  if ((knob & TFO.SERVER_WO_SOCKOPT1) !== 0) fastopenQueueTune(sk, backlog)
  else if (differences.fastOpenSizedBySysctl && (knob & TFO.SERVER_WO_SOCKOPT2) !== 0) fastopenQueueTune(sk, knob >>> 16)
}

/**
 * Entries of the SYN table that listen allocated before 4.4: a power of two over backlog and tcp_max_syn_backlog, or
 * the one of that knob, at least 64. Linux: reqsk_queue_alloc; in 2.4 tcp_listen_start.
 */
export function synTableEntries(by: 'backlog' | 'knob', backlog: number, maxSynBacklog: number): number {
  const wanted = by === 'knob' ? Math.max(64, maxSynBacklog) : Math.max(8, Math.min(backlog, maxSynBacklog)) + 1
  return 2 ** Math.ceil(Math.log2(wanted))
}

/**
 * Starts to listen: queues, state LISTEN, and the port asked for once more, since somebody else may listen on it by now;
 * then it can be found. Linux: inet_csk_listen_start
 */
export function inetCskListenStart(sk: TcpSock, backlog: number): number {
  const { net } = sk
  sk.acceptQueue ??= new AcceptQueue()
  const { synTableAtListen } = net.differences
  if (synTableAtListen) sk.acceptQueue.synTableEntries = synTableEntries(synTableAtListen, backlog, net.sysctl.tcp_max_syn_backlog)
  sk.ackBacklog = 0
  if (sk.tcb !== NO_TCB) sk.tcb.ackPending = sk.tcb.ackAtoMs = 0
  inetSkSetState(sk, TCP.LISTEN)
  const port = inetCskGetPort(sk, sk.bindBucket === null ? 0 : sk.localPort)
  if (port < 0) {
    inetSkSetState(sk, TCP.CLOSE)
    return -EADDRINUSE
  }
  sk.route = null
  if (sk.options.reusePort) reuseportAddSock(sk, listenBucket(net.tcp, sk.boundAddress, sk.localPort))
  inetHash(sk)
  return 0
}
