#!/usr/bin/env node
/**
 * listen(2) made visible: runs fixtures/bin/ARCH/listen for each architecture. More clients connect than the backlog
 * allows; after each call of the server's life it prints strace's line, the listening hash and both queues, and at the end
 * the state changes. The packets go to build/demo-listen-ARCH.pcapng.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { spawnSync } from 'node:child_process'
import { PcapngWriter, TCP } from 'syscallkit/net'
import { createLinux } from 'syscallkit/presets/current'
import { netOf } from 'syscallkit/sockets'
import { attachStrace } from 'syscallkit/trace'
import { root } from './package-info.mjs'

const at = (path) => fileURLToPath(new URL(path, root))
const stateName = (state) => Object.entries(TCP).find(([, number]) => number === state)[0]
const endpoint = (address, port) => `${address}:${port}`

/** One line for each listener: its bucket in the hash by port and address, and what waits in its queues. */
function queues(net) {
  return net.listeners().map((sk) => {
    const [bucket] = [...net.tcp.listening].find(([, list]) => list.includes(sk))
    const names = (list) => (list.length === 0 ? '-' : list.map((request) => endpoint(request.remote, request.remotePort)).join(' '))
    return `    listening hash [${bucket}]  ${endpoint(sk.local, sk.localPort)}  backlog ${sk.maxAckBacklog}\n` +
      `      SYN queue    ${sk.synQueue.length}   ${names(sk.synQueue)}\n      accept queue ${sk.ackBacklog}   ${names(sk.acceptQueue.waiting)}`
  })
}

async function run(arch) {
  console.log(`\n=== ${arch}: syscallkit run --strace fixtures/bin/${arch}/listen`)
  const output = [], packets = [], changes = []
  const machine = createLinux({ stdout: (bytes) => output.push(bytes.slice()) })
  const net = netOf(machine.kernel)
  new PcapngWriter(net, (bytes) => packets.push(bytes)).add(net.loopback)
  net.events.on('state', ({ oldState, newState, source, destination }) =>
    changes.push(`  ${endpoint(source.address, source.port).padEnd(22)} ${endpoint(destination.address, destination.port).padEnd(22)} ${stateName(oldState)} -> ${stateName(newState)}`))
  let shown = ''
  attachStrace(machine, {
    write: (line) => {
      console.log(line)
      const now = queues(net).join('\n')
      if (now !== shown) console.log(now === '' ? '    no listener' : now)
      shown = now
    },
  })
  machine.spawn(readFileSync(at(`fixtures/bin/${arch}/listen`)), { path: '/listen', argv: ['listen'] })
  const { status } = await machine.run()
  machine.dispose()

  console.log(`--- its output\n${Buffer.concat(output).toString().trimEnd()}`)
  console.log(`--- state changes: source, destination, old and new state\n${changes.join('\n')}`)
  const file = `build/demo-listen-${arch}.pcapng`
  mkdirSync(at('build'), { recursive: true })
  writeFileSync(at(file), Buffer.concat(packets))
  console.log(`--- packets: ${file}`)
  const tshark = spawnSync('tshark', ['-r', at(file), '-q', '-z', 'conv,tcp'], { encoding: 'utf8' })
  console.log(tshark.error === undefined ? tshark.stdout.trimEnd() : '(tshark is not installed: apt-get install tshark, then tshark -r the file)')
  const good = status === 0 && Buffer.concat(output).includes('client 3 got: hello from client 3') && (tshark.error !== undefined || tshark.status === 0)
  console.log(`--- ${good ? 'ok' : 'FAILED'}: status ${status}`)
  return good
}

let good = true
for (const arch of ['x86_64', 'i386']) good = (await run(arch)) && good
process.exitCode = good ? 0 : 1
