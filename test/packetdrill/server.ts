/**
 * Serves one run of packetdrill: src/net in virtual time behind the messages of shim.c.
 *
 *   node server.mjs FOLDER LOCAL_ADDRESS     listens on FOLDER/stack, writes the counters to FOLDER/{snmp,netstat}
 */
import { writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { OPERATION, Request, answer } from './protocol.js'
import { Simulation } from './simulation.js'

const [, , folder, localAddress] = process.argv
if (folder === undefined || localAddress === undefined) throw new Error('usage: server.mjs FOLDER LOCAL_ADDRESS')

let simulation: Simulation | null = null

function serve(request: Request, reply: (result: number, now: number, extras?: Parameters<typeof answer>[2]) => void): void {
  if (request.operation === OPERATION.INIT) simulation = new Simulation(request.now, localAddress!)
  if (simulation === null) return reply(-1, request.now)
  const running = simulation
  running.advanceTo(request.now)
  switch (request.operation) {
    case OPERATION.INIT:
    case OPERATION.CONFIGURE:
      for (const [name, text] of Object.entries(running.counters())) writeFileSync(`${folder}/${name}`, text)
      running.configure()
      return reply(0, running.time)
    case OPERATION.FREE: return reply(0, running.time)
    case OPERATION.USLEEP: return reply(running.waiting > 0 ? 1 : 0, running.time)
    case OPERATION.NETDEV_SEND:
      running.inject(Uint8Array.from(request.blob() ?? []))
      return reply(0, running.time)
    case OPERATION.NETDEV_RECEIVE: {
      const packet = running.nextPacket()
      return packet === null ? reply(0, running.time) : reply(packet.bytes.length, running.time, [packet.time, packet.bytes])
    }
    default: running.call(request, (result, extras) => reply(result, running.time, extras))
  }
}

function connection(socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0)
  socket.on('data', (data) => {
    pending = pending.length === 0 ? data : Buffer.concat([pending, data])
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32LE(0)) {
      const end = 4 + pending.readUInt32LE(0)
      const request = new Request(pending.subarray(4, end))
      pending = pending.subarray(end)
      serve(request, (result, now, extras = []) => socket.write(answer(result, now, extras)))
    }
  })
  socket.on('error', () => socket.destroy())
}

createServer(connection).listen(`${folder}/stack`)
