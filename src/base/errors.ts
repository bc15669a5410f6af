/** Options of {@link SyscallkitError}. */
export interface SyscallkitErrorOptions {
  /** What the caller can do about it, in one sentence. */
  hint?: string | undefined
  /** The error this one wraps. */
  cause?: unknown
}

/**
 * A mistake of the host program. Guest errors are never thrown: they are negative errno results.
 *
 * @example
 * try { machine.spawn(bytes) } catch (e) { if (e instanceof SyscallkitError) console.error(e.code, e.message) }
 */
export class SyscallkitError extends Error {
  /** Stable name of the mistake, `ERR_SYSCALLKIT_…`. */
  readonly code: `ERR_SYSCALLKIT_${string}`
  constructor(code: `ERR_SYSCALLKIT_${string}`, message: string, options: SyscallkitErrorOptions = {}) {
    super(options.hint === undefined ? message : `${message}\n  ${options.hint}`, options)
    this.name = 'SyscallkitError'
    this.code = code
  }
}

/** A broken invariant of the kernel itself: a defect of the library, never something a guest can cause. */
export class KernelPanic extends Error {
  constructor(message: string) {
    super(`Kernel panic - not syncing: ${message}`)
    this.name = 'KernelPanic'
  }
}
