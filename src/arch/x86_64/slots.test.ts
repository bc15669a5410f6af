import { expect, it } from 'vitest'
import { PT_REGS, THREAD } from '../x86/context-layout.js'
import * as slots from './slots.js'

it('word indices are the byte offsets of the context layout', () => {
  const bytes: Record<string, number> = { ...PT_REGS, way_slot: THREAD.way, landing_pad: THREAD.landingPad }
  const entries = Object.entries(slots)
  expect(entries.length).toBe(23)
  for (const [name, index] of entries) expect([name, index * 4]).toEqual([name, bytes[name.toLowerCase()]])
})
