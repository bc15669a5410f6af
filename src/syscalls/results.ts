export { BLOCKED, ERESTART, isErrorResult, REGS_SET } from '../kernel/results.js'
