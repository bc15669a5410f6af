import { MIB } from '../mib.js'
import { tcpCountDelivered } from './loss.js'
import type { TcpSock } from './tcp-sock.js'

/** Without SACK, duplicates cannot count more than what is out and not lost. @returns whether they did. Linux: tcp_limit_reno_sacked */
export function tcpLimitRenoSacked(sk: TcpSock): boolean {
  const { tcb } = sk
  const holes = Math.min(Math.max(sk.recovery.lostOut, 1), tcb.packetsOut)
  if (sk.recovery.sackedOut + holes <= tcb.packetsOut) return false
  sk.ownRecovery().sackedOut = tcb.packetsOut - holes
  return true
}

/** More duplicates than segments mean reordering. Linux: tcp_check_reno_reordering. */
function checkRenoReordering(sk: TcpSock, more: number): void {
  if (!tcpLimitRenoSacked(sk)) return
  sk.tcb.reordering = Math.min(sk.tcb.packetsOut + more, sk.net.sysctl.tcp_max_reordering)
  sk.ownRecovery().reordSeen++
  sk.net.mib[MIB.TCPRenoReorder]!++
}

/** A duplicate ACK stands for a segment that arrived (RFC 6582). Linux: tcp_add_reno_sack. */
export function tcpAddRenoSack(sk: TcpSock, duplicates: number, ece: boolean): void {
  if (duplicates === 0) return
  const prior = sk.recovery.sackedOut
  sk.ownRecovery().sackedOut += duplicates
  checkRenoReordering(sk, 0)
  if (sk.recovery.sackedOut > prior) tcpCountDelivered(sk, sk.recovery.sackedOut - prior, ece)
}

/** An ACK of `acked` segments: one was the hole, the others had been counted by duplicates. Linux: tcp_remove_reno_sacks. */
export function tcpRemoveRenoSacks(sk: TcpSock, acked: number, ece: boolean): void {
  if (acked > 0) {
    tcpCountDelivered(sk, Math.max(acked - sk.recovery.sackedOut, 1), ece)
    sk.ownRecovery().sackedOut = acked - 1 >= sk.recovery.sackedOut ? 0 : sk.recovery.sackedOut - (acked - 1)
  }
  checkRenoReordering(sk, acked)
}
