import { MIB } from '../mib.js'
import { releasePayload, type SkBuff } from '../skb.js'
import { DEVICE_HEADROOM, isPaged, truesize } from '../truesize.js'
import type { TcpSock } from './tcp-sock.js'

/** sizeof(struct sk_buff) and struct skb_shared_info. */
const SKBUFF = 256, SHARED_INFO = 320
const PAGE = 4096
/** Bytes of page fragments that one packet may hold: 17 fragments of 32 KiB. Linux: MAX_SKB_FRAGS. */
const MOST_FRAGMENTS = 17 * 32768

/** rcvNxt advances. Linux: tcp_rcv_nxt_update. */
export function tcpRcvNxtUpdate(sk: TcpSock, seq: number): void {
  const { tcb } = sk
  tcb.bytesReceived += (seq - tcb.rcvNxt) >>> 0
  tcb.rcvNxt = seq
}

function tailRoom(skb: SkBuff): number {
  if (skb.networkOffset < 0) return MOST_FRAGMENTS - (skb.end - skb.start)
  const length = skb.end - skb.networkOffset
  return isPaged(length) ? 0 : skb.rmemCharge - SKBUFF - SHARED_INFO - DEVICE_HEADROOM - length
}

/** Reserves memory for a packet, in pages. Linux: sk_rmem_schedule, which only fails where all of TCP has too much. */
export function skRmemSchedule(sk: TcpSock, size: number): void {
  const { tcb } = sk
  if (tcb.forwardAlloc < size) tcb.forwardAlloc += Math.ceil((size - tcb.forwardAlloc) / PAGE) * PAGE
}

/** Charges a packet to the receive buffer. Linux: skb_set_owner_r. */
export function skbSetOwnerR(sk: TcpSock, skb: SkBuff): void {
  skb.rmemCharge = truesize(skb)
  skb.tailRoom = tailRoom(skb)
  sk.rmemAlloc += skb.rmemCharge
  sk.tcb.forwardAlloc -= skb.rmemCharge
}

/** Gives a packet's memory back; whole pages of it go to others. Linux: sock_rfree, sk_mem_uncharge. */
export function skbUncharge(sk: TcpSock, skb: SkBuff): void {
  const { tcb } = sk
  sk.rmemAlloc -= skb.rmemCharge
  tcb.forwardAlloc += skb.rmemCharge
  if (tcb.forwardAlloc >= PAGE) tcb.forwardAlloc %= PAGE
  skb.rmemCharge = 0
}

/** Takes a packet out of the receive queue and gives its memory back. Linux: tcp_eat_recv_skb. */
export function tcpEatRecvSkb(sk: TcpSock, skb: SkBuff): void {
  sk.tcb.receiveQueue.remove(skb)
  skbUncharge(sk, skb)
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
  if (from.rmemCharge !== 0) skbUncharge(sk, from)
  const delta = from.networkOffset < 0 ? length : 0
  sk.rmemAlloc += delta
  sk.tcb.forwardAlloc -= delta
  from.rmemCharge = to.rmemCharge + delta
  from.tailRoom = to.tailRoom - length
  to.rmemCharge = 0
  to.tailRoom = 0
  sk.net.mib[MIB.TCPRcvCoalesce]!++
  return true
}

/**
 * The same among packets out of order, where the bytes are really joined: later overlaps see one packet.
 * Linux: tcp_ooo_try_coalesce.
 */
export function tcpOooTryCoalesce(sk: TcpSock, to: SkBuff, from: SkBuff): boolean {
  const length = from.end - from.start, have = to.end - to.start
  if (from.seq !== to.endSeq || length > to.tailRoom || to.networkOffset < 0 || from.networkOffset < 0) return false
  const bytes = new Uint8Array(have + length)
  bytes.set(to.buffer.subarray(to.start, to.end))
  bytes.set(from.buffer.subarray(from.start, from.end), have)
  releasePayload(to)
  to.buffer = bytes
  to.start = 0
  to.end = bytes.length
  to.endSeq = from.endSeq
  to.ackSeq = from.ackSeq
  to.tcpFlags |= from.tcpFlags
  to.receivedAt = from.receivedAt
  to.tailRoom -= length
  sk.net.mib[MIB.TCPRcvCoalesce]!++
  return true
}

/** Puts data in order at the end of the receive queue. @returns whether it was merged. Linux: tcp_queue_rcv */
export function tcpQueueRcv(sk: TcpSock, skb: SkBuff): boolean {
  const { tail } = sk.tcb.receiveQueue
  const merged = tail !== null && tcpTryCoalesce(sk, tail, skb)
  tcpRcvNxtUpdate(sk, skb.endSeq)
  sk.tcb.receiveQueue.push(skb)
  if (!merged) skbSetOwnerR(sk, skb)
  return merged
}
