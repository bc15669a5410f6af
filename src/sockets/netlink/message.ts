import { bytesOf } from '../../base/bytes.js'

/** Sizes and numbers of netlink messages. Linux: include/uapi/linux/netlink.h. */
export const NLM_F = { REQUEST: 1, MULTI: 2, ACK: 4, ECHO: 8, REPLACE: 0x100, EXCL: 0x200, CREATE: 0x400, DUMP: 0x300 } as const
/** Types of messages that every protocol has. */
export const NLMSG = { NOOP: 1, ERROR: 2, DONE: 3, MIN_TYPE: 0x10 } as const
const HEADER = 16

/** A request: a header and what follows. */
export interface NetlinkRequest {
  readonly type: number
  readonly flags: number
  readonly seq: number
  readonly pid: number
  /** What follows the header. */
  readonly body: Uint8Array
  /** The whole message, as an error returns it. */
  readonly whole: Uint8Array
}

const align = (n: number): number => (n + 3) & ~3

/** The messages of a buffer; what does not fit ends it. Linux: netlink_rcv_skb. */
export function parseMessages(bytes: Uint8Array): NetlinkRequest[] {
  const list: NetlinkRequest[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = view.getUint32(at, true)
    if (length < HEADER || at + length > bytes.length) break
    list.push({
      type: view.getUint16(at + 4, true), flags: view.getUint16(at + 6, true), seq: view.getUint32(at + 8, true), pid: view.getUint32(at + 12, true),
      body: bytes.subarray(at + HEADER, at + length), whole: bytes.subarray(at, at + length),
    })
    at += align(length)
  }
  return list
}

/** The attributes behind a fixed part of `from` bytes, by type. Linux: nla_parse. */
export function parseAttributes(body: Uint8Array, from: number): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  for (let at = align(from); at + 4 <= body.length; ) {
    const length = view.getUint16(at, true)
    if (length < 4 || at + length > body.length) break
    found.set(view.getUint16(at + 2, true) & 0x3fff, body.subarray(at + 4, at + length))
    at += align(length)
  }
  return found
}

/** Bytes of a message that is put together piece by piece; numbers are little-endian. */
export class Builder {
  private readonly parts: number[] = []
  u8(...values: number[]): this {
    for (const value of values) this.parts.push(value & 255)
    return this
  }
  u16(value: number): this {
    return this.u8(value, value >> 8)
  }
  u32(...values: number[]): this {
    for (const value of values) this.u8(value, value >> 8, value >> 16, value >> 24)
    return this
  }
  u64(value: number): this {
    return this.u32(value % 4294967296, Math.floor(value / 4294967296))
  }
  bytes(bytes: Iterable<number>): this {
    for (const byte of bytes) this.parts.push(byte)
    return this
  }
  /** An attribute, padded to four bytes. */
  attribute(type: number, data: Iterable<number>): this {
    const bytes = [...data]
    this.u16(bytes.length + 4).u16(type).bytes(bytes)
    while (this.parts.length % 4 !== 0) this.parts.push(0)
    return this
  }
  attribute32(type: number, value: number): this {
    return this.attribute(type, [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255])
  }
  text(type: number, value: string): this {
    return this.attribute(type, bytesOf(`${value}\0`))
  }
  get result(): Uint8Array {
    return Uint8Array.from(this.parts)
  }
}

/** A message to `pid` in answer to a request. */
export function message(type: number, flags: number, seq: number, pid: number, body: Uint8Array): Uint8Array {
  const head = new Builder().u32(HEADER + body.length).u16(type).u16(flags).u32(seq, pid).result
  const out = new Uint8Array(align(HEADER + body.length))
  out.set(head)
  out.set(body, HEADER)
  return out
}

/** The answer of a request: an error (negative errno) with the request, or an acknowledgement with its header. Linux: netlink_ack. */
export function acknowledge(request: NetlinkRequest, pid: number, error: number): Uint8Array {
  const back = error === 0 ? request.whole.subarray(0, HEADER) : request.whole
  return message(NLMSG.ERROR, error === 0 ? 0x100 : 0, request.seq, pid, new Builder().u32(error).bytes(back).result)
}
