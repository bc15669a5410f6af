/**
 * Serves one run of packetdrill: src/net in virtual time behind the messages of shim.c.
 *
 *   node server.mjs FOLDER LOCAL_ADDRESS [MSS]     listens on FOLDER/stack, writes what shell lines read to FOLDER/{snmp,netstat,tcp,tcp6}
 */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { OPERATION, Request, answer } from './protocol.js'
import { Simulation } from './simulation.js'

const [, , folder, localAddress, segmentSize] = process.argv
if (folder === undefined || localAddress === undefined) throw new Error('usage: server.mjs FOLDER LOCAL_ADDRESS')

/** How often and how long, in ms, to look for a call of packetdrill's second thread that sends what its first one waits for already. */
const PATIENCE = 20, PAUSE = 10

let simulation: Simulation | null = null
/** Milliseconds that the other thread's call gets before time moves on to the next timer. */
const MOMENT = 3

/** Goes on when the event loop has looked at its sockets `rounds` times: timers come before them. */
function afterInput(then: () => void, rounds: number): void {
  if (rounds === 0) then()
  else setImmediate(() => afterInput(then, rounds - 1))
}

/** The next packet; where there is none, the other thread's call may still be on its way. */
function receive(running: Simulation, reply: (result: number, now: number, extras?: Parameters<typeof answer>[2]) => void, patience: number): void {
  const packet = running.nextPacket()
  if (packet !== null) reply(packet.bytes.length, running.time, [packet.time, packet.bytes])
  else if (patience === 0) reply(0, running.time)
  else setTimeout(() => receive(running, reply, patience - 1), PAUSE)
}

function serve(request: Request, reply: (result: number, now: number, extras?: Parameters<typeof answer>[2]) => void): void {
  if (request.operation === OPERATION.INIT) simulation = new Simulation(request.now, localAddress!, Number(segmentSize ?? 0))
  if (simulation === null) return reply(-1, request.now)
  const running = simulation
  running.advanceTo(request.now)
  switch (request.operation) {
    case OPERATION.INIT:
    case OPERATION.CONFIGURE:
      for (const [name, text] of Object.entries(running.counters())) writeFileSync(`${folder}/${name}`, text)
      if (existsSync(`${folder}/flush`)) {
        rmSync(`${folder}/flush`)
        running.forgetPeers()
      }
      running.configure()
      return reply(0, running.time)
    case OPERATION.FREE: return reply(0, running.time)
    case OPERATION.USLEEP: return reply(running.waiting > 0 ? 1 : 0, running.time)
    case OPERATION.NETDEV_SEND:
      running.inject(Uint8Array.from(request.blob() ?? []))
      return reply(0, running.time)
    case OPERATION.NETDEV_RECEIVE:
      if (running.packets > 0) receive(running, reply, PATIENCE)
      else setTimeout(() => afterInput(() => receive(running, reply, PATIENCE), 3), MOMENT)
      return
    default: running.call(request, (result, extras) => reply(result, running.time, extras))
  }
}

/** Connections of packetdrill's threads; with the last one the run is over. */
let connections = 0

function connection(socket: Socket): void {
  const main = connections++ === 0
  socket.on('close', () => {
    if (--connections === 0) process.exit(0)
  })
  let pending: Buffer = Buffer.alloc(0)
  socket.on('data', (data) => {
    pending = pending.length === 0 ? data : Buffer.concat([pending, data])
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32LE(0)) {
      const end = 4 + pending.readUInt32LE(0)
      const request = new Request(pending.subarray(4, end))
      pending = pending.subarray(end)
      const run = (): void => serve(request, (result, now, extras = []) => socket.write(answer(result, now, extras)))
      // the main thread goes on when the other one's request is written: that comes first, even by a new connection
      if (main) afterInput(run, 2)
      else run()
    }
  })
  socket.on('error', () => socket.destroy())
}

// the name appears when the socket listens, not when it is bound
const server = createServer(connection)
server.listen(`${folder}/stack.new`, () => renameSync(`${folder}/stack.new`, `${folder}/stack`))
