import { expect, test } from 'vitest'
import { EAGAIN, ENOBUFS } from '../../src/abi/errno.js'
import { createSockets } from '../../src/sockets/create-sockets.js'
import type { SocketLayer } from '../../src/kernel/ports/sockets.js'
import { setsockopt } from '../../src/syscalls/sockets/options.js'
import { recvfrom } from '../../src/syscalls/sockets/receive.js'
import { sendto } from '../../src/syscalls/sockets/send.js'
import { socket } from '../../src/syscalls/sockets/socket.js'
import { Bench, MEMORY, type TestTask } from '../fs/harness.js'

type SocketsTask = TestTask & { readonly sockets: SocketLayer }

/** Calls on one socket of netlink. */
function netlink() {
  const bench = new Bench()
  const plain = bench.task()
  const task: SocketsTask = Object.assign(plain, { sockets: createSockets().create(bench.kernel).attach(plain, null, 0) })
  const call = <A extends readonly number[]>(def: { run(task: SocketsTask, ...args: A): number }, ...args: A): number => {
    const result = def.run(task, ...args)
    task.finishCall()
    return result
  }
  const fd = call(socket, 16, 3, 0)
  return {
    send(bytes: Uint8Array): number {
      task.memory.copyTo(MEMORY, bytes)
      return call(sendto, fd, MEMORY, bytes.length, 0x4040, 0, 0)
    },
    receive: () => call(recvfrom, fd, MEMORY, 4096, 0x40, 0, 0),
    bytes: (n: number) => task.memory.read(MEMORY, n),
    put(name: number, value: number): number {
      task.memory.putU32(MEMORY, value)
      return call(setsockopt, fd, 1, name, MEMORY, 4)
    },
  }
}

/** Receives until there is nothing more: how many, and why it ended. */
function drain(receive: () => number): [received: number, ended: number] {
  for (let n = 0; ; n++) {
    const result = receive()
    if (result < 0) return [n, result]
  }
}

const request = (type: number, flags: number): Uint8Array => new Uint8Array(Uint32Array.of(32, type | (flags << 16), 1, 0, 0, 0, 0, 0).buffer)

test('answers of netlink that nobody reads: ENOBUFS once SO_RCVBUF is full, as many as Linux keeps, and they come again when it is empty', () => {
  const { send, receive, put } = netlink()
  expect(put(8, 20_000)).toBe(0)
  const ask = request(1000, 5)
  for (let n = 0; n < 300; n++) expect(send(ask)).toBe(32)
  expect(receive()).toBe(-ENOBUFS)
  expect(drain(receive)).toEqual([48, -EAGAIN])
  expect(send(ask)).toBe(32)
  expect(receive()).toBe(52)
})

test('dumps of netlink that nobody reads: one runs, the others are refused with EBUSY', () => {
  const { send, receive, bytes } = netlink()
  for (let n = 0; n < 3000; n++) expect(send(request(18, 0x301))).toBe(32)
  expect(receive()).toBe(-ENOBUFS)
  expect(receive()).toBeGreaterThan(32)
  for (let n = 0; n < 20; n++) {
    expect(receive()).toBe(52)
    expect([bytes(5)[4], new DataView(bytes(20).buffer).getInt32(16, true)]).toEqual([2, -16])
  }
  const [left] = drain(receive)
  expect(left).toBeLessThan(260)
})
