import { expect, test } from 'vitest'
import { AF } from '../../src/abi/flags/sockets.js'
import type { StateChange } from '../../src/net/stack.js'
import { TCP } from '../../src/net/sock.js'
import { prepare, readGoldens } from './guest.js'

const stateName = (state: number): string => `TCP_${Object.entries(TCP).find(([, number]) => number === state)![0]}`

/** The line of the kernel's tracepoint sock:inet_sock_set_state, without skaddr. */
function traceLine({ family, oldState, newState, source, destination }: StateChange): string {
  const name = Object.keys(AF).find((key) => AF[key as keyof typeof AF] === (family === 4 ? AF.AF_INET : AF.AF_INET6))
  const mapped = (text: string): string => (text.includes(':') ? text : `::ffff:${text}`)
  return `family=${name} protocol=IPPROTO_TCP sport=${source.port} dport=${destination.port} saddr=${source.address} daddr=${destination.address} ` +
    `saddrv6=${mapped(String(source.address))} daddrv6=${mapped(String(destination.address))} oldstate=${stateName(oldState)} newstate=${stateName(newState)}`
}

/** Ephemeral ports are random: they are numbered in the order of their appearance. */
function normalise(text: string): string {
  const ports = new Map<string, string>()
  return text.replace(/port=(\d+)/g, (_all, port: string) => {
    if (port !== '0' && port !== '7777' && !ports.has(port)) ports.set(port, `#${ports.size + 1}`)
    return `port=${ports.get(port) ?? port}`
  })
}

test.each(readGoldens('test/sockets/states.golden.txt'))('%s: the state changes are those of the kernel\'s tracepoint', async (command, golden) => {
  const { machine, net } = prepare('x86_64', command.split(' '))
  const lines: string[] = []
  net.events.on('state', (change) => lines.push(traceLine(change)))
  await machine.run()
  expect(normalise(lines.join('\n') + '\n')).toBe(normalise(golden))
  machine.dispose()
})
