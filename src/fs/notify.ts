import { IN_EVENTS } from '../abi/flags/inotify.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import type { Inode, Path } from '../kernel/ports/fs.js'

/** The event's mask, saying whether it happened to a directory. */
function maskOf(about: Inode, mask: number): number {
  return (about.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFDIR ? mask | IN_EVENTS.IN_ISDIR : mask
}

/** Tells those who watch an inode of what happened to it. Linux: fsnotify_inode. */
export function notifyInode(inode: Inode, mask: number): void {
  if (inode.watches === null) return
  for (const watch of [...inode.watches]) watch.tell(maskOf(inode, mask), '', 0, false)
}

/** Tells those who watch a directory of what happened to an entry. Linux: fsnotify_name. */
export function notifyEntry(directory: Inode, name: string, about: Inode, mask: number, cookie = 0): void {
  if (directory.watches === null) return
  for (const watch of [...directory.watches]) watch.tell(maskOf(about, mask), name, cookie, false)
}

/** Tells those who watch what is at a path, or the directory that it is in, of something done to it. Linux: fsnotify_parent. */
export function notifyPath({ dentry }: Path, mask: number): void {
  const { inode, parent } = dentry
  if (parent.inode.watches !== null && parent !== dentry)
    for (const watch of [...parent.inode.watches]) watch.tell(maskOf(inode, mask), dentry.name, 0, dentry.unlinked)
  notifyInode(inode, mask)
}

/** An inode is deleted: its watches end. Linux: fsnotify_inoderemove. */
export function notifyDeleted(inode: Inode): void {
  if (inode.watches === null) return
  notifyInode(inode, IN_EVENTS.IN_DELETE_SELF)
  for (const watch of [...(inode.watches ?? [])]) watch.end()
}
