import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NetTimer, TimerWheel } from './timers.js'

const log: string[] = []
const owner = { onTimer: (kind: number): void => void log.push(String(kind)) }

describe('the timer wheel', () => {
  test('fires in the order of time, and of arming within a microsecond, against a sorted list', () => {
    const command = fc.record({ what: fc.constantFrom('arm', 'arm', 'cancel', 'run'), timer: fc.nat(30), delay: fc.oneof(fc.nat(70), fc.nat(5000), fc.nat(3e9), fc.nat(2 ** 50)) })
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), fc.nat(2 ** 44), (commands, start) => {
        const wheel = new TimerWheel()
        wheel.elapsed = start
        let now = start, order = 0
        const fired: string[] = []
        const timers = Array.from({ length: 31 }, (_, i) => new NetTimer({ onTimer: () => void fired.push(`${i} at ${wheel.elapsed}`) }, i))
        const model = new Map<number, { at: number; order: number }>()
        for (const { what, timer, delay } of commands) {
          if (what === 'arm') {
            wheel.arm(timers[timer]!, now + delay)
            model.set(timer, { at: now + delay, order: order++ })
          } else if (what === 'cancel') {
            wheel.cancel(timers[timer]!)
            model.delete(timer)
          } else {
            const due = [...model].filter(([, entry]) => entry.at <= now + delay).sort((a, b) => a[1].at - b[1].at || a[1].order - b[1].order)
            const first = Math.min(...[...model.values()].map((entry) => entry.at), Infinity)
            expect(wheel.next()).toBeLessThanOrEqual(first)
            if (model.size <= 32) expect(wheel.next()).toBe(first)
            fired.length = 0
            now += delay
            wheel.run(now)
            expect(fired).toEqual(due.map(([i, entry]) => `${i} at ${Math.max(entry.at, 0)}`))
            for (const [i] of due) model.delete(i)
          }
          expect(wheel.count).toBe(model.size)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a timer that arms itself for now fires in the same run; one for the past at once', () => {
    const wheel = new TimerWheel()
    let left = 3
    const again: NetTimer = new NetTimer({ onTimer: () => void (--left > 0 && wheel.arm(again, wheel.elapsed)) }, 1)
    wheel.arm(again, 50)
    wheel.run(100)
    expect(left).toBe(0)
    log.length = 0
    wheel.arm(new NetTimer(owner, 7), 20)
    expect(wheel.next()).toBeLessThanOrEqual(100)
    wheel.run(100)
    expect(log).toEqual(['7'])
  })
})
