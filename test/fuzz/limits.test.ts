import { expect, test } from 'vitest'
import { EAGAIN, EMFILE, ENODATA, ENOSPC } from '../../src/abi/errno.js'
import { Epoll } from '../../src/fs/epoll.js'
import { vfsOf } from '../../src/fs/vfs.js'
import { creat } from '../../src/syscalls/files/open.js'
import { close } from '../../src/syscalls/files/close.js'
import { epollCreate1, epollCtl } from '../../src/syscalls/files/epoll.js'
import { eventfd2 } from '../../src/syscalls/files/eventfd.js'
import { linkCall, mkdir, unlink } from '../../src/syscalls/files/names.js'
import { mount } from '../../src/syscalls/files/mount.js'
import { pipe2 } from '../../src/syscalls/files/pipe.js'
import { removexattr, setxattr } from '../../src/syscalls/files/xattr.js'
import { Bench, MEMORY } from '../fs/harness.js'

/** Calls until it fails: how often it succeeded, and why it failed. */
function until(limit: number, call: (n: number) => number): [succeeded: number, failed: number] {
  for (let n = 0; n < limit; n++) {
    const result = call(n)
    if (result < 0) return [n, result]
  }
  return [limit, 0]
}

test('descriptors, pipes among them: EMFILE at RLIMIT_NOFILE, and the room comes back', () => {
  const bench = new Bench()
  const task = bench.task()
  expect(until(10_000, () => bench.call(task, pipe2, MEMORY, 0))).toEqual([512, -EMFILE])
  expect(bench.call(task, close, 5)).toBe(0)
  expect(bench.call(task, eventfd2, 0, 0)).toBe(5)
})

test('files and names: ENOSPC at the number of inodes, hard links counted', () => {
  const bench = new Bench({ pages: 100 })
  const task = bench.task()
  const [made, failed] = until(1000, (n) => bench.call(task, mkdir, `/tmp/d${n}`, 0o755))
  expect(failed).toBe(-ENOSPC)
  expect(made).toBeLessThan(100)
  const other = new Bench({ pages: 100 })
  const user = other.task()
  expect(other.call(user, creat, '/tmp/f', 0o644)).toBe(0)
  const [linked, refused] = until(1000, (n) => other.call(user, linkCall, '/tmp/f', `/tmp/l${n}`))
  expect(refused).toBe(-ENOSPC)
  expect(linked).toBeLessThan(100)
  for (let n = 0; n < linked; n++) expect(other.call(user, unlink, `/tmp/l${n}`)).toBe(0)
  expect(until(1000, (n) => other.call(user, linkCall, '/tmp/f', `/tmp/l${n}`))).toEqual([linked, -ENOSPC])
})

test('extended attributes: ENOSPC when they fill what is left for inodes; removing them, or the file, gives it back', () => {
  const bench = new Bench({ pages: 100 })
  const task = bench.task()
  const set = (n: number): number => bench.call(task, setxattr, '/tmp/f', `user.${n}`, MEMORY, 4096, 0)
  const fill = (): [number, number] => {
    bench.call(task, close, bench.call(task, creat, '/tmp/f', 0o644))
    return until(1000, set)
  }
  const [made, failed] = fill()
  expect(failed).toBe(-ENOSPC)
  expect(made).toBeGreaterThan(10)
  expect(made * 4096).toBeLessThan(100 * 1024)
  expect(set(0)).toBe(0) // the same size again
  expect(bench.call(task, removexattr, '/tmp/f', 'user.0')).toBe(0)
  expect(bench.call(task, removexattr, '/tmp/f', 'user.0')).toBe(-ENODATA)
  expect(set(0)).toBe(0)
  expect(bench.call(task, unlink, '/tmp/f')).toBe(0)
  expect(fill()).toEqual([made, -ENOSPC])
})

test('mounts: ENOSPC at fs.mount-max', () => {
  const bench = new Bench()
  const task = bench.task()
  const { mounts, root } = vfsOf(bench.kernel)
  while (mounts.length < 100_000) mounts.push(root.mount)
  expect(bench.call(task, mount, 'none', '/tmp', 'tmpfs', 0, 0)).toBe(-ENOSPC)
})

test('epoll forgets files that were closed, also when nobody waits', () => {
  const bench = new Bench()
  const task = bench.task()
  const epoll = bench.call(task, epollCreate1, 0)
  for (let n = 0; n < 5000; n++) {
    const fd = bench.call(task, eventfd2, 0, 0)
    expect(bench.call(task, epollCtl, epoll, 1, fd, MEMORY)).toBe(0)
    bench.call(task, close, fd)
  }
  const { ops } = task.files.get(epoll)!
  expect(ops instanceof Epoll && ops.fdinfo().split('\n').length).toBeLessThan(200)
})

test('real-time signals: EAGAIN at RLIMIT_SIGPENDING; those of kill are marked without more', () => {
  const bench = new Bench()
  const task = bench.task()
  task.signals.blocked = { low: -1, high: -1 }
  task.group.rlimits[11] = { soft: 50, hard: 50 }
  const send = (code: number) => (): number => bench.kernel.signals!.sendTask(task, { signo: 40, code })
  expect(until(1000, send(-1))).toEqual([50, -EAGAIN])
  expect(until(1000, send(0))).toEqual([1000, 0])
  expect(task.signals.pending.queue).toHaveLength(50)
  const taken = Array.from({ length: 51 }, () => task.signals.pending.takeSignal(40))
  expect(taken.filter((info) => info !== null)).toHaveLength(50)
})
