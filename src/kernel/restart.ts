import type { Progress, ProgressTypes } from './progress.js'
import { ERESTART } from './results.js'
import type { Task } from './task.js'

/** Number of restart_syscall. */
export const RESTART_SYSCALL = { x86_64: 219, x32: 219, i386: 0 } as const

/** Lets restart_syscall go on with the task's current call where it stands now. The handler returns the result. */
export function restartLater<K extends keyof ProgressTypes>(task: Task, call: K, data: ProgressTypes[K]): number {
  const { restart, syscallNr } = task
  const nr = restart !== null && syscallNr === RESTART_SYSCALL[task.syscallAbi] ? restart.nr : syscallNr
  task.restart = { nr, progress: { call, data } as Progress }
  return ERESTART.restartBlock
}
