import { SO, SOL } from '../abi/flags/sockets.js'
import type { ControlMessage, Sock } from './sock.js'

const SOF_SOFTWARE = 0x10

function put64(out: Uint8Array, at: number, value: number): void {
  new DataView(out.buffer).setBigInt64(at, BigInt(value), true)
}

/** Wall time of a moment of the stack's clock, as two 64-bit numbers: seconds, and nanoseconds or microseconds. @param us of the clock */
function wallTime(sk: Sock, us: number, out: Uint8Array, at: number, micro: boolean): void {
  const boot = sk.net.clock.bootTime
  const ns = boot.nanoseconds + (us % 1_000_000) * 1000
  put64(out, at, boot.seconds + Math.floor(us / 1_000_000) + Math.floor(ns / 1e9))
  put64(out, at + 8, micro ? Math.floor((ns % 1e9) / 1000) : ns % 1e9)
}

/**
 * Control messages with the time of a packet, in the forms that the socket asked for: SO_TIMESTAMP or SO_TIMESTAMPNS, and
 * SCM_TIMESTAMPING (three struct timespec of 64 bits). Linux: sock_recv_timestamp, tcp_recv_timestamp.
 *
 * @param us when it came or left, µs of the stack's clock
 */
export function receiveTimestamps(sk: Sock, us: number, control: ControlMessage[]): void {
  const { timestamp, timestamping } = sk.options
  if (timestamp !== 0) {
    const data = new Uint8Array(16)
    wallTime(sk, us, data, 0, timestamp === 1)
    control.push({ level: SOL.SOL_SOCKET, type: timestamp === 1 ? SO.SO_TIMESTAMP_OLD : SO.SO_TIMESTAMPNS_OLD, data })
  }
  if (timestamping & SOF_SOFTWARE) {
    const data = new Uint8Array(48)
    wallTime(sk, us, data, 0, false)
    control.push({ level: SOL.SOL_SOCKET, type: SO.SO_TIMESTAMPING_OLD, data })
  }
}
