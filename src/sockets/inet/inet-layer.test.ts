import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bench } from '../../../test/fs/harness.js'
import { KTIME_MAX } from '../../kernel/timers.js'
import { NetTimer } from '../../net/timers.js'
import { createSockets, netOf } from '../create-sockets.js'

test('when the kernel calls, the stack\'s timer is due, however far on the clock is', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: KTIME_MAX / 1001, noNaN: true }), (time) => {
      const { kernel } = new Bench()
      createSockets({}).create(kernel)
      const net = netOf(kernel)!
      let fired = 0
      net.timers.arm(new NetTimer({ onTimer: () => fired++ }, 0), Math.ceil(time))
      net.onSettled()
      kernel.clock.advance(kernel.timers.next)
      kernel.timers.run(kernel.clock.monotonic())
      expect(fired).toBe(1)
    }),
    { examples: [[2147483712142800]] }, // where a run of 1,000,000 random calls came to
  )
})
