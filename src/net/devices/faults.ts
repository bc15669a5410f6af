import type { Random } from '../../base/random.js'
import { type SkBuff, cloneSkb } from '../skb.js'
import type { NetStack } from '../stack.js'
import { NetTimer, type TimerOwner } from '../timers.js'
import { emitPacket, packetLength, parseIp } from '../wire/packet.js'
import { NetDevice } from './device.js'

/** What goes wrong with packets that leave: probabilities from 0 to 1, times in µs. */
export interface Faults {
  readonly loss?: number
  readonly duplicate?: number
  /** One bit of the packet turns. */
  readonly corrupt?: number
  /** The packet waits `reorderDelay` longer than others. */
  readonly reorder?: number
  /** Default 1000. */
  readonly reorderDelay?: number
  readonly delay?: number
  /** Added to the delay, uniformly up to this. */
  readonly jitter?: number
  /** Bits a second; packets beyond wait. */
  readonly rate?: number
}

/** A packet that waits inside a {@link FaultInjector}. */
class Delayed implements TimerOwner {
  readonly #device: FaultInjector
  readonly skb: SkBuff
  readonly timer = new NetTimer(this, 1)

  constructor(device: FaultInjector, skb: SkBuff) {
    this.#device = device
    this.skb = skb
  }

  onTimer(): void {
    this.#device.release(this)
  }
}

/**
 * A device around a device that loses, doubles, damages, delays and reorders what leaves by it, by seed: the same random
 * numbers give the same faults. What comes in passes. Add it to the stack in place of the inner one.
 */
export class FaultInjector extends NetDevice {
  /** May be replaced at any time. */
  faults: Faults
  readonly #net: NetStack
  readonly #inner: NetDevice
  readonly #random: Random
  /** Packets that wait. */
  readonly waiting = new Set<object>()
  #freeAt = 0
  /** How often each fault happened. */
  readonly counts = { lost: 0, duplicated: 0, corrupted: 0, delayed: 0 }

  constructor(net: NetStack, inner: NetDevice, random: Random, faults: Faults) {
    super(inner.name, inner.mtu, inner.flags, inner.largeSegments)
    this.#net = net
    this.#inner = inner
    this.#random = random
    this.faults = faults
    inner.upper = this
  }

  #happens(probability: number | undefined): boolean {
    return probability !== undefined && probability > 0 && this.#random.u32() < probability * 4294967296
  }

  transmit(skb: SkBuff): void {
    const { faults } = this
    if (this.#happens(faults.loss)) {
      this.counts.lost++
      return
    }
    if (this.#happens(faults.duplicate)) {
      this.counts.duplicated++
      this.#send(cloneSkb(skb))
    }
    if (this.#happens(faults.corrupt)) {
      this.counts.corrupted++
      const bytes = emitPacket(skb)
      const bit = this.#random.u32() % (bytes.length * 8)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      const damaged = parseIp(bytes, 0, this.#net.now)
      // what is no packet any more is lost here instead of at the other end
      if (typeof damaged !== 'string') this.#send(damaged)
      return
    }
    this.#send(skb)
  }

  #send(skb: SkBuff): void {
    const { faults } = this
    const { now } = this.#net
    let at = now + (faults.delay ?? 0)
    if (faults.rate !== undefined) {
      this.#freeAt = Math.max(this.#freeAt, now) + (packetLength(skb) * 8e6) / faults.rate
      at += Math.ceil(this.#freeAt) - now
    }
    if (faults.jitter !== undefined && faults.jitter > 0) at += this.#random.u32() % faults.jitter
    if (this.#happens(faults.reorder)) at += faults.reorderDelay ?? 1000
    if (at <= now) {
      this.#inner.transmit(skb)
      return
    }
    this.counts.delayed++
    const delayed = new Delayed(this, skb)
    this.waiting.add(delayed)
    this.#net.timers.arm(delayed.timer, at)
  }

  /** The time of a packet has come. */
  release(delayed: { readonly skb: SkBuff }): void {
    this.waiting.delete(delayed)
    this.#inner.transmit(delayed.skb)
  }
}
