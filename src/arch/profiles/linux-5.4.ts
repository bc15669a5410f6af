import type { ArchKernel } from '../x86/kernel.js'
import type { ArchProfile } from '../x86/profile.js'
import { readDescriptor } from '../x86/gdt.js'
import { switchTo } from '../x86/switch-to.js'
import { bootX86_64 } from '../x86_64/boot.js'
import { enterException } from '../x86_64/enter.js'
import { exitToUser } from '../x86_64/exit.js'
import { takeTrap } from '../x86_64/take-trap.js'
import { currentProfile } from './current.js'

/** Exception handlers before 5.8 (arch/x86/entry/entry_64.S, entry_32.S). */
export const OLD_EXCEPTIONS = {
  0: 'divide_error', 1: 'debug', 2: 'nmi', 3: 'int3', 4: 'overflow', 5: 'bounds', 6: 'invalid_op', 7: 'device_not_available', 8: 'double_fault',
  9: 'coprocessor_segment_overrun', 10: 'invalid_TSS', 11: 'segment_not_present', 12: 'stack_segment', 13: 'general_protection', 14: 'page_fault',
  15: 'spurious_interrupt_bug', 16: 'coprocessor_error', 17: 'alignment_check', 18: 'machine_check', 19: 'simd_coprocessor_error',
} as const

/** Linux 5.4.34, x86_64, IA32 emulation on. */
export const linux54Profile: ArchProfile = {
  ...currentProfile,
  name: '5.4',
  differences: {
    ...currentProfile.differences,
    numberWidth: 'long',
    sfmask: 0x47700, // TF DF IF IOPL AC NT
    compatZeroesHighRegisters: true, sysretCheck: 'canonical', fxsaveSoftwareBytes: false, sigreturnKeepsNullSelectors: false,
  },
  symbols: ['entry_SYSCALL_64', 'entry_SYSENTER_compat', 'entry_SYSCALL_compat', 'entry_INT80_compat', .../* @__PURE__ */ Object.values(OLD_EXCEPTIONS)],
}

/** The architecture side of the 5.4 lab on x86_64. */
export const linux54: ArchKernel = {
  profile: linux54Profile,
  boot: /* @__PURE__ */ bootX86_64(linux54Profile, {
    syscall64: 'entry_SYSCALL_64', sysenter: 'entry_SYSENTER_compat', syscall32: 'entry_SYSCALL_compat',
    exceptions: { ...OLD_EXCEPTIONS, 128: 'entry_INT80_compat' },
  }, { gdt: 'switch_to_new_gdt', ist: 'cpu_init', getcpu: 'setup_getcpu', idt: 'idt_setup_traps', compat: null, cstarByVendor: false }),
  takeTrap, enterException, exitToUser, switchTo, readDescriptor,
}
