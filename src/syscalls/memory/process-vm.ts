import { EFAULT, EINVAL, EPERM, ESRCH } from '../../abi/errno.js'
import { mayInspect } from '../../kernel/creds.js'
import type { Task } from '../../kernel/task.js'
import { pid as pidCodec, ulong } from '../codecs.js'
import { iovecIn, iovecOut } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const IOV_MAX = 1024

interface Segment {
  readonly base: number
  readonly length: number
}

/** Linux: import_iovec, iovec_from_user. The local one checks addresses too. */
function takeSegments(task: Task, address: number, count: number, is64: boolean, local: boolean): Segment[] | number {
  if (count > IOV_MAX) return -EINVAL
  const word = is64 ? 8 : 4
  const bytes = new Uint8Array(count * 2 * word)
  if (task.memory.copyFrom(address, bytes) < bytes.length) return -EFAULT
  const view = new DataView(bytes.buffer)
  const value = (at: number): number => (is64 ? view.getInt32(at + 4, true) * 4294967296 : 0) + view.getUint32(at, true)
  const segments: Segment[] = []
  for (let i = 0; i < count; i++) {
    const base = value(2 * i * word), length = value((2 * i + 1) * word)
    if (length < 0) return -EINVAL
    if (local && !task.memory.accessOk(base, length)) return -EFAULT
    segments.push({ base, length })
  }
  return segments
}

/** Linux: process_vm_rw. Copies as far as it goes; an error counts only when nothing was copied. */
function copy(task: Task, id: number, localAt: number, localCount: number, remoteAt: number, remoteCount: number, how: number, write: boolean, is64: boolean): number {
  if (how !== 0) return -EINVAL
  const local = takeSegments(task, localAt, localCount, is64, true)
  if (typeof local === 'number') return local
  if (local.every((s) => s.length === 0)) return 0
  const remote = takeSegments(task, remoteAt, remoteCount, is64, false)
  if (typeof remote === 'number') return remote
  const target = task.kernel.tasks.get(id)
  if (target === undefined || target.state === 'zombie') return -ESRCH
  if (!mayInspect(task, target, 'real')) return -EPERM
  const chunk = new Uint8Array(4096)
  let done = 0
  let at = 0, used = 0
  for (const segment of remote)
    for (let offset = 0; offset < segment.length; ) {
      while (at < local.length && used === local[at]!.length) {
        at++
        used = 0
      }
      const mineNow = local[at]
      if (mineNow === undefined) return done
      const there = segment.base + offset, here = mineNow.base + used
      const run = Math.min(segment.length - offset, mineNow.length - used, 4096 - (Math.abs(there) % 4096))
      const [from, source, to, sink] = write ? [task, here, target, there] : [target, there, task, here]
      const got = from.memory.copyFrom(source, chunk, 0, run)
      const put = to.memory.copyTo(sink, chunk, 0, got)
      done += put
      if (put < run) return done === 0 ? -EFAULT : done
      offset += run
      used += run
    }
  return done
}

/** process_vm_readv(2). Linux: mm/process_vm_access.c. */
export const processVmReadv = /* @__PURE__ */ defineSyscall('process_vm_readv', {
  args: [['pid', pidCodec], ['lvec', iovecOut], ['liovcnt', ulong], ['rvec', iovecIn], ['riovcnt', ulong], ['flags', ulong]],
  level: 'full',
  run: (task, id, l, lc, r, rc, how) => copy(task, id, l, lc, r, rc, how, false, task.syscallAbi !== 'i386'),
})
/** process_vm_writev(2). */
export const processVmWritev = /* @__PURE__ */ defineSyscall('process_vm_writev', {
  args: [['pid', pidCodec], ['lvec', iovecIn], ['liovcnt', ulong], ['rvec', iovecOut], ['riovcnt', ulong], ['flags', ulong]],
  level: 'full',
  run: (task, id, l, lc, r, rc, how) => copy(task, id, l, lc, r, rc, how, true, task.syscallAbi !== 'i386'),
})
