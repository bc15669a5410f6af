import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { forward, KTIME_MAX, TimerQueue } from './timers.js'

test('a periodic timer goes on after now, at each point of the kernel\'s time', () => {
  const time = fc.double({ min: 0, max: KTIME_MAX, noNaN: true })
  fc.assert(
    fc.property(time, time, fc.double({ min: 1, max: KTIME_MAX, noNaN: true }), (a, b, interval) => {
      const due = Math.min(a, b), now = Math.max(a, b)
      expect(forward(due, interval, now).at).toBeGreaterThan(now)
    }),
  )
})

test('the expirations that were missed are counted', () => {
  expect(forward(100, 10, 100)).toEqual({ at: 110, missed: 0 })
  expect(forward(100, 10, 109)).toEqual({ at: 110, missed: 0 })
  expect(forward(100, 10, 135)).toEqual({ at: 140, missed: 3 })
  expect(forward(100, 10, 140)).toEqual({ at: 150, missed: 4 })
})

test('what is due at the end of time never comes', () => {
  const timers = new TimerQueue()
  const fired: number[] = []
  timers.handle('wake', (id) => fired.push(id))
  timers.add(KTIME_MAX, 'wake', 1)
  expect(timers.next).toBe(Infinity)
  timers.add(KTIME_MAX / 2, 'wake', 2)
  expect(timers.next).toBe(KTIME_MAX / 2)
  timers.run(2 * KTIME_MAX)
  expect(fired).toEqual([2])
})

test('a timer that starts itself again at once does not keep a run from ending', () => {
  const timers = new TimerQueue()
  let fired = 0
  timers.handle('again', (id) => {
    fired++
    timers.add(5, 'again', id)
  })
  timers.add(5, 'again', 1)
  timers.run(5)
  expect(fired).toBe(1)
  expect(timers.next).toBe(5)
})
