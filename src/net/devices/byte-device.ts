import { releasePayload, type SkBuff } from '../skb.js'
import { emitPacket } from '../wire/packet.js'
import { IFF, NetDevice } from './device.js'

/** Options of a {@link ByteDevice}. */
export interface ByteDeviceOptions {
  readonly name: string
  /** Default 1500. */
  readonly mtu?: number
  /** Takes the bytes of each packet that leaves. */
  readonly transmit: (packet: Uint8Array) => void
}

/**
 * A point-to-point device that speaks bytes, such as TUN: packets leave as IP packets with checksums; give those that
 * come to {@link NetStack.receive}.
 *
 * @example
 * const tun = net.addDevice(new ByteDevice({ name: 'tun0', transmit: (bytes) => write(fd, bytes) }))
 */
export class ByteDevice extends NetDevice {
  readonly #transmit: (packet: Uint8Array) => void

  constructor(options: ByteDeviceOptions) {
    super(options.name, options.mtu ?? 1500, IFF.UP | IFF.POINTOPOINT | IFF.NOARP | IFF.RUNNING | IFF.MULTICAST | IFF.LOWER_UP)
    this.#transmit = options.transmit
  }

  transmit(skb: SkBuff): void {
    this.#transmit(emitPacket(skb))
    releasePayload(skb)
  }
}
