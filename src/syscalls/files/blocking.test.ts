import { describe, expect, test } from 'vitest'
import { Bench, MEMORY, type TestTask } from '../../../test/fs/harness.js'
import { BLOCKED } from '../../kernel/results.js'
import { close } from './close.js'
import { dup2 } from './dup.js'
import { eventfd2 } from './eventfd.js'
import { compatFcntl64, fcntl } from './fcntl.js'
import { flock } from './fcntl-locks.js'
import { mknod } from './names.js'
import { openCall } from './open.js'
import { pipe2 } from './pipe.js'
import { pollCall, ppoll64 } from './poll.js'
import { read, readv } from './read.js'
import { selectCall } from './select.js'
import { sendfile64 } from './sendfile.js'
import { write } from './write.js'

const CLONE_FILES = 0x400
const DATA = MEMORY + 0x10000
const RDWR_CREAT = 0o102

interface Setup {
  readonly bench: Bench
  /** The task that waits, and one that shares its descriptors. */
  readonly task: TestTask
  readonly other: TestTask
}

function setup(): Setup {
  const bench = new Bench()
  const task = bench.task()
  return { bench, task, other: bench.task({ parent: task, flags: CLONE_FILES }) }
}

function pipeFds({ bench, other }: Setup): [number, number] {
  bench.call(other, pipe2, DATA, 0)
  const view = new DataView(other.memory.read(DATA, 8).buffer)
  return [view.getInt32(0, true), view.getInt32(4, true)]
}

/** Wakes a waiting task for nothing, three times, with its argument memory overwritten: it must go on waiting. */
function disturb(task: TestTask, run: () => number, memory: readonly (readonly [number, number])[] = []): void {
  for (let i = 0; i < 3; i++) {
    for (const [at, length] of memory) task.memory.write(at, new Uint8Array(length).fill(0xa5 + i))
    task.wake()
    expect(run()).toBe(BLOCKED)
  }
}

function putIovec(task: TestTask, at: number, segments: readonly (readonly [number, number])[]): void {
  segments.forEach(([base, length], i) => {
    task.memory.putU64(at + 16 * i, base, 0)
    task.memory.putU64(at + 16 * i + 8, length, 0)
  })
}

describe('a waiting call is run again as if nothing had happened', () => {
  test('read: of the pipe it began with, though another task puts a file over the descriptor', () => {
    const all = setup()
    const { bench, task, other } = all
    const [r, w] = pipeFds(all)
    const file = bench.call(other, openCall, '/tmp/f', RDWR_CREAT, 0o644)
    const run = (): number => bench.again(task, read, r, MEMORY, 10)
    expect(run()).toBe(BLOCKED)
    expect(bench.call(other, dup2, file, r)).toBe(r)
    disturb(task, run)
    expect(bench.call(other, write, w, 'hello', 5)).toBe(5)
    expect(task.state).toBe('running')
    expect(run()).toBe(5)
    expect(bench.text(task, MEMORY, 5)).toBe('hello')
    expect(bench.call(other, write, w, 'x', 1)).toBe(-32) // the pin was the last reader
  })

  test('readv: into the segments as they were at first entry', () => {
    const all = setup()
    const { bench, task, other } = all
    const [r, w] = pipeFds(all)
    putIovec(task, MEMORY, [[MEMORY + 0x100, 3], [MEMORY + 0x200, 5]])
    const run = (): number => bench.again(task, readv, r, MEMORY, 2)
    expect(run()).toBe(BLOCKED)
    disturb(task, run, [[MEMORY, 32]])
    bench.call(other, write, w, 'abcdefgh', 8)
    expect(run()).toBe(8)
    expect(bench.text(task, MEMORY + 0x100, 3) + bench.text(task, MEMORY + 0x200, 5)).toBe('abcdefgh')
  })

  test('write: goes on where it stopped when a full pipe is read', () => {
    const all = setup()
    const { bench, task, other } = all
    const [r, w] = pipeFds(all)
    task.memory.write(DATA, new Uint8Array(70_000).map((_, i) => i % 251))
    const run = (): number => bench.again(task, write, w, DATA, 70_000)
    expect(run()).toBe(BLOCKED)
    disturb(task, run)
    expect(bench.call(other, close, w)).toBe(0)
    disturb(task, run)
    const got: number[] = []
    for (let result = BLOCKED; result === BLOCKED; ) {
      const n = bench.again(other, read, r, DATA, 3000)
      got.push(...other.memory.read(DATA, n))
      task.wake()
      result = run()
      if (result !== BLOCKED) expect(result).toBe(70_000)
    }
    for (let n = 1; n > 0; ) {
      n = bench.again(other, read, r, DATA, 3000)
      got.push(...other.memory.read(DATA, n))
    }
    expect(got.length).toBe(70_000)
    expect(got.every((byte, i) => byte === i % 251)).toBe(true)
  })

  test('open of a FIFO: until the other end is opened', () => {
    const { bench, task, other } = setup()
    bench.call(task, mknod, '/tmp/fifo', 0o10666, 0)
    const path = bench.string(task, '/tmp/fifo')
    const run = (): number => bench.again(task, openCall, path, 0, 0)
    expect(run()).toBe(BLOCKED)
    disturb(task, run, [[path, 9]])
    const w = bench.call(other, openCall, '/tmp/fifo', 1, 0)
    expect(w).toBe(0)
    expect(task.state).toBe('running')
    expect(run()).toBe(1)
    bench.call(other, write, w, 'x', 1)
    expect(bench.call(task, read, 1, MEMORY, 5)).toBe(1)
  })

  test('poll: of the files it began with; the array is read once and answered once', () => {
    const all = setup()
    const { bench, task, other } = all
    const [r, w] = pipeFds(all)
    task.memory.write(MEMORY, Uint8Array.of(r, 0, 0, 0, 1, 0, 0xee, 0xee))
    const run = (): number => bench.again(task, pollCall, MEMORY, 1, -1)
    expect(run()).toBe(BLOCKED)
    disturb(task, run, [[MEMORY, 6]])
    bench.call(other, close, r)
    disturb(task, run)
    bench.call(other, write, w, 'x', 1)
    expect(run()).toBe(1)
    expect([...task.memory.read(MEMORY + 6, 2)]).toEqual([1, 0])
  })

  test('poll: ends with 0 at its deadline, however often it was woken', () => {
    const all = setup()
    const { bench, task } = all
    const [r] = pipeFds(all)
    task.memory.write(MEMORY, Uint8Array.of(r, 0, 0, 0, 1, 0, 0, 0))
    const run = (): number => bench.again(task, pollCall, MEMORY, 1, 100)
    expect(run()).toBe(BLOCKED)
    bench.clock.advance(60_000_000)
    disturb(task, run)
    bench.clock.advance(40_000_000)
    bench.kernel.tick()
    expect(task.state).toBe('running')
    expect(run()).toBe(0)
  })

  test('select: of the sets as they were, with the rest of the time written back', () => {
    const all = setup()
    const { bench, task, other } = all
    const [r, w] = pipeFds(all)
    task.memory.write(MEMORY, new Uint8Array(128))
    task.memory.write(MEMORY, Uint8Array.of(1 << r))
    task.memory.putU64(MEMORY + 256, 2, 0)
    task.memory.putU64(MEMORY + 264, 0, 0)
    const run = (): number => bench.again(task, selectCall, w + 1, MEMORY, 0, 0, MEMORY + 256)
    expect(run()).toBe(BLOCKED)
    bench.clock.advance(500_000_000)
    disturb(task, run, [[MEMORY, 8]])
    bench.call(other, write, w, 'x', 1)
    expect(run()).toBe(1)
    expect(task.memory.getU32(MEMORY)).toBe(1 << r)
    expect([task.memory.getU32(MEMORY + 256), task.memory.getU32(MEMORY + 264)]).toEqual([1, 500_000])
  })

  test('sendfile: to a full pipe, without losing or doubling a byte', () => {
    const all = setup()
    const { bench, task, other } = all
    const [r, w] = pipeFds(all)
    const file = bench.call(task, openCall, '/tmp/f', RDWR_CREAT, 0o644)
    const bytes = new Uint8Array(100_000).map((_, i) => (i * 7) % 253)
    task.memory.write(DATA, bytes)
    expect(bench.again(task, write, file, DATA, bytes.length)).toBe(bytes.length)
    task.memory.putU64(MEMORY, 0, 0)
    const run = (): number => bench.again(task, sendfile64, w, file, MEMORY, 1 << 20)
    expect(run()).toBe(BLOCKED)
    disturb(task, run, [[MEMORY, 8]])
    const got: number[] = []
    let result = BLOCKED
    while (got.length < bytes.length) {
      const n = bench.again(other, read, r, DATA, 5000)
      got.push(...other.memory.read(DATA, n))
      task.wake()
      if (result === BLOCKED) result = run()
    }
    expect(result).toBe(100_000)
    expect(got).toEqual([...bytes])
  })

  test('F_SETLKW and flock: until the lock is free', () => {
    const { bench, task } = setup()
    const other = bench.task()
    const a = bench.call(task, openCall, '/tmp/f', RDWR_CREAT, 0o644)
    const b = bench.call(other, openCall, '/tmp/f', RDWR_CREAT, 0o644)
    other.memory.write(MEMORY, Uint8Array.of(1, ...new Uint8Array(31)))
    expect(bench.again(other, fcntl, b, 6, MEMORY)).toBe(0)
    task.memory.write(MEMORY, Uint8Array.of(1, ...new Uint8Array(31)))
    const run = (): number => bench.again(task, fcntl, a, 7, MEMORY)
    expect(run()).toBe(BLOCKED)
    disturb(task, run, [[MEMORY, 32]])
    expect(bench.again(other, flock, b, 2)).toBe(0)
    bench.call(other, close, b) // the lock goes with any descriptor of its owner
    expect(run()).toBe(0)
    const c = bench.call(other, openCall, '/tmp/f', RDWR_CREAT, 0o644)
    other.memory.write(MEMORY, new Uint8Array(24))
    expect(bench.again(other, compatFcntl64, c, 5, MEMORY)).toBe(0)
    expect(other.memory.getU32(MEMORY + 12)).toBe(task.tgid) // F_GETLK names who holds it
    expect(bench.again(task, flock, a, 2)).toBe(0)
    const wait = (): number => bench.again(other, flock, c, 2)
    expect(wait()).toBe(BLOCKED)
    disturb(other, wait)
    expect(bench.again(task, flock, a, 8)).toBe(0)
    expect(wait()).toBe(0)
  })

  test('an eventfd: until it is written', () => {
    const { bench, task, other } = setup()
    const fd = bench.call(task, eventfd2, 0, 0)
    const run = (): number => bench.again(task, read, fd, MEMORY, 8)
    expect(run()).toBe(BLOCKED)
    disturb(task, run)
    expect(bench.call(other, write, fd, '\x05\0\0\0\0\0\0\0', 8)).toBe(8)
    expect(run()).toBe(8)
    expect(task.memory.getU32(MEMORY)).toBe(5)
  })
})

describe('a signal ends a wait', () => {
  const interrupt = (task: TestTask, bench: Bench): void => {
    bench.kernel.signals?.sendTask(task, { signo: 10, code: 0 })
  }

  test('read: with -ERESTARTSYS', () => {
    const all = setup()
    const [r] = pipeFds(all)
    const run = (): number => all.bench.again(all.task, read, r, MEMORY, 10)
    expect(run()).toBe(BLOCKED)
    interrupt(all.task, all.bench)
    expect(run()).toBe(-512)
  })

  test('write: with what it has written', () => {
    const all = setup()
    const [, w] = pipeFds(all)
    const run = (): number => all.bench.again(all.task, write, w, DATA, 70_000)
    expect(run()).toBe(BLOCKED)
    interrupt(all.task, all.bench)
    expect(run()).toBe(65_536)
  })

  test('ppoll: with -ERESTARTNOHAND and its mask in force until the handler has run', () => {
    const all = setup()
    const { bench, task } = all
    const [r] = pipeFds(all)
    task.memory.write(MEMORY, Uint8Array.of(r, 0, 0, 0, 1, 0, 0, 0))
    task.memory.putU64(MEMORY + 64, 0, 0)
    task.signals.blocked = { low: 1 << 9, high: 0 }
    const run = (): number => bench.again(task, ppoll64, MEMORY, 1, 0, MEMORY + 64, 8)
    expect(run()).toBe(BLOCKED)
    expect(task.signals.blocked.low).toBe(0)
    interrupt(task, bench)
    expect(run()).toBe(-514)
    expect(task.signals.saved).toEqual({ low: 1 << 9, high: 0 })
  })

  test('ppoll: without one the old mask is back at once', () => {
    const all = setup()
    const { bench, task, other } = all
    const [r, w] = pipeFds(all)
    task.memory.write(MEMORY, Uint8Array.of(r, 0, 0, 0, 1, 0, 0, 0))
    task.memory.putU64(MEMORY + 64, 0, 0)
    task.signals.blocked = { low: 1 << 9, high: 0 }
    const run = (): number => bench.again(task, ppoll64, MEMORY, 1, 0, MEMORY + 64, 8)
    expect(run()).toBe(BLOCKED)
    bench.call(other, write, w, 'x', 1)
    expect(run()).toBe(1)
    expect(task.signals).toMatchObject({ saved: null, blocked: { low: 1 << 9, high: 0 } })
  })
})
