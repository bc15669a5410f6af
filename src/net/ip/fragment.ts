import { SkBuff } from '../skb.js'
import { emitTcp, tcpHeaderLength } from '../wire/tcp.js'
import { put16, put32 } from '../wire/bytes.js'

/** The fragments of a packet for an MTU, in order; the source keeps nothing. Linux: ip_do_fragment, ip6_fragment. @param id of the packet, 32 bits for IPv6 */
export function fragmentPacket(skb: SkBuff, mtu: number, id: number): SkBuff[] {
  const payload = transportBytes(skb)
  const optionLength = skb.ipOptions === null ? 0 : skb.ipOptions.length
  const header = skb.family === 4 ? 20 + optionLength : 48 + optionLength
  const room = (mtu - header) & ~7
  const fragments: SkBuff[] = []
  if (room <= 0) return fragments
  for (let at = 0; at < payload.length; at += room) {
    const last = at + room >= payload.length
    const part = new SkBuff()
    part.family = skb.family
    part.src = skb.src
    part.dst = skb.dst
    part.protocol = skb.protocol
    part.ttl = skb.ttl
    part.tos = skb.tos
    part.flowLabel = skb.flowLabel
    part.raw = true
    part.buffer = payload
    part.start = at
    part.end = last ? payload.length : at + room
    if (skb.family === 4) {
      part.id = id & 0xffff
      // a fragment of a fragment, when forwarding, counts on from its own offset
      part.fragment = ((skb.fragment & 0x1fff) + (at >> 3)) | (last ? skb.fragment & 0x2000 : 0x2000)
      part.ipOptions = at === 0 ? skb.ipOptions : copiedOptions(skb.ipOptions)
    } else addFragmentHeader(part, skb, at, last, id)
    fragments.push(part)
  }
  return fragments
}

function transportBytes(skb: SkBuff): Uint8Array {
  if (skb.protocol !== 6 || skb.raw) return skb.buffer.subarray(skb.start, skb.end)
  const bytes = new Uint8Array(tcpHeaderLength(skb) + (skb.end - skb.start))
  emitTcp(skb, bytes, 0)
  return bytes
}

/** Options without the copy bit belong to the first fragment only and become NOPs. RFC 791 section 3.1. Linux: ip_options_fragment. */
function copiedOptions(options: Uint8Array | null): Uint8Array | null {
  if (options === null) return null
  const out = Uint8Array.from(options)
  for (let i = 0; i < out.length && out[i] !== 0;) {
    const length = out[i] === 1 ? 1 : (out[i + 1] ?? 0)
    if (length < 1 || (out[i] !== 1 && length < 2) || i + length > out.length) break
    if ((out[i]! & 0x80) === 0) out.fill(1, i, i + length)
    i += length
  }
  return out
}

/** RFC 8200 section 4.5: the fragment header follows the unfragmentable part. */
function addFragmentHeader(part: SkBuff, skb: SkBuff, at: number, last: boolean, id: number): void {
  const before = skb.ipOptions ?? new Uint8Array(0)
  const headers = new Uint8Array(before.length + 8)
  headers.set(before)
  const p = before.length
  part.firstHeader = before.length > 0 ? skb.firstHeader : 44
  if (before.length > 0) headers[lastNextHeader(before, skb.firstHeader)] = 44
  headers[p] = skb.protocol
  put16(headers, p + 2, at | (last ? 0 : 1))
  put32(headers, p + 4, id)
  part.ipOptions = headers
}

/** Where the last extension header of a chain says what follows it. */
function lastNextHeader(headers: Uint8Array, _first: number): number {
  let at = 0
  for (;;) {
    const length = (headers[at + 1]! + 1) * 8
    if (at + length >= headers.length) return at
    at += length
  }
}
