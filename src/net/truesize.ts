import type { SkBuff } from './skb.js'

/** sizeof(struct sk_buff) and sizeof(struct skb_shared_info), aligned to cache lines; Linux 6.18 on x86_64. */
const SKBUFF = 256
const SHARED_INFO = 320
/** Head of a small packet: MAX_TCP_HEADER (256) and the shared info. Linux: SKB_SMALL_HEAD_SIZE; seen as 832 in SO_MEMINFO. */
const SMALL_HEAD = 576
/** Room that a TUN device leaves before the packet. Linux: NET_SKB_PAD. */
export const DEVICE_HEADROOM = 64
const PAGE = 4096
/** Most bytes of a packet's linear part that one page holds with what belongs to it. Linux: SKB_MAX_HEAD. */
const MAX_HEAD = PAGE - DEVICE_HEADROOM - SHARED_INFO

/** What a packet with `head` bytes in its linear part is charged. Linux: alloc_skb and SKB_TRUESIZE over the allocator's size classes. */
export function headTruesize(head: number): number {
  const wanted = ((head + 63) & ~63) + SHARED_INFO
  if (wanted <= SMALL_HEAD) return SKBUFF + SMALL_HEAD
  let size = 1024
  while (size < wanted) size *= 2
  return SKBUFF + size
}

/** A packet of `length` bytes that comes in by a device lies in more than its linear part. Linux: tun_alloc_skb. */
export const isPaged = (length: number): boolean => length + DEVICE_HEADROOM >= PAGE

/** What a packet of `length` bytes that comes in by a device is charged: one head, and pages for what does not fit. Seen in SO_MEMINFO for 18 sizes. */
export function deviceTruesize(length: number): number {
  if (!isPaged(length)) return headTruesize(length + DEVICE_HEADROOM)
  return SKBUFF + PAGE + Math.ceil((length - MAX_HEAD) / PAGE) * PAGE
}

/** Room for IP's header and the device's before a datagram, as Linux adds it up; IPv6 keeps some for a fragment header. */
const DATAGRAM_HEAD = { 4: 51, 6: 64 } as const
/** Longer ones lie in pages. Linux: SKB_MAX_ALLOC. */
const MAX_ALLOC = 4 * PAGE - SHARED_INFO

/**
 * What a datagram is charged. Linux: __ip_append_data, __ip6_append_data; seen in SO_MEMINFO for all sizes.
 *
 * @param length of its transport header and data
 * @param header of the former alone
 */
export function datagramTruesize(family: 4 | 6, length: number, header: number): number {
  const head = length + DATAGRAM_HEAD[family]
  return head < MAX_ALLOC ? headTruesize(head) : SEND_OVERHEAD + length - header
}

/** The charge of a TCP packet to be sent before its payload, which lies in page fragments. Linux: tcp_stream_alloc_skb. */
export const SEND_OVERHEAD: number = SKBUFF + SMALL_HEAD

/**
 * Bytes that a packet is charged to its socket's buffers: what was recorded when it came in by a device, or that of a
 * packet made here, its payload and the overhead. Linux: skb->truesize.
 */
export function truesize(skb: SkBuff): number {
  return skb.truesize !== 0 ? skb.truesize : SEND_OVERHEAD + (skb.end - skb.start)
}
