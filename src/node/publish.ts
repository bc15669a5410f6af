import { createServer, type Server, type Socket } from 'node:net'
import { SyscallkitError } from '../base/errors.js'
import type { Machine } from '../machine/machine.js'
import { ipv4 } from '../net/address.js'
import { type HostConnection, HostSockets } from '../net/host-socket.js'
import { netOf } from '../sockets/create-sockets.js'

/** A port of the host that leads to one of the guest. */
export interface PublishedPort {
  /** Host's address; default 127.0.0.1. */
  readonly address?: string
  /** Host's port; 0 chooses a free one. */
  readonly host: number
  /** Guest's port, reached at its 127.0.0.1. */
  readonly guest: number
}

/** Ports that are open on the host. */
export interface Publication {
  /** The host's ports, in the order of the request. */
  readonly ports: readonly number[]
  /** Closes the listeners and their connections. */
  close: () => void
}

/** Bytes that may wait for a slow host before the guest is no longer read: its window then closes. */
const PENDING = 1 << 20

/**
 * Forwards connections to ports of the host into the machine: each becomes a connection to the guest's server, as a port
 * forward of a container does. A guest that listens later is reached from then on; until then the host's peer is reset.
 *
 * @throws SyscallkitError when a port of the host cannot be had, or the machine was composed without sockets
 * @example
 * const { ports } = await publish(machine, [{ host: 8080, guest: 80 }])
 */
export async function publish(machine: Machine, list: readonly PublishedPort[]): Promise<Publication> {
  const net = netOf(machine.kernel)
  if (net === null) throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', 'publish: the machine has no sockets', { hint: 'Compose it with createSockets().' })
  const host = new HostSockets(net)
  const open = new Set<Socket>()
  const servers: Server[] = []
  const close = (): void => {
    for (const server of servers) server.close()
    for (const socket of open) socket.destroy()
    if (servers.length > 0) machine.kernel.hostSources--
    servers.length = 0
  }
  machine.kernel.hostSources++ // a guest that waits for connections waits for the host
  try {
    for (const { address = '127.0.0.1', host: port, guest } of list) {
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        open.add(socket)
        socket.on('close', () => open.delete(socket))
        net.refresh()
        forward(socket, host.connect({ address: ipv4(0x7f000001), port: guest }), () => machine.kernel.wakeHost())
      })
      servers.push(server)
      await listening(server, address, port)
    }
  } catch (error) {
    close()
    throw error
  }
  return { ports: servers.map(portOf), close }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function listening(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new SyscallkitError('ERR_SYSCALLKIT_PUBLISH', `publish: ${address}:${port}: ${error.message}`, { cause: error, hint: 'Choose another port of the host.' })))
    server.listen(port, address, () => resolve())
  })
}

/** Moves bytes both ways until both have ended; a reset of one side resets the other. */
function forward(socket: Socket, guest: HostConnection, wake: () => void): void {
  let waiting: Uint8Array | null = null
  let guestEnded = false, hostEnded = false, told = false, over = false
  const finish = (reset: boolean): void => {
    if (over) return
    over = true
    guest.close()
    if (reset) socket.resetAndDestroy()
    wake()
  }
  const toHost = (): void => {
    while (!guestEnded && socket.writableLength < PENDING) {
      const bytes = guest.read()
      if (typeof bytes === 'number') return finish(true)
      if (bytes === null) {
        guestEnded = true
        socket.end()
        if (hostEnded && waiting === null) finish(false)
        return
      }
      if (bytes.length === 0) return
      socket.write(bytes)
    }
  }
  const toGuest = (): void => {
    while (waiting !== null) {
      const taken = guest.write(waiting)
      if (taken < 0) return finish(true)
      if (taken === 0) return
      waiting = taken === waiting.length ? null : waiting.subarray(taken)
    }
    if (!hostEnded) socket.resume()
    else if (!told) {
      told = true // FIN goes once
      guest.end()
    }
  }
  guest.changed = () => {
    if (over) return
    if (guest.takeError() !== 0) return finish(true)
    if (!guest.connected) return
    toGuest()
    if (!over) toHost()
    if (guestEnded && hostEnded && waiting === null) finish(false)
  }
  const look = (): void => {
    guest.changed()
    wake()
  }
  socket.pause()
  socket.on('data', (data) => {
    socket.pause()
    waiting = Uint8Array.from(data)
    look()
  })
  socket.on('drain', look)
  socket.on('end', () => {
    hostEnded = true
    look()
  })
  socket.on('error', () => finish(false))
  socket.on('close', () => finish(false))
  look()
}
