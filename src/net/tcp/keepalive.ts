import { MIB } from '../mib.js'
import { TCP } from '../sock.js'
import { tcpSendActiveReset } from './fin-out.js'
import { tcpDone, tcpFinTime } from './orphan.js'
import { tcpWriteWakeup } from './probe.js'
import type { TcpSock } from './tcp-sock.js'
import { tcpTimeWait } from './time-wait.js'
import { jiffies, TCP_MS } from './units.js'
import { tcpWriteErr } from './write-error.js'
import { inetCskDeleteKeepaliveTimer, inetCskResetKeepaliveTimer } from './xmit-timer.js'

/** Idle time before the first keepalive probe, ms. Linux: keepalive_time_when. */
export const keepaliveTimeWhen = (sk: TcpSock): number => sk.settings.keepaliveTimeMs || sk.net.sysctl.tcp_keepalive_time * 1000

/** Time between keepalive probes, ms. Linux: keepalive_intvl_when. */
export const keepaliveIntvlWhen = (sk: TcpSock): number => sk.settings.keepaliveIntvlMs || sk.net.sysctl.tcp_keepalive_intvl * 1000

/** Probes without an answer that end the connection. Linux: keepalive_probes. */
export const keepaliveProbes = (sk: TcpSock): number => sk.settings.keepaliveProbes || sk.net.sysctl.tcp_keepalive_probes

/** Milliseconds since anything came from the peer. Linux: keepalive_time_elapsed. */
export function keepaliveTimeElapsed(sk: TcpSock): number {
  const now = jiffies(sk.net.now)
  return Math.min(now - jiffies(sk.tcb.lrcvTime), now - jiffies(sk.tcb.rcvTstamp))
}

/** SO_KEEPALIVE changed; the option still holds the old value. Linux: tcp_set_keepalive. */
export function tcpSetKeepalive(sk: TcpSock, on: boolean): void {
  if (sk.state === TCP.CLOSE || sk.state === TCP.LISTEN) return
  if (on && !sk.options.keepAlive) inetCskResetKeepaliveTimer(sk, keepaliveTimeWhen(sk))
  else if (!on) inetCskDeleteKeepaliveTimer(sk)
}

/** FIN_WAIT2 without a user: the rest of its time is spent as TIME_WAIT, or the connection is reset. */
function endFinWait2(sk: TcpSock): void {
  if (sk.settings.linger2 >= 0) {
    const time = tcpFinTime(sk) - TCP_MS.TIMEWAIT_LEN
    if (time > 0) {
      tcpTimeWait(sk, TCP.FIN_WAIT2, time)
      return
    }
  }
  tcpSendActiveReset(sk)
  tcpDone(sk)
}

/** The keepalive timer fired (RFC 9293 section 3.8.4). Linux: tcp_keepalive_timer. */
export function tcpKeepaliveTimer(sk: TcpSock): void {
  const { tcb } = sk
  if (sk.state === TCP.LISTEN) return
  if (sk.state === TCP.FIN_WAIT2 && sk.dead) {
    endFinWait2(sk)
    return
  }
  if (!sk.options.keepAlive || sk.state === TCP.CLOSE || sk.state === TCP.SYN_SENT) return
  const when = keepaliveTimeWhen(sk)
  if (tcb.packetsOut !== 0 || tcb.writeQueue.length !== 0) {
    inetCskResetKeepaliveTimer(sk, when)
    return
  }
  const elapsed = keepaliveTimeElapsed(sk)
  if (elapsed < when) {
    inetCskResetKeepaliveTimer(sk, when - elapsed)
    return
  }
  const over = sk.settings.userTimeoutMs !== 0 ? elapsed >= sk.settings.userTimeoutMs && tcb.probesOut > 0 : tcb.probesOut >= keepaliveProbes(sk)
  if (over) {
    tcpSendActiveReset(sk)
    tcpWriteErr(sk)
    return
  }
  if (tcpWriteWakeup(sk, MIB.TCPKeepAlive) <= 0) {
    tcb.probesOut++
    inetCskResetKeepaliveTimer(sk, keepaliveIntvlWhen(sk))
  } else inetCskResetKeepaliveTimer(sk, TCP_MS.RESOURCE_PROBE)
}
