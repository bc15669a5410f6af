import { EFLAGS } from '../x86/flags.js'
import { R } from '../stepping/kernel-cpu.js'
import { type KernelProgram, type MicroStep, program, stepsOf } from '../stepping/program.js'
import { fastSyscall32, fixFlags, pushFlags } from '../stepping/x86_64-compat.js'
import { errorEntry, exceptionHandlers, idtentry } from '../stepping/x86_64-idtentry.js'
import {
  dispatchLine, EXIT_WORK, exitWorkLine, iretSteps, push, pushAndClear, pushAt, pushImm, setNumber32, swapgsLine, syscall64Lines, sysret64Allowed, sysretSteps, toTaskStack,
} from '../stepping/x86_64-steps.js'
import { currentProfile } from './current.js'

const { userCs, user32Cs, userDs } = currentProfile.selectors

/** entry_SYSCALL_64: SYSCALL of 64-bit code. */
function entrySyscall64(): MicroStep[] {
  return [
    ...stepsOf('do_syscall_64', [
      ...syscall64Lines(),
      ['SYSRET unless rcx, r11, cs, ss, rip or RF and TF forbid', (k) => (sysret64Allowed(k, k.address(R.RSP)) ? 'syscall_return_via_sysret' : 'swapgs_restore_regs_and_return_to_usermode')],
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
      ['movq %rsp, %rdi: pt_regs is the first argument', (k) => k.mov(R.RDI, R.RSP)],
      ['movslq %eax, %rsi: the number is an int', (k) => k.set(R.RSI, k.low(R.RAX), k.low(R.RAX) >> 31)],
      ['call do_syscall_64', () => 'do_syscall_64'],
    ]),
  ]
}

/** entry_SYSENTER_compat: SYSENTER, on Intel. */
function entrySysenter(): MicroStep[] {
  return [
    ...stepsOf('do_SYSENTER_32', [
      ['regs->sp = regs->bp: where the vDSO keeps it', (k) => { k.load(R.RAX, k.frame(R.RBP)); k.store(k.frame(R.RSP), R.RAX) }],
      ['regs->flags |= X86_EFLAGS_IF', (k) => k.store32(k.frame(R.RFLAGS), k.load32(k.frame(R.RFLAGS)) | EFLAGS.IF)],
      ['return do_fast_syscall_32(regs)', () => 'do_fast_syscall_32'],
    ]),
    ...stepsOf('entry_SYSENTER_compat', [
      swapgsLine,
      toTaskStack,
      pushImm(userDs, '__USER_DS for pt_regs->ss'),
      pushImm(0, '0 for pt_regs->sp, which SYSENTER lost'),
      ['pushfq: pt_regs->flags, without IF', (k) => pushFlags(k)],
      pushImm(user32Cs, '__USER32_CS for pt_regs->cs'),
      pushImm(0, '0 for pt_regs->ip, which SYSENTER lost'),
      ['movl %eax, %eax: the number is 32 bits', (k) => k.movl(R.RAX, R.RAX)],
      push(R.RAX, ' for pt_regs->orig_ax'),
      ...pushAndClear({ enosys: true }),
      ['cld', (k) => k.set(R.RFLAGS, k.low(R.RFLAGS) & ~EFLAGS.DF, 0)],
      ['testl NT|AC|TF, EFLAGS(%rsp): SYSENTER leaves them set; pushq $X86_EFLAGS_FIXED; popfq', (k) => fixFlags(k)],
      ['movq %rsp, %rdi: pt_regs is the first argument', (k) => k.mov(R.RDI, R.RSP)],
      ['call do_SYSENTER_32', () => 'do_SYSENTER_32'],
    ]),
  ]
}

/** entry_SYSCALL_compat: SYSCALL of 32-bit code, on AMD. */
function entrySyscallCompat(): MicroStep[] {
  return stepsOf('entry_SYSCALL_compat', [
    swapgsLine,
    ['movl %esp, %r8d: the user’s esp into scratch', (k) => k.movl(R.R8, R.RSP)],
    toTaskStack,
    pushImm(userDs, '__USER_DS for pt_regs->ss'),
    push(R.R8, ' for pt_regs->sp'),
    push(R.R11, ' for pt_regs->flags'),
    pushImm(user32Cs, '__USER32_CS for pt_regs->cs'),
    push(R.RCX, ' for pt_regs->ip'),
    ['movl %eax, %eax: the number is 32 bits', (k) => k.movl(R.RAX, R.RAX)],
    push(R.RAX, ' for pt_regs->orig_ax'),
    ...pushAndClear({ enosys: true, rcx: R.RBP }),
    ['movq %rsp, %rdi: pt_regs is the first argument', (k) => k.mov(R.RDI, R.RSP)],
    ['call do_fast_syscall_32', () => 'do_fast_syscall_32'],
  ])
}

/** Vectors whose handlers expect an error code from hardware. */
const ERROR_CODE = /* @__PURE__ */ new Set(['asm_exc_invalid_tss', 'asm_exc_segment_not_present', 'asm_exc_stack_segment', 'asm_exc_general_protection', 'asm_exc_page_fault', 'asm_exc_alignment_check'])

/** Entries with code of their own for exceptions inside the kernel; user code does not raise them here. */
const PARANOID = /* @__PURE__ */ new Set(['asm_exc_nmi', 'asm_exc_double_fault', 'asm_exc_machine_check'])

/** do_int80_emulation: the number is in pt_regs->ax, as for any interrupt. */
function int80(): MicroStep[] {
  return stepsOf('do_int80_emulation', [
      ['regs->orig_ax = regs->ax & 0xffffffff', (k) => { k.load(R.RAX, k.frame(R.RAX)); k.movl(R.RAX, R.RAX); k.store(k.frame(R.ORIG_RAX), R.RAX) }],
      ['regs->ax = -ENOSYS', (k) => k.storeImm(k.frame(R.RAX), -38)],
      setNumber32,
      dispatchLine('regs->ax = ia32_sys_call(regs, nr)'),
      exitWorkLine(EXIT_WORK),
      ['jmp error_return', () => 'error_return'],
    ])
}

/** All entry and exit paths of the `current` profile, as steps. */
export function currentPaths(): KernelProgram {
  const entries = currentProfile.symbols.filter((symbol) => symbol.startsWith('asm_') && !PARANOID.has(symbol))
  return program( // no jump stands right before its own target, so that leaving it out shows
    exceptionHandlers(), int80(), entrySyscall64(), iretSteps(false), sysretSteps(), entrySysenter(), entrySyscallCompat(), errorEntry(currentProfile), fastSyscall32(currentProfile, EXIT_WORK),
    ...entries.map((symbol) => idtentry(currentProfile, symbol, symbol === 'asm_int80_emulation' ? 'do_int80_emulation' : symbol.slice(4), ERROR_CODE.has(symbol))),
  )
}
