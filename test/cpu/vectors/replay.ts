import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { GPR_OFFSET, PT_REGS, PROT, TestMachine, TRAP } from '../host.js'
import { CODE, DATA, initialState, STACK, WINDOWS, type Vector, type VectorFile } from './setup.js'

/** Reads a file of recorded vectors. */
export function readVectors(name: string): VectorFile {
  const file: VectorFile = JSON.parse(gunzipSync(readFileSync(new URL(name, import.meta.url))).toString('latin1'))
  return file
}

const unhex = (s: string): Uint8Array => Uint8Array.from({ length: s.length / 2 }, (_, i) => parseInt(s.slice(2 * i, 2 * i + 2), 16))

/** Replays vectors on the reference CPU, in one machine with the runner's address space. */
export class Replayer {
  readonly machine: TestMachine
  readonly is64: boolean
  constructor(is64: boolean) {
    this.is64 = is64
    const m = this.machine = new TestMachine(is64)
    m.map(CODE, 0x2000, PROT.read | PROT.write | PROT.exec)
    m.map(DATA, 0x2000, PROT.read | PROT.write)
    m.map(DATA + 0x3000, 0x1000, PROT.read | PROT.write)
    m.map(DATA + 0x4000, 0x1000, PROT.read)
    m.map(STACK, 0x1000, PROT.read | PROT.write)
  }

  /** What differs between the recorded and this CPU's outcome; empty when they agree. */
  replay(v: Vector): string[] {
    const [, code, at, seed, setup, mask, trap, errorCode, cr2, rip, cs, flags, regs, memory] = v
    const m = this.machine
    const s = initialState(seed, setup, this.is64)
    m.is64 = this.is64
    m.reset()
    m.write(CODE, new Uint8Array(0x2000).fill(0xcc))
    m.write(at, unhex(code))
    let o = 0
    for (const w of WINDOWS) {
      m.write(w.at, s.memory.subarray(o, o + w.size))
      o += w.size
    }
    s.regs.forEach((r, i) => m.setGpr(i, r))
    m.set(PT_REGS.rflags, BigInt(s.flags))
    m.set(PT_REGS.rip, BigInt(at))
    m.last = null
    m.run(100_000)
    const t = m.last as TestMachine['last']
    if (t === null) return ['no trap']
    const out: string[] = []
    const check = (name: string, got: number | bigint | string, expected: number | bigint | string): void => {
      if (got !== expected) out.push(`${name}: ${typeof got === 'string' ? got : got.toString(16)}, natively ${typeof expected === 'string' ? expected : expected.toString(16)}`)
    }
    // What Linux's gates make of a software interrupt: 3 and 4 (and int1) may be used, the rest is #GP.
    const allowed = t.kind !== TRAP.int || t.vector === 3 || t.vector === 4 || t.software === 'int1'
    check('trap', t.kind === TRAP.int || t.kind === TRAP.fault ? (allowed ? t.vector : 13) : -t.kind, trap)
    check('error code', allowed ? t.errorCode : t.vector * 8 + 2, errorCode)
    if (trap === 14) check('cr2', t.address, cr2)
    check('rip', BigInt.asIntN(64, m.rip) + BigInt(t.kind === TRAP.int && allowed ? t.length : 0), BigInt(rip))
    check('cs', Number(m.get(PT_REGS.cs)), cs)
    check('flags', Number(m.flags) & mask, flags & mask)
    const expected = s.regs.slice()
    for (let i = 0; i < regs.length; i += 2) expected[Number(regs[i])] = BigInt(`0x${String(regs[i + 1])}`)
    for (let i = 0; i < (this.is64 ? 16 : 8); i++) check(`register ${i}`, m.get(GPR_OFFSET[i]!), expected[i]!)
    const after = s.memory.slice()
    for (let i = 0; i < memory.length; i += 2) after.set(unhex(String(memory[i + 1])), Number(memory[i]))
    o = 0
    for (const w of WINDOWS) {
      const got = m.read(w.at, w.size)
      for (let i = 0; i < w.size; i++) {
        if (got[i] === after[o + i]) continue
        check(`memory ${(w.at + i).toString(16)}`, got[i]!, after[o + i]!)
        break
      }
      o += w.size
    }
    return out
  }
}
