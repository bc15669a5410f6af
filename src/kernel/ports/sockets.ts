import type { Task } from '../task.js'
import type { WaitQueue } from '../wait-queue.js'
import type { File, FileOps, IoBuffer } from './files.js'
import type { Token } from './token.js'

/** A control message without its header. */
export interface ControlData {
  readonly level: number
  readonly type: number
  readonly data: Uint8Array
}

/** Who sent something. Linux: struct ucred. */
export interface SocketCreds {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

/** A message to send, already in the kernel. Linux: struct msghdr. */
export interface Outgoing {
  readonly data: IoBuffer
  /** MSG_* */
  readonly flags: number
  /** The destination as the caller gave it, family first; null where there is none. */
  readonly name: Uint8Array | null
  readonly control: readonly ControlData[]
  /** Bytes that an earlier run of the same call has sent. */
  readonly sent: number
}

/** A message to receive; the socket fills the rest in. Linux: struct msghdr with struct scm_cookie. */
export interface Incoming {
  readonly data: IoBuffer
  /** MSG_* asked for. */
  readonly flags: number
  /** MSG_* as they come back. */
  outFlags: number
  /** The sender's address; null where the protocol tells none. */
  name: Uint8Array | null
  readonly control: ControlData[]
  /** Open files that came along, each with a reference that the receiver takes over. */
  files: File[] | null
  /** Credentials of what was received so far by a call that goes on; null before. */
  creds: SocketCreds | null
  /** The call ends here though less came than was asked for: what follows is of another kind. */
  ended: boolean
}

/** What a call on a socket may wait for. */
export type SocketWait = 'read' | 'write' | 'connect' | 'accept'

/**
 * A socket: what an open file of it does, and the calls of its own. Nothing waits here: what cannot go on returns
 * -EAGAIN (connect: -EINPROGRESS or -EALREADY), and the system call waits on {@link SocketOps.waits}. Linux: struct
 * socket with struct proto_ops.
 */
export interface SocketOps extends FileOps {
  /** AF_*, SOCK_* and IPPROTO_* it was made with. */
  readonly family: number
  readonly type: number
  readonly protocol: number
  /** Nanoseconds that a receive or accept, and a send or connect, may wait; Infinity for ever. */
  readonly receiveTimeout: number
  readonly sendTimeout: number
  /** SO_RCVLOWAT of a stream; 1 for others. */
  readonly lowWater: number
  /** @param address as copied from the user: family first; its length is the caller's */
  bind: (task: Task, address: Uint8Array) => number
  connect: (task: Task, address: Uint8Array) => number
  listen: (task: Task, backlog: number) => number
  /** A new socket without a file yet, or -errno. @param mayWait the call would wait for -EAGAIN */
  accept: (task: Task, mayWait: boolean) => SocketOps | number
  /** Its own address, and the peer's; -errno. */
  getName: () => Uint8Array | number
  getPeer: () => Uint8Array | number
  /** The address that accept tells: the peer's, even of a connection that has ended since. */
  getAcceptedPeer: () => Uint8Array | number
  send: (task: Task, message: Outgoing) => number
  receive: (task: Task, message: Incoming) => number
  /** @param how SHUT_* */
  shutDown: (how: number) => number
  /** Whether it has options of a level (SOL_*): what is asked of others is refused before anything of the caller's is read. */
  hasLevel: (level: number) => boolean
  /**
   * @param value the bytes that could be read, at most `length`
   * @param length as the caller says
   */
  setOption: (task: Task, level: number, name: number, value: Uint8Array, length: number) => number
  /**
   * The option's bytes, cut to `length` where Linux cuts.
   *
   * @param given what the caller wrote there, as much as could be read; some options are questions
   */
  getOption: (task: Task, level: number, name: number, length: number, given: Uint8Array) => Uint8Array | number
  /** Queues that change when the wait may be over. */
  waits: (wait: SocketWait) => readonly WaitQueue[]
  /** A pending error, taken: SO_ERROR's value, negative, or 0. */
  takeError: () => number
  /** Sets a pending error, positive. */
  putError: (errno: number) => void
  /** The file around it was made. */
  attached: (file: File) => void
  /** Nobody got a file of it: everything is given back. */
  discard: () => void
}

/** The sockets of a machine. */
export interface SocketLayer {
  /** A new socket, or -errno: -EAFNOSUPPORT, -EINVAL, -EPROTONOSUPPORT, … Linux: __sock_create. */
  create: (task: Task, family: number, type: number, protocol: number) => SocketOps | number
  /** Two connected ones. */
  pair: (task: Task, family: number, type: number, protocol: number) => readonly [SocketOps, SocketOps] | number
  /** An open file of a socket; the caller's reference. Linux: sock_alloc_file. */
  open: (task: Task, socket: SocketOps, flags: number) => File
  /** net.core.somaxconn. */
  readonly somaxconn: number
  /** net.core.optmem_max: most bytes of control messages. */
  readonly optmemMax: number
  /** The socket behind an open file, or null. Linux: sock_from_file. */
  of: (file: File) => SocketOps | null
}

/** Token of the sockets. */
export const sockets: Token<'sockets', SocketLayer> = { key: 'sockets' }
