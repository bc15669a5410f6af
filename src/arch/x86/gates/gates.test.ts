import { describe, expect, it } from 'vitest'
import { PhysicalMemory } from '../../../memory/physical.js'
import { current } from '../../profiles/current.js'
import { linux24 } from '../../profiles/linux-i386.js'
import { bootCpu, bootSteps } from '../boot.js'
import { PT_REGS as P } from '../context-layout.js'
import { CPU } from '../cpu-layout.js'
import { CpuState } from '../cpu-state.js'
import type { ArchKernel } from '../kernel.js'
import { CREG } from '../msr.js'
import { interrupt } from './interrupt.js'
import { sysenter, sysret } from './syscall.js'
import { switchTo } from '../switch-to.js'

function booted(kernel: ArchKernel, vendor: 'intel' | 'amd' = 'intel') {
  const memory = new PhysicalMemory()
  const cpu = new CpuState(memory, kernel.profile, { vendor })
  bootCpu(cpu, kernel.boot)
  const file = cpu.base + CPU.file
  const set = (at: number, v: number): void => memory.view.setBigUint64(file + at, BigInt.asUintN(64, BigInt(v)), true)
  const get = (at: number): number => Number(memory.view.getBigInt64(file + at, true))
  const { userCs, user32Cs, userDs } = kernel.profile.selectors
  set(P.cs, userCs || user32Cs)
  set(P.ss, userDs)
  set(P.rip, 0x1000)
  set(P.rsp, 0x2008)
  set(P.rflags, 0x302)
  return { memory, cpu, file, set, get, gate: (vector: number): number => cpu.base + CPU.idt + vector * (kernel.profile.kernel === 'x86_64' ? 16 : 8) }
}
const SOFTWARE = { software: true, errorCode: -1, resume: false }

describe('interrupt gate', () => {
  it('pushes ss, rsp, flags, cs and rip on the TSS’s stack, clears IF and TF, loads a null ss', () => {
    const m = booted(current)
    expect(interrupt(m.cpu, m.file, 0x80, SOFTWARE)).toBe(-1)
    const top = m.cpu.base + CPU.entryStack + CPU.entryStackSize
    const words = [1, 2, 3, 4, 5].map((i) => Number(m.memory.view.getBigUint64(top - i * 8, true)))
    expect(words).toEqual([0x2b, 0x2008, 0x302, 0x33, 0x1000])
    expect([m.get(P.cs), m.get(P.ss), m.get(P.rflags) & 0x300, m.get(P.rsp)]).toEqual([0x10, 0, 0, m.cpu.address(top - 40)])
  })
  it('is #GP beyond the limit and for a closed gate, #NP for an absent one, with the vector’s index', () => {
    const m = booted(current)
    expect(interrupt(m.cpu, m.file, 13, SOFTWARE)).toBe((13 << 16) | (13 * 8 + 2))
    m.memory.u8[m.gate(0x80) + 5]! &= 0x7f
    expect(interrupt(m.cpu, m.file, 0x80, SOFTWARE)).toBe((11 << 16) | 0x402)
    m.cpu.set(CREG.idtrLimit, 0x80 * 16)
    expect(interrupt(m.cpu, m.file, 0x80, SOFTWARE)).toBe((13 << 16) | 0x402)
    expect(interrupt(m.cpu, m.file, 0x80, { ...SOFTWARE, software: false })).toBe((13 << 16) | 0x403)
    expect([m.get(P.rsp), m.get(P.rip)]).toEqual([0x2008, 0x1000])
  })
  it('asks no privilege for exceptions, pushes the error code, and takes the IST stack', () => {
    const m = booted(current)
    expect(interrupt(m.cpu, m.file, 14, { software: false, errorCode: 6, resume: true })).toBe(-1)
    const at = m.cpu.offset(m.get(P.rsp))
    expect([m.memory.view.getUint32(at, true), m.memory.view.getUint32(at + 24, true)]).toEqual([6, 0x10302])
    const d = booted(current)
    interrupt(d.cpu, d.file, 1, { software: false, errorCode: -1, resume: false })
    expect(d.get(P.rsp)).toBe(d.cpu.address(d.cpu.base + CPU.ist + 3 * CPU.istSize - 40))
  })
  it('without a ring change pushes three words on i386, and a trap gate leaves IF', () => {
    const m = booted(linux24)
    switchTo(m.cpu, m.file, m.cpu.base + 0x800)
    m.set(P.cs, 0x10)
    m.set(P.ss, 0x18)
    m.set(P.rsp, m.cpu.address(m.cpu.base + 0x700))
    expect(interrupt(m.cpu, m.file, 0x80, SOFTWARE)).toBe(-1)
    expect(m.get(P.rsp)).toBe(m.cpu.address(m.cpu.base + 0x700 - 12))
    expect(m.get(P.rflags)).toBe(0x202)
  })
})

describe('vendors', () => {
  it('SYSRET to a non-canonical rcx is #GP in ring 0 on Intel, not on AMD', () => {
    for (const vendor of ['intel', 'amd'] as const) {
      const m = booted(current, vendor)
      m.set(P.cs, 0x10)
      m.set(P.rcx, 0x800000000000)
      expect(sysret(m.cpu, m.file, true)).toBe(vendor === 'intel' ? 13 << 16 : -1)
    }
  })
  it('SYSENTER in long mode is #UD on AMD; #GP(0) on Intel while its selector is null', () => {
    const amd = booted(current, 'amd'), intel = booted(current)
    expect(sysenter(amd.cpu, amd.file)).toBe(6 << 16)
    intel.cpu.set(CREG.sysenterCs, 0)
    expect(sysenter(intel.cpu, intel.file)).toBe(13 << 16)
  })
})

it('syscall_init can be watched: LSTAR, STAR and SFMASK appear as written bytes', () => {
  const cpu = new CpuState(new PhysicalMemory(), current.profile)
  const records = [...bootSteps(cpu, current.boot)]
  const mask = records.find((r) => r.what.startsWith('MSR_SYSCALL_MASK'))!
  expect(mask.writes.map((w) => [w.at, [...w.after.subarray(0, 4)]])).toEqual([[CPU.registers + CREG.sfmask * 8, [0xd5, 0x7f, 0x25, 0]]])
  expect(records.filter((r) => r.symbol === 'syscall_init').length).toBeGreaterThan(4)
})
