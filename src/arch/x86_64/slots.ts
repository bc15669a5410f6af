/** Indices of 32-bit words in an x86_64 register file, from `regs >>> 2`; each is a low half, its high half follows. Four times these are PT_REGS and THREAD. */
export const R15 = 0
export const R14 = 2
export const R13 = 4
export const R12 = 6
export const RBP = 8
export const RBX = 10
export const R11 = 12
export const R10 = 14
export const R9 = 16
export const R8 = 18
export const RAX = 20
export const RCX = 22
export const RDX = 24
export const RSI = 26
export const RDI = 28
export const ORIG_RAX = 30
export const RIP = 32
export const CS = 34
export const RFLAGS = 36
export const RSP = 38
export const SS = 40
/** THREAD.way */
export const WAY_SLOT = 56
/** THREAD.landingPad */
export const LANDING_PAD = 192
