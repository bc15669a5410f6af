import type { FileSystem, InodeBase } from '../../fs/inode.js'
import { ProcText, ProcTree } from '../../fs/proc/nodes.js'
import type { NetStack } from '../../net/stack.js'
import { type NetSysctl, defaultShownSysctl, sysctlPath } from '../../net/sysctl-defaults.js'
import { writeSysctl } from './sysctl-write.js'

/** Knobs that only tell. */
const READ_ONLY: readonly string[] = ['tcp_available_congestion_control', 'tcp_ehash_entries', 'udp_hash_entries']

function show(value: NetSysctl[keyof NetSysctl]): string {
  return `${Array.isArray(value) ? value.join('\t') : value}\n`
}

const isKey = (sysctl: NetSysctl, name: string): name is keyof NetSysctl => name in sysctl

/** A folder of what is at paths below it. */
interface Folder extends Map<string, keyof NetSysctl | Folder> {}

/** The knobs by their places. */
function folders(sysctl: NetSysctl): Folder {
  const root: Folder = new Map<string, keyof NetSysctl | Folder>()
  for (const key of Object.keys(sysctl)) {
    if (!isKey(sysctl, key)) continue
    const names = sysctlPath(key).split('/')
    const last = names.pop()!
    let folder = root
    for (const name of names) {
      const known = folder.get(name)
      const below: Folder = known instanceof Map ? known : new Map<string, keyof NetSysctl | Folder>()
      folder.set(name, below)
      folder = below
    }
    folder.set(last, key)
  }
  return root
}

/** /proc/sys/net: every knob of the stack, by Linux's names, and those that are only there to be read. */
export function sysctlTree(net: NetStack, sb: FileSystem, ino: number): InodeBase {
  Object.assign(net.sysctl, { ...defaultShownSysctl(), ...net.sysctl })
  let next = ino
  const tree = (folder: Folder, at: number): InodeBase => {
    const files = new Map<string, InodeBase>()
    for (const [name, key] of folder) {
      const fixed = typeof key === 'string' && READ_ONLY.includes(key)
      if (typeof key !== 'string') files.set(name, tree(key, ++next))
      else files.set(name, new ProcText(sb, ++next, () => show(net.sysctl[key]), fixed ? 0o444 : 0o644, fixed ? null : (text) => writeSysctl(net, key, text)))
    }
    return new ProcTree(sb, at, files)
  }
  return tree(folders(net.sysctl), ino)
}
