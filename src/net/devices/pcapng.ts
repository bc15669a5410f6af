import { bytesOf } from '../../base/bytes.js'
import type { SkBuff } from '../skb.js'
import type { NetStack } from '../stack.js'
import { packetBytes } from '../ip/kinds.js'
import type { NetDevice } from './device.js'

/** Types of blocks. draft-ietf-opsawg-pcapng sections 4.1, 4.2, 4.3. */
const SECTION = 0x0a0d0d0a
const INTERFACE = 1
const ENHANCED_PACKET = 6
/** LINKTYPE_RAW: packets begin with the IP header. */
const RAW = 101

function option(code: number, value: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + ((value.length + 3) & ~3))
  const view = new DataView(out.buffer)
  view.setUint16(0, code, true)
  view.setUint16(2, value.length, true)
  out.set(value, 4)
  return out
}

function block(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + ((part.length + 3) & ~3), 12)
  const out = new Uint8Array(length)
  const view = new DataView(out.buffer)
  view.setUint32(0, type, true)
  view.setUint32(4, length, true)
  let at = 8
  for (const part of parts) {
    out.set(part, at)
    at += (part.length + 3) & ~3
  }
  view.setUint32(length - 4, length, true)
  return out
}

const words = (...values: number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => view.setUint32(i * 4, value >>> 0, true))
  return new Uint8Array(view.buffer)
}

/**
 * Writes packets of devices as a pcapng file, which Wireshark and tshark read. The bytes go to `sink` block by block; the
 * first are the file's header. On loopback each packet is written once, as Linux's captures show it.
 *
 * @example
 * const capture = new PcapngWriter(net, (bytes) => stream.write(bytes))
 * capture.add(net.loopback)
 */
export class PcapngWriter {
  readonly #net: NetStack
  readonly #sink: (bytes: Uint8Array) => void
  #interfaces = 0

  constructor(net: NetStack, sink: (bytes: Uint8Array) => void) {
    this.#net = net
    this.#sink = sink
    // byte order magic, version 1.0, length of the section unknown
    sink(block(SECTION, words(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff), option(4, bytesOf('syscallkit')), option(0, bytesOf(''))))
  }

  /** Captures a device from now on. */
  add(device: NetDevice): void {
    const index = this.#interfaces++
    const head = new Uint8Array(8)
    new DataView(head.buffer).setUint16(0, RAW, true)
    this.#sink(block(INTERFACE, head, option(2, bytesOf(device.name)), option(9, Uint8Array.of(6)), option(0, bytesOf(''))))
    device.tap = (skb, incoming) => {
      if (incoming || !device.isLoopback) this.#write(index, skb, incoming)
    }
  }

  /** Ends the capture of a device. */
  remove(device: NetDevice): void {
    device.tap = null
  }

  #write(index: number, skb: SkBuff, incoming: boolean): void {
    const { bootTime } = this.#net.clock
    const us = bootTime.seconds * 1e6 + Math.floor(bootTime.nanoseconds / 1000) + this.#net.now
    const bytes = packetBytes(skb)
    const head = words(index, Math.floor(us / 4294967296), us % 4294967296, bytes.length, bytes.length)
    this.#sink(block(ENHANCED_PACKET, head, bytes, option(2, words(incoming ? 1 : 2)), option(0, bytesOf(''))))
  }
}
