import { releasePayload, type SkBuff, SkBuffQueue } from '../skb.js'
import type { NetStack } from '../stack.js'
import { NetTimer, type TimerOwner } from '../timers.js'
import { emitPacket, packetLength, parseIp } from '../wire/packet.js'
import { IFF, NetDevice } from './device.js'

/** Options of {@link createWire}. */
export interface WireOptions {
  /** Name of both ends; default 'wire0'. */
  readonly name?: string
  /** Time that a packet travels, µs; default 0. */
  readonly delay?: number
  /** Bits a second; default without limit. */
  readonly rate?: number
  /** Packets that wait for the rate before more are dropped; default 1000. */
  readonly queue?: number
  /** Default 1500. */
  readonly mtu?: number
  /**
   * Packets pass as they are, large TCP segments whole and without checksums; by default they become bytes and are parsed
   * at the other end.
   */
  readonly segments?: boolean
}

/** One end of a wire between two stacks in the same process. */
export class WireDevice extends NetDevice implements TimerOwner {
  /** The other end. */
  peer: WireDevice | null = null
  readonly #net: NetStack
  readonly #delay: number
  readonly #usPerByte: number
  readonly #limit: number
  readonly #asBytes: boolean
  /** Packets on their way to this end, in order, with the time they arrive at in `sentAt`. */
  readonly #arriving = new SkBuffQueue()
  readonly #timer = new NetTimer(this, 1)
  /** When the line out is free again, µs. */
  #freeAt = 0

  /** Use {@link createWire}. */
  constructor(net: NetStack, options: WireOptions) {
    const segments = options.segments === true
    super(options.name ?? 'wire0', options.mtu ?? 1500, IFF.UP | IFF.POINTOPOINT | IFF.NOARP | IFF.RUNNING | IFF.MULTICAST | IFF.LOWER_UP, segments ? 65536 : 0)
    this.#net = net
    this.#delay = options.delay ?? 0
    this.#usPerByte = options.rate === undefined ? 0 : 8e6 / options.rate
    this.#limit = options.queue ?? 1000
    this.#asBytes = !segments
  }

  transmit(skb: SkBuff): void {
    const { peer } = this
    if (peer === null) return
    const { now } = this.#net
    let at = now + this.#delay
    if (this.#usPerByte !== 0) {
      if (this.#freeAt - now > this.#limit * this.mtu * this.#usPerByte) {
        this.statistics.txDropped++
        return
      }
      this.#freeAt = Math.max(this.#freeAt, now) + packetLength(skb) * this.#usPerByte
      at = Math.ceil(this.#freeAt) + this.#delay
    }
    peer.#arrive(this.#asBytes ? parseIp(emitPacket(skb), 0, now) : skb, at)
    if (this.#asBytes) releasePayload(skb)
  }

  #arrive(skb: SkBuff | string, at: number): void {
    if (typeof skb === 'string') {
      this.statistics.rxDropped++
      return
    }
    skb.sentAt = at
    const waiting = this.#arriving
    waiting.push(skb)
    if (waiting.length === 1) this.#net.timers.arm(this.#timer, at)
  }

  /** The first packet on its way arrives. */
  onTimer(): void {
    const waiting = this.#arriving
    for (let skb = waiting.head; skb !== null && skb.sentAt <= this.#net.now; skb = waiting.head) {
      waiting.remove(skb)
      skb.sentAt = 0
      this.#net.enqueue(this.upper ?? this, skb)
    }
    if (waiting.head !== null) this.#net.timers.arm(this.#timer, waiting.head.sentAt)
  }
}

/**
 * A wire between two stacks, which should have the same clock. Add each end to its stack, or to a device around it.
 *
 * @example
 * const [left, right] = createWire(a, b, { delay: 1000 })
 * addAddress(a, a.addDevice(left), parseAddress('10.0.0.1')!, 24)
 * addAddress(b, b.addDevice(right), parseAddress('10.0.0.2')!, 24)
 */
export function createWire(a: NetStack, b: NetStack, options: WireOptions = {}): [WireDevice, WireDevice] {
  const left = new WireDevice(a, options), right = new WireDevice(b, options)
  left.peer = right
  right.peer = left
  return [left, right]
}
