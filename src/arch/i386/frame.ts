import type { PhysicalMemory } from '../../memory/physical.js'
import { PT_REGS as P, THREAD } from '../x86/context-layout.js'
import type { ArchProfile } from '../x86/profile.js'

/**
 * `struct pt_regs` of i386 as bytes on the kernel stack (arch/x86/include/asm/ptrace.h): 17 words; 16 while gs is left
 * in its register and its slot is a zero; 15 before 2.6.20. The user's registers themselves are at `regs`, in
 * context-layout's format; entry code really pushes this frame, and exit code takes it back.
 */
export interface FrameLayout {
  /** Bytes of the frame. */
  readonly size: number
  /** Offsets of the words, by slot in `regs`. */
  readonly words: readonly (readonly [frame: number, slot: number])[]
  /** Offsets of the segment words, by selector's offset in `regs`. */
  readonly segments: readonly (readonly [frame: number, selector: number])[]
  /** Offset of a slot that is pushed as zero, or -1. */
  readonly zero: number
  readonly ax: number
  readonly origAx: number
  readonly ip: number
  readonly cs: number
  readonly flags: number
  readonly sp: number
  readonly bp: number
}

const GENERAL = [P.rbx, P.rcx, P.rdx, P.rsi, P.rdi, P.rbp, P.rax]
const HARDWARE = [P.rip, P.cs, P.rflags, P.rsp, P.ss]

/** The frame of a kernel, by which segments it saves. */
export function frameLayout(profile: ArchProfile): FrameLayout {
  const saved = profile.differences.frameSegments
  const segments = saved === 'ds es' ? [THREAD.ds, THREAD.es] : saved === 'ds es fs' ? [THREAD.ds, THREAD.es, THREAD.fs] : [THREAD.ds, THREAD.es, THREAD.fs, THREAD.gs]
  const zero = saved === 'ds es fs' ? 28 + 12 : -1
  const orig = 28 + segments.length * 4 + (zero >= 0 ? 4 : 0)
  const hardware = orig + 4
  return {
    size: hardware + 20, zero, ax: 24, bp: 20, origAx: orig, ip: hardware, cs: hardware + 4, flags: hardware + 8, sp: hardware + 12,
    segments: segments.map((selector, i) => [28 + i * 4, selector] as const),
    words: [
      ...GENERAL.map((slot, i) => [i * 4, slot] as const), [orig, P.orig_rax] as const,
      ...HARDWARE.map((slot, i) => [hardware + i * 4, slot] as const),
    ],
  }
}

/** Writes the frame at byte offset `at` from the registers at `regs`. */
export function storeFrame(memory: PhysicalMemory, layout: FrameLayout, regs: number, at: number): void {
  const { u32, u16 } = memory
  for (const [to, from] of layout.words) u32[(at + to) >>> 2] = u32[(regs + from) >>> 2]!
  for (const [to, from] of layout.segments) u32[(at + to) >>> 2] = u16[(regs + from) >>> 1]!
  if (layout.zero >= 0) u32[(at + layout.zero) >>> 2] = 0
}

/** Reads the frame at byte offset `at` into the registers at `regs`. */
export function loadFrame(memory: PhysicalMemory, layout: FrameLayout, regs: number, at: number): void {
  const { u32, u16 } = memory
  for (const [from, to] of layout.words) {
    u32[(regs + to) >>> 2] = u32[(at + from) >>> 2]!
    u32[((regs + to) >>> 2) + 1] = 0
  }
  for (const [from, to] of layout.segments) u16[(regs + to) >>> 1] = u32[(at + from) >>> 2]!
}
