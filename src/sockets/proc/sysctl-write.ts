import { EINVAL, ENOENT } from '../../abi/errno.js'
import { numbersOf, parseNumber } from '../../fs/proc/numbers.js'
import type { NetStack } from '../../net/stack.js'
import type { NetSysctl } from '../../net/sysctl-defaults.js'
import { SYSCTL_RANGES } from './sysctl-ranges.js'

const INT_MIN = -(2 ** 31), INT_MAX = 2 ** 31 - 1

function rangeOf(name: string): readonly [low: number, high: number] {
  for (const [low, high, names] of SYSCTL_RANGES) if (names.split(' ').includes(name)) return [low, high]
  return [INT_MIN, INT_MAX]
}

/** "1,5-7" of ports in order and joined; null where it is no such list. Linux: proc_do_large_bitmap. */
function portList(text: string): string | null {
  const ports = new Set<number>()
  for (const part of text.split(',')) {
    const ends = part.split('-').map(parseNumber)
    const [low, high = low] = ends
    if (ends.length > 2 || low == null || high == null || low > high || high > 0xffff) return null
    for (let port = low; port <= high; port++) ports.add(port)
  }
  const runs: [number, number][] = []
  for (const port of [...ports].sort((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] === port - 1) last[1] = port
    else runs.push([port, port])
  }
  return runs.map(([low, high]) => (low === high ? String(low) : `${low}-${high}`)).join(',')
}

/** Knobs of text. Linux: proc_tcp_congestion_control, proc_tcp_fastopen_key, proc_do_large_bitmap, proc_dostring. */
function writeText(net: NetStack, key: string, text: string): number {
  const { sysctl } = net
  let value: string | null = text.replace(/[\n\0].*$/s, '')
  if (key === 'ip_local_reserved_ports') value = portList(value)
  else value = value.trim()
  if (key === 'tcp_congestion_control' && !sysctl.tcp_available_congestion_control.split(' ').includes(value ?? '')) return -ENOENT
  if (value === null || (key === 'tcp_fastopen_key' && !/^[0-9a-f]{1,8}(-[0-9a-f]{1,8}){3}(,[0-9a-f]{1,8}(-[0-9a-f]{1,8}){3})?$/i.test(value))) return -EINVAL
  Reflect.set(sysctl, key, value)
  return 0
}

/** Pairs that look at each other or at another knob; undefined: the knob is none of these. */
function writePair(net: NetStack, key: string, numbers: readonly number[]): number | undefined {
  const { sysctl } = net
  switch (key) {
    case 'ip_local_port_range': {
      const [low = 0, high = sysctl.ip_local_port_range[1]] = numbers
      if (low < 1 || high > 0xffff || high < low || low < sysctl.ip_unprivileged_port_start) return -EINVAL
      sysctl.ip_local_port_range = [low, high]
      return 0
    }
    case 'ip_unprivileged_port_start': {
      const [low = 0] = numbers
      if (low < 0 || low > 0xffff || low > sysctl.ip_local_port_range[0]) return -EINVAL
      sysctl.ip_unprivileged_port_start = low
      return 0
    }
    case 'ping_group_range': {
      const [low = 0, high = sysctl.ping_group_range[1]] = numbers
      if ([low, high].some((group) => group < 0 || group >= 2 ** 32 - 1)) return -EINVAL
      sysctl.ping_group_range = high < low ? [1, 0] : [low, high]
      return 0
    }
    default: return undefined
  }
}

/**
 * Takes what was written into a knob of /proc/sys/net. Linux: proc_dointvec_minmax, proc_dou8vec_minmax, proc_doulongvec_minmax
 * and those of the knob's own; the ranges are as recorded.
 *
 * @returns 0, -EINVAL or -ENOENT
 */
export function writeSysctl(net: NetStack, key: keyof NetSysctl, text: string): number {
  const old = net.sysctl[key]
  if (text === '' || old === undefined) return 0
  if (typeof old === 'string') return writeText(net, key, text)
  const numbers = numbersOf(text, typeof old === 'number' ? 1 : old.length)
  if (numbers === null) return -EINVAL
  const pair = writePair(net, key, numbers)
  if (pair !== undefined) return pair
  const [low, high] = rangeOf(key)
  // each size of a socket's buffer is one at least
  if (numbers.some((n) => n < (typeof old === 'number' ? low : 1) || n > high)) return -EINVAL
  Reflect.set(net.sysctl, key, typeof old === 'number' ? numbers[0] : old.map((value, i) => numbers[i] ?? value))
  return 0
}
