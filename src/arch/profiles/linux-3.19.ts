import type { ArchKernel } from '../x86/kernel.js'
import type { ArchProfile } from '../x86/profile.js'
import { readDescriptor } from '../x86/gdt.js'
import { switchTo } from '../x86/switch-to.js'
import { bootX86_64 } from '../x86_64/boot.js'
import { enterException } from '../x86_64/enter.js'
import { argsOfOld, exitToUserOld, takeTrapOld } from '../x86_64/fast-old.js'
import { linux54Profile, OLD_EXCEPTIONS } from './linux-5.4.js'

/** Linux 3.19, x86_64: partial frames, SYSRET and SYSEXIT unless work is pending, no entry stack. */
export const linux319Profile: ArchProfile = {
  ...linux54Profile,
  name: '3.19', pageOffset: -0x780000000000, // 0xffff880000000000
  entryStack: false,
  differences: {
    ...linux54Profile.differences, x32MasksNumber: true, int80ClearsR8ToR11: true, compatZeroesHighRegisters: false, sysret: 'unless-work',
    enosysBeforeCall: false, symbolPrefix: 'SyS_',
  },
  symbols: ['system_call', 'ia32_sysenter_target', 'ia32_cstar_target', 'ia32_syscall', .../* @__PURE__ */ Object.values(OLD_EXCEPTIONS), 'ignore_sysret'],
}

/** The architecture side of the 3.19 lab on x86_64. */
export const linux319: ArchKernel = {
  profile: linux319Profile,
  boot: /* @__PURE__ */ bootX86_64(linux319Profile, {
    syscall64: 'system_call', sysenter: 'ia32_sysenter_target', syscall32: 'ia32_cstar_target', exceptions: { ...OLD_EXCEPTIONS, 128: 'ia32_syscall' },
  }, { gdt: 'switch_to_new_gdt', ist: 'cpu_init', getcpu: 'vgetcpu_cpu_init', idt: 'trap_init', compat: 'syscall32_cpu_init', cstarByVendor: false }),
  takeTrap: takeTrapOld, enterException, exitToUser: exitToUserOld, switchTo, argsOf: argsOfOld, readDescriptor,
}

const CODES = /* @__PURE__ */ new Set(['invalid_TSS', 'segment_not_present', 'stack_segment', 'general_protection', 'page_fault', 'alignment_check'])
const NOT_FROM_USER = /* @__PURE__ */ new Set(['nmi', 'double_fault', 'machine_check'])
/** Exceptions that user code raises, and whether hardware pushes an error code. */
export const OLD_EXCEPTIONS_BY_CODE: readonly (readonly [symbol: string, errorCode: boolean])[] =
  /* @__PURE__ */ Object.values(OLD_EXCEPTIONS).filter((symbol) => !NOT_FROM_USER.has(symbol)).map((symbol) => [symbol, CODES.has(symbol)] as const)
