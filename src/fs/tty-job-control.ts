import { EIO } from '../abi/errno.js'
import { SIGNALS, SI_CODES } from '../abi/flags/signals.js'
import { inOrphanedGroup } from '../kernel/orphaned-groups.js'
import { ERESTART } from '../kernel/results.js'
import type { Task } from '../kernel/task.js'
import type { Tty } from './tty.js'

/**
 * Whether a task may use its terminal: 0 in the foreground. In the background its group gets SIGTTIN (to read) or SIGTTOU
 * (to write or change it), and the call starts over. Linux: __tty_check_change.
 */
export function checkChange(tty: Tty, task: Task, signo: number): number {
  const { group, kernel } = task
  const { signals } = kernel
  if (tty.session === 0 || group.sid !== tty.session || tty.pgrp === 0 || group.pgid === tty.pgrp || signals === null) return 0
  if (signals.deaf(task, signo)) return signo === SIGNALS.SIGTTIN ? -EIO : 0
  if (inOrphanedGroup(kernel, group)) return -EIO
  for (const other of kernel.tasks.values())
    if (other === other.group.leader && other.group.pgid === group.pgid) signals.sendProcess(other, { signo, code: SI_CODES.SI_KERNEL })
  return ERESTART.sys
}
