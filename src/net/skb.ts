import { ANY4, type IpAddress } from './address.js'
import type { PayloadPage } from './payload-pool.js'

/** Flags of a TCP header, byte 13; AE, the historical NS bit, is 0x100. RFC 9293 section 3.1. */
export const TCP_FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 0x10, URG: 0x20, ECE: 0x40, CWR: 0x80, AE: 0x100 } as const

const EMPTY = /* @__PURE__ */ new Uint8Array(0)

/** What tells a user of MSG_ZEROCOPY that its memory is free again, for one send or several in a row. Linux: struct ubuf_info_msgzc. */
export interface ZerocopyNotice {
  /** Number of the first send, and how many it stands for. */
  readonly id: number
  count: number
  bytes: number
  /** The bytes were copied after all. */
  copied: boolean
  /** Packets that hold its bytes, and the send itself. */
  holders: number
}

/**
 * A packet inside the stack: network and TCP headers as numbers, payload as a range of a buffer that several packets may
 * share. Devices that need bytes serialise it (wire/); loopback passes it on. Linux: struct sk_buff and tcp_skb_cb.
 */
export class SkBuff {
  /** Next and previous in whatever queue holds it. */
  next: SkBuff | null = null
  prev: SkBuff | null = null

  // payload: buffer[start..end); of a TCP segment without its header, of anything else with the transport header
  buffer: Uint8Array = EMPTY
  start = 0
  end = 0
  /** Bytes of `buffer` from `end` on are nobody else's: more may be appended (the tail skb of a send queue). */
  ownsTail = false
  /** The page of a pool that `buffer` is; null when the collector frees it. */
  page: PayloadPage | null = null

  // network header
  family: 4 | 6 = 4
  src: IpAddress = ANY4
  dst: IpAddress = ANY4
  protocol = 0
  /** Hop limit; 0 until output fills in the socket's or the system's. */
  ttl = 0
  /** Type of service or traffic class: DSCP in bits 2-7, ECN in bits 0-1. */
  tos = 0
  /** IPv4 identification. */
  id = 0
  dontFragment = false
  /** IPv4: more-fragments bit and offset as in the header; 0 for a whole packet. */
  fragment = 0
  /** IPv6 flow label, 20 bits. */
  flowLabel = 0
  /** Device index it came in by; 0 from here. */
  ifindex = 0
  /** Where the IP header starts in `buffer`; -1 for a packet that was never bytes. */
  networkOffset = -1
  /** The payload is the transport layer's whole packet although the protocol is TCP (not parsed, or made elsewhere). */
  raw = false
  /** Larger than the path: may be fragmented on its way although TCP's never are. Linux: ignore_df. */
  ignoreDf = false
  /** IPv4 options, or the chain of IPv6 extension headers with their own next-header bytes; null without. */
  ipOptions: Uint8Array | null = null
  /** Next header of the fixed IPv6 header where `ipOptions` holds extension headers. */
  firstHeader = 0
  /** SO_MARK and SO_PRIORITY of the sender. */
  mark = 0
  priority = 0
  /** Packets that the socket had dropped before, where it wants to know (SO_RXQ_OVFL). */
  dropped = 0
  /** Bytes of memory it stands for; 0: by the rule of sent packets. See truesize.ts. */
  truesize = 0

  // TCP header
  sport = 0
  dport = 0
  seq = 0
  /** seq + payload + SYN + FIN. */
  endSeq = 0
  ackSeq = 0
  tcpFlags = 0
  /** As in the header, unscaled. */
  window = 0
  urgent = 0
  /** Options as in the header, without padding to be added. */
  options: Uint8Array = EMPTY

  /** Payload bytes per segment of a large packet; 0: one segment. Linux: gso_size. */
  gsoSize = 0
  /** Segments it stands for. Linux: tcp_skb_pcount. */
  gsoSegs = 0

  // of the send queue. Linux: tcp_skb_cb
  /** SACKED_* bits below. */
  sacked = 0
  /** When it was last sent, µs of the stack's clock (0: never). */
  sentAt = 0
  /** It was sent in pieces of one time. */
  inRtxQueue = false
  /** MSG_EOR: nothing may be appended or merged. */
  eor = false
  /** SOF_TIMESTAMPING bits asked for the last byte, and their key. */
  txTimestampFlags = 0
  txTimestampKey = 0
  /** Zero-copy notification that its bytes hold; null without MSG_ZEROCOPY. */
  zerocopy: ZerocopyNotice | null = null
  /** Pages of the user's that it holds; at most 17. */
  zerocopyFrags = 0

  // delivery sampling. Linux: tcp_skb_cb.tx
  delivered = 0
  deliveredCe = 0
  firstSentAt = 0
  deliveredAt = 0
  appLimited = false
  inFlight = 0

  // of reception
  /** Bytes that it is charged to its socket's receive buffer. */
  rmemCharge = 0
  /** Room that the next packet of a receive queue could be copied into, so that it costs no memory of its own. Linux: skb_tailroom. */
  tailRoom = 0
  /** When it came, µs of the stack's clock. */
  receivedAt = 0
  /** Congestion Experienced was set on a received packet. */
  get ce(): boolean {
    return (this.tos & 3) === 3
  }

  /** Payload bytes. */
  get length(): number {
    return this.end - this.start
  }
}

/** A packet of its own over the same payload bytes, in no queue. Linux: skb_clone. */
export function cloneSkb(skb: SkBuff): SkBuff {
  if (skb.page !== null) skb.page.holders = NaN
  const copy = Object.assign(new SkBuff(), skb)
  copy.page = null
  copy.next = null
  copy.prev = null
  copy.ownsTail = false
  return copy
}

/** A packet is gone: its page, if it has one, may be used again. */
export function releasePayload(skb: SkBuff): void {
  if (skb.page === null) return
  skb.page.release()
  skb.page = null
  skb.ownsTail = false
}

/** Bits of {@link SkBuff.sacked}. Linux: TCPCB_*. */
export const SACKED = { ACKED: 1, RETRANS: 2, LOST: 4, TAGBITS: 7, REPAIRED: 0x10, EVER_RETRANS: 0x80, RETRANS_ALL: 0x92 } as const

/** A doubly linked queue of packets with its length in packets and bytes. Linux: sk_buff_head. */
export class SkBuffQueue {
  head: SkBuff | null = null
  tail: SkBuff | null = null
  length = 0

  push(skb: SkBuff): void {
    this.insertAfter(this.tail, skb)
  }

  /** Inserts behind `at`; at the front when it is null. */
  insertAfter(at: SkBuff | null, skb: SkBuff): void {
    const next = at === null ? this.head : at.next
    skb.prev = at
    skb.next = next
    if (at === null) this.head = skb
    else at.next = skb
    if (next === null) this.tail = skb
    else next.prev = skb
    this.length++
  }

  remove(skb: SkBuff): void {
    if (skb.prev === null) this.head = skb.next
    else skb.prev.next = skb.next
    if (skb.next === null) this.tail = skb.prev
    else skb.next.prev = skb.prev
    skb.next = null
    skb.prev = null
    this.length--
  }

  shift(): SkBuff | null {
    const skb = this.head
    if (skb !== null) this.remove(skb)
    return skb
  }
}
