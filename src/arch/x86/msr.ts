/** Numbers of the model-specific registers that system calls use (Intel SDM volume 4, AMD APM volume 2 appendix A). */
export const MSR = {
  TSC: 0x10, SYSENTER_CS: 0x174, SYSENTER_ESP: 0x175, SYSENTER_EIP: 0x176,
  EFER: 0xc0000080, STAR: 0xc0000081, LSTAR: 0xc0000082, CSTAR: 0xc0000083, SFMASK: 0xc0000084,
  FS_BASE: 0xc0000100, GS_BASE: 0xc0000101, KERNEL_GS_BASE: 0xc0000102, TSC_AUX: 0xc0000103,
} as const

/** Bits of EFER (AMD APM volume 2, 3.1.7). */
export const EFER = { SCE: 1, LME: 0x100, LMA: 0x400, NX: 0x800 } as const

/**
 * 64-bit registers of the CPU, as indices of quadwords from `CpuState.base + CPU.registers`. IDTR, GDTR and TR are
 * kept as base and limit; TR's and LDTR's selectors have words of their own.
 */
export const CREG = {
  star: 0, lstar: 1, cstar: 2, sfmask: 3, efer: 4, sysenterCs: 5, sysenterEsp: 6, sysenterEip: 7, tscAux: 8,
  cr0: 9, cr2: 10, cr3: 11, cr4: 12,
  gdtrBase: 13, gdtrLimit: 14, idtrBase: 15, idtrLimit: 16, trBase: 17, trLimit: 18, trSelector: 19,
  ldtrBase: 20, ldtrLimit: 21, ldtrSelector: 22, tsc: 23,
} as const

/** Quadword of an MSR that is not part of a register file, or -1. */
export function msrSlot(msr: number): number {
  switch (msr) {
    case MSR.STAR: return CREG.star
    case MSR.LSTAR: return CREG.lstar
    case MSR.CSTAR: return CREG.cstar
    case MSR.SFMASK: return CREG.sfmask
    case MSR.EFER: return CREG.efer
    case MSR.SYSENTER_CS: return CREG.sysenterCs
    case MSR.SYSENTER_ESP: return CREG.sysenterEsp
    case MSR.SYSENTER_EIP: return CREG.sysenterEip
    case MSR.TSC_AUX: return CREG.tscAux
    case MSR.TSC: return CREG.tsc
    default: return -1
  }
}
