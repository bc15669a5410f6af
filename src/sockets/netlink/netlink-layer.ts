import { EADDRINUSE, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '../../abi/errno.js'
import { NETLINK, SOCK } from '../../abi/flags/sockets.js'
import type { NetStack } from '../../net/stack.js'
import type { SocketLimits, UnixLayer } from '../unix/layer.js'
import { serveDiag } from './diag.js'
import { NetlinkSocket, type NetlinkHandler } from './netlink-socket.js'
import { serveRoute } from './route.js'

/** Ports of AF_NETLINK and the protocols behind it. */
export class NetlinkLayer {
  readonly net: NetStack
  readonly unix: UnixLayer
  readonly limits: SocketLimits
  /** Bound sockets, by protocol and port. */
  readonly ports = new Map<string, NetlinkSocket>()

  constructor(net: NetStack, unix: UnixLayer) {
    this.net = net
    this.unix = unix
    this.limits = unix.limits
  }

  key(protocol: number, port: number): string {
    return `${protocol}:${port}`
  }
  nextCookie(): number {
    return this.unix.nextCookie()
  }

  /** Linux: netlink_create. */
  create(type: number, protocol: number): NetlinkSocket | number {
    if (type !== SOCK.SOCK_RAW && type !== SOCK.SOCK_DGRAM) return -ESOCKTNOSUPPORT
    const serve = this.handler(protocol)
    return serve === null ? -EPROTONOSUPPORT : new NetlinkSocket(this, type, protocol, serve)
  }

  private handler(protocol: number): NetlinkHandler | null {
    switch (protocol) {
      case NETLINK.NETLINK_ROUTE: return (request, task) => serveRoute(this.net, request, task)
      case NETLINK.NETLINK_SOCK_DIAG: return (request) => serveDiag(this.net, this.unix, request)
      default: return null
    }
  }

  /** Gives a socket a port: `wanted`, or for 0 the process's id, or when that is taken one of the upper half. Linux: netlink_autobind. */
  bind(socket: NetlinkSocket, wanted: number, tgid: number): number {
    const { protocol } = socket
    let port = wanted !== 0 ? wanted : tgid
    if (wanted !== 0 && this.ports.has(this.key(protocol, port))) return -EADDRINUSE
    while (this.ports.has(this.key(protocol, port))) port = (0x80000000 | this.net.random.u32()) >>> 0
    socket.port = port
    this.ports.set(this.key(protocol, port), socket)
    return 0
  }
}
