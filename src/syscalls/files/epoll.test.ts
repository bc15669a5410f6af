import { expect, test } from 'vitest'
import { Bench, MEMORY, type TestTask } from '../../../test/fs/harness.js'
import { BLOCKED } from '../../kernel/results.js'
import { close } from './close.js'
import { epollCreate1, epollCtl, epollWait } from './epoll.js'
import { eventfd2 } from './eventfd.js'
import { openCall } from './open.js'
import { read } from './read.js'
import { timerfdCreate, timerfdGettime, timerfdSettime } from './timerfd.js'
import { write } from './write.js'

const ADD = 1, DEL = 2, MOD = 3
const IN = 1, ET = 1 << 31, ONESHOT = 1 << 30
const ONE = '\x01\0\0\0\0\0\0\0'

function control(bench: Bench, task: TestTask, ep: number, op: number, fd: number, events: number): number {
  task.memory.putU32(MEMORY, events)
  task.memory.putU64(MEMORY + 4, fd * 100, 7)
  return bench.again(task, epollCtl, ep, op, fd, MEMORY)
}

function setup(): { bench: Bench; task: TestTask; ep: number; fd: number; wait: (timeout?: number) => number } {
  const bench = new Bench()
  const task = bench.task()
  const ep = bench.call(task, epollCreate1, 0)
  const fd = bench.call(task, eventfd2, 0, 0o4000)
  return { bench, task, ep, fd, wait: (timeout = 0) => bench.again(task, epollWait, ep, MEMORY + 256, 8, timeout) }
}

test('a level is told of until it is gone, with the data that was given', () => {
  const { bench, task, ep, fd, wait } = setup()
  expect(control(bench, task, ep, ADD, fd, IN)).toBe(0)
  expect(wait()).toBe(0)
  bench.call(task, write, fd, ONE, 8)
  expect([wait(), wait()]).toEqual([1, 1])
  expect([0, 4, 8].map((at) => task.memory.getU32(MEMORY + 256 + at))).toEqual([IN, fd * 100, 7])
  bench.call(task, read, fd, MEMORY, 8)
  expect(wait()).toBe(0)
})

test('an edge is told of once, and again when more comes', () => {
  const { bench, task, ep, fd, wait } = setup()
  control(bench, task, ep, ADD, fd, IN | ET)
  bench.call(task, write, fd, ONE, 8)
  expect([wait(), wait()]).toEqual([1, 0])
  bench.call(task, write, fd, ONE, 8)
  expect([wait(), wait()]).toEqual([1, 0])
})

test('EPOLLONESHOT is told of once until EPOLL_CTL_MOD', () => {
  const { bench, task, ep, fd, wait } = setup()
  control(bench, task, ep, ADD, fd, IN | ONESHOT)
  bench.call(task, write, fd, ONE, 8)
  expect([wait(), wait()]).toEqual([1, 0])
  expect(control(bench, task, ep, MOD, fd, IN | ONESHOT)).toBe(0)
  expect([wait(), wait()]).toEqual([1, 0])
})

test('a wait goes on over spurious wakes, for what is added meanwhile too, and ends at its deadline', () => {
  const { bench, task, ep, fd, wait } = setup()
  const other = bench.task({ parent: task, flags: 0x400 })
  expect(wait(50)).toBe(BLOCKED)
  task.wake()
  expect(wait(50)).toBe(BLOCKED)
  expect(control(bench, other, ep, ADD, fd, IN)).toBe(0)
  expect(task.state).toBe('running')
  expect(wait(50)).toBe(BLOCKED)
  bench.call(other, write, fd, ONE, 8)
  expect(wait(50)).toBe(1)
  bench.call(other, read, fd, MEMORY, 8)
  expect(wait(50)).toBe(BLOCKED)
  bench.clock.advance(50_000_000)
  bench.kernel.tick()
  expect(wait(50)).toBe(0)
})

test('a closed file is forgotten; regular files, strangers and circles are refused', () => {
  const { bench, task, ep, fd, wait } = setup()
  control(bench, task, ep, ADD, fd, IN)
  bench.call(task, write, fd, ONE, 8)
  bench.call(task, close, fd)
  expect(wait()).toBe(0)
  const file = bench.call(task, openCall, '/tmp/f', 0o102, 0o644)
  expect(control(bench, task, ep, ADD, file, IN)).toBe(-1)
  expect(control(bench, task, file, ADD, ep, IN)).toBe(-22)
  const second = bench.call(task, epollCreate1, 0)
  expect(control(bench, task, ep, DEL, second, IN)).toBe(-2)
  expect(control(bench, task, ep, ADD, second, IN)).toBe(0)
  expect(control(bench, task, second, ADD, ep, IN)).toBe(-40)
})

test('a timer descriptor counts its expirations', () => {
  const bench = new Bench()
  const task = bench.task()
  const fd = bench.call(task, timerfdCreate, 1, 0)
  task.memory.putU64(MEMORY, 0, 0)
  task.memory.putU64(MEMORY + 8, 10_000_000, 0)
  task.memory.putU64(MEMORY + 16, 0, 0)
  task.memory.putU64(MEMORY + 24, 30_000_000, 0)
  expect(bench.again(task, timerfdSettime, fd, 0, MEMORY, 0)).toBe(0)
  const run = (): number => bench.again(task, read, fd, MEMORY + 64, 8)
  expect(run()).toBe(BLOCKED)
  bench.clock.advance(55_000_000)
  bench.kernel.tick()
  expect(task.state).toBe('running')
  expect(run()).toBe(8)
  expect(task.memory.getU32(MEMORY + 64)).toBe(3) // at 30, 40 and 50 ms
  bench.again(task, timerfdGettime, fd, MEMORY + 128)
  expect([task.memory.getU32(MEMORY + 136), task.memory.getU32(MEMORY + 152)]).toEqual([10_000_000, 5_000_000])
  bench.call(task, close, fd)
  expect(bench.kernel.timers.list()).toEqual([])
})
