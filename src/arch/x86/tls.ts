import { THREAD } from './context-layout.js'
import { CPU } from './cpu-layout.js'
import type { CpuState } from './cpu-state.js'
import { getSelector, loadSegment, setBase, setSelector, SREG } from './segments.js'
import { setAddress } from './words.js'

const EINVAL = -22
const EPERM = -1
const ESRCH = -3

/** Bytes of `struct user_desc`. */
export const USER_DESC_SIZE = 16

/** Offsets in `struct user_desc` (uapi/asm/ldt.h); the bits of `flags` are {@link USER_DESC_FLAGS}. */
export const USER_DESC = { entryNumber: 0, baseAddr: 4, limit: 8, flags: 12 } as const
/** seg_32bit:1 contents:2 read_exec_only:1 limit_in_pages:1 seg_not_present:1 useable:1 lm:1 */
export const USER_DESC_FLAGS = { seg32bit: 1, contents: 6, readExecOnly: 8, limitInPages: 16, segNotPresent: 32, useable: 64, lm: 128 } as const

/** A descriptor's two words. */
export interface DescriptorWords {
  low: number
  high: number
}

/** Whether a user_desc asks for nothing (`LDT_empty`): all zero but read_exec_only and seg_not_present. */
export function isEmptyUserDesc(view: DataView): boolean {
  return view.getUint32(4, true) === 0 && view.getUint32(8, true) === 0 && (view.getUint32(12, true) & 0x7f) === (USER_DESC_FLAGS.readExecOnly | USER_DESC_FLAGS.segNotPresent)
}
function isZero(view: DataView): boolean {
  return view.getUint32(4, true) === 0 && view.getUint32(8, true) === 0 && (view.getUint32(12, true) & 0x7f) === 0
}

/** The descriptor that a user_desc describes (`fill_ldt`), with DPL 3 and the accessed bit set; never 64-bit code. */
export function encodeUserDesc(view: DataView): DescriptorWords {
  const base = view.getUint32(USER_DESC.baseAddr, true), limit = view.getUint32(USER_DESC.limit, true), flags = view.getUint32(USER_DESC.flags, true)
  const F = USER_DESC_FLAGS
  const type = ((flags & F.readExecOnly) === 0 ? 2 : 0) | ((flags & F.contents) << 1) | 1
  const high = (base & 0xff000000) | ((base >>> 16) & 0xff) | (limit & 0xf0000) | (type << 8) | 0x7000 // S, DPL 3
    | ((flags & F.segNotPresent) === 0 ? 0x8000 : 0) | ((flags & F.useable) !== 0 ? 0x100000 : 0)
    | ((flags & F.seg32bit) !== 0 ? 0x400000 : 0) | ((flags & F.limitInPages) !== 0 ? 0x800000 : 0)
  return { low: ((limit & 0xffff) | (base << 16)) >>> 0, high: high >>> 0 }
}

/** Writes what `get_thread_area` tells of a descriptor (`fill_user_desc`). */
export function decodeUserDesc(words: DescriptorWords, entryNumber: number, out: DataView): void {
  const { low, high } = words
  const F = USER_DESC_FLAGS
  const type = (high >>> 8) & 15
  out.setInt32(USER_DESC.entryNumber, entryNumber, true)
  out.setUint32(USER_DESC.baseAddr, ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff000000)) >>> 0, true)
  out.setUint32(USER_DESC.limit, (low & 0xffff) | (high & 0xf0000), true)
  out.setUint32(USER_DESC.flags, ((high & 0x400000) !== 0 ? F.seg32bit : 0) | ((type >> 1) & F.contents) | ((type & 2) === 0 ? F.readExecOnly : 0)
    | ((high & 0x800000) !== 0 ? F.limitInPages : 0) | ((high & 0x8000) === 0 ? F.segNotPresent : 0) | ((high & 0x100000) !== 0 ? F.useable : 0)
    | ((high & 0x200000) !== 0 ? F.lm : 0), true)
}

/** Which descriptors TLS may hold (`tls_desc_okay`): 32-bit data that can be present; empty ones always. */
export function isTlsDescriptorOkay(view: DataView): boolean {
  if (isEmptyUserDesc(view) || isZero(view)) return true
  const flags = view.getUint32(USER_DESC.flags, true)
  if ((flags & USER_DESC_FLAGS.seg32bit) === 0) return false // 16-bit stacks leak the kernel's
  if ((flags & USER_DESC_FLAGS.contents) > 2) return false // code
  return (flags & USER_DESC_FLAGS.segNotPresent) === 0
}

/**
 * `set_thread_area` (`do_set_thread_area`) for the task at `regs`, which is the running one: entry -1 finds a free slot
 * and writes its number back to `view`. Segment registers that name the slot are loaded again.
 *
 * @param canAllocate whether entry -1 may look for a slot: not for clone's CLONE_SETTLS
 * @returns 0, or -EINVAL for a slot or descriptor that is not allowed, -ESRCH when none is free
 */
export function setThreadArea(cpu: CpuState, regs: number, view: DataView, canAllocate = true): number {
  if (!isTlsDescriptorOkay(view)) return EINVAL
  let entry = view.getInt32(USER_DESC.entryNumber, true)
  if (entry === -1 && canAllocate) {
    entry = freeSlot(cpu, regs)
    if (entry < 0) return entry
    view.setInt32(USER_DESC.entryNumber, entry, true)
  }
  const slot = entry - cpu.profile.tlsMin
  if (slot < 0 || slot > 2 || cpu.profile.tlsMin === 0) return EINVAL
  const words = isEmptyUserDesc(view) || isZero(view) ? { low: 0, high: 0 } : encodeUserDesc(view)
  const at = (regs + THREAD.tls) / 4 + slot * 2
  const gdt = (cpu.base + CPU.gdt) / 4 + entry * 2
  cpu.memory.u32[at] = cpu.memory.u32[gdt] = words.low
  cpu.memory.u32[at + 1] = cpu.memory.u32[gdt + 1] = words.high
  const selector = (entry << 3) | 3
  for (const sreg of [SREG.ds, SREG.es, SREG.fs, SREG.gs]) if (getSelector(cpu, regs, sreg) === selector) reloadSegment(cpu, regs, sreg, selector)
  return 0
}

/** `get_thread_area`: writes the slot's user_desc over `view`. Returns 0 or -EINVAL. */
export function getThreadArea(cpu: CpuState, regs: number, view: DataView): number {
  const entry = view.getInt32(USER_DESC.entryNumber, true)
  const slot = entry - cpu.profile.tlsMin
  if (slot < 0 || slot > 2 || cpu.profile.tlsMin === 0) return EINVAL
  const at = (regs + THREAD.tls) / 4 + slot * 2
  decodeUserDesc({ low: cpu.memory.u32[at]!, high: cpu.memory.u32[at + 1]! }, entry, view)
  return 0
}

function freeSlot(cpu: CpuState, regs: number): number {
  if (cpu.profile.tlsMin === 0) return EINVAL
  const at = (regs + THREAD.tls) / 4
  for (let i = 0; i < 3; i++) if ((cpu.memory.u32[at + i * 2]! | cpu.memory.u32[at + i * 2 + 1]!) === 0) return cpu.profile.tlsMin + i
  return ESRCH
}

/** Loads a selector in the kernel: one that is refused becomes null. */
export function reloadSegment(cpu: CpuState, regs: number, sreg: number, selector: number): void {
  if (loadSegment(cpu, regs, sreg, selector) < 0) return
  setSelector(cpu, regs, sreg, 0)
  if (sreg >= SREG.fs) setBase(cpu, regs, sreg, 0)
}

/** Commands of `arch_prctl` that concern segment bases. */
export const ARCH = { SET_GS: 0x1001, SET_FS: 0x1002, GET_FS: 0x1003, GET_GS: 0x1004 } as const

/**
 * `arch_prctl(ARCH_SET_FS or ARCH_SET_GS)`: the selector becomes null, the base what is asked, if user space can have it.
 *
 * @param high high half of the address
 * @returns 0 or -EPERM for an address at or above TASK_SIZE_MAX
 */
export function setUserBase(cpu: CpuState, regs: number, sreg: number, low: number, high: number): number {
  const address = (high >>> 0) * 0x100000000 + (low >>> 0)
  if (address >= cpu.profile.taskSizeMax) return EPERM
  setSelector(cpu, regs, sreg, 0)
  setBase(cpu, regs, sreg, address)
  return 0
}

/** `arch_prctl(ARCH_GET_FS or ARCH_GET_GS)`: the base, written as 8 bytes to `out`. */
export function getUserBase(cpu: CpuState, regs: number, sreg: number, out: DataView): void {
  const i = (regs + (sreg === SREG.fs ? THREAD.fsBase : THREAD.gsBase)) / 4
  setAddress(out, 0, cpu.memory.i32[i + 1]! * 0x100000000 + cpu.memory.u32[i]!)
}
