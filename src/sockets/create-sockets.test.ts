import { expect, test } from 'vitest'
import { VirtualClock } from '../base/clock.js'
import { SeededRandom } from '../base/random.js'
import { Bench } from '../../test/fs/harness.js'
import { NetStack } from '../net/stack.js'
import { createSockets, netOf } from './create-sockets.js'

test('a stack that is there already is used where it has the machine\'s clock', () => {
  const { kernel } = new Bench()
  const net = new NetStack({ clock: kernel.clock, random: new SeededRandom(1) })
  createSockets(net).create(kernel)
  expect(netOf(kernel)).toBe(net)
})

test('a stack with another clock is refused', () => {
  const net = new NetStack({ clock: new VirtualClock(), random: new SeededRandom(1) })
  expect(() => createSockets(net).create(new Bench().kernel)).toThrow('createSockets: the stack has another clock than the machine')
})

test('machines have stacks of their own, with the knobs that are asked for', () => {
  const a = new Bench().kernel, b = new Bench().kernel
  const sockets = createSockets({ sysctl: { somaxconn: 7 } })
  sockets.create(a)
  sockets.create(b)
  expect(netOf(a)).not.toBe(netOf(b))
  expect(netOf(a)?.sysctl.somaxconn).toBe(7)
})
