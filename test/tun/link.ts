import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { build } from 'esbuild'
import type { Faults } from '../../src/net/devices/faults.js'

const out = 'build/tun'
/** The fixture of this architecture that runs on the guest, or natively. */
export const fixture = (name: string, arch = 'x86_64'): string => `fixtures/bin/${arch}/${name}`

/** Why there can be no TUN device here; null when there can. */
export function missing(): string | null {
  if (process.getuid?.() !== 0) return 'needs root for network namespaces and TUN'
  if (!existsSync('/dev/net/tun')) return 'no /dev/net/tun'
  for (const command of ['ip', 'cc']) if (spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0) return `no ${command}`
  return spawnSync('unshare', ['-n', 'true']).status === 0 ? null : 'no network namespaces'
}

/** Whether this kernel has netem, which then lies on the device; without it, faults are on the guest's wire both ways. */
export const netem = (): boolean => spawnSync('unshare', ['-n', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'loss', '1%']).status === 0

/** The faults as a line of tc. */
function netemLine({ loss = 0, reorder = 0, reorderDelay = 0, delay = 0 }: Faults): string {
  const parts = [loss > 0 ? `loss ${loss * 100}%` : '', delay + reorderDelay > 0 ? `delay ${delay + reorderDelay}us` : '', reorder > 0 ? `reorder ${100 - reorder * 100}%` : '']
  const line = parts.filter((part) => part !== '').join(' ')
  return line === '' ? 'true' : `tc qdisc add dev tun7 root netem limit 10000 ${line}`
}

/** Builds the helper and the guest's process. */
export async function prepare(): Promise<void> {
  mkdirSync(out, { recursive: true })
  execFileSync('cc', ['-O1', '-o', `${out}/tunfd`, 'test/tun/tunfd.c'])
  await build({ entryPoints: ['test/tun/guest.ts'], outfile: `${out}/guest.mjs`, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' })
}

/** A guest beside the kernel of a network namespace of its own. */
export class Link {
  readonly namespace: string
  readonly guest: ChildProcess
  private text = ''
  private readonly ended: Promise<number | null>

  private constructor(namespace: string, guest: ChildProcess) {
    this.namespace = namespace
    this.guest = guest
    for (const stream of [guest.stdout!, guest.stderr!]) stream.on('data', (data: Buffer) => (this.text += data.toString()))
    this.ended = new Promise((resolve) => guest.on('close', resolve))
  }

  /** Starts a program on the guest; faults are both ways; `setup` is a shell line inside the namespace. */
  static open(program: readonly string[], faults: Faults = {}, setup = 'true'): Link {
    const [toGuest, line] = netem() ? [{}, netemLine(faults)] : [faults, 'true']
    const namespace = `syscallkit-${process.pid}-${Math.floor(performance.now())}`
    execFileSync('ip', ['netns', 'add', namespace])
    const inside = ['netns', 'exec', namespace]
    const guest = spawn('ip', [...inside, `${out}/tunfd`, 'tun7', 'node', `${out}/guest.mjs`, JSON.stringify([faults, toGuest]), ...program], { stdio: ['ignore', 'pipe', 'pipe'] })
    const link = new Link(namespace, guest)
    link.run('sh', '-c', 'ip link set lo up; for i in $(seq 100); do ip link show tun7 >/dev/null 2>&1 && break; sleep 0.05; done; ' +
      `ip addr add 10.9.0.1/24 dev tun7; ip -6 addr add fd09::1/64 dev tun7 nodad; ip link set tun7 up; ip route add 10.8.0.0/24 via 10.9.0.2; ip -6 route add fd08::/64 via fd09::2; ${line}; ${setup}`)
    return link
  }

  /** Runs a command natively inside the namespace; its output. */
  run(...command: string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.namespace, ...command], { encoding: 'utf8', maxBuffer: 1 << 28 })
  }

  /** Starts a command natively inside the namespace. */
  start(...command: string[]): ChildProcess {
    return spawn('ip', ['netns', 'exec', this.namespace, ...command], { stdio: ['ignore', 'ignore', 'inherit'] })
  }

  /** What the guest has written. */
  get output(): string {
    return this.text
  }

  /** Waits until the guest has written a text. */
  async says(text: string): Promise<void> {
    for (let i = 0; i < 400 && !this.text.includes(text); i++) await new Promise((resolve) => setTimeout(resolve, 50))
    if (!this.text.includes(text)) throw new Error(`the guest did not say ${text}: ${this.text}`)
  }

  /** The guest's status after it ended by itself. */
  finished(): Promise<number | null> {
    return this.ended
  }

  /** Ends the guest and the namespace. */
  async close(): Promise<void> {
    if (this.guest.exitCode === null) execFileSync('sh', ['-c', `pkill -TERM -P ${this.guest.pid} || kill ${this.guest.pid} || true`])
    await this.ended
    execFileSync('ip', ['netns', 'del', this.namespace])
  }
}
