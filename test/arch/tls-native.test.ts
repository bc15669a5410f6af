import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { current } from '../../src/arch/profiles/current.js'
import { decodeDescriptor } from '../../src/arch/x86/descriptors.js'
import { fetchDescriptor } from '../../src/arch/x86/gdt.js'
import { CPU } from '../../src/arch/x86/cpu-layout.js'
import { getThreadArea, setThreadArea } from '../../src/arch/x86/tls.js'
import { machineOf } from './fixture.js'

type Desc = [number, number, number, number]
type Case = [input: Desc, result: number, entry: number, getResult: number, got: Desc, lar: number, lsl: number]

function write(view: DataView, [entry, base, limit, flags]: Desc): void {
  view.setInt32(0, entry, true)
  view.setUint32(4, base, true)
  view.setUint32(8, limit, true)
  view.setUint32(12, flags, true)
}

describe('set_thread_area as the real kernel does it', () => {
  const { cases }: { cases: Case[] } = JSON.parse(readFileSync(new URL('goldens/tls.json', import.meta.url), 'utf8'))
  it(`${cases.length} descriptors: result, slot, get_thread_area, LAR and LSL`, () => {
    for (const [input, result, entry, getResult, got, lar, lsl] of cases) {
      const m = machineOf(current)
      const view = new DataView(new ArrayBuffer(16))
      write(view, [12, 0, 0xfffff, 0x51]) // libc's own
      setThreadArea(m.cpu, m.regs, view)
      write(view, input)
      expect([input, setThreadArea(m.cpu, m.regs, view), view.getInt32(0, true)]).toEqual([input, result, entry])
      write(view, [entry, 0, 0, 0])
      expect([input, getThreadArea(m.cpu, m.regs, view)]).toEqual([input, getResult])
      if (getResult === 0) expect([input, view.getInt32(0, true), view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)]).toEqual([input, ...got])
      if (result !== 0 || lar === 0) continue
      const high = m.memory.u32[(m.cpu.base + CPU.gdt + entry * 8 + 4) >>> 2]!
      expect([input, high & 0xf0ff00]).toEqual([input, lar & 0xf0ff00])
      expect(fetchDescriptor(m.cpu, entry * 8 + 3)!.limit).toBe(lsl)
      expect(decodeDescriptor(m.memory.u32[(m.cpu.base + CPU.gdt + entry * 8) >>> 2]!, high).base).toBe(input[1])
    }
  })
})
