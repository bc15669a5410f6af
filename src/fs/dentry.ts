import type { Kernel } from '../kernel/kernel.js'
import type { Dentry, Inode, Mount, Path } from '../kernel/ports/fs.js'

/** A name for an inode; without a parent it is a root, its own parent. */
export function newDentry(kernel: Kernel, name: string, inode: Inode, parent: Dentry | null): Dentry {
  const dentry = { id: kernel.newId(), name, parent: parent!, inode, children: new Map<string, Dentry>(), unlinked: false, offset: 0 }
  if (parent === null) dentry.parent = dentry
  return dentry
}

/** Whether both are the same place. */
export function samePath(a: Path, b: Path): boolean {
  return a.mount === b.mount && a.dentry === b.dentry
}

/** The mount that covers a place, or null. The one mounted last is on top. */
export function mountedOn(path: Path): Mount | null {
  const { mounts } = path.mount.namespace
  for (let i = mounts.length - 1; i >= 0; i--) {
    const mount = mounts[i]!
    if (mount.parent === path.mount && mount.mountpoint === path.dentry) return mount
  }
  return null
}

/** Goes down through everything mounted at a place. Linux: traverse_mounts. */
export function crossMounts(path: Path): Path {
  if (path.mount.namespace.mounts.length < 2) return path
  for (let mount = mountedOn(path); mount !== null; mount = mountedOn(path)) path = { mount, dentry: mount.root }
  return path
}

/** Whether `dentry` lies in the tree below `ancestor`, or is it. */
export function isWithin(dentry: Dentry, ancestor: Dentry): boolean {
  for (let at = dentry; ; at = at.parent) {
    if (at === ancestor) return true
    if (at.parent === at) return false
  }
}

/** How a path is written when it is not below the root it is seen from. */
export type Unreachable = 'plain' | 'mark'

/**
 * A place as a path seen from `root`. Linux: d_path (with " (deleted)") and getcwd's "(unreachable)".
 *
 * @param deleted whether a removed name is marked
 */
export function pathName(path: Path, root: Path, deleted = true, unreachable: Unreachable = 'plain'): string {
  let { mount, dentry } = path
  let name = ''
  const gone = dentry.unlinked && dentry.parent !== dentry
  for (;;) {
    if (mount === root.mount && dentry === root.dentry) break
    if (dentry === mount.root || dentry.parent === dentry) {
      if (mount.parent === null || mount.mountpoint === null) {
        if (dentry.parent === dentry && mount.root !== dentry) name = dentry.name + name
        if (unreachable === 'mark') name = `(unreachable)${name === '' ? '/' : name}`
        break
      }
      dentry = mount.mountpoint
      mount = mount.parent
      continue
    }
    name = `/${dentry.name}${name}`
    dentry = dentry.parent
  }
  if (name === '') name = '/'
  return gone && deleted ? `${name} (deleted)` : name
}
