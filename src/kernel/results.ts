/**
 * Results of a handler that are no results for user mode. A handler returns a number: 0 and above is a result, -4095
 * to -1 a negative errno (unless its definition says `notError`). Results that user mode sees as a `long` or a pointer
 * below -4095 are canonical numbers; the sentinels are odd numbers in a gap that no call returns: no page starts
 * there, and no count, key or register value of 64 bits is handed back this way.
 */
/** The call waits: `task.progress` says for what, and the handler runs again after the wake. */
export const BLOCKED = -0x7fff0001
/** The handler wrote the user's registers itself, the result register included (sigreturn, execve). */
export const REGS_SET = -0x7fff0003

/** Restart codes of the kernel (include/linux/errno.h); signals turn them into a restart or -EINTR. */
export const ERESTART = { sys: -512, noIntr: -513, noHand: -514, restartBlock: -516 } as const

/** Whether a result goes to user mode as an errno: Linux's `IS_ERR_VALUE`, -4095 to -1. */
export function isErrorResult(result: number): boolean {
  return result < 0 && result >= -4095
}
