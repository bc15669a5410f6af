import { type FrameLayout, loadFrame, storeFrame } from '../i386/frame.js'
import { VECTOR_IRET } from '../i386/fast.js'
import { THREAD } from '../x86/context-layout.js'
import { CPU, TSS32 } from '../x86/cpu-layout.js'
import { EFLAGS } from '../x86/flags.js'
import { iret } from '../x86/gates/iret.js'
import { sysexit } from '../x86/gates/syscall.js'
import type { ArchProfile } from '../x86/profile.js'
import { getSelector, loadSegment, setBase, setSelector, SREG } from '../x86/segments.js'
import { setEntry32 } from '../x86_64/number.js'
import { type KernelCpu, R } from './kernel-cpu.js'
import { type MicroStep, WAIT } from './program.js'

/** One line of a symbol: its text and its effect. */
export type Line = readonly [what: string, run: MicroStep['run']]

const NAMES: Readonly<Record<number, string>> = { [R.RAX]: 'eax', [R.RBX]: 'ebx', [R.RCX]: 'ecx', [R.RDX]: 'edx', [R.RSI]: 'esi', [R.RDI]: 'edi', [R.RBP]: 'ebp' }

/** pushl %reg */
export const pushl = (reg: number, note = ''): Line => [`pushl %${NAMES[reg]}${note}`, (k) => k.push32(k.low(reg))]
/** pushl $imm */
export const pushlImm = (value: number, note: string): Line => [`pushl $${note}`, (k) => k.push32(value)]
/** popl %reg */
export const popl = (reg: number): Line => [`popl %${NAMES[reg]}`, (k) => k.set(reg, k.pop32(), 0)]
/** pushfl */
export const pushfl: Line = ['pushfl: pt_regs->flags, without IF', (k) => k.push32(k.low(R.RFLAGS) & ~(EFLAGS.RF | EFLAGS.VM))]
/** cli */
export const cli: Line = ['cli: work that comes from now on waits for the next way out', (k) => k.set(R.RFLAGS, k.low(R.RFLAGS) & ~EFLAGS.IF, 0)]
/** cld */
export const cld: Line = ['cld', (k) => k.set(R.RFLAGS, k.low(R.RFLAGS) & ~EFLAGS.DF, 0)]

const SEGMENT_NAMES = ['es', 'cs', 'ss', 'ds', 'fs', 'gs']
const pushSegment = (sreg: number): Line => [`pushl %${SEGMENT_NAMES[sreg]}`, (k) => k.push32(getSelector(k.cpu, k.file, sreg))]
const popSegment = (sreg: number): Line => [`popl %${SEGMENT_NAMES[sreg]}`, (k) => load(k, sreg, k.pop32() & 0xffff)]
/** Segment registers take a selector by way of edx. */
const setSegments = (name: string, selector: number, ...sregs: readonly number[]): Line[] => [
  [`movl ${name}, %edx`, (k) => k.set(R.RDX, selector, 0)],
  ...sregs.map((sreg): Line => [`movl %edx, %${SEGMENT_NAMES[sreg]}`, (k) => load(k, sreg, k.low(R.RDX) & 0xffff)]),
]

/** Loads a segment register in the kernel; the fixup of a selector that faults is null. */
function load(k: KernelCpu, sreg: number, selector: number): void {
  if (loadSegment(k.cpu, k.file, sreg, selector) < 0) return
  setSelector(k.cpu, k.file, sreg, 0)
  if (sreg >= SREG.fs) setBase(k.cpu, k.file, sreg, 0)
}

/** Segment registers that a kernel saves, in the order of pushes. */
function savedSegments(profile: ArchProfile): { lines: Line[]; kernel: Line[]; pops: Line[] } {
  const { kernelDs, userDs } = profile.selectors
  const saved = profile.differences.frameSegments
  const data = saved === 'ds es' ? kernelDs : userDs, name = saved === 'ds es' ? '$__KERNEL_DS' : '$__USER_DS'
  const gs: Line[] = saved === 'ds es fs gs' ? [pushSegment(SREG.gs)] : saved === 'ds es fs' ? [pushlImm(0, '0: gs stays in its register')] : []
  const fs: Line[] = saved === 'ds es' ? [] : [pushSegment(SREG.fs)]
  return {
    lines: [...gs, ...fs, pushSegment(SREG.es), pushSegment(SREG.ds)],
    kernel: [
      ...setSegments(name, data, SREG.ds, SREG.es),
      ...(saved === 'ds es' ? [] : setSegments('$__KERNEL_PERCPU', 27 * 8, SREG.fs)),
      ...(saved === 'ds es fs gs' ? setSegments('$__KERNEL_STACK_CANARY', 28 * 8, SREG.gs) : []),
    ],
    pops: [
      popSegment(SREG.ds), popSegment(SREG.es), ...(saved === 'ds es' ? [] : [popSegment(SREG.fs)]),
      ...(saved === 'ds es fs gs' ? [popSegment(SREG.gs)] : saved === 'ds es fs' ? [['addl $4, %esp: skip gs', (k) => k.addSp(4)] satisfies Line] : []),
    ],
  }
}

/** SAVE_ALL: segments, then registers; the kernel's data segments are loaded. */
export function saveAll(profile: ArchProfile, options: { enosys: boolean }): Line[] {
  const { lines, kernel } = savedSegments(profile)
  return [
    cld, ...lines,
    options.enosys ? pushlImm(-38, '-ENOSYS for pt_regs->ax') : pushl(R.RAX),
    ...[R.RBP, R.RDI, R.RSI, R.RDX, R.RCX, R.RBX].map((reg) => pushl(reg)),
    ...kernel,
  ]
}

/** RESTORE_REGS: registers, segments, past orig_ax, and IRET. */
export function restoreAll(profile: ArchProfile): Line[] {
  return [
    ...[R.RBX, R.RCX, R.RDX, R.RSI, R.RDI, R.RBP, R.RAX].map(popl), ...savedSegments(profile).pops,
    ['addl $4, %esp: skip orig_ax', (k) => k.addSp(4)],
    ['iret: eip, cs, flags, esp and ss from the stack', (k) => (iret(k.cpu, k.file) < 0 ? undefined : 'iret_exc')],
  ]
}

/** Moves a frame that was built on the entry stack to the task's (SWITCH_TO_KERNEL_STACK, since 4.19). */
export function switchToKernelStack(layout: FrameLayout): Line {
  return ['SWITCH_TO_KERNEL_STACK: the frame moves from the entry stack to the task’s', (k) => {
    const from = k.cpu.offset(k.low(R.RSP))
    const to = tssWord(k, TSS32.esp1) - layout.size
    k.cpu.memory.u8.copyWithin(k.cpu.offset(to), from, from + layout.size)
    k.set(R.RSP, to, 0)
  }]
}

/** Moves it back (SWITCH_TO_ENTRY_STACK). */
export function switchToEntryStack(layout: FrameLayout): Line {
  return ['SWITCH_TO_ENTRY_STACK: the frame moves back to the entry stack, where IRET takes it', (k) => {
    const from = k.cpu.offset(k.low(R.RSP))
    const to = tssWord(k, TSS32.esp0) - layout.size
    k.cpu.memory.u8.copyWithin(k.cpu.offset(to), from, from + layout.size)
    k.set(R.RSP, to, 0)
  }]
}

/** A word of the TSS. */
export function tssWord(k: KernelCpu, at: number): number {
  return k.cpu.memory.view.getUint32(k.cpu.base + CPU.tss + at, true)
}

const CALLER_SAVED = [R.RAX, R.RCX, R.RDX] as const

/** Lets the machine act as the kernel's C code: it sees the registers at `regs`, which come from the frame and go back to it. */
function callHost(k: KernelCpu, layout: FrameLayout, act: (cpu: KernelCpu['cpu'], regs: number) => boolean): number | undefined {
  const frame = k.cpu.offset(k.low(R.RSP))
  loadFrame(k.cpu.memory, layout, k.regs, frame)
  const done = act(k.cpu, k.regs)
  storeFrame(k.cpu.memory, layout, k.regs, frame)
  if (!done) return WAIT
  const { u8 } = k.cpu.memory
  const inFrame = layout.segments.map(([, selector]) => selector)
  for (const [selector, base] of [[THREAD.fs, THREAD.fsBase], [THREAD.gs, THREAD.gsBase]] as const) {
    if (inFrame.includes(selector)) continue
    u8.copyWithin(k.file + selector, k.regs + selector, k.regs + selector + 2) // a segment that stays in its register
    u8.copyWithin(k.file + base, k.regs + base, k.regs + base + 8)
  }
  for (const reg of CALLER_SAVED) k.set(reg, 0xc0dec0de, 0)
  return undefined
}

/** The call, for the number in pt_regs->orig_ax. */
export function dispatch32(layout: FrameLayout, what: string): Line {
  return [what, (k) => callHost(k, layout, k.host.dispatch)]
}
/** The work on the way out. */
export function exitWork32(layout: FrameLayout, what: string): Line {
  return [what, (k) => callHost(k, layout, k.host.exitWork)]
}
/** Which call: pt_regs->orig_ax as an int. */
export function number32(layout: FrameLayout, way: number, what: string): Line {
  return [what, (k) => {
    setEntry32(k.cpu, k.load32(k.low(R.RSP) + layout.origAx) | 0)
    k.cpu.memory.u32[(k.regs >>> 2) + R.WAY_SLOT] = way
  }]
}

/** Clears flags that SYSENTER let through. */
export function fixFlags32(layout: FrameLayout): Line {
  return ['testl NT|AC|TF, PT_EFLAGS(%esp): SYSENTER leaves them set; pushl $X86_EFLAGS_FIXED; popfl', (k) => {
    if ((k.load32(k.low(R.RSP) + layout.flags) & (EFLAGS.NT | EFLAGS.AC | EFLAGS.TF)) !== 0) k.set(R.RFLAGS, EFLAGS.fixed, 0)
  }]
}

/** The sixth argument from the user's stack; `fail` is where a bad pointer leads. */
export function fetchSixth32(layout: FrameLayout, fail: string, clears: boolean): Line {
  return ['get_user(regs->bp, regs->sp): the sixth argument', (k) => {
    const sp = k.low(R.RSP)
    const word = k.host.readUser32(k.load32(sp + layout.sp))
    if (word >= 0 || clears) k.store32(sp + layout.bp, word < 0 ? 0 : word)
    return word < 0 ? fail : undefined
  }]
}

/** SYSEXIT's own part. */
export const sysexitLine: Line = ['sti; sysexit: eip from edx, esp from ecx', (k) => {
  k.set(R.RFLAGS, k.low(R.RFLAGS) | EFLAGS.IF, 0)
  const fault = sysexit(k.cpu, k.file, false)
  return fault < 0 ? undefined : fault
}]

/** The frame that IRET refused becomes the one of an IRET error: esp stands on it, registers are the user's again. */
export function iretExc(profile: ArchProfile, layout: FrameLayout): Line[] {
  const common = saveAll(profile, { enosys: false })
  return [
    pushlImm(-1, '-1 for pt_regs->orig_ax'),
    ...common,
    ...(profile.entryStack ? [switchToKernelStack(layout)] : []),
    ['do_iret_error', (k) => { const e = k.cpu.exception; e.vector = VECTOR_IRET; e.errorCode = 0; e.address = 0 }],
    ['jmp exception_handler', () => 'exception_handler'],
  ]
}

export { frameLayout } from '../i386/frame.js'
