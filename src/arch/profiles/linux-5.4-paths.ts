import { EFLAGS } from '../x86/flags.js'
import { R } from '../stepping/kernel-cpu.js'
import { type KernelProgram, type MicroStep, program, stepsOf } from '../stepping/program.js'
import { fastSyscall32, fixFlags, pushFlags } from '../stepping/x86_64-compat.js'
import { errorEntry, exceptionHandlers, idtentry } from '../stepping/x86_64-idtentry.js'
import {
  clear, dispatchLine, EXIT_WORK_OLD, exitWorkLine, iretSteps, type Line, push, pushAndClear, pushAt, pushFrom, pushImm, setNumber32, swapgsLine, sysret64Allowed, sysretSteps,
  toTaskStack,
} from '../stepping/x86_64-steps.js'
import { setEntry64 } from '../x86_64/number.js'
import { linux54Profile, OLD_EXCEPTIONS } from './linux-5.4.js'

const { userCs, user32Cs, userDs } = linux54Profile.selectors
const toRdi: Line = ['movq %rsp, %rdi: pt_regs is the first argument', (k) => k.mov(R.RDI, R.RSP)]
const number32: Line = ['movl %eax, %eax: the number is 32 bits', (k) => k.movl(R.RAX, R.RAX)]

/** entry_SYSCALL_64 and the checks that follow do_syscall_64 in assembly. */
function entrySyscall64(): MicroStep[] {
  return [
    ...stepsOf('do_syscall_64', [
      ['nr < NR_syscalls, all 64 bits', (k) => setEntry64(k.cpu, k.low(R.RDI), k.high(R.RDI))],
      dispatchLine('regs->ax = sys_call_table[nr](regs)'),
      exitWorkLine(EXIT_WORK_OLD),
      ['SYSRET unless rcx, r11, cs, ss, a non-canonical rip or RF and TF forbid', (k) => (sysret64Allowed(k, k.address(R.RSP)) ? 'syscall_return_via_sysret' : 'swapgs_restore_regs_and_return_to_usermode')],
    ]),
    ...stepsOf('entry_SYSCALL_64', [
      swapgsLine,
      ['movq %rsp, PER_CPU_VAR(cpu_tss_rw + TSS_sp2): the user’s rsp into scratch', (k) => k.store(k.sp2(), R.RSP)],
      toTaskStack,
      pushImm(userDs, '__USER_DS for pt_regs->ss'),
      ['pushq PER_CPU_VAR(cpu_tss_rw + TSS_sp2): pt_regs->sp', (k) => pushAt(k, k.sp2())],
      push(R.R11, ' for pt_regs->flags'),
      pushImm(userCs, '__USER_CS for pt_regs->cs'),
      push(R.RCX, ' for pt_regs->ip'),
      push(R.RAX, ' for pt_regs->orig_ax'),
      ...pushAndClear({ enosys: true }),
      ['movq %rax, %rdi: the number, 64 bits of it', (k) => k.mov(R.RDI, R.RAX)],
      ['movq %rsp, %rsi: pt_regs is the second argument', (k) => k.mov(R.RSI, R.RSP)],
      ['call do_syscall_64', () => 'do_syscall_64'],
    ]),
  ]
}

/** Pushes of the 32-bit entries: r8 to r15 are stored as zeros and then cleared. */
function saveCompat(options: { rcx: number; clearArguments: boolean }): Line[] {
  const cleared = (reg: number): Line[] => (options.clearArguments ? [clear(reg)] : [])
  const zero = (name: string): Line => pushImm(0, `0 for pt_regs->${name}`)
  return [
    push(R.RDI), push(R.RSI), ...cleared(R.RSI), push(R.RDX), ...cleared(R.RDX), push(options.rcx, ' for pt_regs->cx'), ...cleared(R.RCX),
    pushImm(-38, '-ENOSYS for pt_regs->ax'),
    zero('r8'), clear(R.R8), zero('r9'), clear(R.R9), zero('r10'), clear(R.R10), zero('r11'), clear(R.R11),
    push(R.RBX), clear(R.RBX), push(R.RBP), clear(R.RBP),
    zero('r12'), clear(R.R12), zero('r13'), clear(R.R13), zero('r14'), clear(R.R14), zero('r15'), clear(R.R15),
  ]
}

function entrySysenter(): MicroStep[] {
  return stepsOf('entry_SYSENTER_compat', [
    swapgsLine,
    toTaskStack,
    number32,
    pushImm(userDs, '__USER32_DS for pt_regs->ss'),
    push(R.RBP, ' for pt_regs->sp, where the vDSO keeps it'),
    ['pushfq: pt_regs->flags, without IF', (k) => pushFlags(k)],
    ['orl $X86_EFLAGS_IF, (%rsp)', (k) => k.store32(k.address(R.RSP), k.load32(k.address(R.RSP)) | EFLAGS.IF)],
    pushImm(user32Cs, '__USER32_CS for pt_regs->cs'),
    pushImm(0, '0 for pt_regs->ip, which SYSENTER lost'),
    push(R.RAX, ' for pt_regs->orig_ax'),
    ...saveCompat({ rcx: R.RCX, clearArguments: false }),
    ['cld', (k) => k.set(R.RFLAGS, k.low(R.RFLAGS) & ~EFLAGS.DF, 0)],
    ['testl NT|AC|TF, EFLAGS(%rsp): SYSENTER leaves them set; pushq $X86_EFLAGS_FIXED; popfq', (k) => fixFlags(k)],
    toRdi,
    ['call do_fast_syscall_32', () => 'do_fast_syscall_32'],
  ])
}

function entrySyscallCompat(): MicroStep[] {
  return stepsOf('entry_SYSCALL_compat', [
    swapgsLine,
    ['movl %esp, %r8d: the user’s esp into scratch', (k) => k.movl(R.R8, R.RSP)],
    toTaskStack,
    pushImm(userDs, '__USER32_DS for pt_regs->ss'),
    push(R.R8, ' for pt_regs->sp'),
    push(R.R11, ' for pt_regs->flags'),
    pushImm(user32Cs, '__USER32_CS for pt_regs->cs'),
    push(R.RCX, ' for pt_regs->ip'),
    number32,
    push(R.RAX, ' for pt_regs->orig_ax'),
    ...saveCompat({ rcx: R.RBP, clearArguments: true }),
    toRdi,
    ['call do_fast_syscall_32', () => 'do_fast_syscall_32'],
  ])
}

/** entry_INT80_compat: an entry of its own, which moves the frame to the task's stack by hand. */
function entryInt80(): MicroStep[] {
  const copied = [['ss', R.SS], ['rsp', R.RSP], ['eflags', R.RFLAGS], ['cs', R.CS], ['ip', R.RIP], ['orig_ax', R.ORIG_RAX]] as const
  const saved = [R.RSI, R.RDX, R.RCX] as const
  const rest = [R.R8, R.R9, R.R10, R.R11, R.RBX, R.RBP, R.R12, R.R13, R.R14, R.R15] as const
  return [
    ...stepsOf('do_int80_syscall_32', [
      setNumber32,
      dispatchLine('regs->ax = ia32_sys_call_table[nr](regs)'),
      exitWorkLine(EXIT_WORK_OLD),
      ['jmp swapgs_restore_regs_and_return_to_usermode', () => 'swapgs_restore_regs_and_return_to_usermode'],
    ]),
    ...stepsOf('entry_INT80_compat', [
      swapgsLine,
      number32,
      push(R.RAX, ' for pt_regs->orig_ax'),
      push(R.RDI, ' for pt_regs->di'),
      ['movq %rsp, %rdi: the entry stack', (k) => k.mov(R.RDI, R.RSP)],
      toTaskStack,
      ...copied.map(([name, reg]): Line => [`pushq ${(reg - R.RDI) / 2}*8(%rdi): regs->${name}`, (k) => pushFrom(k, R.RDI, reg - R.RDI)]),
      ['pushq (%rdi): pt_regs->di', (k) => pushFrom(k, R.RDI, 0)],
      ...saved.flatMap((reg) => [push(reg), clear(reg)]),
      pushImm(-38, '-ENOSYS for pt_regs->ax'),
      ...rest.flatMap((reg) => [push(reg), clear(reg)]),
      ['cld', (k) => k.set(R.RFLAGS, k.low(R.RFLAGS) & ~EFLAGS.DF, 0)],
      toRdi,
      ['call do_int80_syscall_32', () => 'do_int80_syscall_32'],
    ]),
  ]
}

/** Vectors whose handlers expect an error code from hardware, and those that user code does not raise. */
const ERROR_CODE = /* @__PURE__ */ new Set(['invalid_TSS', 'segment_not_present', 'stack_segment', 'general_protection', 'page_fault', 'alignment_check'])
const PARANOID = /* @__PURE__ */ new Set(['nmi', 'double_fault', 'machine_check'])

/** All entry and exit paths of the 5.4 lab on x86_64, as steps. */
export function linux54Paths(): KernelProgram {
  const exceptions = Object.values(OLD_EXCEPTIONS).filter((symbol) => !PARANOID.has(symbol))
  return program( // no jump stands right before its own target, so that leaving it out shows
    exceptionHandlers(), entrySyscall64(), iretSteps(true), sysretSteps(), entrySysenter(), entrySyscallCompat(), errorEntry(linux54Profile),
    fastSyscall32(linux54Profile, EXIT_WORK_OLD), entryInt80(),
    ...exceptions.map((symbol) => idtentry(linux54Profile, symbol, `do_${symbol}`, ERROR_CODE.has(symbol))),
  )
}
