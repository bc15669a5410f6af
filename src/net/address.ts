import { get32, put32 } from './wire/bytes.js'

/**
 * An IP address of either family: four 32-bit words in network order, IPv4 in its mapped form ::ffff:a.b.c.d, so that one
 * comparison serves both. Immutable; connections share the objects of their listener and device.
 */
export class IpAddress {
  readonly family: 4 | 6
  readonly a: number
  readonly b: number
  readonly c: number
  /** The last word; the whole address of IPv4. */
  readonly d: number

  /** @param a first word (signed 32 bits), and so on; use {@link ipv4} and {@link ipv6Words} */
  constructor(family: 4 | 6, a: number, b: number, c: number, d: number) {
    this.family = family
    this.a = a | 0
    this.b = b | 0
    this.c = c | 0
    this.d = d | 0
  }

  /** The same address; of which family it is does not matter. */
  equals(other: IpAddress): boolean {
    return this.d === other.d && this.c === other.c && this.b === other.b && this.a === other.a
  }

  /** 0.0.0.0 or ::. */
  get isAny(): boolean {
    return this.d === 0 && (this.family === 4 || (this.c === 0 && this.b === 0 && this.a === 0))
  }

  /** 127/8 or ::1. */
  get isLoopback(): boolean {
    return this.isV4 ? this.d >>> 24 === 127 : this.a === 0 && this.b === 0 && this.c === 0 && this.d === 1
  }

  get isMulticast(): boolean {
    return this.isV4 ? this.d >>> 28 === 0xe : this.a >>> 24 === 0xff
  }

  /** 255.255.255.255. */
  get isBroadcast(): boolean {
    return this.isV4 && this.d === -1
  }

  /** fe80::/10 */
  get isLinkLocal(): boolean {
    return this.family === 6 && (this.a & 0xffc00000) === (0xfe800000 | 0)
  }

  /** An IPv6 address of one link, of interface or link for multicast: a scope id says which. Linux: __ipv6_addr_needs_scope_id. */
  get needsScope(): boolean {
    return this.isLinkLocal || (this.family === 6 && this.a >>> 24 === 0xff && ((this.a >>> 16) & 15) >= 1 && ((this.a >>> 16) & 15) <= 2)
  }

  /** An IPv6 address that stands for an IPv4 one: ::ffff:a.b.c.d. */
  get isMapped(): boolean {
    return this.family === 6 && this.a === 0 && this.b === 0 && this.c === 0xffff
  }

  /** IPv4, or mapped. */
  get isV4(): boolean {
    return this.family === 4 || this.isMapped
  }

  /** The text form of inet_ntop(3). */
  toString(): string {
    const v4 = `${this.d >>> 24}.${(this.d >>> 16) & 255}.${(this.d >>> 8) & 255}.${this.d & 255}`
    if (this.family === 4) return v4
    if (this.isMapped) return `::ffff:${v4}`
    if (this.a === 0 && this.b === 0 && this.c === 0 && this.d >>> 16 !== 0) return `::${v4}`
    const groups = [this.a, this.b, this.c, this.d].flatMap((word) => [word >>> 16, word & 0xffff])
    let best = 0, length = 0
    for (let i = 0; i < 8; i++) {
      let n = 0
      while (i + n < 8 && groups[i + n] === 0) n++
      if (n > length) [best, length] = [i, n]
    }
    const hex = (list: number[]): string => list.map((group) => group.toString(16)).join(':')
    return length < 2 ? hex(groups) : `${hex(groups.slice(0, best))}::${hex(groups.slice(best + length))}`
  }
}

/** The IPv4 address of a 32-bit number in host order: `ipv4(0x7f000001)` is 127.0.0.1. */
export function ipv4(word: number): IpAddress {
  return new IpAddress(4, 0, 0, 0xffff, word)
}

/** The IPv6 address of four 32-bit words. */
export function ipv6Words(a: number, b: number, c: number, d: number): IpAddress {
  return new IpAddress(6, a, b, c, d)
}

/** The same address as a socket of the other family sees it: 1.2.3.4 as ::ffff:1.2.3.4 and back. */
export function asFamily(address: IpAddress, family: 4 | 6): IpAddress {
  if (address.family === family) return address
  return new IpAddress(family, address.a, address.b, address.c, address.d)
}

/** Reads 4 bytes in network order. */
export function readIpv4(bytes: Uint8Array, at: number): IpAddress {
  return ipv4(get32(bytes, at))
}

/** Reads 16 bytes in network order. */
export function readIpv6(bytes: Uint8Array, at: number): IpAddress {
  return new IpAddress(6, get32(bytes, at), get32(bytes, at + 4), get32(bytes, at + 8), get32(bytes, at + 12))
}

/** Writes the address in network order: 4 bytes for IPv4, 16 for IPv6. Returns how many. */
export function writeAddress(address: IpAddress, out: Uint8Array, at: number): number {
  if (address.family === 4) {
    put32(out, at, address.d)
    return 4
  }
  put32(out, at, address.a)
  put32(out, at + 4, address.b)
  put32(out, at + 8, address.c)
  put32(out, at + 12, address.d)
  return 16
}

/**
 * The address of a text in the forms of inet_pton(3), IPv4 or IPv6; null when it is none.
 *
 * @example
 * parseAddress('10.0.0.1') // IPv4
 * parseAddress('fe80::1')
 */
export function parseAddress(text: string): IpAddress | null {
  if (!text.includes(':')) {
    const word = parseV4(text)
    return word === null ? null : ipv4(word)
  }
  const halves = text.split('::')
  if (halves.length > 2) return null
  const parsed = halves.map((half, i) => parseGroups(half, i === halves.length - 1))
  const head = parsed[0], tail = parsed[1] ?? []
  if (head == null || parsed.includes(null)) return null
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])]
  const word = (i: number): number => (groups[i]! << 16) | groups[i + 1]!
  return new IpAddress(6, word(0), word(2), word(4), word(6))
}

function parseV4(text: string): number | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return null
  return parts.reduce((word, part) => (word << 8) | Number(part), 0)
}

function parseGroups(text: string, last: boolean): number[] | null {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (last && i === parts.length - 1 && part.includes('.')) {
      const word = parseV4(part)
      if (word === null) return null
      groups.push(word >>> 16, word & 0xffff)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups
}

/** 0.0.0.0 */
export const ANY4: IpAddress = /* @__PURE__ */ ipv4(0)
/** :: */
export const ANY6: IpAddress = /* @__PURE__ */ ipv6Words(0, 0, 0, 0)

/** Address and port, as in sockaddr_in and sockaddr_in6. */
export interface Endpoint {
  readonly address: IpAddress
  readonly port: number
  /** Interface index of a link-local address (sin6_scope_id). */
  readonly scope?: number
  /** sin6_flowinfo. */
  readonly flowInfo?: number
}
