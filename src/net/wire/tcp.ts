import { type SkBuff, TCP_FLAG } from '../skb.js'
import { get16, get32, put16, put32 } from './bytes.js'
import { checksumAdd, checksumFinish } from './checksum.js'
import { pseudoHeaderSum } from './pseudo-header.js'

/** Offsets of the fields of a TCP header. RFC 9293 section 3.1. */
export const TCP_HEADER = {
  SOURCE: 0, DESTINATION: 2, SEQUENCE: 4, ACKNOWLEDGMENT: 8, OFFSET: 12, FLAGS: 13, WINDOW: 14, CHECKSUM: 16, URGENT: 18, OPTIONS: 20,
} as const

const NO_OPTIONS = /* @__PURE__ */ new Uint8Array(0)

/**
 * Parses the TCP header at the start of the payload, which is left at the segment's data. Checks the length and, where
 * the packet came as bytes, the checksum.
 *
 * @returns '' or Linux's drop reason
 */
export function parseTcp(skb: SkBuff): '' | 'PKT_TOO_SMALL' | 'TCP_CSUM' {
  const { buffer, start, end } = skb
  if (end - start < 20) return 'PKT_TOO_SMALL'
  const headerLength = (buffer[start + TCP_HEADER.OFFSET]! >> 4) * 4
  if (headerLength < 20 || start + headerLength > end) return 'PKT_TOO_SMALL'
  if (checksumFinish(checksumAdd(buffer, start, end, pseudoHeaderSum(skb.family, skb.src, skb.dst, 6, end - start))) !== 0) return 'TCP_CSUM'
  const flags = buffer[start + TCP_HEADER.FLAGS]! | ((buffer[start + TCP_HEADER.OFFSET]! & 1) << 8)
  skb.sport = get16(buffer, start)
  skb.dport = get16(buffer, start + TCP_HEADER.DESTINATION)
  skb.seq = get32(buffer, start + TCP_HEADER.SEQUENCE)
  skb.ackSeq = get32(buffer, start + TCP_HEADER.ACKNOWLEDGMENT)
  skb.tcpFlags = flags
  skb.window = get16(buffer, start + TCP_HEADER.WINDOW)
  skb.urgent = get16(buffer, start + TCP_HEADER.URGENT)
  skb.options = headerLength > 20 ? buffer.subarray(start + 20, start + headerLength) : NO_OPTIONS
  skb.start = start + headerLength
  skb.endSeq = (skb.seq + (end - skb.start) + ((flags & TCP_FLAG.SYN) !== 0 ? 1 : 0) + ((flags & TCP_FLAG.FIN) !== 0 ? 1 : 0)) | 0
  skb.raw = false
  return ''
}

/** Bytes of the TCP header of `skb`, options padded to whole words. */
export function tcpHeaderLength(skb: SkBuff): number {
  return 20 + ((skb.options.length + 3) & ~3)
}

/** Writes header, payload and checksum of a TCP packet; returns how many bytes. */
export function emitTcp(skb: SkBuff, out: Uint8Array, at: number): number {
  const headerLength = tcpHeaderLength(skb)
  const length = headerLength + (skb.end - skb.start)
  put16(out, at, skb.sport)
  put16(out, at + TCP_HEADER.DESTINATION, skb.dport)
  put32(out, at + TCP_HEADER.SEQUENCE, skb.seq)
  put32(out, at + TCP_HEADER.ACKNOWLEDGMENT, skb.ackSeq)
  out[at + TCP_HEADER.OFFSET] = (headerLength << 2) | ((skb.tcpFlags >> 8) & 1)
  out[at + TCP_HEADER.FLAGS] = skb.tcpFlags
  put16(out, at + TCP_HEADER.WINDOW, skb.window)
  put16(out, at + TCP_HEADER.CHECKSUM, 0)
  put16(out, at + TCP_HEADER.URGENT, skb.urgent)
  out.set(skb.options, at + 20)
  if (skb.end > skb.start) out.set(skb.buffer.subarray(skb.start, skb.end), at + headerLength)
  const sum = pseudoHeaderSum(skb.family, skb.src, skb.dst, 6, length)
  put16(out, at + TCP_HEADER.CHECKSUM, checksumFinish(checksumAdd(out, at, at + length, sum)))
  return length
}
