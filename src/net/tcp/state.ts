import { MIB } from '../mib.js'
import { TCP } from '../sock.js'
import { inetPutPort } from './ports.js'
import { inetUnhash } from './tables.js'
import type { TcpSock } from './tcp-sock.js'

/** Changes the state of a socket, tells the listeners of `state` and counts. Linux: tcp_set_state. */
export function tcpSetState(sk: TcpSock, state: number): void {
  const { net } = sk
  const { mib } = net
  const old = sk.state
  if (state === TCP.ESTABLISHED || state === TCP.CLOSE_WAIT) {
    if (old !== TCP.ESTABLISHED && old !== TCP.CLOSE_WAIT) mib[MIB.TcpCurrEstab]!++
    if (state === TCP.CLOSE_WAIT && old === TCP.SYN_RECV) mib[MIB.TcpCurrEstab]! += 0
  } else if (old === TCP.ESTABLISHED || old === TCP.CLOSE_WAIT) mib[MIB.TcpCurrEstab]!--
  if (state === TCP.CLOSE) {
    if (old === TCP.CLOSE_WAIT || old === TCP.ESTABLISHED) mib[MIB.TcpEstabResets]!++
    inetUnhash(sk)
    if (sk.bindBucket !== null && (sk.bindLock & 8) === 0) inetPutPort(net.tcp.ports, sk)
  }
  inetSkStateStore(sk, state)
}

/** Sets the state and emits the event only. Linux: inet_sk_set_state. */
export function inetSkStateStore(sk: TcpSock, state: number): void {
  sk.state = state
}
