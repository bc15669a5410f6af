import { describe, expect, test } from 'vitest'
import { createCpu } from '../../src/cpu/index.js'
import { PROT, PT_REGS, TestMachine, THREAD, TRAP } from './host.js'

const CODE = 0x400000
const DATA = 0x600000

/** A machine with code at CODE and two pages of data and one of stack. */
function machine(code: readonly number[], is64 = true): TestMachine {
  const m = new TestMachine(is64)
  m.map(CODE, 0x3000, PROT.read | PROT.exec)
  m.map(DATA, 0x2000, PROT.read | PROT.write)
  m.map(0x700000, 0x1000, PROT.read | PROT.write)
  m.write(CODE, code)
  m.set(PT_REGS.rip, BigInt(CODE))
  m.set(PT_REGS.rsp, 0x700800n)
  return m
}
const LOOP = [0xff, 0xc0, 0xeb, 0xfc] // l: inc eax; jmp l

describe('budgets', () => {
  test('exactly as many instructions retire as the budget allows, at any budget', () => {
    for (const budget of [1, 2, 3, 63, 64, 65, 127, 128, 1000, 100_001]) {
      const m = machine(LOOP)
      expect(m.run(budget)).toBe(budget)
      expect(m.last?.kind).toBe(TRAP.budget)
      expect(m.gpr(0)).toBe(BigInt(Math.ceil(budget / 2)))
      expect(m.rip).toBe(BigInt(CODE + (budget % 2 ? 2 : 0)))
    }
  })
  test('a run in slices ends where one run ends', () => {
    const code = [0x48, 0x01, 0xc8, 0x48, 0x31, 0xc1, 0x48, 0xff, 0xc0, 0x90, 0x72, 0xf5, 0x11, 0xc2, 0xeb, 0xf1] // add, xor, inc, nop, jb, adc, jmp
    const whole = machine(code)
    whole.run(10_000)
    const parts = machine(code)
    for (let left = 10_000, n = 1; left > 0; n = (n * 7 + 3) % 200) left -= parts.run(Math.min(left, n + 1))
    for (let r = 0; r < 16; r++) expect(parts.gpr(r)).toBe(whole.gpr(r))
    expect(parts.rip).toBe(whole.rip)
    expect(parts.flags).toBe(whole.flags)
  })
  test('REP counts each iteration, stops in the middle, and one without iterations counts one', () => {
    const code = [0xf3, 0xaa, 0xcc] // rep stosb; int3
    const m = machine(code)
    m.setGpr(7, BigInt(DATA))
    m.setGpr(1, 1000n)
    m.setGpr(0, 0x5an)
    expect(m.run(300)).toBe(300)
    expect(m.gpr(1)).toBe(700n)
    expect(m.gpr(7)).toBe(BigInt(DATA + 300))
    expect(m.rip).toBe(BigInt(CODE))
    expect(m.run(5)).toBe(5)
    expect(m.gpr(1)).toBe(695n)
    expect(m.run()).toBe(696)
    expect(m.last).toMatchObject({ kind: TRAP.int, vector: 3, software: 'int3', length: 1 })
    expect([...m.read(DATA, 1001)]).toEqual([...new Array<number>(1000).fill(0x5a), 0])
    m.set(PT_REGS.rip, BigInt(CODE))
    expect(m.run()).toBe(2)
    // A count beyond 2^63 is no negative one.
    m.set(PT_REGS.rip, BigInt(CODE))
    m.setGpr(7, BigInt(DATA))
    m.setGpr(1, 0xffff_ffff_ffff_ff00n)
    expect(m.run(1500)).toBe(1500)
    expect(m.gpr(7)).toBe(BigInt(DATA + 1500))
  })
})

describe('faults', () => {
  test('REP restarts where a page fault stopped it', () => {
    const m = machine([0xf3, 0xa4, 0xcc]) // rep movsb
    m.setGpr(6, BigInt(DATA))
    m.setGpr(7, BigInt(DATA + 0x2000 - 16))
    m.setGpr(1, 100n)
    let faults = 0
    m.onTrap = (t) => {
      if (t.kind !== TRAP.fault) return false
      faults++
      expect(t).toMatchObject({ vector: 14, errorCode: 6, address: DATA + 0x2000 })
      expect(m.gpr(1)).toBe(84n)
      expect(m.rip).toBe(BigInt(CODE))
      m.map(DATA + 0x2000, 0x1000, PROT.read | PROT.write)
      return true
    }
    expect(m.run()).toBe(101)
    expect(faults).toBe(1)
    expect(m.gpr(1)).toBe(0n)
  })
  test('instructions before the faulting one of a block have retired, it has not', () => {
    const m = machine([0xff, 0xc0, 0xff, 0xc0, 0x89, 0x03, 0xff, 0xc0]) // inc eax; inc eax; mov [rbx], eax
    m.setGpr(3, 0x1234_5678n)
    expect(m.run()).toBe(2)
    expect(m.last).toMatchObject({ kind: TRAP.fault, vector: 14, errorCode: 6, address: 0x1234_5678 })
    expect(m.gpr(0)).toBe(2n)
    expect(m.rip).toBe(BigInt(CODE + 4))
  })
  test('code that cannot be fetched faults with the instruction bit, at the page that is missing', () => {
    const m = machine([])
    m.write(CODE + 0x2fff, [0x05]) // add eax, imm32, its immediate in the page after
    m.set(PT_REGS.rip, BigInt(CODE + 0x2fff))
    expect(m.run()).toBe(0)
    expect(m.last).toMatchObject({ kind: TRAP.fault, vector: 14, errorCode: 20, address: CODE + 0x3000 })
    expect(m.rip).toBe(BigInt(CODE + 0x2fff))
    m.set(PT_REGS.rip, BigInt(DATA))
    m.run()
    expect(m.last).toMatchObject({ vector: 14, errorCode: 21, address: DATA })
  })
  test('the bytes of an undefined instruction are kept', () => {
    const m = machine([0x0f, 0x0b, 0xaa, 0xbb])
    m.run()
    expect(m.last).toMatchObject({ kind: TRAP.fault, vector: 6 })
    expect([...m.cpu.lastUndefined.subarray(0, 4)]).toEqual([0x0f, 0x0b, 0xaa, 0xbb])
    expect(m.cpu.lastUndefined.length).toBe(15)
  })
  test('a non-canonical rip is #GP', () => {
    const m = machine([0x90])
    m.set(PT_REGS.rip, 0x8000_0000_0000n)
    expect(m.run()).toBe(0)
    expect(m.last).toMatchObject({ vector: 13, errorCode: 0 })
  })
  test('after a page was unmapped or protected an access faults', () => {
    const m = machine([0x8b, 0x03, 0x89, 0x03, 0xcc]) // mov eax, [rbx]; mov [rbx], eax
    m.setGpr(3, BigInt(DATA))
    m.run()
    expect(m.last?.vector).toBe(3)
    const page = m.pages.get(DATA)!
    page.prot = PROT.read
    m.cpu.invalidate(DATA, 1)
    m.set(PT_REGS.rip, BigInt(CODE))
    m.run()
    expect(m.last).toMatchObject({ vector: 14, errorCode: 7 })
    m.unmap(DATA)
    m.set(PT_REGS.rip, BigInt(CODE))
    m.run()
    expect(m.last).toMatchObject({ vector: 14, errorCode: 4, address: DATA })
  })
})

describe('system calls and software interrupts', () => {
  test('each says which gate, with rip at the instruction, and runs on when the host answered', () => {
    const m = machine([0x0f, 0x05, 0x0f, 0x34, 0xcd, 0x80, 0xcc])
    const seen: [number, number, number, bigint][] = []
    m.onTrap = (t) => {
      seen.push([t.kind, t.vector, t.length, m.rip])
      if (t.vector === 3) return false
      m.set(PT_REGS.rip, m.rip + BigInt(t.length))
      return true
    }
    expect(m.run()).toBe(4)
    const at = (n: number): bigint => BigInt(CODE + n)
    expect(seen).toEqual([[TRAP.syscall, 0, 2, at(0)], [TRAP.sysenter, 0, 2, at(2)], [TRAP.int, 0x80, 2, at(4)], [TRAP.int, 3, 1, at(6)]])
  })
  test("SYSCALL in 32-bit code is undefined on Intel's processors and defined on AMD's, SYSENTER in 64-bit code the other way round", () => {
    const kinds = (vendor: 'GenuineIntel' | 'AuthenticAMD', is64: boolean, code: number[]): number => {
      const m = new TestMachine(is64, { vendor })
      m.map(CODE, 4096, PROT.read | PROT.exec)
      m.write(CODE, code)
      m.set(PT_REGS.rip, BigInt(CODE))
      m.run()
      return m.last!.kind === TRAP.fault ? -m.last!.vector : m.last!.kind
    }
    expect(kinds('GenuineIntel', false, [0x0f, 0x05])).toBe(-6)
    expect(kinds('AuthenticAMD', false, [0x0f, 0x05])).toBe(TRAP.syscall)
    expect(kinds('GenuineIntel', true, [0x0f, 0x34])).toBe(TRAP.sysenter)
    expect(kinds('AuthenticAMD', true, [0x0f, 0x34])).toBe(-6)
  })
})

describe('single steps and breakpoints', () => {
  test('TF traps after each instruction and each iteration of REP', () => {
    const m = machine([0xff, 0xc0, 0xf3, 0xaa, 0x90, 0xcc]) // inc eax; rep stosb; nop; int3
    m.setGpr(7, BigInt(DATA))
    m.setGpr(1, 3n)
    m.set(PT_REGS.rflags, 0x302n)
    const at: number[] = []
    m.onTrap = (t) => {
      if (t.kind === TRAP.fault && t.vector === 1) {
        at.push(Number(m.rip) - CODE)
        return true
      }
      return false
    }
    expect(m.run()).toBe(6)
    expect(at).toEqual([2, 2, 2, 4, 5])
  })
  test('POPF that sets TF traps after the next instruction', () => {
    const m = machine([0x68, 0x02, 0x03, 0, 0, 0x9d, 0x90, 0x90]) // push 0x302; popfq; nop; nop
    expect(m.run()).toBe(3)
    expect(m.last).toMatchObject({ kind: TRAP.fault, vector: 1 })
    expect(Number(m.rip) - CODE).toBe(7)
  })
  test('a breakpoint stops before its instruction, and the next run goes over it', () => {
    const m = machine(LOOP)
    m.run(10)
    m.cpu.setBreakpoints([CODE + 2])
    expect(m.run(100)).toBe(1)
    expect(m.last?.kind).toBe(TRAP.breakpoint)
    expect(m.rip).toBe(BigInt(CODE + 2))
    expect(m.run(100)).toBe(2)
    expect(m.gpr(0)).toBe(7n)
    m.cpu.setBreakpoints([])
    expect(m.run(100)).toBe(100)
  })
})

describe('code that changes', () => {
  const writable = (code: readonly number[]): TestMachine => {
    const m = machine(code)
    m.map(CODE, 0x3000, PROT.read | PROT.write | PROT.exec)
    return m
  }
  test('a store into the block that runs takes effect at the next instruction', () => {
    // mov byte [rip+1], 0x40... changes the immediate of the mov that follows
    const m = writable([0xc6, 0x05, 0x01, 0, 0, 0, 0x77, 0xb8, 0x11, 0, 0, 0, 0xcc]) // mov byte [rip+1], 0x77; mov eax, 0x11; int3
    m.run()
    expect(m.gpr(0)).toBe(0x77n)
  })
  test('a store into NOPs that follow in the block takes effect', () => {
    const m = writable([0x66, 0xc7, 0x05, 1, 0, 0, 0, 0xff, 0xc0, 0x90, 0x90, 0x90, 0xcc]) // mov word [rip+1], "inc eax"; nop; nop; nop; int3
    m.run()
    expect(m.gpr(0)).toBe(1n)
  })
  test('a loop that rewrites its own code runs the new code each time', () => {
    // l: inc byte [rip+1]; mov al, 0; add ebx, eax; cmp al, 100; jb l; int3
    const m = writable([0xfe, 0x05, 1, 0, 0, 0, 0xb0, 0, 0x01, 0xc3, 0x3c, 100, 0x72, 0xf2, 0xcc])
    m.run()
    expect(m.gpr(3)).toBe(5050n)
  })
  test('a call that pushes its return address over its own code', () => {
    const m = writable([0x48, 0x8d, 0x25, 0x05, 0, 0, 0, 0xe8, 0x01, 0, 0, 0, 0xcc, 0xc3]) // lea rsp, [rip+5]; call +1; int3; ret
    m.set(PT_REGS.rip, BigInt(CODE))
    m.run()
    expect(Number(m.rip)).toBe(CODE + 12)
    expect(m.last?.vector).toBe(3)
  })
  test('writes of the host are noticed by codeWritten', () => {
    const m = machine([0xb8, 1, 0, 0, 0, 0xcc])
    m.run()
    m.write(CODE + 1, [2])
    m.set(PT_REGS.rip, BigInt(CODE))
    m.run()
    expect(m.gpr(0)).toBe(2n)
  })
  test('another frame at the same address is another code', () => {
    const m = machine([0xb8, 1, 0, 0, 0, 0xeb, 0]) // mov eax, 1; jmp
    m.write(CODE + 7, [0xcc])
    m.run()
    const old = m.pages.get(CODE)!
    m.pages.set(CODE, { frame: m.memory.allocate(), prot: old.prot })
    m.write(CODE, [0xb8, 2, 0, 0, 0, 0xcc])
    m.cpu.invalidate(CODE, 1)
    m.set(PT_REGS.rip, BigInt(CODE))
    m.run()
    expect(m.gpr(0)).toBe(2n)
    m.pages.set(CODE, old)
    m.cpu.flush()
    m.set(PT_REGS.rip, BigInt(CODE))
    m.run()
    expect(m.gpr(0)).toBe(1n)
  })
  test('a loop across pages goes on right when its second page changes', () => {
    const m = machine([])
    m.write(CODE + 0xffd, [0xeb, 0x01]) // jmp to the next page
    m.write(CODE + 0x1000, [0xff, 0xc0, 0xeb, 0xf9]) // inc eax; jmp back
    m.set(PT_REGS.rip, BigInt(CODE + 0xffd))
    expect(m.run(300)).toBe(300)
    expect(m.gpr(0)).toBe(100n)
    m.pages.set(CODE + 0x1000, { frame: m.memory.allocate(), prot: PROT.read | PROT.exec })
    m.write(CODE + 0x1000, [0xff, 0xc3, 0xeb, 0xf9]) // inc ebx
    m.cpu.invalidate(CODE + 0x1000, 1)
    m.run(300)
    expect(m.gpr(0)).toBe(100n)
    expect(m.gpr(3)).toBe(100n)
  })
  test('the arena starts again when it is full', () => {
    const m = new TestMachine(true, { arenaBytes: 1 })
    const pages = 64
    m.map(CODE, pages * 4096, PROT.read | PROT.exec)
    m.map(0x700000, 4096, PROT.read | PROT.write)
    const code: number[] = []
    while (code.length < pages * 4096 - 16) code.push(0xff, 0xc0, 0x01, 0xc3)
    code.push(0xcc)
    m.write(CODE, code)
    for (let i = 0; i < 3; i++) {
      m.setGpr(0, 0n)
      m.set(PT_REGS.rip, BigInt(CODE))
      m.run()
      expect(m.last?.vector).toBe(3)
      expect(m.gpr(0)).toBe(BigInt((code.length - 1) / 4))
    }
  })
})

describe('the state of a context', () => {
  test('RF is gone after an instruction', () => {
    const m = machine([0x90, 0xcc])
    m.set(PT_REGS.rflags, 0x10202n)
    m.run()
    expect(m.flags).toBe(0x202n)
  })
  test('saving and loading the FPU of another context in a trap does not disturb the one that runs', () => {
    const m = machine([0x0f, 0x05, 0xff, 0xc3, 0xcc]) // syscall; inc ebx; int3
    const other = m.memory.allocate() * 4096
    const image = new Uint8Array(512)
    m.onTrap = (t) => {
      if (t.kind !== TRAP.syscall) return false
      m.cpu.saveFpu(m.regs, image)
      m.cpu.loadFpu(other, image)
      m.set(PT_REGS.rip, m.rip + 2n)
      return true
    }
    m.run()
    expect(m.gpr(3)).toBe(1n)
    expect(m.last?.vector).toBe(3)
    expect([...m.memory.u8.subarray(other + THREAD.fpu, other + THREAD.fpu + 2)]).toEqual([0x7f, 0x03])
  })
  test('far branches change between 64-bit and 32-bit code', () => {
    // 64-bit: push 0x23; push code32; retfq.  32-bit: dec eax is 48, a REX prefix in 64-bit code; jmp far back to 0x33.
    const m = machine([0x6a, 0x23, 0x68, 0x10, 0, 0x40, 0, 0x48, 0xcb])
    m.write(CODE + 0x10, [0x48, 0x48, 0xea, 0x20, 0, 0x40, 0, 0x33, 0])
    m.write(CODE + 0x20, [0x48, 0xff, 0xc8, 0xcc])
    m.setGpr(0, 10n)
    expect(m.run()).toBe(8)
    expect(m.gpr(0)).toBe(7n)
    expect(m.get(PT_REGS.cs)).toBe(0x33n)
  })
})

describe('options', () => {
  test('a wrong one is named with what was expected', () => {
    expect(() => createCpu({ vendor: JSON.parse('"Cyrix"') })).toThrow(/cpu\.vendor: expected 'GenuineIntel' or 'AuthenticAMD', got Cyrix/)
    expect(() => createCpu({ model: JSON.parse('"z80"') })).toThrow(/cpu\.model/)
    expect(() => createCpu({ arenaBytes: -1 })).toThrow(/cpu\.arenaBytes/)
  })
  test('the i386 model has the segments of an i386 kernel and no long mode', () => {
    const m = new TestMachine(false, { model: 'i386' })
    m.map(CODE, 0x1000, PROT.read | PROT.exec)
    m.map(0x700000, 0x1000, PROT.read | PROT.write)
    m.write(CODE, [0x66, 0xb8, 0x7b, 0, 0x8e, 0xd8, 0x66, 0xb8, 0x2b, 0, 0x8e, 0xd8]) // mov ds, 0x7b; mov ds, 0x2b
    m.set(PT_REGS.rip, BigInt(CODE))
    m.set(PT_REGS.cs, 0x73n)
    expect(m.run()).toBe(3)
    expect(m.last).toMatchObject({ kind: TRAP.fault, vector: 13, errorCode: 0x28 })
    expect(m.cpu.modes).toEqual(['i386'])
  })
})

describe('CPUID', () => {
  const ask = (m: TestMachine, leaf: number): bigint[] => {
    m.setGpr(0, BigInt(leaf >>> 0))
    m.setGpr(1, 0n)
    m.set(PT_REGS.rip, BigInt(CODE))
    m.run()
    return [0, 3, 1, 2].map((r) => m.gpr(r))
  }
  test('x86_64: vendor, SSE2 and FXSAVE, no XSAVE, no SSE3, long mode', () => {
    const m = machine([0x0f, 0xa2, 0xcc])
    expect(ask(m, 0).slice(1)).toEqual([0x756e6547n, 0x6c65746en, 0x49656e69n])
    const [, , c, d] = ask(m, 1)
    expect(Number(d! >> 24n) & 7).toBe(7)
    expect(Number(c) & (1 | (1 << 9) | (1 << 23) | (1 << 26) | (1 << 28))).toBe(0)
    expect(Number(ask(m, 0x80000001)[3]! >> 29n) & 1).toBe(1)
  })
})
