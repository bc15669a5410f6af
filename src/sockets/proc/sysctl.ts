import { EINVAL, ENOENT } from '../../abi/errno.js'
import type { FileSystem, InodeBase } from '../../fs/inode.js'
import { ProcText, ProcTree } from '../../fs/proc/nodes.js'
import type { NetStack } from '../../net/stack.js'
import { SYSCTL_PATHS, type NetSysctl } from '../../net/sysctl-defaults.js'

/** Knobs that only tell. */
const READ_ONLY: readonly string[] = ['tcp_available_congestion_control', 'tcp_ehash_entries', 'udp_hash_entries']
const NUMBERS = /^\s*(-?\d+(?:\s+-?\d+)*)\s*\0?$/

function show(value: NetSysctl[keyof NetSysctl]): string {
  return `${Array.isArray(value) ? value.join('\t') : value}\n`
}

/** Takes what was written into a knob of the same type; 0 or -EINVAL. Linux: proc_dointvec, proc_dostring. */
function store(net: NetStack, key: keyof NetSysctl, text: string): number {
  const old = net.sysctl[key]
  if (typeof old === 'string') {
    const word = text.replace(/[\n\0].*$/s, '').trim()
    if (key === 'tcp_congestion_control' && !net.sysctl.tcp_available_congestion_control.split(' ').includes(word)) return -ENOENT
    Reflect.set(net.sysctl, key, word)
    return 0
  }
  const numbers = NUMBERS.exec(text)?.[1]?.split(/\s+/).map(Number)
  if (numbers === undefined || numbers.some((n) => n > 0x7fffffff || n < -0x80000000)) return -EINVAL
  Reflect.set(net.sysctl, key, Array.isArray(old) ? old.map((value, i) => numbers[i] ?? value) : numbers[0])
  return 0
}


function isKey(name: string): name is keyof NetSysctl {
  return name in SYSCTL_PATHS
}

/** The knobs by their places. */
function folders(): Map<string, Map<string, keyof NetSysctl>> {
  const tree = new Map<string, Map<string, keyof NetSysctl>>()
  for (const [key, path] of Object.entries(SYSCTL_PATHS)) {
    if (!isKey(key)) continue
    const [folder = '', name = ''] = path.split('/')
    tree.set(folder, (tree.get(folder) ?? new Map<string, keyof NetSysctl>()).set(name, key))
  }
  return tree
}

/** /proc/sys/net: every knob of the stack, by Linux's names. */
export function sysctlTree(net: NetStack, sb: FileSystem, ino: number): InodeBase {
  let next = ino
  const entries = new Map<string, InodeBase>()
  for (const [folder, knobs] of folders()) {
    const files = new Map<string, InodeBase>()
    for (const [name, key] of knobs) {
      const fixed = READ_ONLY.includes(key)
      files.set(name, new ProcText(sb, ++next, () => show(net.sysctl[key]), fixed ? 0o444 : 0o644, fixed ? null : (text) => store(net, key, text)))
    }
    entries.set(folder, new ProcTree(sb, ++next, files))
  }
  return new ProcTree(sb, ino, entries)
}
