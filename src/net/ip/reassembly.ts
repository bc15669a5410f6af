import { MIB } from '../mib.js'
import { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { NetTimer, type TimerOwner } from '../timers.js'
import { headTruesize, truesize } from '../truesize.js'
import { put16 } from '../wire/bytes.js'
import { checksum } from '../wire/checksum.js'
import { icmp6Send, icmpSend } from './icmp-send.js'
import { ICMP, ICMPV6 } from './icmp-types.js'

const TIMEOUT = 1

/** The fragments of one packet. Linux: struct ipq, frag_queue. */
class FragmentQueue implements TimerOwner {
  readonly owner: Reassembly
  readonly key: string
  readonly timer = new NetTimer(this, TIMEOUT)
  /** By offset, without overlaps. */
  readonly parts: { from: number; to: number; skb: SkBuff }[] = []
  /** Bytes of payload so far, and of the whole packet once the last fragment came (-1 before). */
  have = 0
  length = -1
  memory = 0
  /** ECN code points seen, one bit each. */
  ecn = 0

  constructor(owner: Reassembly, key: string) {
    this.owner = owner
    this.key = key
  }

  onTimer(): void {
    this.owner.expire(this)
  }
}

/**
 * Puts fragments together again, for both families (RFC 791 section 3.2, RFC 8200 section 4.5). Overlapping fragments
 * drop the whole packet (RFC 5722), memory is bounded by `ipfrag_high_thresh` and `ip6frag_high_thresh`.
 * Linux: inet_fragment.c, ip_fragment.c, reassembly.c.
 */
export class Reassembly {
  readonly #net: NetStack
  readonly #queues = new Map<string, FragmentQueue>()
  /** Bytes held, by their truesize: IPv4, IPv6. */
  readonly memory = { 4: 0, 6: 0 }

  constructor(net: NetStack) {
    this.#net = net
  }

  /** Packets being put together. */
  get count(): number {
    return this.#queues.size
  }

  /**
   * Takes a fragment whose payload starts at `skb.start`.
   *
   * @param offset in bytes @param id of the packet @param headerLength bytes of the headers before the fragmentable part
   * @returns the whole packet, when this was what it lacked
   */
  add(skb: SkBuff, offset: number, more: boolean, id: number, headerLength: number): SkBuff | null {
    const net = this.#net
    const v4 = skb.family === 4
    net.mib[v4 ? MIB.IpReasmReqds : MIB.Ip6ReasmReqds]!++
    if (this.memory[skb.family] > (v4 ? net.sysctl.ipfrag_high_thresh : net.sysctl.ip6frag_high_thresh)) return this.#fail(skb.family)
    const key = v4 ? `${skb.src.d},${skb.dst.d},${id},${skb.protocol}` : `${skb.src.toString()},${skb.dst.toString()},${id},${skb.dst.isLinkLocal ? skb.ifindex : 0}`
    let queue = this.#queues.get(key)
    if (queue === undefined) {
      queue = new FragmentQueue(this, key)
      this.#queues.set(key, queue)
      net.timers.arm(queue.timer, net.now + (v4 ? net.sysctl.ipfrag_time : net.sysctl.ip6frag_time) * 1e6)
    }
    const to = offset + (skb.end - skb.start)
    if (!this.#fits(queue, offset, to, more)) {
      this.#drop(queue, v4)
      return null
    }
    const charge = truesize(skb)
    if (!insert(queue, offset, to, skb)) {
      if (queue.parts.some((part) => part.from === offset && part.to === to)) return null
      net.mib[MIB.IpExtReasmOverlaps]! += v4 ? 1 : 0
      this.#drop(queue, v4)
      return null
    }
    queue.memory += charge
    this.memory[skb.family] += charge
    queue.ecn |= 1 << (skb.tos & 3)
    if (queue.have !== queue.length) return null
    this.#remove(queue, skb.family)
    const whole = join(queue, headerLength)
    net.mib[whole === null ? (v4 ? MIB.IpReasmFails : MIB.Ip6ReasmFails) : v4 ? MIB.IpReasmOKs : MIB.Ip6ReasmOKs]!++
    return whole
  }

  /** Linux: ip_expire, ip6frag_expire_frag_queue. */
  expire(queue: FragmentQueue): void {
    const net = this.#net
    const first = queue.parts[0]
    const family = first?.skb.family ?? 4
    this.#remove(queue, family)
    net.mib[family === 4 ? MIB.IpReasmFails : MIB.Ip6ReasmFails]!++
    net.mib[family === 4 ? MIB.IpReasmTimeout : MIB.Ip6ReasmTimeout]!++
    if (first === undefined || first.from !== 0) return
    if (family === 4) icmpSend(net, first.skb, ICMP.TIME_EXCEEDED, 1, 0)
    else icmp6Send(net, first.skb, ICMPV6.TIME_EXCEEDED, 1, 0)
  }

  #fits(queue: FragmentQueue, from: number, to: number, more: boolean): boolean {
    if (!more) {
      if (to < (queue.parts.at(-1)?.to ?? 0) || (queue.length >= 0 && to !== queue.length)) return false
      queue.length = to
      return from <= to
    }
    return (to & 7) === 0 && to > from && (queue.length < 0 || to <= queue.length)
  }

  #fail(family: 4 | 6): null {
    this.#net.mib[family === 4 ? MIB.IpReasmFails : MIB.Ip6ReasmFails]!++
    return null
  }

  #drop(queue: FragmentQueue, v4: boolean): void {
    this.#remove(queue, v4 ? 4 : 6)
    this.#fail(v4 ? 4 : 6)
  }

  #remove(queue: FragmentQueue, family: 4 | 6): void {
    this.#net.timers.cancel(queue.timer)
    this.#queues.delete(queue.key)
    this.memory[family] -= queue.memory
    queue.memory = 0
  }
}

/** Puts a fragment in its place; false when it overlaps another. */
function insert(queue: FragmentQueue, from: number, to: number, skb: SkBuff): boolean {
  let at = queue.parts.length
  while (at > 0 && queue.parts[at - 1]!.from >= from) at--
  const before = queue.parts[at - 1], behind = queue.parts[at]
  if ((before !== undefined && before.to > from) || (behind !== undefined && (behind.from < to || behind.from === from))) return false
  queue.parts.splice(at, 0, { from, to, skb })
  queue.have += to - from
  return true
}

/** The whole packet under the first fragment's header; null when it is too long or its ECN marks contradict (RFC 3168 section 5.3). */
function join(queue: FragmentQueue, headerLength: number): SkBuff | null {
  const first = queue.parts[0]!.skb
  const v4 = first.family === 4
  const header = v4 ? headerLength : 40 + headerLength
  if (header + queue.length > (v4 ? 65535 : 65535 + 40)) return null
  const ce = (queue.ecn & 8) !== 0
  if (ce && (queue.ecn & 1) !== 0) return null
  const bytes = new Uint8Array(header + queue.length)
  bytes.set(first.buffer.subarray(first.networkOffset, first.networkOffset + header))
  let memory = 0
  for (const part of queue.parts) {
    bytes.set(part.skb.buffer.subarray(part.skb.start, part.skb.end), header + part.from)
    memory += truesize(part.skb)
  }
  const skb = new SkBuff()
  Object.assign(skb, first)
  skb.page = null
  skb.next = null
  skb.prev = null
  skb.buffer = bytes
  skb.networkOffset = 0
  skb.start = header
  skb.end = bytes.length
  skb.fragment = 0
  skb.dontFragment = false
  if (ce) skb.tos |= 3
  skb.truesize = Math.max(memory, headTruesize(0))
  if (v4) {
    bytes[1] = skb.tos
    put16(bytes, 2, bytes.length)
    put16(bytes, 6, 0)
    put16(bytes, 10, 0)
    put16(bytes, 10, checksum(bytes, 0, header))
  } else put16(bytes, 4, bytes.length - 40)
  return skb
}
