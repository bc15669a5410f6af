import { describe, expect, test } from 'vitest'
import { SeededRandom } from '../../src/base/random.js'
import { PROT, PT_REGS, TestMachine, TRAP } from './host.js'

const CODE = 0x400000
const DATA = 0x600000
const ROUNDS = Number(process.env['SYSCALLKIT_FUZZ_ROUNDS'] ?? 3000)

/** Random bytes, with opcodes that random bytes seldom are: prefixes, 0F, ModRM forms by the registers that point to data. */
function program(random: SeededRandom, out: Uint8Array): void {
  random.fill(out)
  for (let i = 0; i < out.length; i++) {
    const k = random.u32() % 24
    if (k === 0) out[i] = 0x0f
    else if (k === 1) out[i] = [0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x64, 0x65, 0x48, 0x4c, 0x41][random.u32() % 10]!
    else if (k === 2) out[i] = [0xa4, 0xa5, 0xab, 0xae, 0xa6, 0xac, 0xd9, 0xdd, 0xdf, 0xae, 0xc7][random.u32() % 11]!
  }
}

describe.each([['64-bit', true], ['32-bit', false]] as const)('%s random bytes as code', (_name, is64) => {
  test('never throw, never run over the budget, never touch memory that is not the guest\'s', () => {
    const random = new SeededRandom(is64 ? 64 : 32)
    const m = new TestMachine(is64, { arenaBytes: 512 * 1024 }) // so small that it fills up often
    const before = m.memory.allocate()
    m.map(CODE, 0x2000, PROT.read | PROT.write | PROT.exec)
    m.map(DATA, 0x3000, PROT.read | PROT.write)
    m.map(DATA + 0x3000, 0x1000, PROT.read)
    m.map(0x700000, 0x2000, PROT.read | PROT.write)
    const after = m.memory.allocate()
    const guards = [before, after]
    const readOnly = m.pages.get(DATA + 0x3000)!.frame
    for (const g of [...guards, readOnly]) m.memory.u8.fill(0xa5, g * 4096, g * 4096 + 4096)
    const code = new Uint8Array(64)
    const kinds = new Map<string, number>()
    for (let i = 0; i < ROUNDS; i++) {
      program(random, code)
      m.is64 = is64
      m.reset()
      m.write(random.u32() % 4 === 0 ? CODE + 0x1000 - 20 : CODE, code)
      for (let r = 0; r < (is64 ? 16 : 8); r++) m.setGpr(r, random.u32() % 3 === 0 ? BigInt(random.u32()) : BigInt(DATA + (random.u32() % 0x3800)))
      m.set(PT_REGS.rsp, 0x701000n)
      m.set(PT_REGS.rflags, BigInt(0x202 | (random.u32() & (random.u32() % 4 === 0 ? 0xdd5 : 0x8d5))))
      m.set(PT_REGS.rip, BigInt(CODE))
      let traps = 0
      m.onTrap = (t) => {
        const name = `${t.kind}/${t.vector}`
        kinds.set(name, (kinds.get(name) ?? 0) + 1)
        // Goes on after what a kernel would return from, a few times.
        if (traps++ > 20 || t.kind === TRAP.budget) return false
        if (t.kind === TRAP.fault && t.vector !== 1) {
          m.set(PT_REGS.rip, (m.rip + 1n) & (is64 ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn))
          return true
        }
        if (t.kind !== TRAP.fault) m.set(PT_REGS.rip, m.rip + BigInt(t.length))
        return true
      }
      const budget = 1 + (random.u32() % 2000)
      const retired = m.run(budget)
      if (retired > budget || retired < 0) expect.fail(`${retired} instructions retired of ${budget}: ${Buffer.from(code).toString('hex')}`)
    }
    for (const g of [...guards, readOnly]) expect(m.memory.u8.subarray(g * 4096, g * 4096 + 4096).every((b) => b === 0xa5)).toBe(true)
    // It was no walk through #UD alone.
    expect(kinds.get(`${TRAP.budget}/0`) ?? 0).toBeGreaterThan(ROUNDS / 50)
    expect(kinds.get(`${TRAP.fault}/14`) ?? 0).toBeGreaterThan(ROUNDS / 50)
    expect(kinds.get(`${TRAP.fault}/6`) ?? 0).toBeGreaterThan(ROUNDS / 50)
    expect(kinds.get(`${TRAP.fault}/13`) ?? 0).toBeGreaterThan(ROUNDS / 50)
  })
})
