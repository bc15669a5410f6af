import { TSS32 } from '../x86/cpu-layout.js'
import { EFLAGS } from '../x86/flags.js'
import type { FrameLayout } from '../i386/frame.js'
import type { ArchProfile } from '../x86/profile.js'
import { WAY } from '../x86/ways.js'
import { SREG, loadSegment } from '../x86/segments.js'
import {
  cli, dispatch32, exitWork32, fetchSixth32, fixFlags32, frameLayout, iretExc, type Line, number32, popl, pushfl, pushl, pushlImm, restoreAll, saveAll,
  switchToEntryStack, switchToKernelStack, sysexitLine, tssWord,
} from '../stepping/i386-steps.js'
import { type KernelCpu, R } from '../stepping/kernel-cpu.js'
import { type KernelProgram, type MicroStep, program, stepsOf } from '../stepping/program.js'

/** What the three i386 labs name differently. */
export interface I386Names {
  readonly sysenter: string | null
  /** INT 0x80 from SAVE_ALL, which are the lines of `save`, to `restore_all`. */
  readonly call: (layout: FrameLayout, save: readonly Line[]) => MicroStep[]
  /** Exceptions by symbol, and whether hardware pushes an error code. */
  readonly exceptions: readonly (readonly [symbol: string, errorCode: boolean])[]
}

/** 2.4: all of it in assembly, `ret_from_sys_call` behind the call. */
export function call24(layout: FrameLayout, save: readonly Line[]): MicroStep[] {
  return [
    ...stepsOf('system_call', [
      ...save,
      number32(layout, WAY.int80, 'cmpl $(NR_syscalls), %eax: -ENOSYS unless below'),
      dispatch32(layout, 'call *sys_call_table(,%eax,4); movl %eax, EAX(%esp): the result, where eax was saved'),
    ]),
    ...stepsOf('ret_from_sys_call', [
      cli, exitWork32(layout, 'cmpl $0, need_resched(%ebx); cmpl $0, sigpending(%ebx): schedule and do_signal until neither is set'),
    ]),
  ]
}

/** 3.19: the same in three pieces. */
export function call319(layout: FrameLayout, save: readonly Line[]): MicroStep[] {
  return [
    ...stepsOf('system_call', [...save, number32(layout, WAY.int80, 'cmpl $(NR_syscalls), %eax: -ENOSYS unless below')]),
    ...stepsOf('syscall_call', [dispatch32(layout, 'call *sys_call_table(,%eax,4); movl %eax, PT_EAX(%esp): the result, where eax was saved')]),
    ...stepsOf('syscall_exit', [cli, exitWork32(layout, 'testl $_TIF_ALLWORK_MASK, TI_flags(%ebp): schedule and do_notify_resume until no work is left')]),
  ]
}

/** 5.4: C code. */
export function call54(layout: FrameLayout, save: readonly Line[]): MicroStep[] {
  return [
    ...stepsOf('do_int80_syscall_32', [
      number32(layout, WAY.int80, 'nr = regs->orig_ax'),
      dispatch32(layout, 'regs->ax = ia32_sys_call_table[nr](regs->bx, regs->cx, regs->dx, regs->si, regs->di, regs->bp)'),
      exitWork32(layout, 'syscall_return_slowpath: schedule and do_signal until no work is left'),
      ['ret', () => 'restore_all'],
    ]),
    ...stepsOf('entry_INT80_32', [...save, ['call do_int80_syscall_32', () => 'do_int80_syscall_32']]),
  ]
}

/** All entry and exit paths of an i386 lab, as steps. */
export function i386Paths(profile: ArchProfile, names: I386Names): KernelProgram {
  const layout = frameLayout(profile)
  const { entryStack, differences } = profile
  const toTask = entryStack ? [switchToKernelStack(layout)] : []
  const exit: MicroStep[] = stepsOf('restore_all', [...(entryStack ? [switchToEntryStack(layout)] : []), ...restoreAll(profile)])
  const handler = stepsOf('exception_handler', [
    dispatch32(layout, 'the handler: brings the page in, or sends the signal'), exitWork32(layout, WORK), ['jmp restore_all', () => 'restore_all'],
  ])
  const save = [pushl(R.RAX, ' for pt_regs->orig_ax'), ...saveAll(profile, { enosys: differences.enosysBeforeCall }), ...toTask]
  const exceptions = names.exceptions.map(([symbol, code]) => stepsOf(symbol, exceptionLines(profile, code, toTask)))
  return program( // no jump stands right before its own target, so that leaving it out shows
    handler, names.call(layout, save), exit, ...(names.sysenter === null ? [] : [sysenterSteps(profile, names.sysenter)]), stepsOf('iret_exc', iretExc(profile, layout)),
    ...exceptions,
  )
}

const WORK = 'work on the way out: reschedule and signals until none is left'

function exceptionLines(profile: ArchProfile, code: boolean, toTask: Line[]): Line[] {
  const layout = frameLayout(profile)
  return [
    ...(code ? [] : [pushlImm(0, '0: no error code')]),
    ...saveAll(profile, { enosys: false }), ...toTask,
    ['movl ORIG_EAX(%esp), %edx: the error code is the second argument', (k) => k.set(R.RDX, k.load32(k.low(R.RSP) + layout.origAx), 0)],
    ['movl $-1, ORIG_EAX(%esp): no system call to restart', (k) => k.store32(k.low(R.RSP) + layout.origAx, -1)],
    ['jmp to the handler', () => 'exception_handler'],
  ]
}

/** SYSENTER: entry_SYSENTER_32 with the choice between SYSEXIT and IRET; before 4.4 ia32_sysenter_target. */
function sysenterSteps(profile: ArchProfile, symbol: string): MicroStep[] {
  const layout = frameLayout(profile)
  const { user32Cs, userDs } = profile.selectors
  const { differences } = profile
  const modern = differences.sysret === 'opportunistic'
  const landingPad = (k: KernelCpu): number => k.cpu.memory.u32[(k.regs + 768) >>> 2]!
  const work = exitWork32(layout, WORK)
  const fields = {
    ip: (k: KernelCpu): number => k.low(R.RSP) + layout.ip, sp: (k: KernelCpu): number => k.low(R.RSP) + layout.sp, flags: (k: KernelCpu): number => k.low(R.RSP) + layout.flags,
  }
  const entry: Line[] = [
    modern
      ? ['movl TSS_entry2task_stack(%esp), %esp: the task’s kernel stack', (k) => k.set(R.RSP, tssWord(k, TSS32.esp1), 0)]
      : ['movl TSS_sysenter_sp0(%esp), %esp: the task’s kernel stack', (k) => k.set(R.RSP, tssWord(k, TSS32.esp0), 0)],
    pushlImm(userDs, '__USER_DS for pt_regs->ss'),
    pushl(R.RBP, ' for pt_regs->sp, where the vDSO keeps it'),
    pushfl,
    ['orl $X86_EFLAGS_IF, (%esp)', (k) => k.store32(k.low(R.RSP), k.load32(k.low(R.RSP)) | EFLAGS.IF)],
    pushlImm(user32Cs, '__USER_CS for pt_regs->cs'),
    modern ? pushlImm(0, '0 for pt_regs->ip, which SYSENTER lost') : ['pushl TI_sysenter_return: the vDSO’s return address', (k) => k.push32(landingPad(k))],
    pushl(R.RAX, ' for pt_regs->orig_ax'),
    ...saveAll(profile, { enosys: differences.enosysBeforeCall }),
    ...(modern ? [['regs->ip = landing_pad', (k) => k.store32(fields.ip(k), landingPad(k))] satisfies Line] : []),
    fixFlags32(layout),
    number32(layout, WAY.sysenter32, modern ? 'nr = regs->orig_ax' : 'cmpl $(NR_syscalls), %eax: -ENOSYS unless below'),
    fetchSixth32(layout, `${symbol}_fault`, modern),
    dispatch32(layout, 'call *sys_call_table(,%eax,4)'),
    work,
    modern
      ? ['SYSEXIT if cs, ss, ip are as entry set them and RF, TF and VM are clear', (k) => (maySysexit(k) ? undefined : 'restore_all')]
      : ['testl $_TIF_ALLWORK_MASK: SYSEXIT unless work was done', (k) => (k.cpu.memory.u32[(k.regs >>> 2) + R.WAY_SLOT] === 0 ? 'restore_all' : undefined)],
    ['movl PT_EIP(%esp), %edx', (k) => k.set(R.RDX, k.load32(fields.ip(k)), 0)],
    ['movl PT_OLDESP(%esp), %ecx', (k) => k.set(R.RCX, k.load32(fields.sp(k)), 0)],
    ...layout.segments.filter(([, selector]) => selector === 220 || selector === 222).map(([at, selector]): Line => [
      `mov ${selector === 220 ? 'PT_FS' : 'PT_GS'}(%esp), the register`, (k) => { loadSegment(k.cpu, k.file, selector === 220 ? SREG.fs : SREG.gs, k.load32(k.low(R.RSP) + at) & 0xffff) },
    ]),
    ['movl PT_EAX(%esp), %eax', (k) => k.set(R.RAX, k.load32(k.low(R.RSP) + layout.ax), 0)],
    ['movl PT_EFLAGS(%esp), popfl without IF', (k) => k.set(R.RFLAGS, (k.load32(fields.flags(k)) & 0x247dd5) | 2, 0)],
    // before 4.4 ebx, esi and edi are what C preserved
    ...(modern
      ? [popl(R.RBX), ['addl $8, %esp: skip ecx and edx', (k) => k.addSp(8)] satisfies Line, popl(R.RSI), popl(R.RDI), popl(R.RBP)]
      : [['xorl %ebp, %ebp', (k) => k.set(R.RBP, 0, 0)] satisfies Line]),
    sysexitLine,
  ]
  function maySysexit(k: KernelCpu): boolean {
    const at = k.low(R.RSP)
    return k.load32(at + layout.cs) === user32Cs && k.load32(at + layout.flags + 8) === userDs && k.load32(fields.ip(k)) === landingPad(k)
      && (k.load32(fields.flags(k)) & (EFLAGS.RF | EFLAGS.TF | EFLAGS.VM)) === 0
  }
  return [
    ...stepsOf(`${symbol}_fault`, [
      ['regs->ax = -EFAULT', (k) => k.store32(k.low(R.RSP) + layout.ax, -14)], work, ['leave by IRET', () => 'restore_all'],
    ]),
    ...stepsOf(symbol, entry),
  ]
}
