/** The results of handlers; the kernel defines them, because tasks block with them. */
export { BLOCKED, REGS_SET, isErrorResult } from '../kernel/results.js'
