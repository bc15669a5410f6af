import { EFLAGS } from '../x86/flags.js'
import { sysret } from '../x86/gates/syscall.js'
import { slotAddress } from '../x86/words.js'
import { type KernelCpu, R } from '../stepping/kernel-cpu.js'
import { type KernelProgram, type MicroStep, program, stepsOf } from '../stepping/program.js'
import {
  clear, dispatchLine, exitWorkLine, hardware, iretSteps, type Line, pop, push, pushAndClear, pushImm, setNumber32, swapgsBack, swapgsLine,
  syncRegs, syscall64Lines, sysret64Allowed, sysretSteps, toTaskStack,
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

function pushAt(k: KernelCpu, address: number): void {
  const low = k.load32(address), high = k.load32(address + 4)
  k.addSp(-8)
  k.store32(k.address(R.RSP), low)
  k.store32(k.address(R.RSP) + 4, high)
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

function pushFlags(k: KernelCpu): void {
  const flags = k.low(R.RFLAGS) & ~(EFLAGS.RF | EFLAGS.VM)
  k.addSp(-8)
  k.store32(k.address(R.RSP), flags)
  k.store32(k.address(R.RSP) + 4, 0)
}

function fixFlags(k: KernelCpu): void {
  if ((k.load32(k.frame(R.RFLAGS)) & (EFLAGS.NT | EFLAGS.AC | EFLAGS.TF)) !== 0) k.set(R.RFLAGS, EFLAGS.fixed, 0)
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

/** do_fast_syscall_32 and sysret32_from_system_call: what SYSENTER and 32-bit SYSCALL share. */
function fastSyscall32(): MicroStep[] {
  return [
    ...stepsOf('do_fast_syscall_32', [
      ['regs->ip = landing_pad: the vDSO’s int80_landing_pad', (k) => { k.load(R.RAX, k.cpu.address(k.regs + 768)); k.store(k.frame(R.RIP), R.RAX) }],
      setNumber32,
      ['get_user(*(u32 *)&regs->bp, regs->sp): the sixth argument', (k) => fetchSixth(k)],
      dispatchLine('regs->ax = ia32_sys_call(regs, nr)'),
      exitWorkLine,
      ['SYSRETL if cs, ss, ip are as entry set them and RF and TF are clear', (k) => (sysret32Allowed(k) ? 'sysret32_from_system_call' : 'swapgs_restore_regs_and_return_to_usermode')],
    ]),
    ...stepsOf('do_fast_syscall_32_fault', [
      ['regs->ax = -EFAULT', (k) => k.storeImm(k.frame(R.RAX), -14)],
      exitWorkLine,
      ['return false: leave by IRET', () => 'swapgs_restore_regs_and_return_to_usermode'],
    ]),
    ...stepsOf('sysret32_from_system_call', [
      ['movq RBX(%rsp), %rbx', (k) => k.load(R.RBX, k.frame(R.RBX))],
      ['movq RBP(%rsp), %rbp', (k) => k.load(R.RBP, k.frame(R.RBP))],
      ['movq EFLAGS(%rsp), %r11', (k) => k.load(R.R11, k.frame(R.RFLAGS))],
      ['movq RIP(%rsp), %rcx', (k) => k.load(R.RCX, k.frame(R.RIP))],
      ['addq $RAX, %rsp: skip r8 to r15', (k) => k.addSp(80)],
      pop(R.RAX),
      ['addq $8, %rsp: skip pt_regs->cx', (k) => k.addSp(8)],
      pop(R.RDX), pop(R.RSI), pop(R.RDI),
      ['movq RSP-ORIG_RAX(%rsp), %rsp', (k) => k.load(R.RSP, k.address(R.RSP) + (R.RSP - R.ORIG_RAX) * 4)],
      // scratch until here; nothing of the kernel's may show
      ['xorl %r8d, %r8d', clear(R.R8)[1]], ['xorl %r9d, %r9d', clear(R.R9)[1]], ['xorl %r10d, %r10d', clear(R.R10)[1]],
      swapgsBack,
      ['sysretl: eip from ecx, flags from r11, cs and ss from MSR_STAR', (k) => hardware(sysret(k.cpu, k.file, false))],
    ]),
  ]
}

function fetchSixth(k: KernelCpu): string | undefined {
  const word = k.host.readUser32(k.load32(k.frame(R.RSP)))
  k.store32(k.frame(R.RBP), word < 0 ? 0 : word)
  return word < 0 ? 'do_fast_syscall_32_fault' : undefined
}

function sysret32Allowed(k: KernelCpu): boolean {
  const slot = (reg: number): number => slotAddress(k.cpu.memory, k.cpu.offset(k.frame(reg)))
  const pad = k.regs + 768
  return slot(R.CS) === user32Cs && slot(R.SS) === userDs && k.load32(k.frame(R.RIP)) === k.cpu.memory.u32[pad >>> 2]
    && k.load32(k.frame(R.RIP) + 4) === k.cpu.memory.u32[(pad + 4) >>> 2] && (k.load32(k.frame(R.RFLAGS)) & (EFLAGS.RF | EFLAGS.TF)) === 0
}

/** Vectors whose handlers expect an error code from hardware. */
const ERROR_CODE = new Set(['asm_exc_invalid_tss', 'asm_exc_segment_not_present', 'asm_exc_stack_segment', 'asm_exc_general_protection', 'asm_exc_page_fault', 'asm_exc_alignment_check'])

/** Entries with code of their own for exceptions inside the kernel; user code does not raise them here. */
const PARANOID = new Set(['asm_exc_nmi', 'asm_exc_double_fault', 'asm_exc_machine_check'])

/** The idtentry macro: registers are saved on the entry stack, then the frame moves to the task's. */
function idtentry(symbol: string, handler: string): MicroStep[] {
  const hasCode = ERROR_CODE.has(symbol)
  const lines: Line[] = [
    ['cld', (k) => k.set(R.RFLAGS, k.low(R.RFLAGS) & ~EFLAGS.DF, 0)],
    ...(hasCode ? [] : [pushImm(-1, '-1 for pt_regs->orig_ax: no system call to restart')]),
    ['call error_entry', (k) => callErrorEntry(k, symbol)],
  ]
  const body: Line[] = [
    ['movq %rax, %rsp: the task’s stack', (k) => k.mov(R.RSP, R.RAX)],
    ['movq %rsp, %rdi: pt_regs is the first argument', (k) => k.mov(R.RDI, R.RSP)],
    ...(hasCode
      ? [
          ['movq ORIG_RAX(%rsp), %rsi: the error code is the second', (k) => k.load(R.RSI, k.frame(R.ORIG_RAX))] satisfies Line,
          ['movq $-1, ORIG_RAX(%rsp): no system call to restart', (k) => k.storeImm(k.frame(R.ORIG_RAX), -1)] satisfies Line,
        ]
      : []),
    [`call ${handler}`, () => (handler === 'do_int80_emulation' ? handler : 'exception_handler')],
  ]
  return [...stepsOf(symbol, lines), ...stepsOf(`${symbol}_body`, body)]
}

/** The return address that error_entry finds; steps return by symbol, so its value only has to name the caller. */
function callErrorEntry(k: KernelCpu, symbol: string): string {
  k.pushImm(currentProfile.symbols.indexOf(symbol))
  return 'error_entry'
}

function errorEntry(): MicroStep[] {
  return [
    ...stepsOf('error_entry', [
      ...pushAndClear({ enosys: false, ret: true }),
      ['testb $3, CS+8(%rsp): from user code?', (k) => ((k.load32(k.frame(R.CS) + 8) & 3) !== 0 ? undefined : 'error_bad_iret')],
      swapgsLine,
      ['leaq 8(%rsp), %rdi; jmp sync_regs', (k) => { k.set(R.RDI, k.low(R.RSP), k.high(R.RSP)); return 'sync_regs' }],
    ]),
    ...stepsOf('error_bad_iret', [
      ['swapgs: IRET refused the frame after gs was the user’s again', swapgsLine[1]],
      ['fixup_bad_iret: the frame that IRET refused becomes the one of an exception in user code', (k) => { fixupBadIret(k); return 'sync_regs' }],
    ]),
    ...stepsOf('sync_regs', [
      ['the frame moves to the top of the task’s stack', (k) => { const to = syncRegs(k, k.address(R.RDI) + 8); k.set(R.RAX, to, Math.floor(to / 0x100000000)) }],
      ['ret', (k) => { const caller = currentProfile.symbols[k.load32(k.address(R.RSP))]; k.addSp(8); return `${caller}_body` }],
    ]),
  ]
}

/** Builds, on the entry stack, the frame of an exception in user code from the registers saved on entry and the five words that IRET refused. */
function fixupBadIret(k: KernelCpu): void {
  const { u8 } = k.cpu.memory
  const bad = k.address(R.RSP) + 8
  const refused = k.cpu.offset(slotAddress(k.cpu.memory, k.cpu.offset(bad + R.RSP * 4)))
  const ret = k.load32(k.address(R.RSP))
  const top = k.cpu.address(k.cpu.base + 768 + 512) // the entry stack's
  const to = k.cpu.offset(top - 168)
  const words = u8.slice(refused, refused + 40), saved = u8.slice(k.cpu.offset(bad), k.cpu.offset(bad) + 128)
  u8.set(saved, to)
  u8.set(words, to + 128)
  k.set(R.RSP, (top - 176) >>> 0, Math.floor((top - 176) / 0x100000000))
  k.store32(top - 176, ret)
  k.store32(top - 172, 0)
  k.mov(R.RDI, R.RSP)
}

function handlers(): MicroStep[] {
  return [
    ...stepsOf('error_return', [
      ['testb $3, CS(%rsp): to user code', () => 'swapgs_restore_regs_and_return_to_usermode'],
    ]),
    ...stepsOf('do_int80_emulation', [
      ['regs->orig_ax = regs->ax & 0xffffffff', (k) => { k.load(R.RAX, k.frame(R.RAX)); k.movl(R.RAX, R.RAX); k.store(k.frame(R.ORIG_RAX), R.RAX) }],
      ['regs->ax = -ENOSYS', (k) => k.storeImm(k.frame(R.RAX), -38)],
      setNumber32,
      dispatchLine('regs->ax = ia32_sys_call(regs, nr)'),
      exitWorkLine,
      ['jmp error_return', () => 'error_return'],
    ]),
    ...stepsOf('exception_handler', [
      dispatchLine('the handler: brings the page in, or sends the signal'),
      ['irqentry_exit_to_user_mode: reschedule and signals until no work is left', exitWorkLine[1]],
      ['jmp error_return', () => 'error_return'],
    ]),
  ]
}

/** All entry and exit paths of the `current` profile, as steps. */
export function currentPaths(): KernelProgram {
  const entries = currentProfile.symbols.filter((symbol) => symbol.startsWith('asm_') && !PARANOID.has(symbol))
  return program( // no jump stands right before its own target, so that leaving it out shows
    handlers(), entrySyscall64(), iretSteps(false), sysretSteps(), entrySysenter(), entrySyscallCompat(), errorEntry(), fastSyscall32(),
    ...entries.map((symbol) => idtentry(symbol, symbol === 'asm_int80_emulation' ? 'do_int80_emulation' : symbol.slice(4))),
  )
}
