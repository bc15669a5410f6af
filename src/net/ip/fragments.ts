import type { Fragments } from '../protocol.js'
import type { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { walkExtensionHeaders } from './extension-headers.js'
import { fragmentPacket } from './fragment.js'
import { Reassembly } from './reassembly.js'

class IpFragments implements Fragments {
  readonly #net: NetStack
  readonly #reassembly: Reassembly

  constructor(net: NetStack) {
    this.#net = net
    this.#reassembly = new Reassembly(net)
  }

  get memory(): { readonly 4: number; readonly 6: number } {
    return this.#reassembly.memory
  }

  get count(): number {
    return this.#reassembly.count
  }

  receive(skb: SkBuff): SkBuff | null {
    if (skb.family === 6) return walkExtensionHeaders(this.#net, this.#reassembly, skb)
    return this.#reassembly.add(skb, (skb.fragment & 0x1fff) * 8, (skb.fragment & 0x2000) !== 0, skb.id, skb.start - skb.networkOffset)
  }

  split(skb: SkBuff, mtu: number): SkBuff[] {
    const { ip, random } = this.#net
    return fragmentPacket(skb, mtu, skb.family === 6 ? random.u32() : skb.id !== 0 || skb.fragment !== 0 ? skb.id : ip.nextId(1))
  }
}

/** Fragments of IPv4 and IPv6, and IPv6's extension headers, for a stack. */
export const fragments = (net: NetStack): Fragments => new IpFragments(net)
