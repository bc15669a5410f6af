import type { Kernel } from '../../kernel/kernel.js'
import type { FileSystem, InodeBase } from '../inode.js'

/** Makes a directory of /proc for a file system; inode numbers from `ino`. */
export type ProcPart = (sb: FileSystem, ino: number) => InodeBase

/** Where subsystems may add a directory to /proc. */
export type ProcPlace = 'net' | 'sys/net'

const FIRST_INO: Readonly<Record<ProcPlace, number>> = { net: 0x10000, 'sys/net': 0x20000 }
const parts = /* @__PURE__ */ new WeakMap<Kernel, Map<ProcPlace, ProcPart>>()
const made = /* @__PURE__ */ new WeakMap<FileSystem, Map<ProcPlace, InodeBase>>()

/** Adds a directory to every /proc of a kernel. Linux: proc_net_mkdir, register_net_sysctl. */
export function addProcPart(kernel: Kernel, place: ProcPlace, part: ProcPart): void {
  const own = parts.get(kernel) ?? new Map<ProcPlace, ProcPart>()
  parts.set(kernel, own.set(place, part))
}

/** The directory at a place, made at first use; null when nobody added one. */
export function procPart(sb: FileSystem, place: ProcPlace): InodeBase | null {
  const known = made.get(sb)?.get(place)
  if (known !== undefined) return known
  const part = parts.get(sb.kernel)?.get(place)
  if (part === undefined) return null
  const inode = part(sb, FIRST_INO[place])
  made.set(sb, (made.get(sb) ?? new Map<ProcPlace, InodeBase>()).set(place, inode))
  return inode
}
