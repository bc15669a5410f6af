import { readFileSync } from 'node:fs'
import type { Machine } from '../../src/machine/machine.js'
import type { NetStack } from '../../src/net/stack.js'
import { createLinux } from '../../src/presets/current.js'
import { netOf } from '../../src/sockets/create-sockets.js'

/** The architectures that fixtures are built for. */
export const architectures = ['x86_64', 'i386'] as const

/** A program of fixtures/bin on a machine of virtual time: what it writes comes with `output`. */
export function prepare(arch: (typeof architectures)[number], argv: readonly string[]): { machine: Machine; net: NetStack; output: () => string } {
  const chunks: Uint8Array[] = []
  const machine = createLinux({ stdout: (bytes) => void chunks.push(bytes.slice()), stderr: (bytes) => void chunks.push(bytes.slice()) })
  machine.spawn(readFileSync(`fixtures/bin/${arch}/${argv[0]}`), { path: `/${argv[0]}`, argv })
  const net = netOf(machine.kernel)
  if (net === null) throw new Error('the preset has no network')
  return { machine, net, output: () => Buffer.concat(chunks).toString('latin1') }
}

/** The sections of a golden file: what follows a line `== title`. */
export function readGoldens(path: string): [title: string, text: string][] {
  const sections = readFileSync(path, 'utf8').split(/^== /m).slice(1)
  return sections.map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n') + 1)])
}
