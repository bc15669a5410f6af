import { describe, expect, test } from 'vitest'
import type { Cpu } from '../../src/arch/cpu-port.js'
import { Bench, CODE, DATA, TRAP, TSC } from './bench.js'

/** A case that a CPU cannot pass, and why. */
export interface Skip {
  readonly test: string
  readonly reason: string
}

const AX = 0, CX = 1, DX = 2, BX = 3, R9 = 9

/** What every CPU must do, by its port's documentation; code is given with its bytes. */
const CASES: Readonly<Record<string, (bench: Bench) => void>> = {
  'int 0x80 stops at the instruction, and what the host changes counts': (b) => {
    b.code('b807000000 cd80 01d8 cd80') // mov eax, 7; int 0x80; add eax, ebx; int 0x80
    const regs = b.context()
    b.setGpr(regs, BX, 5)
    b.run(regs, [b.over(regs, () => b.setGpr(regs, AX, b.gpr(regs, AX) * 10))])
    expect(b.traps.map(({ kind, vector, length, software }) => ({ kind, vector, length, software }))).toEqual(Array(2).fill({ kind: TRAP.int, vector: 0x80, length: 2, software: 'int' }))
    expect(b.rip(regs)).toBe(CODE + 9)
    expect(b.gpr(regs, AX)).toBe(75)
  },
  'sysenter stops at the instruction': (b) => {
    b.code('b905000000 0f34') // mov ecx, 5; sysenter
    const regs = b.context()
    b.run(regs)
    expect(b.last).toMatchObject({ kind: TRAP.sysenter, length: 2 })
    expect([b.rip(regs), b.gpr(regs, CX), b.gpr(regs, 4)]).toEqual([CODE + 5, 5, DATA + 0xff0])
  },
  'the interrupts of ring 3 are told apart': (b) => {
    const of = (hex: string): unknown => {
      b.code(hex)
      const regs = b.context()
      b.run(regs)
      return [b.last.kind, b.last.vector, b.last.software, b.last.length, b.rip(regs)]
    }
    expect(of('cc')).toEqual([TRAP.int, 3, 'int3', 1, CODE])
    expect(of('cd03')).toEqual([TRAP.int, 3, 'int', 2, CODE])
    expect(of('cd21')).toEqual([TRAP.int, 0x21, 'int', 2, CODE])
    if (!b.is64) expect(of('b07f 0401 ce 90')).toEqual([TRAP.int, 4, 'into', 1, CODE + 4]) // mov al, 0x7f; add al, 1; into
  },
  'faults are precise': (b) => {
    const of = (hex: string): number[] => {
      b.code(hex)
      const regs = b.context()
      b.run(regs)
      return [b.last.kind, b.last.vector, b.last.errorCode, b.rip(regs)]
    }
    expect(of('31c9 f7f1')).toEqual([TRAP.fault, 0, 0, CODE + 2]) // xor ecx, ecx; div ecx
    expect(of('40 90 0f0b').slice(0, 3)).toEqual([TRAP.fault, 6, 0]) // ud2
    expect(of('90 f4')).toEqual([TRAP.fault, 13, 0, CODE + 1]) // hlt
  },
  'a page fault says where and why, and can be resolved': (b) => {
    b.code('a1 00006000 cd80', CODE) // mov eax, [0x600000]; int 0x80
    const regs = b.context()
    b.setGpr(regs, AX, 77)
    b.run(regs, [() => {
      expect([b.rip(regs), b.gpr(regs, AX)]).toEqual([CODE, 77])
      b.map(0x600000, 'r')
      b.write(0x600000, [1, 2, 3, 4])
      return true
    }])
    expect(b.traps[0]).toMatchObject({ kind: TRAP.fault, vector: 14, errorCode: 4, address: 0x600000 })
    expect(b.gpr(regs, AX)).toBe(0x04030201)
  },
  'writing needs the right to write': (b) => {
    b.map(0x600000, 'r')
    b.code('8b1d04006000 c7050400600044332211 cd80') // mov ebx, [0x600004]; mov dword [0x600004], 0x11223344
    const regs = b.context()
    b.run(regs)
    expect(b.last).toMatchObject({ kind: TRAP.fault, vector: 14, errorCode: 7, address: 0x600004 })
    expect([b.rip(regs), b.u32(0x600004)]).toEqual([CODE + 6, 0])
  },
  'an access across two pages is whole or not at all': (b) => {
    b.code('c705fe0f500044332211 cd80') // mov dword [0x500ffe], 0x11223344; int 0x80
    const regs = b.context()
    b.run(regs, [() => {
      expect(b.memory.view.getUint16(b.pages.get(DATA)!.frame * 4096 + 0xffe, true)).toBe(0)
      b.map(DATA + 4096, 'rw')
      return true
    }])
    expect(b.traps[0]).toMatchObject({ vector: 14, errorCode: 6, address: DATA + 4096 })
    expect(b.memory.view.getUint16(b.pages.get(DATA)!.frame * 4096 + 0xffe, true)).toBe(0x3344)
    expect(b.u32(DATA + 4096)).toBe(0x1122)
  },
  'memory is one: each side sees what the other wrote': (b) => {
    b.code('ff0500005000 a100005000 cd80 a100005000 cd80') // inc dword [0x500000]; mov eax, [0x500000]; int 0x80; mov eax, …; int 0x80
    const regs = b.context()
    b.write(DATA, [41, 0, 0, 0])
    b.run(regs, [b.over(regs, () => {
      expect([b.u32(DATA), b.gpr(regs, AX)]).toEqual([42, 42])
      b.write(DATA, [99])
    })])
    expect(b.gpr(regs, AX)).toBe(99)
  },
  'two addresses of one frame are one memory': (b) => {
    b.map(0x600000, 'rw', b.pages.get(DATA)!.frame)
    b.code('c605000050005a a000006000 cd80') // mov byte [0x500000], 0x5a; mov al, [0x600000]; int 0x80
    const regs = b.context()
    b.run(regs)
    expect(b.gpr(regs, AX) & 0xff).toBe(0x5a)
  },
  'a page that is unmapped or replaced is gone': (b) => {
    b.code('a100005000 cd80 a100005000 cd80') // mov eax, [0x500000]; int 0x80; mov eax, [0x500000]; int 0x80
    const regs = b.context()
    b.write(DATA, [1])
    b.run(regs, [b.over(regs, () => {
      b.map(DATA, 'rw')
      b.write(DATA, [2])
    })])
    expect(b.gpr(regs, AX)).toBe(2)
    b.unmap(DATA)
    b.setRip(regs, CODE)
    b.run(regs)
    expect(b.last).toMatchObject({ vector: 14, address: DATA })
  },
  'code that the host writes runs': (b) => {
    b.code('b001 cd80') // mov al, 1; int 0x80
    const regs = b.context()
    b.run(regs)
    b.code('b002')
    b.setRip(regs, CODE)
    b.run(regs)
    expect(b.gpr(regs, AX)).toBe(2)
  },
  'code that writes the next instruction runs it': (b) => {
    b.map(CODE, 'rwx')
    b.code(b.is64 ? 'c60425 08004000 09 b001 cd80' : 'c60508004000 09 b001 cd80') // mov byte [b + 1], 9; b: mov al, 1; int 0x80
    const regs = b.context()
    if (b.is64) b.code('c6042509004000 09 b001 cd80')
    b.run(regs)
    expect(b.gpr(regs, AX)).toBe(9)
  },
  'a budget ends an endless loop, which can go on': (b) => {
    b.code('83c001 ebfb') // a: add eax, 1; jmp a
    const regs = b.context()
    const retired = b.run(regs, [], 1000)
    expect(b.last.kind).toBe(TRAP.budget)
    expect(retired).toBeGreaterThanOrEqual(1000)
    const before = b.gpr(regs, AX)
    expect(before).toBeGreaterThan(400)
    expect([CODE, CODE + 3]).toContain(b.rip(regs))
    b.run(regs, [], 1000)
    expect(b.gpr(regs, AX)).toBeGreaterThan(before)
  },
  'contexts keep apart, with FPU and SSE': (b) => {
    b.code('0f281d00005000 dd0510005000 cd80 0f291d20005000 dd1d30005000 cd80') // movaps xmm3, [d]; fld qword [d+16]; int; movaps [d+32], xmm3; fstp qword [d+48]; int
    const one = b.context()
    const two = b.context()
    const load = (regs: number, value: number): void => {
      b.write(DATA, [value, 0, 0, value])
      b.write(DATA + 16, new Uint8Array(Float64Array.of(value + 0.5).buffer))
      b.run(regs)
      b.setRip(regs, b.rip(regs) + 2)
    }
    load(one, 1)
    load(two, 2)
    b.run(one)
    expect([b.u32(DATA + 32), b.f64(DATA + 48)]).toEqual([0x01000001, 1.5])
    b.run(two)
    expect([b.u32(DATA + 32), b.f64(DATA + 48)]).toEqual([0x02000002, 2.5])
  },
  'FPU state can be saved and set as an FXSAVE image': (b) => {
    b.code('d9ee d9e8 d9eb cd80 dd1d00005000 dd1d08005000 cd80') // fldz; fld1; fldpi; int 0x80; fstp qword [d]; fstp qword [d+8]; int 0x80
    const regs = b.context()
    b.run(regs)
    const image = new Uint8Array(512)
    b.cpu.saveFpu(regs, image)
    const view = new DataView(image.buffer)
    expect((view.getUint16(2, true) >> 11) & 7).toBe(5) // top of stack
    expect(image[4]).toBe(0b11100000)
    expect([view.getUint16(32 + 8, true), view.getUint16(48 + 8, true), view.getBigUint64(48, true)]).toEqual([0x4000, 0x3fff, 1n << 63n]) // pi, 1.0
    view.setBigUint64(32, 3n << 62n, true) // st0 = 3.0
    b.cpu.loadFpu(regs, image)
    b.setRip(regs, b.rip(regs) + 2)
    b.run(regs)
    expect([b.f64(DATA), b.f64(DATA + 8)]).toEqual([3, 1])
  },
  'flags are the architecture\'s': (b) => {
    b.code('b8ffffffff 83c001 cd80 9c 5b cd80') // mov eax, -1; add eax, 1; int 0x80; pushf; pop ebx; int 0x80
    const regs = b.context()
    b.run(regs, [b.over(regs, () => expect(b.flags(regs) & 0x8d5).toBe(0x55))]) // ZF AF PF CF
    expect(b.gpr(regs, BX) & 0xad5).toBe(0x255) // and IF
  },
  'rdtsc reads the host\'s counter': (b) => {
    b.code('0f31 cd80')
    const regs = b.context()
    b.run(regs)
    expect([b.gpr(regs, AX), b.gpr(regs, DX)]).toEqual(TSC)
  },
  'a budget of one context does not hurt another': (b) => {
    b.code('ebfe') // a: jmp a
    b.code('b003 cd80', CODE + 4096)
    const loop = b.context()
    const other = b.context()
    b.setRip(other, CODE + 4096)
    b.run(loop, [], 100)
    b.run(other)
    expect(b.gpr(other, AX) & 0xff).toBe(3)
    expect([b.rip(loop), b.last.kind]).toEqual([CODE, TRAP.int])
  },
  'breakpoints stop before the instruction': (b) => {
    b.code('90 90 b003 cd80')
    b.cpu.setBreakpoints([CODE + 2])
    const regs = b.context()
    b.run(regs)
    expect([b.last.kind, b.rip(regs), b.gpr(regs, AX)]).toEqual([TRAP.breakpoint, CODE + 2, 0])
    b.run(regs)
    expect(b.gpr(regs, AX)).toBe(3)
  },
  'the trap flag stops after each instruction': (b) => {
    b.code('90 90 cd80')
    const regs = b.context()
    b.memory.u32[(regs + 144) >>> 2]! |= 0x100
    b.run(regs)
    expect([b.last.kind, b.last.vector, b.rip(regs)]).toEqual([TRAP.fault, 1, CODE + 1])
  },
}

const ONLY32: typeof CASES = {
  'a TLS segment has the base of its descriptor': (b) => {
    b.code('b863000000 8ee8 65a104000000 cd80 65a104000000 cd80') // mov eax, 0x63; mov gs, eax; mov eax, [gs:4]; int 0x80; mov eax, [gs:4]; int 0x80
    b.gdt.set(12, [((DATA & 0xffff) << 16) | 0xffff, (DATA & 0xff000000) | 0x00cff300 | ((DATA >> 16) & 0xff)])
    b.write(DATA + 4, [0x2a])
    const regs = b.context()
    b.run(regs, [b.over(regs, () => expect(b.gpr(regs, AX)).toBe(0x2a))])
    expect(b.gpr(regs, AX)).toBe(0x2a)
  },
}

const ONLY64: typeof CASES = {
  'syscall stops at the instruction and changes nothing': (b) => {
    b.code('49b98877665544332211 b827000000 0f05 4a8d1c08 0f05') // mov r9, 0x1122334455667788; mov eax, 39; syscall; lea rbx, [rax + r9]; syscall
    const regs = b.context()
    b.run(regs, [b.over(regs, () => {
      expect([b.gpr(regs, CX), b.gpr(regs, 11), b.gpr(regs, R9), b.rip(regs)]).toEqual([0, 0, 0x55667788, CODE + 15])
      b.setGpr(regs, AX, 1)
    })])
    expect(b.last).toMatchObject({ kind: TRAP.syscall, length: 2 })
    expect(b.gpr(regs, BX)).toBe(0x55667789)
  },
  'an address that is not canonical is a general protection fault': (b) => {
    b.code('48b80000000000800000 488b18') // mov rax, 0x800000000000; mov rbx, [rax]
    const regs = b.context()
    b.run(regs)
    expect(b.last).toMatchObject({ kind: TRAP.fault, vector: 13, errorCode: 0 })
    expect(b.rip(regs)).toBe(CODE + 10)
  },
}

/** 32-bit absolute addresses of the common cases mean RIP-relative ones in 64-bit code: those cases run in 32-bit mode only. */
const ABSOLUTE: readonly string[] = [
  'a page fault says where and why, and can be resolved', 'writing needs the right to write', 'an access across two pages is whole or not at all',
  'memory is one: each side sees what the other wrote', 'two addresses of one frame are one memory', 'a page that is unmapped or replaced is gone',
  'code that writes the next instruction runs it', 'contexts keep apart, with FPU and SSE', 'FPU state can be saved and set as an FXSAVE image',
]

/**
 * Runs the conformance suite of the CPU port. A skip must name a case; one that would pass is an error of the list.
 *
 * @param create makes a fresh CPU, not attached
 */
export function cpuConformance(name: string, modes: readonly ('x86_64' | 'i386')[], create: () => Cpu | Promise<Cpu>, skip: readonly Skip[] = []): void {
  for (const mode of modes) {
    const wide = mode === 'x86_64'
    const cases = wide ? { ...CASES, ...ONLY64 } : { ...CASES, ...ONLY32 }
    describe(`${name}, ${mode} code`, () => {
      for (const { test: title } of skip) if (cases[title] === undefined) throw new Error(`no such case: ${title}`)
      for (const [title, run] of Object.entries(cases)) {
        if (wide && ABSOLUTE.includes(title)) continue
        const skipped = skip.find((s) => s.test === title)
        test.skipIf(skipped !== undefined)(skipped === undefined ? title : `${title} (skipped: ${skipped.reason})`, async () => {
          const bench = new Bench(await create(), wide)
          try {
            run(bench)
          } finally {
            bench.cpu.dispose()
          }
        })
      }
    })
  }
}
