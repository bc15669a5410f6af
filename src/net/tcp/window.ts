import { MIB } from '../mib.js'
import type { NetStack } from '../stack.js'
import { TCP_MAX_WSCALE } from './units.js'
import { ACK_PENDING, type TcpSock } from './tcp-sock.js'

/** Payload that `space` bytes of buffer hold, by the measured ratio of payload to memory. Linux: tcp_win_from_space. */
export const tcpWinFromSpace = (sk: TcpSock, space: number): number => Math.floor((space * sk.tcb.scalingRatio) / 256) | 0

/** Buffer that `win` bytes of payload need. Linux: tcp_space_from_win. */
export const tcpSpaceFromWin = (sk: TcpSock, win: number): number => Math.floor((win * 256) / sk.tcb.scalingRatio)

/** Free receive space in payload bytes; negative when over. Linux: tcp_space. */
export const tcpSpace = (sk: TcpSock): number => tcpWinFromSpace(sk, sk.rcvbuf - sk.rmemAlloc)

/** The whole receive buffer in payload bytes. Linux: tcp_full_space. */
export const tcpFullSpace = (sk: TcpSock): number => tcpWinFromSpace(sk, sk.rcvbuf)

/** What is left of the window that was offered last. Linux: tcp_receive_window. */
export function tcpReceiveWindow(sk: TcpSock): number {
  const { tcb } = sk
  const window = (tcb.rcvWup + tcb.rcvWnd - tcb.rcvNxt) | 0
  return window < 0 ? 0 : window
}

/** Window, clamp and scale of a handshake. */
export interface InitialWindow {
  rcvWnd: number
  windowClamp: number
  rcvWscale: number
}

/**
 * The first window to offer, a multiple of mss where it can be, and the scale for the largest one that may come.
 * Linux: tcp_select_initial_window (no 64 KiB limit since 6.11).
 *
 * @param space payload bytes of the receive buffer
 * @param clamp 0: none
 * @param initRcvWnd segments of the route's initrwnd, 0: none
 */
export function tcpSelectInitialWindow(
  net: NetStack, space: number, mss: number, clamp: number, wscaleOk: boolean, initRcvWnd: number,
): InitialWindow {
  let windowClamp = clamp === 0 ? 0xffff << TCP_MAX_WSCALE : clamp
  let room = Math.min(windowClamp, Math.max(space, 0))
  if (room > mss) room -= room % mss
  let rcvWnd = net.sysctl.tcp_workaround_signed_windows !== 0 ? Math.min(room, 32_767) : room
  if (initRcvWnd !== 0) rcvWnd = Math.min(rcvWnd, initRcvWnd * mss)
  let rcvWscale = 0
  if (wscaleOk) {
    room = Math.min(Math.max(room, net.sysctl.tcp_rmem[2], net.sysctl.rmem_max), windowClamp)
    rcvWscale = Math.min(Math.max(31 - Math.clz32(room) - 15, 0), TCP_MAX_WSCALE)
  }
  windowClamp = Math.min(0xffff << rcvWscale, windowClamp)
  return { rcvWnd, windowClamp, rcvWscale }
}

/**
 * How large a window can be offered now: free space, kept from silly windows (RFC 9293 section 3.8.6.2.2), rounded for the
 * scale, never taken back unless tcp_shrink_window allows. Linux: __tcp_select_window.
 */
export function __tcpSelectWindow(sk: TcpSock): number {
  const { tcb } = sk
  let mss = tcb.rcvMss
  let free = tcpSpace(sk)
  const allowed = tcpFullSpace(sk)
  const full = Math.min(tcb.windowClamp, allowed)
  if (mss > full) {
    mss = full
    if (mss <= 0) return 0
  }
  const scale = tcb.rcvWscale, unit = 1 << scale
  const low = free < full >> 1
  const shrinks = sk.net.sysctl.tcp_shrink_window !== 0 && scale !== 0
  if (shrinks) free = (free >> scale) << scale
  if (shrinks ? free < full >> 1 : low) {
    tcb.quickAcks = 0
    free = (free >> scale) << scale
    if (free < allowed >> 4 || free < mss || (shrinks && free < unit)) return 0
  }
  if (free > tcb.rcvSsthresh) {
    free = tcb.rcvSsthresh
    if (shrinks) return ((free + unit - 1) >> scale) << scale
  }
  if (shrinks) return free
  if (scale !== 0) return ((free + unit - 1) >> scale) << scale
  const window = tcb.rcvWnd
  if (window <= free - mss || window > free) return free - (free % mss)
  if (mss === full && free > window + (full >> 1)) return free
  return window
}

/** Chooses the window of a segment, notes it, and returns the header's field. Linux: tcp_select_window. */
export function tcpSelectWindow(sk: TcpSock): number {
  const { tcb } = sk
  const mib = sk.net.mib, oldWindow = tcb.rcvWnd, scale = tcb.rcvWscale
  if (tcb.ackPending & ACK_PENDING.NOMEM) {
    tcb.predFlags = 0
    tcb.rcvWnd = 0
    tcb.rcvWup = tcb.rcvNxt
    return 0
  }
  const current = tcpReceiveWindow(sk)
  let window = __tcpSelectWindow(sk)
  if (window < current && (sk.net.sysctl.tcp_shrink_window === 0 || scale === 0)) {
    if (window === 0) mib[MIB.TCPWantZeroWindowAdv]!++
    window = ((current + (1 << scale) - 1) >> scale) << scale
  }
  tcb.rcvWnd = window
  tcb.rcvWup = tcb.rcvNxt
  const most = scale === 0 && sk.net.sysctl.tcp_workaround_signed_windows !== 0 ? 32_767 : 65_535 << scale
  const field = Math.min(window, most) >> scale
  if (field === 0) {
    tcb.predFlags = 0
    if (oldWindow !== 0) mib[MIB.TCPToZeroWindowAdv]!++
  } else if (oldWindow === 0) mib[MIB.TCPFromZeroWindowAdv]!++
  return field
}
