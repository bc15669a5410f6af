import { EADDRINUSE } from '../../abi/errno.js'
import { dropInode } from '../../fs/inode.js'
import type { Kernel } from '../../kernel/kernel.js'
import type { File } from '../../kernel/ports/files.js'
import type { Inode } from '../../kernel/ports/fs.js'
import type { NetStack } from '../../net/stack.js'
import type { UnixSocket } from './unix-socket.js'

/** The address of a bound socket. Linux: struct unix_address. */
export interface UnixAddress {
  /** sun_path as bytes: a path with its NUL, or a NUL and an abstract name. */
  readonly name: string
  /** The file it is, for a path. */
  readonly inode: Inode | null
}

/** Sysctls that AF_UNIX and netlink look at. */
export interface SocketLimits {
  rmem_default: number
  wmem_default: number
  rmem_max: number
  wmem_max: number
  optmem_max: number
  somaxconn: number
  max_dgram_qlen: number
}

/** All AF_UNIX sockets of a machine. */
export class UnixLayer {
  readonly kernel: Kernel
  readonly limits: SocketLimits
  /** Whose interfaces ioctl(2) knows. */
  readonly net: NetStack
  /** Living sockets in the order of creation. */
  readonly sockets = new Set<UnixSocket>()
  /** Those with an open file. */
  readonly files = new Map<File, UnixSocket>()
  /** Abstract names, by type and name. */
  readonly names = new Map<string, UnixSocket>()
  /** Sockets by the file they are bound to. */
  readonly paths = new Map<Inode, UnixSocket>()
  /** Descriptors in messages that nobody has received, sockets among them, and by user. */
  inflightSockets = 0
  readonly inflightByUser = new Map<number, number>()
  private cookies = 0

  constructor(kernel: Kernel, net: NetStack) {
    this.kernel = kernel
    this.net = net
    this.limits = net.sysctl
  }

  /** Gives a socket an abstract name; names of different types of sockets are different. Linux: unix_bind_abstract. */
  bindName(socket: UnixSocket, name: string): number {
    const key = `${socket.type}:${name}`
    if (this.names.has(key)) return -EADDRINUSE
    this.names.set(key, socket)
    socket.address = { name, inode: null }
    return 0
  }

  /** The socket of an abstract name. */
  byName(type: number, name: string): UnixSocket | null {
    return this.names.get(`${type}:${name}`) ?? null
  }

  /** Forgets a socket's name. */
  unbind(socket: UnixSocket): void {
    const { address } = socket
    if (address === null) return
    const key = `${socket.type}:${address.name}`
    if (address.inode === null) {
      if (this.names.get(key) === socket) this.names.delete(key)
    } else if (this.paths.get(address.inode) === socket) {
      this.paths.delete(address.inode)
      dropInode(address.inode)
    }
  }

  /** A number for SO_COOKIE. */
  nextCookie(): number {
    return ++this.cookies
  }
}
