import { defineSyscall } from '../define.js'

/** restart_syscall(2): goes on with a call that a signal interrupted, such as nanosleep, for the time that is left. Linux: kernel/signal.c. */
export const restartSyscall = /* @__PURE__ */ defineSyscall('restart_syscall', { args: [], level: 'full', run: (task) => task.kernel.restartCall(task) })
