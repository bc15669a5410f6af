import { KernelPanic } from '../../base/errors.js'
import { PT_REGS_SIZE, THREAD } from '../x86/context-layout.js'
import { CPU, PERCPU } from '../x86/cpu-layout.js'
import { EFLAGS } from '../x86/flags.js'
import { sysexit, sysret } from '../x86/gates/syscall.js'
import { slotAddress } from '../x86/words.js'
import { ARGS_CSTAR } from '../x86_64/fast-old.js'
import { setEntry32, setEntry64 } from '../x86_64/number.js'
import { type KernelCpu, R } from '../stepping/kernel-cpu.js'
import { type KernelProgram, type MicroStep, program, stepsOf } from '../stepping/program.js'
import { fixFlags, pushFlags } from '../stepping/x86_64-compat.js'
import { clear, dispatchLine, espfixSteps, exitWorkLine, hardware, iretLines, type Line, nameOf, push, pushImm, swapgsBack, swapgsLine, syncRegs } from '../stepping/x86_64-steps.js'
import { WAY } from '../x86/ways.js'
import { linux319Profile, OLD_EXCEPTIONS_BY_CODE } from './linux-3.19.js'

/*
 * Entry code of 3.19 makes room on the stack and stores registers by moves. Two bases: ARGOFFSET, where rsp points at
 * pt_regs->r11 (SAVE_ARGS), and the whole frame, where it points at r15 (SAVE_REST).
 */
const { userCs, user32Cs, userDs } = linux319Profile.selectors
const ARGOFFSET = R.R11
const REST = [R.RBX, R.RBP, R.R12, R.R13, R.R14, R.R15] as const

/** movq %reg, slot(%rsp); `base` is the slot that rsp points at. */
const store = (reg: number, slot: number, base: number): Line => [`movq %${nameOf(reg)}, pt_regs->${nameOf(slot)}`, (k) => k.store(k.address(R.RSP) + (slot - base) * 4, reg)]
const load = (reg: number, base: number): Line => [`movq pt_regs->${nameOf(reg)}, %${nameOf(reg)}`, (k) => k.load(reg, k.address(R.RSP) + (reg - base) * 4)]
const storeImm = (value: number, slot: number, text: string): Line => [`movq $${text}`, (k) => k.storeImm(k.address(R.RSP) + (slot - ARGOFFSET) * 4, value)]
const sub = (bytes: number): Line => [`subq $${bytes}, %rsp`, (k) => k.addSp(-bytes)]
const add = (bytes: number): Line => [`addq $${bytes}, %rsp`, (k) => k.addSp(bytes)]
const kernelStack: Line = ['movq PER_CPU_VAR(kernel_stack), %rsp: five words below the task’s stack top', (k) => { k.load(R.RSP, k.topOfStack()); k.addSp(-40) }]
const fullStack: Line = ['movq PER_CPU_VAR(kernel_stack), %rsp; addq $KERNEL_STACK_OFFSET, %rsp', (k) => k.load(R.RSP, k.topOfStack())]
const number32: Line = ['movl %eax, %eax: the number is 32 bits', (k) => k.movl(R.RAX, R.RAX)]
const tellWay = (k: KernelCpu, way: number): void => void (k.cpu.memory.u32[(k.regs >>> 2) + R.WAY_SLOT] = way)
const entry32 = (way: number): Line => ['cmpq $(IA32_NR_syscalls-1), %rax', (k) => { setEntry32(k.cpu, k.low(R.RAX) | 0); tellWay(k, way) }]
const pending = (to: string): Line => ['testl $_TIF_ALLWORK_MASK: is there work on the way out?', (k) => (k.host.workPending?.(k.cpu, k.regs) === false ? undefined : to)]
const WORK = 'int_careful, int_very_careful: syscall_trace_leave, schedule and do_notify_resume until no work is left'
const sti: Line = ['sti', (k) => k.set(R.RFLAGS, k.low(R.RFLAGS) | EFLAGS.IF, 0)]

function systemCall(): MicroStep[] {
  const oldRsp = (k: KernelCpu): number => k.percpu(PERCPU.oldRsp)
  return [
    ...stepsOf('sysret_signal', [ // FIXUP_TOP_OF_STACK: what SYSCALL's short frame left out
      ['movq PER_CPU_VAR(old_rsp), pt_regs->sp', (k) => { k.load(R.R11, oldRsp(k)); k.store(k.address(R.RSP) + (R.RSP - ARGOFFSET) * 4, R.R11) }],
      storeImm(userDs, R.SS, '__USER_DS, pt_regs->ss'),
      storeImm(userCs, R.CS, '__USER_CS, pt_regs->cs'),
      ['movq pt_regs->ip, pt_regs->cx: as SYSRET would leave it', (k) => { k.load(R.R11, k.address(R.RSP) + (R.RIP - ARGOFFSET) * 4); k.store(k.address(R.RSP) + (R.RCX - ARGOFFSET) * 4, R.R11) }],
      ['movq pt_regs->r11, pt_regs->flags', (k) => { k.load(R.R11, k.address(R.RSP)); k.store(k.address(R.RSP) + (R.RFLAGS - ARGOFFSET) * 4, R.R11) }],
      ['jmp int_check_syscall_exit_work', () => 'int_ret_from_sys_call'],
    ]),
    ...stepsOf('system_call', [
      swapgsLine,
    ]),
    ...stepsOf('system_call_after_swapgs', [ // where a hypervisor that did swapgs itself jumps to
      ['movq %rsp, PER_CPU_VAR(old_rsp): the user’s rsp into scratch', (k) => k.store(oldRsp(k), R.RSP)],
      kernelStack, sti, sub(80),
      ...[R.RDI, R.RSI, R.RDX].map((reg) => store(reg, reg, ARGOFFSET)),
      storeImm(-38, R.RAX, '-ENOSYS, pt_regs->ax: the result unless a call is made'),
      ...[R.R8, R.R9, R.R10, R.R11].map((reg) => store(reg, reg, ARGOFFSET)),
      ['movq %rax, pt_regs->orig_ax', (k) => k.store(k.address(R.RSP) + (R.ORIG_RAX - ARGOFFSET) * 4, R.RAX)],
      ['movq %rcx, pt_regs->ip', (k) => k.store(k.address(R.RSP) + (R.RIP - ARGOFFSET) * 4, R.RCX)],
    ]),
    ...stepsOf('system_call_fastpath', [
      ['cmpq $__NR_syscall_max, %rax: 64 bits, or as __SYSCALL_MASK says', (k) => { setEntry64(k.cpu, k.low(R.RAX), k.high(R.RAX)); tellWay(k, WAY.syscall64) }],
      dispatchLine('movq %r10, %rcx; call *sys_call_table(, %rax, 8); movq %rax, pt_regs->ax'),
    ]),
    ...stepsOf('ret_from_sys_call', [
      pending('sysret_signal'),
      ['movq pt_regs->ip, %rcx', (k) => k.load(R.RCX, k.address(R.RSP) + (R.RIP - ARGOFFSET) * 4)],
      ...[R.R11, R.R10, R.R9, R.R8, R.RAX, R.RDX, R.RSI, R.RDI].map((reg) => load(reg, ARGOFFSET)),
      ['movq PER_CPU_VAR(old_rsp), %rsp', (k) => k.load(R.RSP, oldRsp(k))],
      swapgsBack,
      ['sysretq: rip from rcx, flags from r11, cs and ss from MSR_STAR', (k) => hardware(sysret(k.cpu, k.file, true))],
    ]),
  ]
}

/** The slow way out: SAVE_REST, work, RESTORE_REST, IRET. */
function slowExit(): MicroStep[] {
  return [
    ...stepsOf('retint_swapgs', [
      swapgsBack,
      ...[R.R11, R.R10, R.R9, R.R8, R.RAX, R.RCX, R.RDX, R.RSI, R.RDI].map((reg) => load(reg, ARGOFFSET)),
      add(80),
      ...iretLines,
    ]),
    ...espfixSteps(),
    ...stepsOf('int_ret_from_sys_call', [
      sub(48), ...REST.map((reg) => store(reg, reg, R.R15)),
      exitWorkLine(WORK),
      ...REST.map((reg) => load(reg, R.R15)), add(48),
      ['jmp retint_swapgs', () => 'retint_swapgs'],
    ]),
    ...stepsOf('ia32_ret_from_sys_call', [
      ...[R.R11, R.R10, R.R9, R.R8].map((slot): Line => storeImm(0, slot, `0, pt_regs->${nameOf(slot)}`)),
      ['jmp int_ret_from_sys_call', () => 'int_ret_from_sys_call'],
    ]),
    ...stepsOf('ia32_badarg', [storeImm(-14, R.RAX, '-EFAULT, pt_regs->ax'), ['jmp ia32_sysret', () => 'ia32_ret_from_sys_call']]),
  ]
}

/** SAVE_ARGS 0,1,0 of the 32-bit entries: not r8 to r11. */
const saveArgs32 = (): Line[] => [sub(72), ...[R.RDI, R.RSI, R.RDX, R.RCX, R.RAX].map((reg) => store(reg, reg, ARGOFFSET))]

function sysenterSteps(): MicroStep[] {
  return stepsOf('ia32_sysenter_target', [
    swapgsLine, fullStack, sti,
    ['movl %ebp, %ebp', (k) => k.movl(R.RBP, R.RBP)],
    pushImm(userDs, '__USER32_DS for pt_regs->ss'), push(R.RBP, ' for pt_regs->sp'), ['pushfq: pt_regs->flags', (k) => pushFlags(k)],
    pushImm(user32Cs, '__USER32_CS for pt_regs->cs'), number32,
    ['pushq TI_sysenter_return: the vDSO’s return address', (k) => { k.load(R.R10, k.cpu.address(k.regs + 768)); k.movl(R.R10, R.R10); k.push(R.R10) }],
    push(R.RAX, ' for pt_regs->orig_ax'),
    ['cld', (k) => k.set(R.RFLAGS, k.low(R.RFLAGS) & ~EFLAGS.DF, 0)],
    ...saveArgs32(),
    entry32(WAY.sysenter32),
    // the real code looks at NT after the fetch, so that a bad pointer with NT set makes IRET fail
    ['testl $X86_EFLAGS_NT, pt_regs->flags; pushq $X86_EFLAGS_FIXED; popfq', (k) => { k.addSp(-48); fixFlags(k); k.addSp(48) }],
    ['movl (%rbp), %ebp: the sixth argument', (k) => { const word = k.host.readUser32(k.low(R.RBP)); if (word < 0) return 'ia32_badarg'; k.set(R.RBP, word, 0); return undefined }],
    dispatchLine('call *ia32_sys_call_table(, %rax, 8); movq %rax, pt_regs->ax'),
    pending('ia32_ret_from_sys_call'),
    ['movl pt_regs->ip, %edx', (k) => { k.load(R.RDX, k.address(R.RSP) + (R.RIP - ARGOFFSET) * 4); k.movl(R.RDX, R.RDX) }],
    load(R.RAX, ARGOFFSET), load(R.RSI, ARGOFFSET), load(R.RDI, ARGOFFSET),
    ...[R.R8, R.R9, R.R10, R.R11].map((reg): Line => [`xorq %${nameOf(reg)}, itself`, clear(reg)[1]]),
    ['popfq without IF', (k) => { k.set(R.RFLAGS, (k.load32(k.address(R.RSP) + (R.RFLAGS - ARGOFFSET) * 4) & 0x247dd5) | 2, 0) }],
    ['popq %rcx: the user’s esp', (k) => k.load(R.RCX, k.address(R.RSP) + (R.RSP - ARGOFFSET) * 4)],
    swapgsBack, sti,
    ['sysexit: eip from edx, esp from ecx', (k) => { const fault = hardware(sysexit(k.cpu, k.file, false)); if (fault === undefined) { k.movl(R.RCX, R.RCX) } return fault }],
  ])
}

function cstarSteps(): MicroStep[] {
  const storeAt = (slot: number, reg: number, text: string): Line => [text, (k) => k.store(k.address(R.RSP) + (slot - ARGOFFSET) * 4, reg)]
  return stepsOf('ia32_cstar_target', [
    swapgsLine,
    ['movl %esp, %r8d', (k) => k.movl(R.R8, R.RSP)],
    kernelStack, sti, sub(80),
    ...[R.RDI, R.RSI, R.RDX].map((reg) => store(reg, reg, ARGOFFSET)),
    number32,
    storeAt(R.RAX, R.RAX, 'movq %rax, pt_regs->ax'), storeAt(R.ORIG_RAX, R.RAX, 'movq %rax, pt_regs->orig_ax'), storeAt(R.RIP, R.RCX, 'movq %rcx, pt_regs->ip'),
    storeAt(R.RCX, R.RBP, 'movq %rbp, pt_regs->cx'), storeImm(user32Cs, R.CS, '__USER32_CS, pt_regs->cs'), storeImm(userDs, R.SS, '__USER32_DS, pt_regs->ss'),
    storeAt(R.RFLAGS, R.R11, 'movq %r11, pt_regs->flags'), storeAt(R.RSP, R.R8, 'movq %r8, pt_regs->sp'),
    ['cmpq $IA32_NR_syscalls-1, %rax', (k) => { setEntry32(k.cpu, k.low(R.RAX) | 0); k.cpu.entry.args = ARGS_CSTAR; tellWay(k, WAY.syscall32) }],
    ['movl (%r8), %r9d: the sixth argument', (k) => { const word = k.host.readUser32(k.low(R.R8)); if (word < 0) return 'ia32_badarg'; k.set(R.R9, word, 0); k.cpu.memory.u32[(k.regs + THREAD.tmp1) >>> 2] = word; return undefined }],
    dispatchLine('call *ia32_sys_call_table(, %rax, 8); movq %rax, pt_regs->ax'),
    pending('ia32_ret_from_sys_call'),
    load(R.RAX, ARGOFFSET), load(R.RDX, ARGOFFSET), load(R.RSI, ARGOFFSET), load(R.RDI, ARGOFFSET),
    ['movl pt_regs->ip, %ecx', (k) => { k.load(R.RCX, k.address(R.RSP) + (R.RIP - ARGOFFSET) * 4); k.movl(R.RCX, R.RCX) }],
    ['movl pt_regs->flags, %r11d', (k) => { k.load(R.R11, k.address(R.RSP) + (R.RFLAGS - ARGOFFSET) * 4); k.movl(R.R11, R.R11) }],
    ...[R.R10, R.R9, R.R8].map((reg): Line => [`xorq %${nameOf(reg)}, itself`, clear(reg)[1]]),
    ['movl pt_regs->sp, %esp', (k) => { k.load(R.RSP, k.address(R.RSP) + (R.RSP - ARGOFFSET) * 4); k.movl(R.RSP, R.RSP) }],
    swapgsBack,
    ['sysretl: eip from ecx, flags from r11, cs and ss from MSR_STAR', (k) => hardware(sysret(k.cpu, k.file, false))],
  ])
}

function int80Steps(): MicroStep[] {
  return stepsOf('ia32_syscall', [
    swapgsLine, sti, number32,
    push(R.RAX, ' for pt_regs->orig_ax'),
    ['cld', (k) => k.set(R.RFLAGS, k.low(R.RFLAGS) & ~EFLAGS.DF, 0)],
    ...saveArgs32(),
    entry32(WAY.int80),
    dispatchLine('call *ia32_sys_call_table(, %rax, 8); movq %rax, pt_regs->ax'),
    ['jmp ia32_ret_from_sys_call', () => 'ia32_ret_from_sys_call'],
  ])
}

const ALL = [R.RDI, R.RSI, R.RDX, R.RCX, R.RAX, R.R8, R.R9, R.R10, R.R11, ...REST] as const

function exceptionSteps(symbol: string, code: boolean): MicroStep[] {
  return stepsOf(symbol, [...(code ? [] : [pushImm(-1, '-1: no error code')]), sub(120), ['call error_entry', () => 'error_entry']])
}

function errorSteps(): MicroStep[] {
  return [
    ...stepsOf('error_exit', [
      exitWorkLine('retint_careful: schedule and do_notify_resume until no work is left'), ...REST.map((reg) => load(reg, R.R15)), add(48), ['jmp retint_swapgs', () => 'retint_swapgs'],
    ]),
    ...stepsOf('error_entry', [
      ['cld', (k) => k.set(R.RFLAGS, k.low(R.RFLAGS) & ~EFLAGS.DF, 0)],
      ...ALL.map((reg) => store(reg, reg, R.R15)),
      ['testl $3, CS+8(%rsp): from user code?', (k) => ((k.load32(k.frame(R.CS)) & 3) !== 0 ? undefined : 'error_bad_iret')],
      swapgsLine,
      ['ret', () => 'do_exception'],
    ]),
    ...stepsOf('error_bad_iret', [
      ['swapgs: IRET refused the frame after gs was the user’s again', swapgsLine[1]],
      ['fixup_bad_iret: the frame that IRET refused becomes the one of an exception in user code', (k) => { fixupBadIret(k); return 'do_exception' }],
    ]),
    ...stepsOf('do_exception_call', [dispatchLine('the handler: brings the page in, or sends the signal'), ['jmp error_exit', () => 'error_exit']]),
    ...stepsOf('do_exception', [
      ['sync_regs: off the #DB stack, for an exception that came on it', (k) => { const to = syncRegs(k, k.address(R.RSP)); k.set(R.RSP, to, Math.floor(to / 0x100000000)) }],
      ['movq %rsp, %rdi: pt_regs is the first argument', (k) => k.mov(R.RDI, R.RSP)],
      ['movq ORIG_RAX(%rsp), %rsi: the error code is the second; xorl %esi, %esi without one', (k) => { k.load(R.RSI, k.frame(R.ORIG_RAX)); if (k.high(R.RSI) !== 0) k.set(R.RSI, 0, 0) }],
      ['movq $-1, ORIG_RAX(%rsp): no system call to restart', (k) => k.storeImm(k.frame(R.ORIG_RAX), -1)],
      ['call the handler', () => 'do_exception_call'],
    ]),
  ]
}

function fixupBadIret(k: KernelCpu): void {
  const { u8 } = k.cpu.memory
  const bad = k.cpu.offset(k.address(R.RSP))
  const refused = k.cpu.offset(slotAddress(k.cpu.memory, bad + R.RSP * 4))
  if (refused < 0 || refused > u8.length - 40) throw new KernelPanic('an exception in the kernel, where none is expected')
  const words = u8.slice(refused, refused + 40), saved = u8.slice(bad, bad + 128)
  const to = slotAddress(k.cpu.memory, k.cpu.base + CPU.percpu + PERCPU.topOfStack) - PT_REGS_SIZE
  u8.set(saved, k.cpu.offset(to))
  u8.set(words, k.cpu.offset(to) + 128)
  k.set(R.RSP, to >>> 0, Math.floor(to / 0x100000000))
}

/** All entry and exit paths of the 3.19 lab on x86_64, as steps. */
export function linux319Paths(): KernelProgram {
  return program( // no jump stands right before its own target, so that leaving it out shows
    slowExit(), systemCall(), sysenterSteps(), cstarSteps(), int80Steps(), errorSteps(), ...OLD_EXCEPTIONS_BY_CODE.map(([symbol, code]) => exceptionSteps(symbol, code)),
  )
}
