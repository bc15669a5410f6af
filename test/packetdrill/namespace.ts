import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type NetSysctl, sysctlPath } from '../../src/net/sysctl-defaults.js'

/** What the script's shell lines have made of a route. Sizes in bytes; absent where not set. */
export interface RouteSettings {
  readonly destination: string
  readonly gateway: string | null
  readonly metrics: Readonly<Record<string, number>>
}

/** The device tun0 of this network namespace: what the script's shell lines have made of it. */
export interface DeviceSettings {
  readonly mtu: number
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[]
  readonly routes: readonly RouteSettings[]
  /** Large segments leave whole (ethtool -k: tcp-segmentation-offload). */
  readonly segmentation: boolean
  /** A queue of no packets is in front of it (tc qdisc … limit 0). */
  readonly congested: boolean
}

const run = (command: string, ...args: string[]): string => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}

/** Sets the knobs that this namespace has to its values; congestion control only where the stack has the algorithm. */
export function readSysctls(sysctl: NetSysctl, algorithms: readonly string[]): void {
  const knobs: Record<string, string | number | number[]> = {}
  for (const name of Object.keys(sysctl)) {
    if (/congestion_control$/.test(name) && name !== 'tcp_congestion_control') continue
    let text: string
    try {
      text = readFileSync(`/proc/sys/net/${sysctlPath(name)}`, 'utf8').trim()
    } catch {
      continue
    }
    const old: unknown = Reflect.get(sysctl, name)
    if (name === 'tcp_congestion_control' && !algorithms.includes(text)) continue
    if (typeof old === 'number') knobs[name] = Number(text)
    else if (Array.isArray(old)) knobs[name] = text.split(/\s+/).map(Number)
    else knobs[name] = text
  }
  Object.assign(sysctl, knobs)
}

/** Reads the settings of a device with iproute2 (and ethtool, where it is installed). */
export function readDevice(name: string): DeviceSettings {
  const text = run('ip', 'addr', 'show', 'dev', name)
  const addresses = [...text.matchAll(/inet6? ([0-9a-f.:]+)\/(\d+)/g)].map(([, address, prefix]) => ({ address: address!, prefix: Number(prefix) }))
  const lines = `${run('ip', '-4', 'route', 'show', 'dev', name)}${run('ip', '-6', 'route', 'show', 'dev', name)}`.split('\n').filter(Boolean)
  const routes = lines.map((line) => {
    const metrics: Record<string, number> = {}
    for (const [, key, lock, value] of line.matchAll(/ (mtu|advmss|initcwnd|initrwnd|quickack|cwnd|ssthresh|hoplimit|fastopen_no_cookie)( lock)? (\d+)/g)) {
      metrics[key!] = Number(value)
      if (lock !== undefined) metrics[`${key} lock`] = 1
    }
    return { destination: line.split(' ')[0]!, gateway: / via ([0-9a-f.:]+)/.exec(line)?.[1] ?? null, metrics }
  })
  const features = run('ethtool', '-k', name)
  const congested = / root .*\blimit 0p?\b/.test(run('tc', 'qdisc', 'show', 'dev', name))
  return { mtu: Number(/mtu (\d+)/.exec(text)?.[1] ?? 1500), addresses, routes, segmentation: !/^tcp-segmentation-offload: off/m.test(features), congested }
}
