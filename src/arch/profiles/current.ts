import { bootX86_64 } from '../x86_64/boot.js'
import { enterException } from '../x86_64/enter.js'
import { exitToUser } from '../x86_64/exit.js'
import { takeTrap } from '../x86_64/take-trap.js'
import type { ArchKernel } from '../x86/kernel.js'
import type { ArchProfile } from '../x86/profile.js'
import { readDescriptor } from '../x86/gdt.js'
import { switchTo } from '../x86/switch-to.js'

/** Exception handlers of 5.8 and later (arch/x86/include/asm/idtentry.h). */
const EXCEPTIONS = {
  0: 'asm_exc_divide_error', 1: 'asm_exc_debug', 2: 'asm_exc_nmi', 3: 'asm_exc_int3', 4: 'asm_exc_overflow', 5: 'asm_exc_bounds',
  6: 'asm_exc_invalid_op', 7: 'asm_exc_device_not_available', 8: 'asm_exc_double_fault', 9: 'asm_exc_coproc_segment_overrun',
  10: 'asm_exc_invalid_tss', 11: 'asm_exc_segment_not_present', 12: 'asm_exc_stack_segment', 13: 'asm_exc_general_protection',
  14: 'asm_exc_page_fault', 15: 'asm_exc_spurious_interrupt_bug', 16: 'asm_exc_coprocessor_error', 17: 'asm_exc_alignment_check',
  18: 'asm_exc_machine_check', 19: 'asm_exc_simd_coprocessor_error', 128: 'asm_int80_emulation',
} as const

/** The profile of {@link currentProfile} with a single entry point, for kernels that have no gate but SYSCALL. */
export const syscallProfile: ArchProfile = {
  name: 'current', kernel: 'x86_64',
  pageOffset: -0x778000000000, // 0xffff888000000000
  taskSizeMax: 0x7ffffffff000,
  tlsMin: 12,
  selectors: { kernelCs: 0x10, kernelDs: 0x18, userCs: 0x33, user32Cs: 0x23, userDs: 0x2b, tss: 0x40 },
  differences: {
    numberWidth: 'int', x32MasksNumber: false,
    sfmask: 0x257fd5, // CF PF AF ZF SF TF IF DF OF IOPL NT RF AC ID
    int80ClearsR8ToR11: false, compatZeroesHighRegisters: false, sysret: 'opportunistic', sysretCheck: 'task-size',
    userVectors: [3, 4, 0x80], int80Gate: 'interrupt', trapGates: [], fxsaveSoftwareBytes: true, sigreturnKeepsNullSelectors: true, enosysBeforeCall: true,
    frameSegments: 'ds es fs gs', stackPadding: 0, badIret: 'fault', symbolPrefix: '__x64_sys_',
  },
  entryStack: true,
  symbols: ['entry_SYSCALL_64'],
}

/** Linux 6.18, x86_64, IA32 emulation on; page-table isolation, FRED and randomised addresses off. */
export const currentProfile: ArchProfile = /* @__PURE__ */ withSymbols(['entry_SYSCALL_64', 'entry_SYSENTER_compat', 'entry_SYSCALL_compat'])

function withSymbols(calls: readonly string[]): ArchProfile {
  return { ...syscallProfile, symbols: [...calls, ...Object.values(EXCEPTIONS)] }
}

/** The architecture side of the `current` profile. */
export const current: ArchKernel = {
  profile: currentProfile,
  boot: /* @__PURE__ */ bootX86_64(currentProfile, {
    syscall64: 'entry_SYSCALL_64', sysenter: 'entry_SYSENTER_compat', syscall32: 'entry_SYSCALL_compat', exceptions: EXCEPTIONS,
  }, { gdt: 'switch_gdt_and_percpu_base', ist: 'tss_setup_ist', getcpu: 'setup_getcpu', idt: 'idt_setup_traps', compat: null, cstarByVendor: true }),
  takeTrap, enterException, exitToUser, switchTo, readDescriptor,
}
