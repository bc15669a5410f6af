import type { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { IFF, NetDevice } from './device.js'

/** The device `lo`: what leaves comes in again, as it is and without checksums. Linux: drivers/net/loopback.c. */
export class LoopbackDevice extends NetDevice {
  readonly #net: NetStack

  constructor(net: NetStack) {
    super('lo', 65536, IFF.UP | IFF.LOOPBACK | IFF.RUNNING | IFF.LOWER_UP, 65536)
    this.#net = net
  }

  transmit(skb: SkBuff): void {
    this.#net.enqueue(this, skb)
  }
}
