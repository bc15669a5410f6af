import { bootI386 } from '../i386/boot.js'
import { enterException32, exitToUser32, takeTrap32 } from '../i386/fast.js'
import type { KernelProgram } from '../stepping/program.js'
import type { ArchKernel } from '../x86/kernel.js'
import type { ArchProfile } from '../x86/profile.js'
import { readDescriptor } from '../x86/gdt.js'
import { switchTo } from '../x86/switch-to.js'
import { currentProfile } from './current.js'
import { call24, call319, call54, i386Paths } from './i386-paths.js'
import { OLD_EXCEPTIONS } from './linux-5.4.js'

const SYMBOLS = /* @__PURE__ */ Object.values(OLD_EXCEPTIONS)
const CODES = /* @__PURE__ */ new Set(['invalid_TSS', 'segment_not_present', 'stack_segment', 'general_protection', 'page_fault', 'alignment_check'])
const NOT_FROM_USER = /* @__PURE__ */ new Set(['nmi', 'double_fault', 'machine_check'])
const exceptions = (): (readonly [string, boolean])[] => SYMBOLS.filter((symbol) => !NOT_FROM_USER.has(symbol)).map((symbol) => [symbol, CODES.has(symbol)] as const)

/** Linux 5.4.34, i386: entry stack, SYSEXIT after a look at the frame. */
export const linux54I386Profile: ArchProfile = {
  name: '5.4-i386', kernel: 'i386', pageOffset: 0xc0000000, taskSizeMax: 0xc0000000, tlsMin: 6,
  selectors: { kernelCs: 0x60, kernelDs: 0x68, userCs: 0, user32Cs: 0x73, userDs: 0x7b, tss: 0x80 },
  differences: {
    ...currentProfile.differences, fxsaveSoftwareBytes: false, sigreturnKeepsNullSelectors: false, stackPadding: 8, badIret: 'vector-32', symbolPrefix: 'sys_',
  },
  entryStack: true,
  symbols: ['entry_INT80_32', 'entry_SYSENTER_32', ...SYMBOLS],
}
/** The architecture side of the 5.4 lab on i386. */
export const linux54I386: ArchKernel = {
  profile: linux54I386Profile, boot: /* @__PURE__ */ bootI386(linux54I386Profile, { sysenter: 'entry_SYSENTER_32', handlers: { ...OLD_EXCEPTIONS, 128: 'entry_INT80_32' } }),
  takeTrap: takeTrap32, enterException: enterException32, exitToUser: exitToUser32, switchTo, readDescriptor,
}
/** Its paths, as steps. */
export const linux54I386Paths = (): KernelProgram => i386Paths(linux54I386Profile, { call: call54, sysenter: 'entry_SYSENTER_32', exceptions: exceptions() })

/** Linux 3.19, i386: `system_call` behind a trap gate, gs left in its register, SYSEXIT unless work is pending. */
export const linux319I386Profile: ArchProfile = {
  ...linux54I386Profile, name: '3.19-i386', entryStack: false,
  differences: {
    ...linux54I386Profile.differences, sysret: 'unless-work', int80Gate: 'trap', enosysBeforeCall: false, frameSegments: 'ds es fs', symbolPrefix: 'SyS_',
  },
  symbols: ['system_call', 'ia32_sysenter_target', ...SYMBOLS],
}
/** The architecture side of the 3.19 lab on i386. */
export const linux319I386: ArchKernel = {
  profile: linux319I386Profile, boot: /* @__PURE__ */ bootI386(linux319I386Profile, { sysenter: 'ia32_sysenter_target', handlers: { ...OLD_EXCEPTIONS, 128: 'system_call' } }),
  takeTrap: takeTrap32, enterException: enterException32, exitToUser: exitToUser32, switchTo, readDescriptor,
}
/** Its paths, as steps. */
export const linux319I386Paths = (): KernelProgram => i386Paths(linux319I386Profile, { call: call319, sysenter: 'ia32_sysenter_target', exceptions: exceptions() })

/** Linux 2.4.18, i386: INT 0x80 only, all gates but NMI's and #PF's leave interrupts on, vector 5 open to ring 3, no TLS, 15 words of pt_regs. */
export const linux24Profile: ArchProfile = {
  ...linux319I386Profile, name: '2.4.18', tlsMin: 0,
  selectors: { kernelCs: 0x10, kernelDs: 0x18, userCs: 0, user32Cs: 0x23, userDs: 0x2b, tss: 0x60 },
  differences: {
    ...linux319I386Profile.differences, userVectors: [3, 4, 5, 0x80], trapGates: [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19],
    frameSegments: 'ds es', stackPadding: 0, badIret: 'exit-11', symbolPrefix: 'sys_',
  },
  symbols: ['system_call', ...SYMBOLS],
}
/** The architecture side of the 2.4.18 lab. */
export const linux24: ArchKernel = {
  profile: linux24Profile, boot: /* @__PURE__ */ bootI386(linux24Profile, { sysenter: null, handlers: { ...OLD_EXCEPTIONS, 128: 'system_call' } }),
  takeTrap: takeTrap32, enterException: enterException32, exitToUser: exitToUser32, switchTo, readDescriptor,
}
/** Its paths, as steps. */
export const linux24Paths = (): KernelProgram => i386Paths(linux24Profile, { call: call24, sysenter: null, exceptions: exceptions() })
