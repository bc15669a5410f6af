import { describe, expect, it } from 'vitest'
import { ABI } from '../../src/abi/number-table.js'
import { current } from '../../src/arch/profiles/current.js'
import { PT_REGS as P, THREAD } from '../../src/arch/x86/context-layout.js'
import { WAY } from '../../src/arch/x86/ways.js'
import { machineOf, USER_REGS } from './fixture.js'
import { nativeCases, type NativeCase, type NativeRegs } from './goldens.js'

/** The goldens come from an AMD machine. */
const amd = (cs: number) => {
  const m = machineOf(current, { vendor: 'amd' })
  m.set(P.cs, BigInt(cs))
  m.set(P.ss, 0x2bn)
  return m
}
type M = ReturnType<typeof amd>

/** The few calls that the native programs make. */
function serve(m: M, child: number): void {
  const { abi, nr, args } = m.cpu.entry
  let result = -38n
  if ((abi === ABI.x86_64 && nr === 39) || (abi === ABI.i386 && nr === 20)) result = BigInt(child)
  else if (abi === ABI.i386 && nr === 132) result = m.memory.u32[(m.regs + args[0]!) >>> 2] === 0 ? 77n : -3n
  m.set(P.rax, result)
}

function expectRegisters(m: M, expected: NativeRegs, except: readonly string[]): void {
  const got = m.registers()
  for (const name of USER_REGS) if (!except.includes(name) && expected[name] !== undefined) expect({ [name]: got[name]!.toString(16) }).toEqual({ [name]: BigInt(expected[name]!).toString(16) })
}

const kindOf = (name: string): 'syscall' | 'sysenter' | 'int' => (name.startsWith('sysc') ? 'syscall' : name.startsWith('syse') ? 'sysenter' : 'int')

function replay(c: NativeCase, cs: number): void {
  const m = amd(cs)
  m.load(c.in!)
  const last = c.case.includes('end of user space')
  if (last) m.set(P.rip, 0x7fffffffeffen)
  const start = m.get(P.rip)
  const way = m.trap(kindOf(c.case), { vector: 0x80 })
  if (c.signal !== undefined && !last) {
    expect(way).toBe(WAY.exception)
    expect(m.cpu.exception).toMatchObject({ vector: c.signal.trapno, errorCode: c.signal.err })
    expect(Number(m.get(P.rip) - start)).toBe(c.signal.offset)
    expectRegisters(m, c.signal.regs, ['rsp', 'rip'])
    return
  }
  serve(m, c.child!)
  m.exit()
  if (last) { // the page fault that follows is the CPU's
    expect(m.get(P.rip)).toBe(BigInt(c.signal!.regs['rip']!))
    expectRegisters(m, c.signal!.regs, ['rsp', 'rflags'])
    return
  }
  if (c.case.includes('getpgid')) expect(m.get(P.rax)).toBe(77n)
  expect(m.get(P.rip) - start).toBe(2n)
  // run under TF, the last trap's handler cleared it
  expectRegisters(m, c.out!, ['rip', 'rsp', ...(c.case.includes('getpgid') ? ['rax'] : []), ...(c.traps !== undefined ? ['rflags'] : [])])
}

describe('64-bit code, as this kind of machine runs it', () => {
  it.each(nativeCases('gates-x86_64.json').filter((c) => /^(syscall|int80|sysenter)/.test(c.case)).map((c) => [c.case, c] as const))('%s', (_name, c) => replay(c, 0x33))
})

describe('32-bit code, as this kind of machine runs it', () => {
  it.each(nativeCases('gates-i386.json').filter((c) => /^(int80|sysenter)/.test(c.case)).map((c) => [c.case, c] as const))('%s', (_name, c) => replay32(c))

  function replay32(c: NativeCase): void {
    const m = amd(0x23)
    m.load(c.in!)
    const start = m.get(P.rip)
    const way = m.trap(kindOf(c.case), { vector: 0x80 })
    if (c.signal !== undefined) {
      expect(way).toBe(WAY.exception)
      expect(m.cpu.exception).toMatchObject({ vector: c.signal.trapno, errorCode: c.signal.err })
      expectRegisters(m, c.signal.regs, ['rsp', 'rip'])
      return
    }
    serve(m, c.child!)
    m.exit()
    expect(m.get(P.rip) - start).toBe(2n)
    m.set(P.rax, m.get(P.rax) & 0xffffffffn) // a 32-bit program sees eax
    expectRegisters(m, c.out!, ['rip', 'rsp', ...(c.traps !== undefined ? ['rflags'] : [])])
  }

  it.each(nativeCases('gates-i386.json').filter((c) => c.case.startsWith('vsyscall')).map((c) => [c.case, c] as const))('%s', (_name, c) => {
    const m = amd(0x23)
    m.load(c.in!)
    m.set(THREAD.landingPad, 0xf7fc8579n)
    // __kernel_vsyscall on AMD: push ecx, edx, ebp; mov ecx to ebp; syscall; int 0x80; landing pad: pop ebp, edx, ecx
    const [ecx, edx, ebp] = [m.get(P.rcx), m.get(P.rdx), BigInt(c.out!['rbp']!)] // ebp held the vDSO's address for the call
    m.set(P.rbp, ecx)
    expect(m.trap('syscall', {}, () => Number(ebp))).toBe(WAY.syscall32)
    expect(m.get(P.rcx)).toBe(ecx)
    serve(m, c.child!)
    m.exit()
    expect(m.get(P.rip)).toBe(0xf7fc8579n)
    m.set(P.rbp, ebp)
    m.set(P.rdx, edx)
    m.set(P.rcx, ecx)
    m.set(P.rax, m.get(P.rax) & 0xffffffffn)
    expectRegisters(m, c.out!, ['rip', 'rsp'])
  })

  it('syscall with a bad stack: -EFAULT, ecx from ebp, ebp zero', () => {
    const c = nativeCases('gates-i386.json').find((one) => one.case === 'syscall with a bad stack')!
    const m = amd(0x23)
    m.load(c.in!)
    m.set(P.rsp, 0x10n)
    expect(m.trap('syscall')).toBe(-14)
    m.exit()
    m.set(P.rax, m.get(P.rax) & 0xffffffffn)
    expectRegisters(m, c.signal!.regs, ['rip', 'rflags']) // the landing pad's pop faulted, with RF
  })
})

describe('int n from ring 3', () => {
  for (const [file, cs] of [['gates-x86_64.json', 0x33], ['gates-i386.json', 0x23]] as const)
    it(`${file}: every vector but 0x80 raises what it raises on Linux`, () => {
      const cases = nativeCases(file).filter((c) => c.brief !== undefined)
      expect(cases.length).toBe(255)
      for (const c of cases) {
        const m = amd(cs)
        m.set(P.rip, 0x401000n)
        m.set(P.rflags, 0x202n)
        const vector = Number(c.case.slice(4))
        expect(m.trap('int', { vector })).toBe(WAY.exception)
        const [, , trap, err, offset, flags] = c.brief!
        expect([vector, m.cpu.exception.vector, m.cpu.exception.errorCode, Number(m.get(P.rip)) - 0x401000, m.get(P.rflags)]).toEqual([vector, trap, err, offset, BigInt(flags)])
      }
    })
  it.each([['int3', 3], ['into', 4]] as const)('%s arrives after the instruction', (name, vector) => {
    const c = nativeCases('gates-i386.json').find((one) => one.case === name)!
    const m = amd(0x23)
    m.load(c.in!)
    const start = m.get(P.rip)
    m.trap('int', { vector, length: 1, software: name })
    expect([m.cpu.exception.vector, Number(m.get(P.rip) - start), m.get(P.rflags)]).toEqual([c.signal!.trapno, c.signal!.offset, BigInt(c.signal!.regs['rflags']!)])
  })
})
