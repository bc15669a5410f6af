import type { PhysicalMemory } from '../../memory/physical.js'
import { PT_REGS, THREAD } from './context-layout.js'

/** Segment registers. */
export type SegmentName = 'cs' | 'ss' | 'ds' | 'es' | 'fs' | 'gs'

/** Where a name lies in a register file: byte offset and width. */
export interface RegisterPlace {
  readonly at: number
  readonly bytes: 1 | 2 | 4 | 8
}

/** Offsets by the part of a name that says which register. */
const PLACES: Readonly<Record<string, number>> = {
  ax: 80, bx: 40, cx: 88, dx: 96, si: 104, di: 112, bp: 32, sp: 152, ip: 128, flags: 144,
  8: 72, 9: 64, 10: 56, 11: 48, 12: 24, 13: 16, 14: 8, 15: 0,
  cs: 136, ss: 160, es: 216, ds: 218, fs: 220, gs: 222, orig_rax: 120, fs_base: 192, gs_base: 200,
}

/**
 * Place of a register or sub-register by its assembler's name: rax, eax, ax, al, ah, sil, r8, r8d, r8w, r8b, rflags, eflags,
 * rip, cs, fs_base, gs_base, orig_rax … Undefined for a name that is none.
 */
export function registerPlace(name: string): RegisterPlace | undefined {
  const place = (key: string, bytes: RegisterPlace['bytes'], more = 0): RegisterPlace => ({ at: PLACES[key]! + more, bytes })
  if (/^(orig_rax|[fg]s_base)$/.test(name)) return place(name, 8)
  if (name === 'orig_eax') return place('orig_rax', 4)
  if (/^[c-gs]s$/.test(name)) return place(name, 2)
  let m = /^(r|e|)([abcd]x|[sd]i|[bsi]p|flags)$/.exec(name)
  if (m !== null && (m[1] !== '' || m[2] !== 'flags')) return place(m[2]!, m[1] === 'r' ? 8 : m[1] === 'e' ? 4 : 2)
  m = /^([abcd])([lh])$/.exec(name)
  if (m !== null) return place(`${m[1]!}x`, 1, m[2] === 'h' ? 1 : 0)
  m = /^([sd]i|[bs]p)l$/.exec(name)
  if (m !== null) return place(m[1]!, 1)
  m = /^r([89]|1[0-5])([dwb]?)$/.exec(name)
  return m === null ? undefined : place(m[1]!, m[2] === 'd' ? 4 : m[2] === 'w' ? 2 : m[2] === 'b' ? 1 : 8)
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
