/** Runs records on the AssemblyScript build, as the executor would: decode, find the operands, call. */
import type { Operand } from '../../../src/cpu/fp-entries.js'
import { readFxsave, writeFxsave } from '../../../src/cpu/fxsave.js'
import { lookupSse } from '../../../src/cpu/sse-table.js'
import { lookupX87 } from '../../../src/cpu/x87-table.js'
import { THREAD, GPR_OFFSET, PT_REGS, FPU } from '../../../src/arch/x86/context-layout.js'
import { RECORD } from './record.js'

/** Functions of the module under test. */
export interface FpExports {
  sse: (code: number, dst: number, src: number, imm: number, regs: number) => number
  x87: (code: number, regs: number, ptr: number, imm: number) => number
}

/** Where the machine keeps the register file and a memory operand. */
export const REGS = 0x20000
export const OPERAND = 0x21000
const VECTORS: Readonly<Record<number, number>> = { [-2]: 16, [-3]: 13, [-4]: 6 }

/** Instantiates a module with a memory of its own. */
export function createMachine(wasm: WebAssembly.Module): { exports: FpExports; bytes: Uint8Array; view: DataView } {
  const memory = new WebAssembly.Memory({ initial: 4 })
  const instance = new WebAssembly.Instance(wasm, { env: { memory, abort: () => { throw new Error('abort') } } })
  const { sse, x87 } = instance.exports
  if (typeof sse !== 'function' || typeof x87 !== 'function') throw new Error('the module lacks sse or x87')
  const exports = { sse: sse as FpExports['sse'], x87: x87 as FpExports['x87'] }
  return { exports, bytes: new Uint8Array(memory.buffer), view: new DataView(memory.buffer) }
}

/** Instantiates a module and answers a function that runs one record in place. */
export function createRunner(wasm: WebAssembly.Module): (record: Uint8Array) => void {
  const { exports, bytes, view } = createMachine(wasm)

  const operand = (o: Operand, reg: number, rm: number, isRegister: boolean): number => {
    if (o === 'none') return 0
    if (o.endsWith('/m') && !isRegister || o === 'm') return OPERAND
    const n = o.endsWith('/m') || o.endsWith('-rm') ? rm : reg
    if (o.startsWith('xmm')) return REGS + THREAD.fpu + FPU.xmm + 16 * n
    if (o.startsWith('mm')) return REGS + THREAD.fpu + FPU.st + 16 * n
    return REGS + GPR_OFFSET[n]!
  }

  return (record) => {
    const inside = new DataView(record.buffer, record.byteOffset, record.length)
    bytes.set(record.subarray(RECORD.memory, RECORD.memory + 128), OPERAND)
    bytes.set(record.subarray(RECORD.rax, RECORD.rax + 8), REGS + PT_REGS.rax)
    view.setUint32(REGS + PT_REGS.rflags, inside.getUint32(RECORD.eflags, true), true)
    readFxsave(bytes, REGS + THREAD.fpu, record.subarray(RECORD.fxsave))

    const code = record.subarray(RECORD.code)
    let at = 0
    let prefix: 0 | 0x66 | 0xf3 | 0xf2 = 0
    let operandSize16 = false
    let wide = false
    for (; ; at++) {
      const b = code[at]!
      if (b === 0x66) operandSize16 = true
      if (b === 0x66 || b === 0xf3 || b === 0xf2) prefix = b
      else if (b === 0x48) wide = true
      else break
    }
    const sse = code[at] === 0x0f
    const opcode = sse ? code[++at]! : code[at]!
    const modrm = code[at + 1]!
    const reg = modrm >> 3 & 7, rm = modrm & 7, isRegister = modrm >= 0xc0
    let result: number
    let setsFlags: boolean
    if (sse) {
      const entry = lookupSse(prefix, opcode, modrm, wide, true)
      if (entry === null) throw new Error('no entry')
      const imm = entry.implicitDi ? rm : entry.imm8 ? code[at + 2]! : 0
      const dst = entry.implicitDi ? OPERAND : operand(entry.dst, reg, rm, isRegister)
      result = exports.sse(entry.code, dst, operand(entry.src, reg, rm, isRegister), imm, REGS)
      setsFlags = entry.setsFlags
    } else {
      const entry = lookupX87(opcode, opcode === 0x9b ? 0xc0 : modrm, operandSize16)
      if (entry === null) throw new Error('no entry')
      result = exports.x87(entry.code, REGS, entry.readsMemory || entry.writesMemory ? OPERAND : 0, entry.imm)
      setsFlags = entry.setsFlags
    }
    inside.setUint32(RECORD.trap, result >= 0 ? 0 : VECTORS[result] ?? (sse ? 19 : 16), true)
    if (setsFlags && result >= 0) inside.setUint32(RECORD.eflags, inside.getUint32(RECORD.eflags, true) & ~0x8d5 | result, true)
    record.set(bytes.subarray(OPERAND, OPERAND + 128), RECORD.memory)
    record.set(bytes.subarray(REGS + PT_REGS.rax, REGS + PT_REGS.rax + 8), RECORD.rax)
    writeFxsave(bytes, REGS + THREAD.fpu, record.subarray(RECORD.fxsave))
  }
}
