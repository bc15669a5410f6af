import { PT_REGS_SIZE } from '../x86/context-layout.js'
import { CPU, TSS64 } from '../x86/cpu-layout.js'
import { EFLAGS } from '../x86/flags.js'
import { iret } from '../x86/gates/iret.js'
import { swapgs, sysret } from '../x86/gates/syscall.js'
import { slotAddress } from '../x86/words.js'
import { LOST_FAULT } from '../x86_64/exit.js'
import { setEntry32, setEntry64 } from '../x86_64/number.js'
import { type KernelCpu, R } from './kernel-cpu.js'
import { type MicroStep, stepsOf, WAIT } from './program.js'

/*
 * What the entry code of x86_64 kernels is made of: each function gives the steps of one macro or C function.
 * Names are those of arch/x86/entry/calling.h and entry_64.S.
 */

/** One line of a symbol: its text and its effect. */
export type Line = readonly [what: string, run: MicroStep['run']]

const NAMES: Readonly<Record<number, string>> = {
  [R.R15]: 'r15', [R.R14]: 'r14', [R.R13]: 'r13', [R.R12]: 'r12', [R.RBP]: 'rbp', [R.RBX]: 'rbx', [R.R11]: 'r11', [R.R10]: 'r10',
  [R.R9]: 'r9', [R.R8]: 'r8', [R.RAX]: 'rax', [R.RCX]: 'rcx', [R.RDX]: 'rdx', [R.RSI]: 'rsi', [R.RDI]: 'rdi', [R.RSP]: 'rsp',
}
/** Register's name, for texts. */
export const nameOf = (reg: number): string => NAMES[reg] ?? String(reg)

/** push %reg */
export const push = (reg: number, note = ''): Line => [`pushq %${nameOf(reg)}${note}`, (k) => k.push(reg)]
/** pop %reg */
export const pop = (reg: number): Line => [`popq %${nameOf(reg)}`, (k) => k.pop(reg)]
/** push $imm */
export const pushImm = (value: number, note: string): Line => [`pushq $${note}`, (k) => k.pushImm(value)]
/** xorl %reg, %reg */
export const clear = (reg: number): Line => [`xorl %${nameOf(reg)}, itself: nothing of the user's is left for speculation`, (k) => k.clear(reg)]
/** SWAPGS */
export const swapgsLine: Line = ['swapgs: gs reaches the per-CPU variables, the user’s base is kept in MSR_KERNEL_GS_BASE', (k) => swapgs(k.cpu, k.file)]
/** SWAPGS on the way out */
export const swapgsBack: Line = ['swapgs: gs has the user’s base again', (k) => swapgs(k.cpu, k.file)]

/** Registers in the order in which PUSH_REGS pushes them, after rdi and rsi. */
const PUSH_ORDER = [R.RDX, R.RCX, R.RAX, R.R8, R.R9, R.R10, R.R11, R.RBX, R.RBP, R.R12, R.R13, R.R14, R.R15] as const
const CLEARED = [R.RSI, R.RDX, R.RCX, R.R8, R.R9, R.R10, R.R11, R.RBX, R.RBP, R.R12, R.R13, R.R14, R.R15] as const

/** PUSH_AND_CLEAR_REGS. `rcx` is pushed in place of rcx; rax's slot gets -ENOSYS, or rax itself for interrupts. */
export function pushAndClear(options: { rcx?: number; enosys: boolean; ret?: boolean }): Line[] {
  const lines: Line[] = options.ret === true
    ? [
        push(R.RSI),
        ['movq 8(%rsp), %rsi: the return address', (k) => k.load(R.RSI, k.address(R.RSP) + 8)],
        ['movq %rdi, 8(%rsp): rdi takes its place', (k) => k.store(k.address(R.RSP) + 8, R.RDI)],
      ]
    : [push(R.RDI), push(R.RSI)]
  for (const reg of PUSH_ORDER) {
    if (reg === R.RAX && options.enosys) lines.push(pushImm(-38, '-ENOSYS for pt_regs->ax: the result unless a call is made'))
    else if (reg === R.RCX && options.rcx !== undefined) lines.push(push(options.rcx, ' for pt_regs->cx'))
    else lines.push(push(reg))
  }
  for (const reg of CLEARED) if (!(options.ret === true && reg === R.RSI)) lines.push(clear(reg))
  if (options.ret === true) lines.push(push(R.RSI, ': the return address, on top again'), clear(R.RSI))
  return lines
}

/** POP_REGS: all but rdi, or with it. */
export function popRegs(withRdi: boolean): Line[] {
  const order = [R.R15, R.R14, R.R13, R.R12, R.RBP, R.RBX, R.R11, R.R10, R.R9, R.R8, R.RAX, R.RCX, R.RDX, R.RSI]
  return [...order, ...(withRdi ? [R.RDI] : [])].map(pop)
}

/** mov PER_CPU_VAR(cpu_current_top_of_stack), %rsp */
export const toTaskStack: Line = ['movq PER_CPU_VAR(cpu_current_top_of_stack), %rsp: the task’s kernel stack', (k) => k.load(R.RSP, k.topOfStack())]

/** movq PER_CPU_VAR(cpu_tss_rw + TSS_sp0), %rsp */
export const toEntryStack: Line = [
  'movq PER_CPU_VAR(cpu_tss_rw + TSS_sp0), %rsp: the entry stack', (k) => k.load(R.RSP, k.gsBase() - CPU.percpu + CPU.tss + TSS64.rsp0),
]

/** C code that makes the system call whose number is in pt_regs->orig_ax. */
export function dispatchLine(what: string): Line {
  return [what, (k) => callHost(k, k.host.dispatch)]
}
/** C code of the work on the way out. */
export function exitWorkLine(what: string): Line {
  return [what, (k) => callHost(k, k.host.exitWork)]
}
/** That work since 5.8, in words. */
export const EXIT_WORK = 'syscall_exit_to_user_mode: tracing, then reschedule and signals until no work is left'
/** That work from 4.1 to 5.7. */
export const EXIT_WORK_OLD = 'syscall_return_slowpath: tracing, then schedule and do_signal until no work is left'

const CALLER_SAVED = [R.RAX, R.RCX, R.RDX, R.RSI, R.RDI, R.R8, R.R9, R.R10, R.R11] as const

/** Lets the machine act as the kernel's C code; what it did to the task's segments is taken over. */
function callHost(k: KernelCpu, act: (cpu: KernelCpu['cpu'], regs: number) => boolean): number | undefined {
  if (!act(k.cpu, k.regs)) return WAIT
  const { u8 } = k.cpu.memory
  u8.copyWithin(k.file + 192, k.regs + 192, k.regs + 200) // fsBase
  u8.copyWithin(k.file + 208, k.regs + 200, k.regs + 208) // the user's gsBase is the inactive one now
  u8.copyWithin(k.file + 216, k.regs + 216, k.regs + 224) // es ds fs gs
  for (const reg of CALLER_SAVED) k.set(reg, 0xc0dec0de, 0xc0dec0de) // C may leave anything here
  return undefined
}

/** do_syscall_64: number from the register argument, call, work on the way out. */
export function syscall64Lines(): Line[] {
  return [
    ['nr = syscall_enter_from_user_mode(regs, nr)', (k) => setEntry64(k.cpu, k.low(R.RSI), k.high(R.RSI))],
    dispatchLine('regs->ax = x64_sys_call(regs, nr)'),
    exitWorkLine(EXIT_WORK),
  ]
}

/** The number of a 32-bit call, from pt_regs->orig_ax as an int. */
export const setNumber32: Line = ['nr = (int)regs->orig_ax; TS_COMPAT: a 32-bit call', (k) => setEntry32(k.cpu, k.load32(k.address(R.RDI) + R.ORIG_RAX * 4) | 0)]

/** Whether do_syscall_64 lets SYSRET return to the frame at `at`, a kernel address. */
export function sysret64Allowed(k: KernelCpu, at: number): boolean {
  const { userCs, userDs } = k.cpu.profile.selectors
  const field = (reg: number): number => slotAddress(k.cpu.memory, k.cpu.offset(at) + reg * 4)
  const ip = field(R.RIP)
  const bound = k.cpu.profile.differences.sysretCheck === 'task-size' ? ip >= 0 && ip < k.cpu.profile.taskSizeMax : ip >= -0x800000000000 && ip < 0x800000000000
  return field(R.RCX) === ip && sameSlot(k, at, R.RCX, R.RIP) && sameSlot(k, at, R.R11, R.RFLAGS)
    && field(R.CS) === userCs && field(R.SS) === userDs && bound && (k.load32(at + R.RFLAGS * 4) & (EFLAGS.RF | EFLAGS.TF)) === 0
}

function sameSlot(k: KernelCpu, at: number, a: number, b: number): boolean {
  return k.load32(at + a * 4) === k.load32(at + b * 4) && k.load32(at + a * 4 + 4) === k.load32(at + b * 4 + 4)
}

/** syscall_return_via_sysret */
export function sysretSteps(): MicroStep[] {
  return stepsOf('syscall_return_via_sysret', [
    ...popRegs(false),
    ['movq %rsp, %rdi', (k) => k.mov(R.RDI, R.RSP)],
    toEntryStack,
    ['pushq RSP-RDI(%rdi): the user’s rsp', (k) => pushFrom(k, R.RDI, R.RSP - R.RDI)],
    ['pushq (%rdi): the user’s rdi', (k) => pushFrom(k, R.RDI, 0)],
    pop(R.RDI),
    ['popq %rsp', (k) => k.load(R.RSP, k.address(R.RSP))],
    swapgsBack,
    ['sysretq: rip from rcx, flags from r11, cs and ss from MSR_STAR', (k) => hardware(sysret(k.cpu, k.file, true))],
  ])
}

/** pushq n(%reg), n in words of 4 bytes */
export function pushFrom(k: KernelCpu, reg: number, words: number): void {
  const at = k.address(reg) + words * 4
  const low = k.load32(at), high = k.load32(at + 4)
  k.addSp(-8)
  k.store32(k.address(R.RSP), low)
  k.store32(k.address(R.RSP) + 4, high)
}

/** pushq (address) */
export function pushAt(k: KernelCpu, address: number): void {
  const low = k.load32(address), high = k.load32(address + 4)
  k.addSp(-8)
  k.store32(k.address(R.RSP), low)
  k.store32(k.address(R.RSP) + 4, high)
}

/** A gate's answer as a step's: nothing, or the exception. */
export const hardware = (fault: number): number | undefined => (fault < 0 ? undefined : fault)

/** swapgs_restore_regs_and_return_to_usermode: by way of the entry stack (4.15 to 6.6), or straight from the task's. */
export function iretSteps(trampoline: boolean): MicroStep[] {
  const copy = [['SS', R.SS], ['RSP', R.RSP], ['EFLAGS', R.RFLAGS], ['CS', R.CS], ['RIP', R.RIP]] as const
  const body: Line[] = trampoline
    ? [
        ...popRegs(false),
        ['movq %rsp, %rdi', (k) => k.mov(R.RDI, R.RSP)],
        toEntryStack,
        ...copy.map(([name, reg]): Line => [`pushq ${name}-RDI(%rdi)`, (k) => pushFrom(k, R.RDI, reg - R.RDI)]),
        ['pushq (%rdi): the user’s rdi', (k) => pushFrom(k, R.RDI, 0)],
        pop(R.RDI),
      ]
    : [...popRegs(true), ['addq $8, %rsp: skip orig_ax', (k) => k.addSp(8)]]
  return stepsOf('swapgs_restore_regs_and_return_to_usermode', [
    ...body, swapgsBack, ...iretLines,
  ]).concat(espfixSteps())
}

/** IRET, but with a stack segment from the LDT only after a jump to {@link espfixSteps} (since 3.16). */
export const iretLines: readonly Line[] = [
  ['testb $4, SS-RIP(%rsp): a stack segment from the LDT leaves by the espfix stack', (k) => ((k.load32(k.address(R.RSP) + 32) & 4) === 0 ? undefined : 'native_irq_return_ldt')],
  ['iretq: rip, cs, flags, rsp and ss from the stack', (k) => hardware(iret(k.cpu, k.file))],
]

/** native_irq_return_ldt */
export function espfixSteps(): MicroStep[] {
  return stepsOf('native_irq_return_ldt', [
    ['iretq from the espfix stack: a fault there is a double fault, handed on as #GP whose error code is lost', (k) => hardware(iret(k.cpu, k.file) < 0 ? -1 : LOST_FAULT)],
  ])
}

/** sync_regs: the frame moves from the entry or IST stack to the task's. */
export function syncRegs(k: KernelCpu, from: number): number {
  const top = slotAddress(k.cpu.memory, k.cpu.offset(k.topOfStack()))
  const to = top - PT_REGS_SIZE
  const source = k.cpu.offset(from), target = k.cpu.offset(to)
  if (source !== target) k.cpu.memory.u8.copyWithin(target, source, source + PT_REGS_SIZE)
  return to
}
