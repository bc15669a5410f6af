import { expect, test } from 'vitest'
import { Bench, MEMORY, type TestTask } from '../../../test/fs/harness.js'
import { close } from '../../syscalls/files/close.js'
import { getdents64 } from '../../syscalls/files/getdents.js'
import { openCall } from '../../syscalls/files/open.js'
import { read } from '../../syscalls/files/read.js'
import { readlinkCall } from '../../syscalls/files/readlink.js'
import { chdir } from '../../syscalls/files/cwd.js'
import { unlink } from '../../syscalls/files/names.js'

function textOf(bench: Bench, task: TestTask, path: string): string {
  const fd = bench.call(task, openCall, path, 0, 0)
  if (fd < 0) return `errno ${-fd}`
  const length = bench.again(task, read, fd, MEMORY, 8192)
  bench.call(task, close, fd)
  return bench.text(task, MEMORY, length)
}

function linkOf(bench: Bench, task: TestTask, path: string): string {
  const length = bench.call(task, readlinkCall, path, MEMORY, 200)
  return length < 0 ? `errno ${-length}` : bench.text(task, MEMORY, length)
}

test('links lead to the process, its places and its files', () => {
  const bench = new Bench()
  const task = bench.task()
  task.group.exePath = '/bin/prog'
  const fd = bench.call(task, openCall, '/tmp/a', 0o102, 0o644)
  bench.call(task, chdir, '/tmp')
  expect(linkOf(bench, task, '/proc/self')).toBe(String(task.tgid))
  expect(linkOf(bench, task, '/proc/self/exe')).toBe('/bin/prog')
  expect(linkOf(bench, task, '/proc/self/cwd')).toBe('/tmp')
  expect(linkOf(bench, task, '/proc/self/root')).toBe('/')
  expect(linkOf(bench, task, `/proc/self/fd/${fd}`)).toBe('/tmp/a')
  bench.call(task, unlink, '/tmp/a')
  expect(linkOf(bench, task, `/proc/self/fd/${fd}`)).toBe('/tmp/a (deleted)')
  expect(linkOf(bench, task, '/proc/self/fd/99')).toBe('errno 2')
  expect(linkOf(bench, task, '/dev/fd')).toBe('/proc/self/fd')
})

test('a magic link opens the file itself, though its name is gone', () => {
  const bench = new Bench()
  const task = bench.task()
  const fd = bench.call(task, openCall, '/tmp/a', 0o102, 0o644)
  bench.call(task, unlink, '/tmp/a')
  const again = bench.call(task, openCall, `/proc/self/fd/${fd}`, 0, 0)
  expect(again).toBeGreaterThan(fd)
  expect(task.files.get(again)?.inode).toBe(task.files.get(fd)?.inode)
})

test('stat, status and comm say who it is', () => {
  const bench = new Bench()
  const task = bench.task({ uid: 1000 })
  task.comm = 'prog'
  const fields = textOf(bench, task, '/proc/self/stat').split(' ')
  expect([fields[0], fields[1], fields[2], fields.length]).toEqual([String(task.pid), '(prog)', 'R', 52])
  const status = textOf(bench, task, '/proc/self/status')
  expect(status).toContain('Name:\tprog\nUmask:\t0022\nState:\tR (running)\n')
  expect(status).toContain('Uid:\t1000\t1000\t1000\t1000\n')
  expect(status).toContain('CapEff:\t0000000000000000\n')
  expect(textOf(bench, task, '/proc/self/comm')).toBe('prog\n')
})

test('a thread has what its process has, but no threads of its own', () => {
  const bench = new Bench()
  const task = bench.task()
  const at = `/proc/self/task/${task.pid}`
  expect(textOf(bench, task, `${at}/comm`)).toBe(textOf(bench, task, '/proc/self/comm'))
  for (const name of ['task', 'coredump_filter', 'timers', 'timerslack_ns']) expect(textOf(bench, task, `${at}/${name}`)).toBe('errno 2')
})

test('maps lists the mappings', () => {
  const bench = new Bench()
  expect(textOf(bench, bench.task(), '/proc/self/maps')).toBe('00100000-00200000 rw-p 00000000 00:00 0 \nffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n')
})

test('mounts lists the file systems, and a directory of it its entries', () => {
  const bench = new Bench()
  const task = bench.task()
  expect(textOf(bench, task, '/proc/mounts')).toBe('rootfs / tmpfs rw,relatime 0 0\nproc /proc proc rw,relatime 0 0\ndevtmpfs /dev devtmpfs rw,nosuid,relatime 0 0\n')
  expect(textOf(bench, task, '/proc/sys/kernel/osrelease')).toBe('6.18.0\n')
  const fd = bench.call(task, openCall, '/proc/self/fd', 0o200000, 0)
  const length = bench.call(task, getdents64, fd, MEMORY, 4096)
  expect(bench.text(task, MEMORY, length)).toContain('\n0') // d_type DT_LNK, then the name
  expect(bench.call(task, getdents64, fd, MEMORY, 4096)).toBe(0)
})
