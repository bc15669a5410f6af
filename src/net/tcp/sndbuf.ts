import { TCP_CHRONO, tcpChronoStop } from './chrono.js'
import type { TcpSock } from './tcp-sock.js'
import { TCP_INIT_CWND, tcpPacketsInFlight } from './units.js'
import { skWriteReady } from './wake.js'

/** Charge of a full segment in the send buffer. Linux: SKB_TRUESIZE with MAX_TCP_HEADER, rounded up to a power of two. */
function perMss(sk: TcpSock): number {
  const size = Math.max(sk.tcb.mssClamp, sk.tcb.mssCache) + 256 + 320
  return (1 << (32 - Math.clz32(size - 1))) + 256
}

/** Room for twice the window, with what fast recovery needs (autotuning). Linux: tcp_sndbuf_expand. */
export function tcpSndbufExpand(sk: TcpSock): void {
  const segments = Math.max(TCP_INIT_CWND, sk.tcb.sndCwnd, sk.tcb.reordering + 1)
  const size = 2 * segments * perMss(sk)
  if (sk.sndbuf < size) sk.sndbuf = Math.min(size, sk.net.sysctl.tcp_wmem[2])
}

/** The buffer may grow: not set by the user, memory is there, and the window is not already full of small packets. Linux: tcp_should_expand_sndbuf. */
function tcpShouldExpandSndbuf(sk: TcpSock): boolean {
  if (sk.options.bufferLock & 1) return false
  return tcpPacketsInFlight(sk) < sk.tcb.sndCwnd
}

/** Room came: the buffer grows, and a writer is told. Linux: tcp_new_space. */
function tcpNewSpace(sk: TcpSock): void {
  if (tcpShouldExpandSndbuf(sk)) {
    tcpSndbufExpand(sk)
    sk.tcb.sndCwndStamp = sk.net.now
  }
  skStreamWriteSpace(sk)
}

/** A writer that found no room hears of it when a third of the buffer is free. Linux: sk_stream_write_space. */
export function skStreamWriteSpace(sk: TcpSock): void {
  if (!sk.tcb.noSpace || !skStreamIsWriteable(sk)) return
  sk.tcb.noSpace = false
  skWriteReady(sk)
}

/** Looks whether ACKs made room. Linux: tcp_check_space. */
export function tcpCheckSpace(sk: TcpSock): void {
  if (!sk.tcb.noSpace) return
  tcpNewSpace(sk)
  if (!sk.tcb.noSpace) tcpChronoStop(sk, TCP_CHRONO.SNDBUF_LIMITED)
}

/** Bytes written that were not yet sent. Linux: __tcp_stream_memory_free. */
export const tcpNotsent = (sk: TcpSock): number => (sk.tcb.writeSeq - sk.tcb.sndNxt) | 0

/** Unsent bytes that are little enough for more to be written: TCP_NOTSENT_LOWAT. Linux: tcp_notsent_lowat. */
export const tcpNotsentLowat = (sk: TcpSock): number => (sk.settings.notsentLowat !== 0 ? sk.settings.notsentLowat : sk.net.sysctl.tcp_notsent_lowat)

/** More may be written. Linux: __sk_stream_memory_free with tcp_stream_memory_free. @param wake double the low water for wake-ups */
export function skStreamMemoryFree(sk: TcpSock, wake = false): boolean {
  if (sk.wmemQueued >= sk.sndbuf) return false
  return (wake ? 2 : 1) * tcpNotsent(sk) < tcpNotsentLowat(sk)
}

/** poll says writable: a third of the buffer is free. Linux: __sk_stream_is_writeable. */
export function skStreamIsWriteable(sk: TcpSock): boolean {
  return sk.sndbuf - sk.wmemQueued >= Math.floor(sk.wmemQueued / 2) && skStreamMemoryFree(sk, true)
}

