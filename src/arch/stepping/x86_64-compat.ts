import { EFLAGS } from '../x86/flags.js'
import { sysret } from '../x86/gates/syscall.js'
import type { ArchProfile } from '../x86/profile.js'
import { slotAddress } from '../x86/words.js'
import { type KernelCpu, R } from './kernel-cpu.js'
import { type MicroStep, stepsOf } from './program.js'
import { clear, dispatchLine, exitWorkLine, hardware, pop, setNumber32, swapgsBack } from './x86_64-steps.js'

/** do_fast_syscall_32 and sysret32_from_system_call: what SYSENTER and 32-bit SYSCALL share. `work` tells of the way out. */
export function fastSyscall32(profile: ArchProfile, work: string): MicroStep[] {
  return [
    ...stepsOf('do_fast_syscall_32', [
      ['regs->ip = landing_pad: the vDSO’s int80_landing_pad', (k) => { k.load(R.RAX, k.cpu.address(k.regs + 768)); k.store(k.frame(R.RIP), R.RAX) }],
      setNumber32,
      ['get_user(*(u32 *)&regs->bp, regs->sp): the sixth argument', (k) => fetchSixth(k)],
      dispatchLine('regs->ax = ia32_sys_call(regs, nr)'),
      exitWorkLine(work),
      ['SYSRETL if cs, ss, ip are as entry set them and RF and TF are clear', (k) => (sysret32Allowed(k, profile) ? 'sysret32_from_system_call' : 'swapgs_restore_regs_and_return_to_usermode')],
    ]),
    ...stepsOf('do_fast_syscall_32_fault', [
      ['regs->ax = -EFAULT', (k) => k.storeImm(k.frame(R.RAX), -14)],
      exitWorkLine(work),
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

function sysret32Allowed(k: KernelCpu, profile: ArchProfile): boolean {
  const { user32Cs, userDs } = profile.selectors
  const slot = (reg: number): number => slotAddress(k.cpu.memory, k.cpu.offset(k.frame(reg)))
  const pad = k.regs + 768
  return slot(R.CS) === user32Cs && slot(R.SS) === userDs && k.load32(k.frame(R.RIP)) === k.cpu.memory.u32[pad >>> 2]
    && k.load32(k.frame(R.RIP) + 4) === k.cpu.memory.u32[(pad + 4) >>> 2] && (k.load32(k.frame(R.RFLAGS)) & (EFLAGS.RF | EFLAGS.TF)) === 0
}

/** pushfq */
export function pushFlags(k: KernelCpu): void {
  const flags = k.low(R.RFLAGS) & ~(EFLAGS.RF | EFLAGS.VM)
  k.addSp(-8)
  k.store32(k.address(R.RSP), flags)
  k.store32(k.address(R.RSP) + 4, 0)
}

/** Clears flags that SYSENTER let through, if any of NT, AC and TF is set. */
export function fixFlags(k: KernelCpu): void {
  if ((k.load32(k.frame(R.RFLAGS)) & (EFLAGS.NT | EFLAGS.AC | EFLAGS.TF)) !== 0) k.set(R.RFLAGS, EFLAGS.fixed, 0)
}
