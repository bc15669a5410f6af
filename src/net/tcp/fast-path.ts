import type { TcpSock } from './tcp-sock.js'

/** Expects segments with the window that was told last. Linux: tcp_fast_path_on. */
export function tcpFastPathOn(sk: TcpSock): void {
  const { tcb } = sk
  tcb.predFlags = 1 + (tcb.sndWnd >> tcb.sndWscale)
}

/** The same where nothing speaks against it: no holes, room, an open window, no urgent data. Linux: tcp_fast_path_check. */
export function tcpFastPathCheck(sk: TcpSock): void {
  const holes = sk.outOfOrder.queue !== null && sk.outOfOrder.queue.head !== null
  if (!holes && sk.tcb.rcvWnd !== 0 && sk.rmemAlloc < sk.rcvbuf && sk.tcb.urgData === 0) tcpFastPathOn(sk)
}
