import type { FsContext, Inode } from '../kernel/ports/fs.js'
import type { SavedParts } from '../kernel/ports/subsystem.js'
import { AnonymousInode, InternalFs } from './anonymous.js'
import { Epoll } from './epoll.js'
import { EventFd } from './eventfd.js'
import { ExeFile } from './exe-file.js'
import { OpenFile, pathOnly } from './file.js'
import { Inotify, InotifyWatch } from './inotify.js'
import { keepLocks, locksOf, type LockContext } from './locks.js'
import { memDevices } from './mem-devices.js'
import { FileBacking, PageCache } from './page-cache.js'
import { PidFd } from './pidfd.js'
import { Pipe, PipeEnd } from './pipe.js'
import { ProcFs } from './proc/procfs.js'
import { SignalFd } from './signalfd.js'
import { registerTerminal } from './terminals.js'
import { TimerFd, timersOf } from './timerfd.js'
import { Tmpfs, tmpfsInodes } from './tmpfs.js'
import { TmpfsFile } from './tmpfs-file.js'
import { Tty } from './tty.js'
import type { Vfs } from './vfs.js'

/** The proc file systems that a machine has from its start: their inodes hold functions, so they are kept and never looked into. */
export function procParts(vfs: Vfs): Record<string, object> {
  const kept: Record<string, object> = {}
  for (const { sb } of vfs.mounts) if (sb instanceof ProcFs) Object.assign(kept, { proc: sb, 'proc.root': sb.root, 'proc.inode': sb.root.inode })
  return kept
}

/**
 * What saving a machine must know of its file systems: mounts, inodes, open files, pipes, terminals, locks. Open files
 * of /proc below its root, and a proc that a program mounted itself, are refused.
 */
export function fsParts(vfs: Vfs, contexts: Map<number, FsContext>, proc: Record<string, object>): SavedParts {
  const locks = new Map<Inode, LockContext>()
  for (const { inode } of vfs.files.values()) {
    const context = locksOf(inode)
    if (context.locks.length + context.queue.waiters.length > 0) locks.set(inode, context)
  }
  return {
    classes: { Tmpfs, TmpfsFile, ...tmpfsInodes, InternalFs, AnonymousInode, OpenFile, PageCache, FileBacking, Pipe, PipeEnd, EventFd, Inotify, InotifyWatch, ExeFile, PidFd, Epoll, SignalFd, TimerFd, Tty },
    kept: { ...proc, ...memDevices, pathOnly, charDevices: vfs.charDevices },
    filled: { vfs, contexts, locks, timerFds: timersOf(vfs.kernel) },
    restored: () => {
      locks.forEach(keepLocks)
      vfs.terminals.forEach((tty, index) => registerTerminal(vfs, tty, index))
    },
  }
}
