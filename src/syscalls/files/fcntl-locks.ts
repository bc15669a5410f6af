import { EAGAIN, EBADF, EDEADLK, EFAULT, EINVAL, ENOLCK, EOVERFLOW } from '../../abi/errno.js'
import { FCNTL, FLOCK, FLOCK_MASKS, LOCK_TYPES } from '../../abi/flags/fcntl.js'
import { SEEK } from '../../abi/flags/stat.js'
import type { FLOCK64, FLOCK_ILP32, FLOCK_LP64 } from '../../abi/structs/io.js'
import { readStruct, structBytes } from '../../abi/structs/layout.js'
import { tableOf } from '../../fs/file-table.js'
import { conflicting, locksOf, roomForLock, setLock, type FileLock, type LockOwner } from '../../fs/locks.js'
import { files, type File } from '../../kernel/ports/files.js'
import { flags, ufd } from '../codecs.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from './io.js'

/** Forms of struct flock. */
export type FlockLayout = typeof FLOCK_LP64 | typeof FLOCK_ILP32 | typeof FLOCK64

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** F_SETLKW and flock: the pinned file, and the range that is wanted. */
    lock: { readonly file: number; readonly type: number; readonly start: number; readonly end: number; readonly owned: 'posix' | 'file' }
  }
}

/** The range of a struct flock: first and last byte, or -errno. Linux: flock64_to_posix_lock. */
function rangeOf(file: File, whence: number, start: number, length: number): readonly [number, number] | number {
  const base = whence === SEEK.SEEK_SET ? 0 : whence === SEEK.SEEK_CUR ? file.position : whence === SEEK.SEEK_END ? file.inode.size : -1
  if (base < 0) return -EINVAL
  const from = base + start
  if (from > 2 ** 63) return -EOVERFLOW
  if (from < 0) return -EINVAL
  if (length > 0) return from + length - 1 >= 2 ** 63 ? -EOVERFLOW : [from, from + length - 1]
  if (length === 0) return [from, Infinity]
  return from + length < 0 ? -EINVAL : [from + length, from - 1]
}

/** F_GETLK, F_SETLK, F_SETLKW and the OFD ones. Linux: fcntl_getlk, fcntl_setlk. */
export function lockCommand(task: FilesTask, file: File, cmd: number, address: number, layout: FlockLayout): number {
  const waiting = task.progressOf('lock')
  if (waiting !== null) return acquire(task, waiting, true)
  const bytes = new Uint8Array(layout.size)
  if (task.memory.copyFrom(address, bytes) < bytes.length) return -EFAULT
  const given = readStruct(layout, new DataView(bytes.buffer))
  const ofd = cmd === FCNTL.F_OFD_GETLK || cmd === FCNTL.F_OFD_SETLK || cmd === FCNTL.F_OFD_SETLKW
  if (ofd && given.l_pid !== 0) return -EINVAL
  const type = given.l_type
  const query = cmd === FCNTL.F_GETLK || cmd === FCNTL.F_OFD_GETLK
  if (type !== LOCK_TYPES.F_RDLCK && type !== LOCK_TYPES.F_WRLCK && (query || type !== LOCK_TYPES.F_UNLCK)) return -EINVAL
  const range = rangeOf(file, given.l_whence, given.l_start, given.l_len)
  if (typeof range === 'number') return range
  const wanted = { file: file.id, type, start: range[0], end: range[1], owned: ofd ? 'file' : 'posix' } as const
  if (query) return report(task, file, lockOf(task, file, wanted), address, layout, given)
  if ((type === LOCK_TYPES.F_RDLCK && !file.readable) || (type === LOCK_TYPES.F_WRLCK && !file.writable)) return -EBADF
  return acquire(task, wanted, cmd === FCNTL.F_SETLKW || cmd === FCNTL.F_OFD_SETLKW)
}

type Wanted = { readonly file: number; readonly type: number; readonly start: number; readonly end: number; readonly owned: 'posix' | 'file' }

function lockOf(task: FilesTask, file: File, { type, start, end, owned }: Wanted): FileLock {
  return { kind: 'posix', owner: owned === 'file' ? file : task.files, type, start, end, pid: owned === 'file' ? -1 : task.tgid }
}

function acquire(task: FilesTask, wanted: Wanted, wait: boolean): number {
  const file = task.files.byId(wanted.file)
  if (file === null) return -EBADF
  const lock = lockOf(task, file, wanted)
  const holder = lock.type === LOCK_TYPES.F_UNLCK ? null : conflicting(file.inode, lock)
  if (holder === null) {
    if (!roomForLock(file.inode)) return -ENOLCK
    setLock(file.inode, lock)
    return 0
  }
  if (!wait) return -EAGAIN
  if (wanted.owned === 'posix' && wouldDeadlock(task, lock.owner, holder)) return -EDEADLK
  if (task.progressOf('lock') === null) task.pin(file)
  return task.block('lock', wanted, [locksOf(file.inode).queue])
}

/** Whether the holder of a lock waits, over at most ten others, for the one who asks. Linux: posix_locks_deadlock. */
function wouldDeadlock(task: FilesTask, asking: LockOwner, holder: FileLock): boolean {
  let { owner } = holder
  for (let steps = 0; steps <= 10; steps++) {
    if (owner === asking) return true
    const next = blockerOf(task, owner)
    if (next === null) return false
    owner = next.owner
  }
  return false
}

/** The lock that keeps a waiting owner back, or null. Linux: what_owner_is_waiting_for. */
function blockerOf(task: FilesTask, owner: LockOwner): FileLock | null {
  for (const other of task.kernel.tasks.values()) {
    const wanted = other.progressOf('lock')
    const table = wanted === null || wanted.owned !== 'posix' ? null : tableOf(other)
    if (wanted === null || table === null || table !== owner) continue
    const file = table.byId(wanted.file)
    if (file !== null) return conflicting(file.inode, { kind: 'posix', owner, type: wanted.type, start: wanted.start, end: wanted.end, pid: other.tgid })
  }
  return null
}

function lengthOf({ start, end }: FileLock): number {
  return end === Infinity ? 0 : end - start + 1
}

type Given = { readonly l_type: number; readonly l_whence: number; readonly l_start: number; readonly l_len: number; readonly l_pid: number }

function report(task: FilesTask, file: File, wanted: FileLock, address: number, layout: FlockLayout, given: Given): number {
  const other = conflicting(file.inode, wanted)
  const bytes = other === null
    ? structBytes(layout, { ...given, l_type: LOCK_TYPES.F_UNLCK })
    : structBytes(layout, { l_type: other.type, l_whence: SEEK.SEEK_SET, l_start: other.start, l_len: lengthOf(other), l_pid: other.pid })
  return task.memory.copyTo(address, bytes) < bytes.length ? -EFAULT : 0
}

const operation = /* @__PURE__ */ flags('flock', FLOCK, 'unsigned int')

/** flock(2). */
export const flock = /* @__PURE__ */ defineSyscall('flock', {
  args: [['fd', ufd], ['cmd', operation]],
  uses: [files],
  level: 'full',
  run(task, fd, cmd) {
    const waiting = task.progressOf('lock')
    if ((cmd & FLOCK_MASKS.LOCK_MAND) !== 0) return 0 // ignored since 5.15
    const file = waiting === null ? task.files.get(fd) : task.files.byId(waiting.file)
    const kind = cmd & ~FLOCK.LOCK_NB
    const type = kind === FLOCK.LOCK_SH ? LOCK_TYPES.F_RDLCK : kind === FLOCK.LOCK_EX ? LOCK_TYPES.F_WRLCK : kind === FLOCK.LOCK_UN ? LOCK_TYPES.F_UNLCK : -1
    if (type < 0) return -EINVAL
    if (file === null) return -EBADF
    if (type !== LOCK_TYPES.F_UNLCK && !file.readable && !file.writable) return -EBADF
    const lock: FileLock = { kind: 'flock', owner: file, type, start: 0, end: Infinity, pid: task.tgid }
    if (type !== LOCK_TYPES.F_UNLCK && waiting === null) setLock(file.inode, { ...lock, type: LOCK_TYPES.F_UNLCK })
    if (type === LOCK_TYPES.F_UNLCK || conflicting(file.inode, lock) === null) {
      setLock(file.inode, lock)
      return 0
    }
    if ((cmd & FLOCK.LOCK_NB) !== 0) return -EAGAIN
    if (waiting === null) task.pin(file)
    return task.block('lock', { file: file.id, type, start: 0, end: Infinity, owned: 'file' }, [locksOf(file.inode).queue])
  },
})
