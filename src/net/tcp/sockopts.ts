import type { TcpSock } from './tcp-sock.js'

/** setsockopt(2) of level SOL_TCP. @returns 0 or -errno. Linux: do_tcp_setsockopt */
export function tcpSetsockopt(_sk: TcpSock, _name: number, _value: Uint8Array): number {
  return -92
}

/** getsockopt(2) of level SOL_TCP. @returns the bytes, at most `length`, or -errno. Linux: do_tcp_getsockopt */
export function tcpGetsockopt(_sk: TcpSock, _name: number, _length: number): Uint8Array | number {
  return -92
}
