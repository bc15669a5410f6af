import type { IpAddress } from '../address.js'
import { MIB } from '../mib.js'
import type { NetStack } from '../stack.js'

/** Messages that a destination may get at once. Linux: XRLIM_BURST_FACTOR. */
const BURST_FACTOR = 6
/** Peers remembered; the oldest goes. */
const PEER_LIMIT = 4096

interface Peer {
  /** Milliseconds of credit, and when it was counted. */
  tokens: number
  last: number
}

/** Limits of ICMP errors: for the whole stack, and for each destination. RFC 1812 section 4.3.2.8, RFC 4443 section 2.4. */
export class IcmpLimits {
  #credit = -1
  #stamp = 0
  readonly #peers = new Map<string, Peer>()

  /** Linux: icmp_global_allow: a bucket of `icmp_msgs_burst`, filled by `icmp_msgs_per_sec`, whose cost is one on average. */
  allowGlobal(net: NetStack): boolean {
    const ms = Math.floor(net.now / 1000)
    const { icmp_msgs_per_sec: rate, icmp_msgs_burst: burst } = net.sysctl
    if (this.#credit < 0) this.#credit = burst
    if (this.#credit < 1 || ms - this.#stamp >= 20) {
      const elapsed = Math.min(ms - this.#stamp, 1000)
      const grown = Math.floor((rate * elapsed) / 1000)
      if (grown > 0) {
        this.#stamp = ms
        this.#credit = Math.min(this.#credit + grown, burst)
      }
    }
    if (this.#credit < 1) {
      net.mib[MIB.IcmpOutRateLimitGlobal]!++
      return false
    }
    this.#credit = Math.max(0, this.#credit - (net.random.u32() % 3))
    return true
  }

  /** Linux: inet_peer_xrlim_allow: one message in `timeout` ms, six saved up. */
  allowPeer(net: NetStack, to: IpAddress, timeout: number, counter: number): boolean {
    if (timeout === 0) return true
    const ms = Math.floor(net.now / 1000)
    const key = to.toString()
    let peer = this.#peers.get(key)
    if (peer === undefined) {
      if (this.#peers.size >= PEER_LIMIT) for (const oldest of this.#peers.keys()) if (this.#peers.delete(oldest)) break
      peer = { tokens: BURST_FACTOR * timeout, last: ms }
      this.#peers.set(key, peer)
    }
    peer.tokens = Math.min(peer.tokens + ms - peer.last, BURST_FACTOR * timeout)
    peer.last = ms
    if (peer.tokens < timeout) {
      net.mib[counter]!++
      return false
    }
    peer.tokens -= timeout
    return true
  }
}
