import { EINVAL, ENOENT } from '../../abi/errno.js'
import { bytesOf } from '../../base/bytes.js'
import { AF, IPPROTO, TCP_STATES } from '../../abi/flags/sockets.js'
import { writeAddress, type IpAddress } from '../../net/address.js'
import { TCP } from '../../net/sock.js'
import type { NetStack } from '../../net/stack.js'
import { RequestSock } from '../../net/tcp/request-sock.js'
import { TcpSock } from '../../net/tcp/tcp-sock.js'
import { TimeWaitSock } from '../../net/tcp/time-wait-sock.js'
import type { UnixLayer } from '../unix/layer.js'
import type { UnixSocket } from '../unix/unix-socket.js'
import { Builder, type NetlinkRequest } from './message.js'
import type { NetlinkAnswer } from './netlink-socket.js'

/** Linux: include/uapi/linux/sock_diag.h, inet_diag.h, unix_diag.h. */
const SOCK_DIAG_BY_FAMILY = 20
const INET_DIAG = { MEMINFO: 1, SHUTDOWN: 8, SKV6ONLY: 11 } as const
const UNIX_DIAG = { NAME: 0, VFS: 1, PEER: 2, ICONS: 3, RQLEN: 4, MEMINFO: 5, SHUTDOWN: 6, UID: 7 } as const
const SHOW = { NAME: 1, VFS: 2, PEER: 4, ICONS: 8, RQLEN: 0x10, MEMINFO: 0x20, UID: 0x40 } as const
/** sizeof(struct inet_diag_req_v2), and of struct unix_diag_req. */
const INET_REQUEST = 56
const UNIX_REQUEST = 24

interface Ends {
  readonly family: 4 | 6
  readonly local: IpAddress
  readonly remote: IpAddress
  readonly localPort: number
  readonly remotePort: number
  readonly boundDevice: number
}

/** struct inet_diag_sockid. Ports and addresses are in network order. */
function sockId(builder: Builder, { family, local, remote, localPort, remotePort, boundDevice }: Ends, cookie: number): Builder {
  const address = (of: IpAddress): Uint8Array => {
    const out = new Uint8Array(16)
    writeAddress(of, out, 0)
    return family === 4 ? out.fill(0, 4) : out
  }
  return builder.u8(localPort >> 8, localPort, remotePort >> 8, remotePort).bytes(address(local)).bytes(address(remote)).u32(boundDevice, cookie, 0)
}

interface Shown {
  readonly state: number
  readonly receiveQueue: number
  readonly sendQueue: number
  readonly uid: number
  readonly inode: number
}

function inetBody(of: Ends, shown: Shown, cookie: number, shutdown: number, v6Only: boolean | null): Uint8Array {
  const builder = new Builder().u8(of.family === 4 ? AF.AF_INET : AF.AF_INET6, shown.state, 0, 0)
  sockId(builder, of, cookie).u32(0, shown.receiveQueue, shown.sendQueue, shown.uid, shown.inode)
  builder.attribute(INET_DIAG.SHUTDOWN, [shutdown])
  return v6Only === null ? builder.result : builder.attribute(INET_DIAG.SKV6ONLY, [v6Only ? 1 : 0]).result
}

function tcpBody(entry: unknown): { readonly state: number; readonly family: 4 | 6; readonly body: Uint8Array } | null {
  if (entry instanceof TcpSock) {
    const listens = entry.state === TCP.LISTEN
    const receiveQueue = listens ? entry.ackBacklog : Math.max(0, (entry.tcb.rcvNxt - entry.tcb.copiedSeq) | 0)
    const sendQueue = listens ? entry.maxAckBacklog : (entry.tcb.writeSeq - entry.tcb.sndUna) | 0
    const shown = { state: entry.state, receiveQueue, sendQueue, uid: entry.uid, inode: entry.inode }
    return { state: entry.state, family: entry.family, body: inetBody(entry, shown, entry.id, entry.shutdown, entry.family === 6 ? entry.options.v6Only : null) }
  }
  const nobody = { receiveQueue: 0, sendQueue: 0, uid: 0, inode: 0 }
  if (entry instanceof TimeWaitSock) return { state: entry.state, family: entry.family, body: inetBody(entry, { ...nobody, state: entry.state }, entry.id, 0, null) }
  if (!(entry instanceof RequestSock)) return null
  return { state: TCP.SYN_RECV, family: entry.family, body: inetBody({ family: entry.family, local: entry.local, remote: entry.remote, localPort: entry.localPort, remotePort: entry.remotePort, boundDevice: 0 }, { ...nobody, state: TCP.SYN_RECV }, 0, 0, null) }
}

/** Sockets of TCP and UDP in the wanted states. Linux: inet_diag_dump_icsk, udp_diag_dump. */
function inetDump(net: NetStack, body: Uint8Array): NetlinkAnswer {
  if (body.length < INET_REQUEST) return -EINVAL
  const states = new DataView(body.buffer, body.byteOffset, body.length).getUint32(4, true)
  const wanted = body[0] === AF.AF_INET ? 4 : 6
  const bodies: Uint8Array[] = []
  if (body[1] === IPPROTO.IPPROTO_TCP) {
    for (const entry of [...net.tcp.listeners(), ...net.tcp.connections()]) {
      const found = tcpBody(entry)
      if (found !== null && found.family === wanted && (states & (1 << found.state)) !== 0) bodies.push(found.body)
    }
  } else if (body[1] === IPPROTO.IPPROTO_UDP) {
    for (const sk of net.udp.sockets()) {
      if (sk.family !== wanted || (states & (1 << sk.state)) === 0) continue
      const shown = { state: sk.state, receiveQueue: sk.rmemAlloc, sendQueue: sk.wmemQueued, uid: sk.uid, inode: sk.inode }
      bodies.push(inetBody(sk, shown, sk.id, sk.shutdown, wanted === 6 ? sk.options.v6Only : null))
    }
  } else return -ENOENT
  return { type: SOCK_DIAG_BY_FAMILY, bodies, multi: true }
}

const inodeOf = (socket: UnixSocket): number => socket.file?.inode.ino ?? 0

/** Linux: sk_diag_fill of net/unix/diag.c. */
function unixBody(socket: UnixSocket, show: number): Uint8Array {
  const builder = new Builder().u8(AF.AF_UNIX, socket.type, socket.state, 0).u32(inodeOf(socket), socket.cookie(), 0)
  const { address, peer } = socket
  if ((show & SHOW.NAME) !== 0 && address !== null) builder.attribute(UNIX_DIAG.NAME, bytesOf(address.name))
  if ((show & SHOW.VFS) !== 0 && address?.inode != null) builder.attribute(UNIX_DIAG.VFS, new Builder().u32(address.inode.ino, address.inode.sb.dev).result)
  if ((show & SHOW.PEER) !== 0 && peer !== null) builder.attribute32(UNIX_DIAG.PEER, inodeOf(peer))
  if ((show & SHOW.ICONS) !== 0 && socket.listening) {
    const waiting = new Builder()
    for (const { connection } of socket.messages) if (connection?.peer != null) waiting.u32(inodeOf(connection.peer))
    builder.attribute(UNIX_DIAG.ICONS, waiting.result)
  }
  if ((show & SHOW.RQLEN) !== 0) {
    const [queued, room] = socket.listening ? [socket.messages.length, socket.maxAckBacklog] : [socket.messages.reduce((sum, { bytes, at }) => sum + bytes.length - at, 0), socket.wmem]
    builder.attribute(UNIX_DIAG.RQLEN, new Builder().u32(queued, room).result)
  }
  if ((show & SHOW.UID) !== 0) builder.attribute32(UNIX_DIAG.UID, socket.file?.inode.uid ?? 0)
  return builder.attribute(UNIX_DIAG.SHUTDOWN, [socket.shutdown]).result
}

function unixDump(layer: UnixLayer, body: Uint8Array): NetlinkAnswer {
  if (body.length < UNIX_REQUEST) return -EINVAL
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  const [states, show] = [view.getUint32(4, true), view.getUint32(12, true)]
  const wanted = [...layer.sockets].filter((socket) => socket.file !== null && (states & (1 << socket.state)) !== 0 && socket.state !== TCP_STATES.TCP_NEW_SYN_RECV)
  return { type: SOCK_DIAG_BY_FAMILY, bodies: wanted.map((socket) => unixBody(socket, show)), multi: true }
}

/** Serves NETLINK_SOCK_DIAG: dumps of TCP, UDP and AF_UNIX sockets. Linux: sock_diag_rcv_msg. */
export function serveDiag(net: NetStack, layer: UnixLayer, { type, body }: NetlinkRequest): NetlinkAnswer {
  if (type !== SOCK_DIAG_BY_FAMILY || body.length < 2) return -EINVAL
  switch (body[0]) {
    case AF.AF_INET: case AF.AF_INET6: return inetDump(net, body)
    case AF.AF_UNIX: return unixDump(layer, body)
    default: return -ENOENT
  }
}
