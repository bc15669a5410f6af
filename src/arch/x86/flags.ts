/** Bits of EFLAGS and RFLAGS (Intel SDM volume 1, 3.4.3). */
export const EFLAGS = {
  CF: 1, fixed: 2, PF: 4, AF: 0x10, ZF: 0x40, SF: 0x80, TF: 0x100, IF: 0x200, DF: 0x400, OF: 0x800,
  IOPL: 0x3000, NT: 0x4000, RF: 0x10000, VM: 0x20000, AC: 0x40000, VIF: 0x80000, VIP: 0x100000, ID: 0x200000,
} as const

/** What SYSRET takes from R11; RF, VM and reserved bits are left out, bit 1 is read as set (Intel SDM volume 2, SYSRET). */
export const SYSRET_FLAGS = 0x3c7fd5
/** What IRET at CPL 0 takes from its frame in long mode: all but VM and reserved bits (Intel SDM volume 2, IRET). */
export const IRET_FLAGS = 0x3d7fd5
