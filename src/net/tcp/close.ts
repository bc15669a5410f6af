import { MIB } from '../mib.js'
import { SHUTDOWN, TCP } from '../sock.js'
import { after } from '../seq.js'
import { TCP_FLAG } from '../skb.js'
import { tcpDisconnect, inetCskListenStop } from './disconnect.js'
import { reqskFastopenRemove } from './fast-open-request.js'
import { tcpSendActiveReset, tcpSendFin } from './fin-out.js'
import { inetCskDestroySock, tcpCheckOom, tcpFinTime } from './orphan.js'
import { tcpSetState } from './state.js'
import type { TcpSock } from './tcp-sock.js'
import { tcpTimeWait } from './time-wait.js'
import { TCP_MS } from './units.js'
import { inetCskResetKeepaliveTimer } from './xmit-timer.js'

/** The state that the user's close leads to; negative: and a FIN is sent. RFC 9293 section 3.10.4. Linux: new_state. */
const CLOSE_STATE: Readonly<Record<number, number>> = {
  [TCP.ESTABLISHED]: -TCP.FIN_WAIT1, [TCP.SYN_SENT]: TCP.CLOSE, [TCP.SYN_RECV]: -TCP.FIN_WAIT1, [TCP.FIN_WAIT1]: TCP.FIN_WAIT1,
  [TCP.FIN_WAIT2]: TCP.FIN_WAIT2, [TCP.TIME_WAIT]: TCP.CLOSE, [TCP.CLOSE]: TCP.CLOSE, [TCP.CLOSE_WAIT]: -TCP.LAST_ACK, [TCP.LAST_ACK]: TCP.LAST_ACK,
  [TCP.LISTEN]: TCP.CLOSE, [TCP.CLOSING]: TCP.CLOSING,
}

/** Moves to the state behind close. @returns whether a FIN is due. Linux: tcp_close_state */
function tcpCloseState(sk: TcpSock): boolean {
  const next = CLOSE_STATE[sk.state] ?? TCP.CLOSE
  tcpSetState(sk, Math.abs(next))
  return next < 0
}

/** shutdown(2) of the sending half: FIN behind what is queued. `how` has SHUTDOWN bits. Linux: tcp_shutdown */
export function tcpShutdown(sk: TcpSock, how: number): void {
  if ((how & SHUTDOWN.SEND) === 0) return
  if (sk.state !== TCP.ESTABLISHED && sk.state !== TCP.SYN_SENT && sk.state !== TCP.CLOSE_WAIT) return
  if (tcpCloseState(sk)) tcpSendFin(sk)
}

/**
 * The first half of close: what was received is dropped, and the connection is reset when some of it was not read
 * (RFC 2525 section 2.17) or with SO_LINGER of 0 seconds; else a FIN goes out. Linux: __tcp_close up to sk_stream_wait_close.
 */
export function tcpStartClose(sk: TcpSock): void {
  const { mib } = sk.net
  sk.shutdown = SHUTDOWN.MASK
  if (sk.state === TCP.LISTEN) {
    tcpSetState(sk, TCP.CLOSE)
    inetCskListenStop(sk)
    return
  }
  const unread = dropReceived(sk)
  if (sk.state === TCP.CLOSE) return
  if (unread) {
    mib[MIB.TCPAbortOnClose]!++
    tcpSetState(sk, TCP.CLOSE)
    tcpSendActiveReset(sk)
  } else if (sk.options.linger === 0) {
    tcpDisconnect(sk)
    mib[MIB.TCPAbortOnData]!++
  } else if (tcpCloseState(sk)) tcpSendFin(sk)
}

/** Empties the receive queue; true when something in it was not read. */
function dropReceived(sk: TcpSock): boolean {
  const { tcb } = sk
  let unread = false
  for (let skb = tcb.receiveQueue.shift(); skb !== null; skb = tcb.receiveQueue.shift()) {
    const end = (skb.tcpFlags & TCP_FLAG.FIN) !== 0 ? (skb.endSeq - 1) | 0 : skb.endSeq
    if (after(end, tcb.copiedSeq)) unread = true
  }
  sk.rmemAlloc = 0
  return unread
}

/** Whether a close with SO_LINGER still waits for the peer. Linux: sk_stream_closing. */
export function isClosing(sk: TcpSock): boolean {
  return sk.state === TCP.FIN_WAIT1 || sk.state === TCP.CLOSING || sk.state === TCP.LAST_ACK
}

/** The second half of close: the socket is an orphan from here on. Linux: __tcp_close from adjudge_to_death. */
export function tcpFinishClose(sk: TcpSock): void {
  const { mib, tcp } = sk.net
  sk.dead = true
  sk.attached = false
  tcp.orphans++
  if (sk.state === TCP.FIN_WAIT2) {
    if (sk.settings.linger2 < 0) {
      tcpSetState(sk, TCP.CLOSE)
      tcpSendActiveReset(sk)
      mib[MIB.TCPAbortOnLinger]!++
    } else {
      const timeout = tcpFinTime(sk)
      if (timeout <= TCP_MS.TIMEWAIT_LEN) {
        tcpTimeWait(sk, TCP.FIN_WAIT2, timeout)
        return
      }
      inetCskResetKeepaliveTimer(sk, timeout - TCP_MS.TIMEWAIT_LEN)
    }
  }
  if (sk.state !== TCP.CLOSE && tcpCheckOom(sk, 0)) {
    tcpSetState(sk, TCP.CLOSE)
    tcpSendActiveReset(sk)
    mib[MIB.TCPAbortOnMemory]!++
  }
  if (sk.state !== TCP.CLOSE) return
  if (sk.fastOpen.fastopenReq !== null) reqskFastopenRemove(sk, sk.fastOpen.fastopenReq, false)
  inetCskDestroySock(sk)
}
