import type { Sock } from './sock.js'

/** The sockets of a protocol by port (UDP), identifier (ping) or protocol number (raw). Linux: struct udp_table, ping_table, raw_hashinfo. */
export class SocketTable<S extends Sock> {
  readonly #byPort = new Map<number, S[]>()
  /** Last port handed out, where they go up. Linux: ping_port_rover. */
  rover = 0

  /** Adds a socket at its local port, before or behind those that are there. */
  add(sk: S, behind: boolean): void {
    const list = this.#byPort.get(sk.localPort)
    if (list === undefined) this.#byPort.set(sk.localPort, [sk])
    else if (behind) list.push(sk)
    else list.unshift(sk)
  }

  /** Takes a socket out; nothing happens when it is not in. */
  remove(sk: S): void {
    const list = this.#byPort.get(sk.localPort)
    const at = list?.indexOf(sk) ?? -1
    if (list === undefined || at < 0) return
    list.splice(at, 1)
    if (list.length === 0) this.#byPort.delete(sk.localPort)
  }

  /** The sockets of a port. */
  at(port: number): readonly S[] {
    return this.#byPort.get(port) ?? []
  }

  /** Every socket, by port. */
  *sockets(): Generator<S> {
    for (const port of [...this.#byPort.keys()].sort((a, b) => a - b)) yield* this.#byPort.get(port)!
  }
}
