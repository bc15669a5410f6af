import { MIB } from '../mib.js'
import { releasePayload, type SkBuff } from '../skb.js'
import { DEVICE_HEADROOM, isPaged, truesize } from '../truesize.js'
import type { TcpSock } from './tcp-sock.js'

/** sizeof(struct sk_buff) and struct skb_shared_info. */
const SKBUFF = 256, SHARED_INFO = 320
/** Bytes of page fragments that one packet may hold: 17 fragments of 32 KiB. Linux: MAX_SKB_FRAGS. */
const MOST_FRAGMENTS = 17 * 32768

/** rcvNxt advances. Linux: tcp_rcv_nxt_update. */
export function tcpRcvNxtUpdate(sk: TcpSock, seq: number): void {
  sk.bytesReceived += (seq - sk.rcvNxt) >>> 0
  sk.rcvNxt = seq
}

function tailRoom(skb: SkBuff): number {
  if (skb.networkOffset < 0) return MOST_FRAGMENTS - (skb.end - skb.start)
  const length = skb.end - skb.networkOffset
  return isPaged(length) ? 0 : skb.rmemCharge - SKBUFF - SHARED_INFO - DEVICE_HEADROOM - length
}

/** Charges a packet to the receive buffer. Linux: skb_set_owner_r. */
export function skbSetOwnerR(sk: TcpSock, skb: SkBuff): void {
  skb.rmemCharge = truesize(skb)
  skb.tailRoom = tailRoom(skb)
  sk.rmemAlloc += skb.rmemCharge
}

/** Takes a packet out of the receive queue and gives its memory back. Linux: tcp_eat_recv_skb. */
export function tcpEatRecvSkb(sk: TcpSock, skb: SkBuff): void {
  sk.receiveQueue.remove(skb)
  sk.rmemAlloc -= skb.rmemCharge
  skb.rmemCharge = 0
  releasePayload(skb)
}

/**
 * Charges a packet that Linux would merge with the one before it: one from a device is copied into free room there, one
 * of page fragments (loopback) costs its payload only. The memory of both is given back with the later one. Linux: tcp_try_coalesce.
 *
 * @returns false where it is a packet of its own
 */
export function tcpTryCoalesce(sk: TcpSock, to: SkBuff, from: SkBuff): boolean {
  const length = from.end - from.start
  if (from.seq !== to.endSeq || length > to.tailRoom || from.networkOffset < 0 !== to.networkOffset < 0) return false
  const delta = from.networkOffset < 0 ? length : 0
  sk.rmemAlloc += delta
  from.rmemCharge = to.rmemCharge + delta
  from.tailRoom = to.tailRoom - length
  to.rmemCharge = 0
  to.tailRoom = 0
  sk.net.mib[MIB.TCPRcvCoalesce]!++
  return true
}

/** Puts data in order at the end of the receive queue. @returns whether it was merged. Linux: tcp_queue_rcv */
export function tcpQueueRcv(sk: TcpSock, skb: SkBuff): boolean {
  const { tail } = sk.receiveQueue
  const merged = tail !== null && tcpTryCoalesce(sk, tail, skb)
  tcpRcvNxtUpdate(sk, skb.endSeq)
  sk.receiveQueue.push(skb)
  if (!merged) skbSetOwnerR(sk, skb)
  return merged
}
