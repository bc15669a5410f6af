import { MIB } from '../mib.js'
import { TCP } from '../sock.js'
import { inetPutPort } from './ports.js'
import { inetUnhash } from './tables.js'
import type { TcpSock } from './tcp-sock.js'

/** Bits of {@link TcpSock.bindLock}: address and port were asked for by bind. Linux: SOCK_BINDADDR_LOCK, SOCK_BINDPORT_LOCK. */
export const BIND_LOCK = { ADDRESS: 4, PORT: 8 } as const

/**
 * Changes the state of a socket: counts, takes a closed one out of the tables, tells the listeners of `state`.
 * Linux: tcp_set_state
 */
export function tcpSetState(sk: TcpSock, state: number): void {
  const { mib } = sk.net
  const old = sk.state
  const wasEstablished = old === TCP.ESTABLISHED || old === TCP.CLOSE_WAIT
  if (state === TCP.ESTABLISHED) {
    if (old !== TCP.ESTABLISHED) mib[MIB.TcpCurrEstab]!++
  } else if (state === TCP.CLOSE_WAIT) {
    if (old === TCP.SYN_RECV) mib[MIB.TcpCurrEstab]!++
  } else {
    if (state === TCP.CLOSE) leaveTables(sk, wasEstablished)
    if (wasEstablished) mib[MIB.TcpCurrEstab]!--
  }
  inetSkSetState(sk, state)
}

function leaveTables(sk: TcpSock, wasEstablished: boolean): void {
  if (wasEstablished) sk.net.mib[MIB.TcpEstabResets]!++
  inetUnhash(sk)
  // the number stays for a RST and for getsockname; whether it is held tells the bucket
  if (sk.bindBucket !== null && (sk.bindLock & BIND_LOCK.PORT) === 0) inetPutPort(sk.net.tcp.ports, sk)
}

/** Sets the state and emits the event of the tracepoint sock:inet_sock_set_state. Linux: inet_sk_set_state. */
export function inetSkSetState(sk: TcpSock, state: number): void {
  const { events } = sk.net
  if (events.has('state')) {
    events.emit('state', {
      sock: sk, family: sk.family, protocol: sk.protocol, oldState: sk.state, newState: state,
      source: { address: sk.local, port: sk.localPort }, destination: { address: sk.remote, port: sk.remotePort },
    })
  }
  sk.state = state
}
