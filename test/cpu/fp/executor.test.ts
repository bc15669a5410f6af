import { describe, expect, test } from 'vitest'
import { TRAP } from '../../../src/arch/cpu-port.js'
import { GPR_OFFSET, PT_REGS } from '../../../src/arch/x86/context-layout.js'
import { PROT, TestMachine } from '../host.js'
import { RECORD } from './record.js'
import { describeRecord, differences, draw, maskFlags, randomOf, SUITES, type Suite } from './suites.js'
import { compile } from './build.js'
import { createRunner } from './machine.js'

const CODE = 0x400000
const DATA = 0x600000
/** Cases of each form and place. */
const CASES = 6

/** Runs a record through the whole CPU: the instruction, then int3; the memory operand at [rdi] = `address`. */
function execute(m: TestMachine, record: Uint8Array, address: number): void {
  const view = new DataView(record.buffer, record.byteOffset)
  m.reset()
  const n = record[0]!
  m.write(CODE, [...record.subarray(RECORD.code, RECORD.code + n), 0xcc])
  m.write(address, record.subarray(RECORD.memory, RECORD.memory + 128))
  m.cpu.loadFpu(m.regs, record.slice(RECORD.fxsave, RECORD.fxsave + 512))
  m.set(GPR_OFFSET[0]!, view.getBigUint64(RECORD.rax, true))
  m.set(GPR_OFFSET[7]!, BigInt(address))
  m.set(PT_REGS.rip, BigInt(CODE))
  m.set(PT_REGS.rflags, BigInt(view.getUint32(RECORD.eflags, true)))
  m.last = null
  m.run(10)
  const last = m.last as { kind: number, vector: number } | null
  view.setUint32(RECORD.trap, last !== null && last.kind === TRAP.fault ? last.vector : 0, true)
  if (last === null || last.kind !== TRAP.fault && last.kind !== TRAP.int) view.setUint32(RECORD.trap, 255, true)
  record.set(m.read(address, 128), RECORD.memory)
  view.setBigUint64(RECORD.rax, m.gpr(0), true)
  view.setUint32(RECORD.eflags, Number(m.flags), true)
  m.cpu.saveFpu(m.regs, record.subarray(RECORD.fxsave, RECORD.fxsave + 512))
}

function failures(suite: Suite, address: number): string[] {
  const m = new TestMachine()
  m.map(CODE, 4096, PROT.read | PROT.exec)
  m.map(DATA, 8192, PROT.read | PROT.write)
  const direct = createRunner(compile())
  const out: string[] = []
  for (const group of suite.groups()) {
    const records = draw(group, CASES, randomOf(group, 77))
    for (let at = 0; at < records.length; at += RECORD.size) {
      const before = records.subarray(at, at + RECORD.size)
      const expected = before.slice()
      direct(expected)
      const ours = before.slice()
      execute(m, ours, address)
      maskFlags(expected)
      maskFlags(ours)
      if (differences('sse', ours, expected).length === 0) continue
      out.push(`${group.name}\n  before   ${describeRecord(before)}\n  direct   ${describeRecord(expected)}\n  executor ${describeRecord(ours)}`)
      break
    }
  }
  return out
}

describe('floating point through decoder and executor', () => {
  for (const suite of SUITES) {
    test(`${suite.name}: operands, flags and faults reach the instructions`, () => {
      expect(failures(suite, DATA)).toEqual([])
    })
  }

  test('an operand that must be aligned and is not raises #GP before anything changes', () => {
    const m = new TestMachine()
    m.map(CODE, 4096, PROT.read | PROT.exec)
    m.map(DATA, 4096, PROT.read | PROT.write)
    for (const code of [[0x0f, 0x28, 0x07], [0x0f, 0x29, 0x07], [0x66, 0x0f, 0xef, 0x07], [0x0f, 0xae, 0x07]]) {
      m.reset()
      m.write(CODE, code)
      m.set(GPR_OFFSET[7]!, BigInt(DATA + 8))
      m.set(PT_REGS.rip, BigInt(CODE))
      m.run(1)
      expect(m.last).toMatchObject({ kind: TRAP.fault, vector: 13, errorCode: 0 })
      expect(m.rip).toBe(BigInt(CODE))
    }
  })

  test('FXSAVE and FXRSTOR cross a page of the program', () => {
    const m = new TestMachine()
    m.map(CODE, 4096, PROT.read | PROT.exec)
    m.map(DATA, 8192, PROT.read | PROT.write)
    // fld1; fldpi; pcmpeqd xmm9, xmm9; fxsave [rdi]; fninit; pxor xmm9, xmm9; fxrstor [rdi]; int3
    m.write(CODE, [0xd9, 0xe8, 0xd9, 0xeb, 0x66, 0x45, 0x0f, 0x76, 0xc9, 0x0f, 0xae, 0x07, 0xdb, 0xe3, 0x66, 0x45, 0x0f, 0xef, 0xc9, 0x0f, 0xae, 0x0f, 0xcc])
    m.set(GPR_OFFSET[7]!, BigInt(DATA + 4096 - 256))
    m.set(PT_REGS.rip, BigInt(CODE))
    m.run(20)
    expect(m.last).toMatchObject({ kind: TRAP.int, software: 'int3' })
    const image = new Uint8Array(512)
    m.cpu.saveFpu(m.regs, image)
    expect(image.subarray(0, 5)).toEqual(Uint8Array.of(0x7f, 0x03, 0x00, 0x30, 0xc0)) // FCW, FSW with TOP 6, FTW
    expect(image.subarray(32, 42)).toEqual(Uint8Array.of(0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0x00, 0x40))
    expect(image.subarray(48, 58)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f))
    expect(image.subarray(160 + 9 * 16, 160 + 10 * 16)).toEqual(new Uint8Array(16).fill(0xff))
  })

  test('x87 memory operands may cross a page', () => {
    expect(failures(SUITES[1]!, DATA + 4093)).toEqual([])
  })
})
