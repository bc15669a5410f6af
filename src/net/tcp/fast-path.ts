import type { TcpSock } from './tcp-sock.js'

/** Expects segments with the window that was told last. Linux: tcp_fast_path_on. */
export function tcpFastPathOn(sk: TcpSock): void {
  sk.predFlags = 1 + Math.floor(sk.sndWnd / 2 ** sk.sndWscale)
}

/** The same where nothing speaks against it: no holes, room, an open window, no urgent data. Linux: tcp_fast_path_check. */
export function tcpFastPathCheck(sk: TcpSock): void {
  const holes = sk.outOfOrder !== null && sk.outOfOrder.head !== null
  if (!holes && sk.rcvWnd !== 0 && sk.rmemAlloc < sk.rcvbuf && sk.urgData === 0) tcpFastPathOn(sk)
}
