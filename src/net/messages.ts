import { SO, SOL } from '../abi/flags/sockets.js'
import { type IpAddress, asFamily, writeAddress } from './address.js'
import type { ControlMessage, ReceiveMessage, Sock } from './sock.js'
import type { NetStack } from './stack.js'
import { put32 } from './wire/bytes.js'

/** Bits of a socket's `timestamp`: SO_TIMESTAMP, SO_TIMESTAMPNS, and that the messages are those of the options with 64-bit time. */
export const STAMP = { MICRO: 1, NANO: 2, NEW: 4 } as const

/** Words of 32 bits, little endian, as the guest's memory has them. */
export function words(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => view.setInt32(i * 4, value, true))
  return new Uint8Array(view.buffer)
}

/** Reads an int of at least four bytes; one byte counts as itself, as Linux's IP options read it; none is 0. */
export function intOf(bytes: Uint8Array): number {
  if (bytes.length >= 4) return bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)
  return bytes.length > 0 ? bytes[0]! : 0
}

/** struct sockaddr_in or sockaddr_in6 of an address; `port` in host order. */
export function sockaddr(family: 4 | 6, address: IpAddress | null, port: number, scope = 0): Uint8Array {
  const out = new Uint8Array(family === 4 ? 16 : 28)
  if (address === null) return out
  out[0] = family === 4 ? 2 : 10
  out[2] = port >>> 8
  out[3] = port
  if (family === 4) put32(out, 4, address.d)
  else {
    writeAddress(asFamily(address, 6), out, 8)
    out[24] = scope
  }
  return out
}

/** Seconds and nanoseconds since 1970 of a time of the stack's clock in µs. */
export function wallTime(net: NetStack, us: number): readonly [seconds: number, nanoseconds: number] {
  const { bootTime } = net.clock
  const ns = bootTime.nanoseconds + (us % 1e6) * 1000
  return [bootTime.seconds + Math.floor(us / 1e6) + Math.floor(ns / 1e9), Math.floor(ns % 1e9)]
}

/** A control message, if the caller wants any. */
export function putControl(message: ReceiveMessage, level: number, type: number, data: Uint8Array): void {
  if (message.wantsControl) message.control.push({ level, type, data })
}

/** struct scm_timestamping with a software time, of 64-bit timespecs. */
export function putTimestamping(sk: Sock, message: ReceiveMessage, us: number): void {
  const [seconds, nanoseconds] = wallTime(sk.net, us)
  const type = (sk.options.timestamp & STAMP.NEW) !== 0 ? SO.SO_TIMESTAMPING_NEW : SO.SO_TIMESTAMPING_OLD
  putControl(message, SOL.SOL_SOCKET, type, words(seconds, Math.floor(seconds / 4294967296), nanoseconds, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}

const RX_SOFTWARE = 8, SOFTWARE = 0x10

/** The times that SO_TIMESTAMP, SO_TIMESTAMPNS and SO_TIMESTAMPING tell of a received packet. Linux: __sock_recv_timestamp. */
export function putTimestamps(sk: Sock, message: ReceiveMessage, us: number): void {
  const { timestamp, timestamping } = sk.options
  if ((timestamp & (STAMP.MICRO | STAMP.NANO)) !== 0) {
    const [seconds, nanoseconds] = wallTime(sk.net, us)
    const nano = (timestamp & STAMP.NANO) !== 0, later = (timestamp & STAMP.NEW) !== 0
    const type = nano ? (later ? SO.SO_TIMESTAMPNS_NEW : SO.SO_TIMESTAMPNS_OLD) : later ? SO.SO_TIMESTAMP_NEW : SO.SO_TIMESTAMP_OLD
    putControl(message, SOL.SOL_SOCKET, type, words(seconds, Math.floor(seconds / 4294967296), nano ? nanoseconds : Math.floor(nanoseconds / 1000), 0))
  }
  if ((timestamping & SOFTWARE) !== 0 && (timestamping & RX_SOFTWARE) !== 0) putTimestamping(sk, message, us)
}

/** Finds the last control message of a level and type. */
export function findControl(control: readonly ControlMessage[], level: number, type: number): ControlMessage | null {
  let found: ControlMessage | null = null
  for (const message of control) if (message.level === level && message.type === type) found = message
  return found
}
