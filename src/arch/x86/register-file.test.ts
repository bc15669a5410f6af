import { expect, it } from 'vitest'
import { PhysicalMemory } from '../../memory/physical.js'
import { PT_REGS, THREAD } from './context-layout.js'
import { EFLAGS } from './flags.js'
import { RegisterFile, registerPlace } from './register-file.js'

const file = (mode: 'x86_64' | 'i386' = 'x86_64'): RegisterFile => new RegisterFile(new PhysicalMemory(), 0x10000, mode)

it('every 64-bit name is the slot of the context layout', () => {
  for (const [name, at] of Object.entries(PT_REGS)) {
    const segment = name === 'cs' || name === 'ss'
    expect([name, registerPlace(name)]).toEqual([name, { at, bytes: segment ? 2 : 8 }])
  }
  for (const [name, at] of [['fs_base', THREAD.fsBase], ['gs_base', THREAD.gsBase], ['es', THREAD.es], ['gs', THREAD.gs]] as const) expect(registerPlace(name)?.at).toBe(at)
})
it('sub-registers are the bytes that the processor gives them', () => {
  const r = file()
  r.set('rax', 0x1122334455667788n)
  expect(['eax', 'ax', 'al', 'ah'].map((name) => r.get(name))).toEqual([0x55667788n, 0x7788n, 0x88n, 0x77n])
  r.set('ah', 0xabn)
  r.set('al', 0x1cdn)
  expect(r.get('rax')).toBe(0x112233445566abcdn)
  r.set('r9', 2n ** 64n - 1n)
  r.set('r9w', 0n)
  expect(r.get('r9')).toBe(0xffffffffffff0000n)
  r.set('sil', 0x7fn)
  expect([r.get('rsi'), r.get('esi')]).toEqual([0x7fn, 0x7fn])
})
it('a 32-bit write clears the upper half', () => {
  const r = file()
  r.set('rbx', 2n ** 64n - 1n)
  r.set('ebx', 1n)
  expect(r.get('rbx')).toBe(1n)
})
it('refuses names that are none, and 64-bit ones on i386', () => {
  for (const name of ['rx', 'r7', 'r16', 'eax1', 'ipl', 'flags', 'bs', 'toString']) expect(() => file().get(name)).toThrow(RangeError)
  for (const name of ['rax', 'r8d', 'sil', 'rflags']) expect(() => file('i386').get(name)).toThrow(RangeError)
  expect(file('i386').get('eax')).toBe(0n)
})
it('flags and halves', () => {
  const r = file()
  r.setFlag(EFLAGS.ZF | EFLAGS.CF, true)
  r.setFlag(EFLAGS.CF, false)
  expect([r.flag(EFLAGS.ZF), r.flag(EFLAGS.CF), r.get('eflags')]).toEqual([true, false, 0x40n])
  r.setHalves(PT_REGS.rcx, 1, 0x80000000)
  expect([r.get('rcx'), r.low(PT_REGS.rcx), r.high(PT_REGS.rcx)]).toEqual([0x8000000000000001n, 1, 0x80000000])
  r.set('gs_base', 0x7000n)
  expect([r.base('gs'), r.base('ds')]).toEqual([0x7000n, 0n])
})
