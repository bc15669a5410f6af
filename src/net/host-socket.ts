import { EAGAIN, EINPROGRESS } from '../abi/errno.js'
import { POLL } from '../abi/flags/poll.js'
import { IPPROTO, MSG_FLAGS, SHUT, SOCK } from '../abi/flags/sockets.js'
import { SyscallkitError } from '../base/errors.js'
import type { Endpoint } from './address.js'
import { BytesSink, BytesSource } from './byte-io.js'
import { type Sock, TCP } from './sock.js'
import type { NetStack } from './stack.js'

const NO_WAIT = MSG_FLAGS.MSG_DONTWAIT | MSG_FLAGS.MSG_NOSIGNAL

/**
 * A TCP connection of the host's JavaScript over a stack: to a guest's server, to another machine, or from one. It never
 * waits; {@link HostConnection.changed} tells when something may have changed.
 */
export class HostConnection {
  readonly sock: Sock
  /** Called after anything changed that was not this connection's own doing: connected, bytes came, room was made, the peer closed, an error. */
  changed: () => void = () => {}
  /** A call of this connection is under way: what the stack tells meanwhile, the caller sees for himself. */
  private calling = false
  private readonly room = new Uint8Array(65_536)

  private readonly forget: (sock: Sock) => void

  /** Use {@link HostSockets.connect}. */
  constructor(sock: Sock, forget: (sock: Sock) => void) {
    this.sock = sock
    this.forget = forget
  }

  /** The handshake has ended well. */
  get connected(): boolean {
    return this.sock.state !== TCP.SYN_SENT && this.sock.state !== TCP.SYN_RECV && this.sock.state !== TCP.CLOSE
  }

  /** The errno that ended the connection, positive; 0: none. Asking takes it. */
  takeError(): number {
    const { error } = this.sock
    this.sock.error = 0
    return error
  }

  /** Gives bytes to the stack. Returns how many it took, 0 when there is no room now, or -errno. */
  write(bytes: Uint8Array): number {
    const result = this.call(() => this.sock.send({ data: new BytesSource(bytes), flags: NO_WAIT, to: null, control: [] }))
    return result === -EAGAIN ? 0 : result
  }

  /** The bytes that have come, at most 64 KiB; empty when none are there, null at the end, or -errno. */
  read(): Uint8Array | null | number {
    const data = new BytesSink(this.room)
    const result = this.call(() => this.sock.receive({ data, flags: MSG_FLAGS.MSG_DONTWAIT, wantsControl: false, outFlags: 0, from: null, control: [] }))
    if (result === -EAGAIN) return new Uint8Array(0)
    if (result < 0) return result
    return result === 0 ? null : this.room.slice(0, result)
  }

  /** Sends FIN after what was written; reading goes on. */
  end(): void {
    this.call(() => this.sock.shutDown(SHUT.SHUT_WR))
  }

  /** For {@link HostSockets}: the stack tells of the socket. */
  tell(): void {
    if (!this.calling) this.changed()
  }

  private call(operation: () => number): number {
    this.calling = true
    const result = operation()
    this.calling = false
    return result
  }

  /** Gives the connection up: nothing is read or told any more. */
  close(): void {
    this.forget(this.sock)
    this.sock.release()
  }
}

/** A listener of the host's JavaScript. */
export interface HostListener {
  readonly sock: Sock
  /** Where it listens; the port that was chosen when 0 was asked for. */
  readonly endpoint: Endpoint
  /** Ends it; connections that were accepted go on. */
  close: () => void
}

/**
 * The host's own sockets on a stack. Make one for a stack; what the stack tells of other sockets goes on to whoever had
 * set {@link NetStack.onReady} before.
 *
 * @example
 * const host = new HostSockets(net)
 * const connection = host.connect({ address: ipv4(0x7f000001), port: 80 })
 * connection.changed = () => console.log(connection.read())
 */
export class HostSockets {
  private readonly net: NetStack
  private readonly told = new Map<number, () => void>()

  constructor(net: NetStack) {
    this.net = net
    const others = net.onReady
    net.onReady = (sock, bits) => {
      const tell = this.told.get(sock.id)
      if (tell === undefined) others(sock, bits)
      else tell()
    }
  }

  /**
   * Connects to an address that the stack can reach.
   *
   * @throws SyscallkitError when the stack refuses at once: no route, no port left
   */
  connect(to: Endpoint): HostConnection {
    const connection = this.follow(this.make(to))
    const result = connection.sock.connect(to, 0)
    if (result < 0 && result !== -EINPROGRESS) throw refused('connect', to, result)
    return connection
  }

  /**
   * Listens at an address of the stack.
   *
   * @param accept called with each connection
   * @throws SyscallkitError when the address is in use or not the stack's own
   */
  listen(at: Endpoint, accept: (connection: HostConnection) => void, backlog = 128): HostListener {
    const sock = this.make(at)
    const result = sock.bind(at) || sock.listen(backlog)
    if (result < 0) throw refused('listen', at, result)
    this.told.set(sock.id, () => {
      if ((sock.poll() & POLL.POLLIN) === 0) return
      for (let child = sock.accept(); typeof child !== 'number'; child = sock.accept()) accept(this.follow(child))
    })
    return {
      sock, endpoint: sock.getName(),
      close: () => {
        this.told.delete(sock.id)
        sock.release()
      },
    }
  }

  private make(endpoint: Endpoint): Sock {
    const sock = this.net.socket(endpoint.address.family, SOCK.SOCK_STREAM, IPPROTO.IPPROTO_TCP)
    if (typeof sock === 'number') throw refused('socket', endpoint, sock)
    return sock
  }

  private follow(sock: Sock): HostConnection {
    const connection = new HostConnection(sock, ({ id }) => this.told.delete(id))
    this.told.set(sock.id, () => connection.tell())
    return connection
  }
}

function refused(what: string, { address, port }: Endpoint, errno: number): SyscallkitError {
  return new SyscallkitError('ERR_SYSCALLKIT_NET', `${what} ${address.toString()} port ${port}: errno ${-errno}`)
}
