import { expect, test } from 'vitest'
import { Bench, MEMORY } from '../../../test/fs/harness.js'
import { openCall } from './open.js'
import { read } from './read.js'
import { write } from './write.js'
import { close } from './close.js'
import { lseek } from './lseek.js'
import { getdents64 } from './getdents.js'

const O_RDWR_CREAT = 0o102

test('what was written is read back at the position that lseek set', () => {
  const bench = new Bench()
  const task = bench.task()
  const fd = bench.call(task, openCall, '/tmp/a', O_RDWR_CREAT, 0o644)
  expect(fd).toBe(0)
  expect(bench.call(task, write, fd, 'hello world', 11)).toBe(11)
  expect(bench.call(task, lseek, fd, 6, 0)).toBe(6)
  expect(bench.call(task, read, fd, MEMORY, 100)).toBe(5)
  expect(bench.text(task, MEMORY, 5)).toBe('world')
  expect(bench.call(task, read, fd, MEMORY, 100)).toBe(0)
  expect(bench.call(task, close, fd)).toBe(0)
  expect(bench.call(task, close, fd)).toBe(-9)
})

test('a directory lists its entries newest first, with the offsets of simple_offset', () => {
  const bench = new Bench({ root: [] })
  const task = bench.task()
  for (const name of 'abcdef') bench.call(task, close, bench.call(task, openCall, `/${name}`, 0o101, 0o644))
  const fd = bench.call(task, openCall, '/', 0o200000, 0)
  const length = bench.call(task, getdents64, fd, MEMORY, 4096)
  const view = new DataView(task.memory.read(MEMORY, length).buffer)
  const seen: string[] = []
  for (let at = 0; at < length; at += view.getUint16(at + 16, true)) seen.push(`${String.fromCharCode(view.getUint8(at + 19))} ${view.getUint32(at, true)} ${view.getUint32(at + 8, true)}`)
  // recorded on a tmpfs of Linux 6.18 in which a to f were made in this order
  expect(seen).toEqual(['. 1 1', '. 1 8', 'f 7 7', 'e 6 6', 'd 5 5', 'c 4 4', 'b 3 3', 'a 2 2147483647'].map((line) => line))
  expect(bench.call(task, getdents64, fd, MEMORY, 4096)).toBe(0)
})
