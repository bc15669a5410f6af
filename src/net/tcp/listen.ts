import type { TcpSock } from './tcp-sock.js'

/** listen(2) of a stream socket. @param backlog clamped already. @returns 0, -EINVAL, -EADDRINUSE. Linux: inet_listen */
export function inetListen(_sk: TcpSock, _backlog: number): number {
  return 0
}

/** A listener closes: its requests and unaccepted children end. Linux: inet_csk_listen_stop. */
export function inetCskListenStop(_sk: TcpSock): void {
  // filled in below
}
