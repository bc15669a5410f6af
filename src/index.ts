/**
 * The core: what every program that uses the library needs, and nothing else.
 *
 * @module
 */
export { KernelPanic, SyscallkitError } from './base/errors.js'
export type { SyscallkitErrorOptions } from './base/errors.js'
