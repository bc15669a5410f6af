import { LOCK_TYPES } from '../abi/flags/fcntl.js'
import type { File } from '../kernel/ports/files.js'
import type { Inode } from '../kernel/ports/fs.js'
import { WaitQueue } from '../kernel/wait-queue.js'

/** Who holds a lock: a descriptor table (POSIX), an open file (OFD and flock). */
export type LockOwner = object

/** A range that is locked; `end` is the last byte, Infinity for the end of the file. Linux: struct file_lock. */
export interface FileLock {
  readonly kind: 'posix' | 'flock'
  readonly owner: LockOwner
  readonly type: number
  readonly start: number
  readonly end: number
  /** Process as F_GETLK shows it; -1 for OFD locks. */
  readonly pid: number
}

/** Locks of an inode. Linux: struct file_lock_context. */
export interface LockContext {
  locks: FileLock[]
  readonly queue: WaitQueue
}

const contexts = /* @__PURE__ */ new WeakMap<Inode, LockContext>()

/** The locks of an inode. */
export function locksOf(inode: Inode): LockContext {
  let context = contexts.get(inode)
  if (context === undefined) {
    context = { locks: [], queue: new WaitQueue() }
    contexts.set(inode, context)
  }
  return context
}

/** Puts the locks of an inode back, when a machine is restored. */
export function keepLocks(context: LockContext, inode: Inode): void {
  contexts.set(inode, context)
}

/** A lock that stands in the way, or null. Linux: posix_locks_conflict, flock_locks_conflict. */
export function conflicting(inode: Inode, wanted: FileLock): FileLock | null {
  return locksOf(inode).locks.find((lock) =>
    lock.kind === wanted.kind && lock.owner !== wanted.owner && lock.start <= wanted.end && lock.end >= wanted.start &&
    (lock.type === LOCK_TYPES.F_WRLCK || wanted.type === LOCK_TYPES.F_WRLCK)) ?? null
}

/** Most records of a file; Linux has no limit but its memory. */
const MAX_LOCKS = 16_384

/** Whether a file has room for one more cut of its locks; without it a lock fails with ENOLCK. */
export function roomForLock(inode: Inode): boolean {
  return locksOf(inode).locks.length < MAX_LOCKS
}

/** Sets or clears a lock that nothing conflicts with; the owner's own locks are cut, split and joined. Linux: posix_lock_inode. */
export function setLock(inode: Inode, wanted: FileLock): void {
  const context = locksOf(inode)
  const kept: FileLock[] = []
  let { start, end } = wanted
  for (const lock of context.locks) {
    const mine = lock.kind === wanted.kind && lock.owner === wanted.owner
    if (mine && lock.type === wanted.type && lock.start <= end + 1 && lock.end + 1 >= start) {
      start = Math.min(start, lock.start)
      end = Math.max(end, lock.end)
      continue
    }
    if (!mine || lock.start > end || lock.end < start) {
      kept.push(lock)
      continue
    }
    if (lock.start < start) kept.push({ ...lock, end: start - 1 })
    if (lock.end > end) kept.push({ ...lock, start: end + 1 })
  }
  if (wanted.type !== LOCK_TYPES.F_UNLCK) kept.push({ ...wanted, start, end })
  context.locks = kept.sort((a, b) => a.start - b.start)
  context.queue.wakeAll()
}

function drop(inode: Inode, matches: (lock: FileLock) => boolean): void {
  const context = contexts.get(inode)
  if (context === undefined || !context.locks.some(matches)) return
  context.locks = context.locks.filter((lock) => !matches(lock))
  context.queue.wakeAll()
}

/** A descriptor of a table was closed: its POSIX locks on the file go. Linux: locks_remove_posix. */
export function dropPosixLocks(inode: Inode, owner: LockOwner): void {
  drop(inode, (lock) => lock.kind === 'posix' && lock.owner === owner)
}

/** The last reference to an open file went: its flock and OFD locks go. Linux: locks_remove_file. */
export function dropFileLocks(file: File): void {
  drop(file.inode, (lock) => lock.owner === file)
}
