import type { PhysicalMemory } from '../../memory/physical.js'
import { PT_REGS, THREAD } from './context-layout.js'

/** Names of the 64-bit registers of a register file. */
export type Register64 = 'rax' | 'rbx' | 'rcx' | 'rdx' | 'rsi' | 'rdi' | 'rbp' | 'rsp' | 'r8' | 'r9' | 'r10' | 'r11' | 'r12' | 'r13' | 'r14' | 'r15' | 'rip' | 'rflags'
/** Segment registers. */
export type SegmentName = 'cs' | 'ss' | 'ds' | 'es' | 'fs' | 'gs'

/** Where a name lies in a register file: byte offset and width. */
export interface RegisterPlace {
  readonly at: number
  readonly bytes: 1 | 2 | 4 | 8
}

const LEGACY: readonly (readonly [letters: string, slot: number])[] = [['a', PT_REGS.rax], ['b', PT_REGS.rbx], ['c', PT_REGS.rcx], ['d', PT_REGS.rdx]]
const POINTERS: readonly (readonly [name: string, slot: number])[] = [
  ['si', PT_REGS.rsi], ['di', PT_REGS.rdi], ['bp', PT_REGS.rbp], ['sp', PT_REGS.rsp], ['ip', PT_REGS.rip],
]
const SEGMENTS: Readonly<Record<SegmentName, number>> = { cs: PT_REGS.cs, ss: PT_REGS.ss, ds: THREAD.ds, es: THREAD.es, fs: THREAD.fs, gs: THREAD.gs }

/**
 * Place of a register or sub-register by its assembler's name: rax, eax, ax, al, ah, sil, r8, r8d, r8w, r8b, rflags, eflags,
 * rip, cs, fs_base, gs_base, orig_rax … Undefined for a name that is none.
 */
export function registerPlace(name: string): RegisterPlace | undefined {
  const n = /^r(\d+)([dwb]?)$/.exec(name)
  if (n !== null) {
    const i = Number(n[1])
    if (i < 8 || i > 15) return undefined
    return { at: [72, 64, 56, 48, 24, 16, 8, 0][i - 8]!, bytes: n[2] === 'd' ? 4 : n[2] === 'w' ? 2 : n[2] === 'b' ? 1 : 8 }
  }
  for (const [letter, at] of LEGACY) {
    if (name === `r${letter}x`) return { at, bytes: 8 }
    if (name === `e${letter}x`) return { at, bytes: 4 }
    if (name === `${letter}x`) return { at, bytes: 2 }
    if (name === `${letter}l`) return { at, bytes: 1 }
    if (name === `${letter}h`) return { at: at + 1, bytes: 1 }
  }
  for (const [tail, at] of POINTERS) {
    if (name === `r${tail}`) return { at, bytes: 8 }
    if (name === `e${tail}`) return { at, bytes: 4 }
    if (name === tail) return { at, bytes: 2 }
    if (name === `${tail}l` && tail !== 'ip') return { at, bytes: 1 }
  }
  switch (name) {
    case 'rflags': return { at: PT_REGS.rflags, bytes: 8 }
    case 'eflags': return { at: PT_REGS.rflags, bytes: 4 }
    case 'orig_rax': return { at: PT_REGS.orig_rax, bytes: 8 }
    case 'orig_eax': return { at: PT_REGS.orig_rax, bytes: 4 }
    case 'fs_base': return { at: THREAD.fsBase, bytes: 8 }
    case 'gs_base': return { at: THREAD.gsBase, bytes: 8 }
    case 'cs': case 'ss': case 'ds': case 'es': case 'fs': case 'gs': return { at: SEGMENTS[name], bytes: 2 }
    default: return undefined
  }
}

/**
 * A view of the registers at `regs` for people: values as bigint, sub-registers by their assembler names, writes with
 * the processor's rule that a 32-bit one clears the upper half. It holds an offset, never a view of the memory.
 *
 * @example
 * const r = new RegisterFile(memory, regs); r.set('eax', 20n); r.get('rax') // 20n
 */
export class RegisterFile {
  readonly memory: PhysicalMemory
  /** Byte offset of the register file. */
  regs: number
  /** Names that count: 32-bit ones only, for i386. */
  readonly mode: 'x86_64' | 'i386'
  constructor(memory: PhysicalMemory, regs: number, mode: 'x86_64' | 'i386' = 'x86_64') {
    this.memory = memory
    this.regs = regs
    this.mode = mode
  }

  private place(name: string): RegisterPlace {
    const place = registerPlace(name)
    if (place === undefined || (this.mode === 'i386' && (place.bytes === 8 || /^r\d|^(si|di|bp|sp)l$/.test(name)) && !name.endsWith('_base')))
      throw new RangeError(`${name}: not a register of ${this.mode}`)
    return place
  }

  /**
   * Reads a register, unsigned.
   *
   * @throws RangeError for a name that is no register of this mode
   */
  get(name: string): bigint {
    const { at, bytes } = this.place(name)
    const { view } = this.memory
    const p = this.regs + at
    return bytes === 8 ? view.getBigUint64(p, true) : BigInt(bytes === 4 ? view.getUint32(p, true) : bytes === 2 ? view.getUint16(p, true) : view.getUint8(p))
  }

  /**
   * Writes a register; what does not fit is cut off. A 32-bit write of a general register clears its upper half.
   *
   * @throws RangeError for a name that is no register of this mode
   */
  set(name: string, value: bigint): void {
    const { at, bytes } = this.place(name)
    const { view } = this.memory
    const p = this.regs + at
    if (bytes === 8) view.setBigUint64(p, BigInt.asUintN(64, value), true)
    else if (bytes === 4) view.setBigUint64(p, BigInt.asUintN(32, value), true)
    else if (bytes === 2) view.setUint16(p, Number(BigInt.asUintN(16, value)), true)
    else view.setUint8(p, Number(BigInt.asUintN(8, value)))
  }

  /** Low half of a slot of PT_REGS or THREAD, unsigned. */
  low(slot: number): number {
    return this.memory.u32[(this.regs + slot) >>> 2]!
  }
  /** High half of it. */
  high(slot: number): number {
    return this.memory.u32[((this.regs + slot) >>> 2) + 1]!
  }
  /** Writes both halves of a slot. */
  setHalves(slot: number, low: number, high: number): void {
    this.memory.u32[(this.regs + slot) >>> 2] = low
    this.memory.u32[((this.regs + slot) >>> 2) + 1] = high
  }
  /** Hidden base of a segment register: fs and gs have one of their own, the rest is flat. */
  base(segment: SegmentName): bigint {
    return segment === 'fs' || segment === 'gs' ? this.memory.view.getBigUint64(this.regs + (segment === 'fs' ? THREAD.fsBase : THREAD.gsBase), true) : 0n
  }
  /** One flag of rflags, by its bit mask (EFLAGS). */
  flag(mask: number): boolean {
    return (this.low(PT_REGS.rflags) & mask) !== 0
  }
  /** Sets or clears flags. */
  setFlag(mask: number, on: boolean): void {
    const i = (this.regs + PT_REGS.rflags) >>> 2
    this.memory.u32[i] = on ? this.memory.u32[i]! | mask : this.memory.u32[i]! & ~mask
  }
}
