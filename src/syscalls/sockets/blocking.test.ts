import { describe, expect, test } from 'vitest'
import { Bench, MEMORY, type TestTask } from '../../../test/fs/harness.js'
import { SOCK, SOL, SO, SOCK_FLAGS } from '../../abi/flags/sockets.js'
import type { SocketLayer } from '../../kernel/ports/sockets.js'
import { BLOCKED } from '../../kernel/results.js'
import type { Task } from '../../kernel/task.js'
import { createSockets } from '../../sockets/create-sockets.js'
import { close } from '../files/close.js'
import { dup2 } from '../files/dup.js'
import { read } from '../files/read.js'
import { write } from '../files/write.js'
import { accept } from './accept.js'
import { bind } from './bind.js'
import { connect } from './connect.js'
import { listen } from './listen.js'
import { setsockopt } from './options.js'
import { recvfrom, recvmsg } from './receive.js'
import { sendto } from './send.js'
import { socket, socketpair } from './socket.js'

const CLONE_FILES = 0x400
const DATA = MEMORY + 0x10000
const ADDRESS = MEMORY + 0x8000
const AF_UNIX = 1
const AF_INET = 2
const EAGAIN = -11
const EINTR = -4
const ERESTARTSYS = -512

type SocketsTask = TestTask & { readonly sockets: SocketLayer }

function isSocketsTask(task: TestTask): task is SocketsTask {
  return 'sockets' in task
}

interface Setup {
  readonly bench: Bench
  /** The task that waits, and one that shares its descriptors. */
  readonly task: SocketsTask
  readonly other: SocketsTask
}

function setup(): Setup {
  const bench = new Bench()
  const service = createSockets().create(bench.kernel)
  const make = (parent?: TestTask): SocketsTask => {
    const task = bench.task(parent === undefined ? {} : { parent, flags: CLONE_FILES })
    Object.defineProperty(task, 'sockets', { value: service.attach(task, null, 0) })
    if (!isSocketsTask(task)) throw new Error('no sockets')
    return task
  }
  const task = make()
  return { bench, task, other: make(task) }
}

type Call<A extends readonly number[]> = { run(task: SocketsTask, ...args: A): number }

function again<A extends readonly number[]>(task: SocketsTask, call: Call<A>, ...args: A): number {
  const result = call.run(task, ...args)
  if (result !== BLOCKED) task.finishCall()
  return result
}

function pair({ other }: Setup, type: number = SOCK.SOCK_STREAM): [number, number] {
  expect(again(other, socketpair, AF_UNIX, type, 0, DATA)).toBe(0)
  const view = new DataView(other.memory.read(DATA, 8).buffer)
  return [view.getInt32(0, true), view.getInt32(4, true)]
}

/** Wakes a waiting task for nothing, three times, with its argument memory overwritten: it must go on waiting. */
function disturb(task: Task, run: () => number, memory: readonly (readonly [number, number])[] = []): void {
  for (let i = 0; i < 3; i++) {
    for (const [at, length] of memory) task.memory.write(at, new Uint8Array(length).fill(0xa5 + i))
    task.wake()
    expect(run()).toBe(BLOCKED)
  }
}

function unixName(task: Task, name: string): number {
  task.memory.write(ADDRESS, Uint8Array.from([1, 0, 0, ...new TextEncoder().encode(name)]))
  return 3 + name.length
}

function loopback(task: Task, port: number): void {
  task.memory.write(ADDRESS, Uint8Array.from([2, 0, port >> 8, port & 255, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]))
}

function put(task: Task, text: string): number {
  task.memory.write(DATA + 0x1000, new TextEncoder().encode(text))
  return DATA + 0x1000
}

/** A timeout of so many milliseconds for a socket. */
function timeout(task: SocketsTask, fd: number, option: number, ms: number): void {
  task.memory.putU64(DATA + 0x2000, 0, 0)
  task.memory.putU64(DATA + 0x2008, ms * 1000, 0)
  expect(again(task, setsockopt, fd, SOL.SOL_SOCKET, option, DATA + 0x2000, 16)).toBe(0)
}

function signal(task: Task): void {
  task.kernel.signals?.sendTask(task, { signo: 2, code: 0 })
}

describe('a call that waits on a socket is run again as if nothing had happened', () => {
  test('recv: of the socket it began with, though its descriptor is closed and reused', () => {
    const all = setup()
    const { bench, task, other } = all
    const [a, b] = pair(all)
    const run = (): number => again(task, recvfrom, a, MEMORY, 10, 0, 0, 0)
    expect(run()).toBe(BLOCKED)
    const [c] = pair(all)
    expect(again(other, dup2, c, a)).toBe(a)
    disturb(task, run)
    expect(again(other, sendto, b, put(other, 'hello'), 5, 0, 0, 0)).toBe(5)
    expect(task.state).toBe('running')
    expect(run()).toBe(5)
    expect(bench.text(task, MEMORY, 5)).toBe('hello')
    expect(again(other, sendto, b, put(other, 'x'), 1, 0x4000, 0, 0)).toBe(-32) // the pin was its last reference
  })

  test('recvmsg: into the header and segments as they were at first entry', () => {
    const all = setup()
    const { bench, task, other } = all
    const [a, b] = pair(all)
    const at = MEMORY
    task.memory.write(at, new Uint8Array(56))
    task.memory.putU64(at + 16, at + 64, 0)
    task.memory.putU64(at + 24, 1, 0)
    task.memory.putU64(at + 64, at + 0x200, 0)
    task.memory.putU64(at + 72, 8, 0)
    const run = (): number => again(task, recvmsg, a, at, 0)
    expect(run()).toBe(BLOCKED)
    disturb(task, run, [[at, 80]])
    again(other, sendto, b, put(other, 'abcdefgh'), 8, 0, 0, 0)
    expect(run()).toBe(8)
    expect(bench.text(task, at + 0x200, 8)).toBe('abcdefgh')
  })

  test('recv with MSG_WAITALL: until all came, or what came when the peer goes', () => {
    const all = setup()
    const { task, other } = all
    const [a, b] = pair(all)
    const run = (): number => again(task, recvfrom, a, MEMORY, 10, 0x100, 0, 0)
    expect(run()).toBe(BLOCKED)
    for (const part of ['abc', 'def']) {
      again(other, sendto, b, put(other, part), 3, 0, 0, 0)
      expect(run()).toBe(BLOCKED)
    }
    disturb(task, run)
    expect(again(other, close, b)).toBe(0)
    expect(run()).toBe(6)
  })

  test('accept: waits in turn, and the address goes where it was asked for', () => {
    const { task, other } = setup()
    const s = again(task, socket, AF_UNIX, SOCK.SOCK_STREAM, 0)
    expect(again(task, bind, s, ADDRESS, unixName(task, 'wait'))).toBe(0)
    expect(again(task, listen, s, 1)).toBe(0)
    const run = (): number => again(task, accept, s, 0, 0)
    expect(run()).toBe(BLOCKED)
    disturb(task, run)
    const c = again(other, socket, AF_UNIX, SOCK.SOCK_STREAM, 0)
    expect(again(other, connect, c, ADDRESS, unixName(other, 'wait'))).toBe(0)
    expect(run()).toBe(c + 1)
  })

  test('connect: of AF_UNIX, while the listener is full; the address is that of the first entry', () => {
    const { task, other } = setup()
    const s = again(other, socket, AF_UNIX, SOCK.SOCK_STREAM, 0)
    again(other, bind, s, ADDRESS, unixName(other, 'full'))
    again(other, listen, s, 0)
    const first = again(other, socket, AF_UNIX, SOCK.SOCK_STREAM, 0)
    expect(again(other, connect, first, ADDRESS, unixName(other, 'full'))).toBe(0)
    const c = again(task, socket, AF_UNIX, SOCK.SOCK_STREAM, 0)
    const length = unixName(task, 'full')
    const run = (): number => again(task, connect, c, ADDRESS, length)
    expect(run()).toBe(BLOCKED)
    disturb(task, run, [[ADDRESS, 16]])
    again(other, accept, s, 0, 0)
    expect(task.state).toBe('running')
    expect(run()).toBe(0)
  })

  test('send: goes on where it stopped when the peer reads', () => {
    const all = setup()
    const { task, other } = all
    const [a, b] = pair(all)
    task.memory.write(DATA, new Uint8Array(400_000).map((_, i) => i % 251))
    const run = (): number => again(task, sendto, a, DATA, 400_000, 0, 0, 0)
    expect(run()).toBe(BLOCKED)
    disturb(task, run)
    const got: number[] = []
    for (let result = BLOCKED; result === BLOCKED; ) {
      const n = again(other, recvfrom, b, MEMORY, 9000, 0, 0, 0)
      got.push(...other.memory.read(MEMORY, n))
      task.wake()
      result = run()
      if (result !== BLOCKED) expect(result).toBe(400_000)
    }
    for (let n = 1; n > 0; ) {
      n = again(other, recvfrom, b, MEMORY, 9000, 0x40, 0, 0)
      if (n > 0) got.push(...other.memory.read(MEMORY, n))
    }
    expect(got.length).toBe(400_000)
    expect(got.every((byte, i) => byte === i % 251)).toBe(true)
  })

  test('read and write of TCP: over loopback, connection by connection', () => {
    const { bench, task, other } = setup()
    const s = again(task, socket, AF_INET, SOCK.SOCK_STREAM, 0)
    loopback(task, 2000)
    expect(again(task, bind, s, ADDRESS, 16)).toBe(0)
    expect(again(task, listen, s, 4)).toBe(0)
    const run = (): number => again(task, accept, s, 0, 0)
    expect(run()).toBe(BLOCKED)
    disturb(task, run)
    const c = again(other, socket, AF_INET, SOCK.SOCK_STREAM, 0)
    loopback(other, 2000)
    expect(again(other, connect, c, ADDRESS, 16)).toBe(0)
    expect(task.state).toBe('running')
    const fd = run()
    const reading = (): number => again(task, read, fd, MEMORY, 10)
    expect(reading()).toBe(BLOCKED)
    disturb(task, reading)
    expect(again(other, write, c, put(other, 'over lo'), 7)).toBe(7)
    expect(reading()).toBe(7)
    expect(bench.text(task, MEMORY, 7)).toBe('over lo')
  })
})

describe('what ends a wait on a socket', () => {
  test('a signal: a restart without a timeout, EINTR with one', () => {
    const all = setup()
    const { task } = all
    const [a] = pair(all)
    const run = (): number => again(task, recvfrom, a, MEMORY, 10, 0, 0, 0)
    expect(run()).toBe(BLOCKED)
    signal(task)
    expect(run()).toBe(ERESTARTSYS)
    timeout(task, a, SO.SO_RCVTIMEO_NEW, 50)
    expect(run()).toBe(EINTR)
    expect(again(task, read, a, MEMORY, 10)).toBe(EINTR)
  })

  test('a timeout: EAGAIN, for recv, read and accept', () => {
    const all = setup()
    const { bench, task } = all
    const [a] = pair(all)
    timeout(task, a, SO.SO_RCVTIMEO_NEW, 50)
    for (const run of [(): number => again(task, recvfrom, a, MEMORY, 10, 0, 0, 0), (): number => again(task, read, a, MEMORY, 10)]) {
      expect(run()).toBe(BLOCKED)
      bench.clock.now += 60e6
      bench.kernel.tick()
      expect(task.state).toBe('running')
      expect(run()).toBe(EAGAIN)
    }
  })

  test('O_NONBLOCK and MSG_DONTWAIT never wait', () => {
    const all = setup()
    const { task } = all
    const [a] = pair(all)
    expect(again(task, recvfrom, a, MEMORY, 10, 0x40, 0, 0)).toBe(EAGAIN)
    expect(again(task, recvfrom, pair(all, SOCK.SOCK_DGRAM | SOCK_FLAGS.SOCK_NONBLOCK)[0], MEMORY, 10, 0, 0, 0)).toBe(EAGAIN)
  })
})
