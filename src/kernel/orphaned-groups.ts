import { SIGNALS, SI_CODES } from '../abi/flags/signals.js'
import type { Kernel } from './kernel.js'
import type { ThreadGroup } from './thread-group.js'

/** Processes of a group that are not reaped. */
function membersOf(kernel: Kernel, pgid: number): ThreadGroup[] {
  return [...kernel.tasks.values()].filter((task) => task === task.group.leader && task.group.pgid === pgid).map(({ group }) => group)
}

/** Whether `parent` is one who can go on with stopped jobs of a group: of another group of the same session. */
function controls(parent: ThreadGroup | null, pgid: number, sid: number): boolean {
  return parent !== null && parent.pgid !== pgid && parent.sid === sid
}

/** Whether nobody but `ignored` is left to go on with a group's stopped members. Linux: will_become_orphaned_pgrp. */
function isOrphaned(members: readonly ThreadGroup[], ignored: ThreadGroup | null): boolean {
  return !members.some((member) => member !== ignored && member.exitStatus === null && controls(member.parent, member.pgid, member.sid))
}

/** Whether a process's group is orphaned: signals of terminals do not stop it. Linux: is_current_pgrp_orphaned. */
export function inOrphanedGroup(kernel: Kernel, group: ThreadGroup): boolean {
  return isOrphaned(membersOf(kernel, group.pgid), null)
}

/**
 * A process lost the parent that it had, or ended itself: if its group is orphaned by that, and a member is stopped, all
 * get SIGHUP and go on. Linux: kill_orphaned_pgrp.
 */
export function hangUpOrphans(kernel: Kernel, group: ThreadGroup, parent: ThreadGroup | null, ended: boolean): void {
  const { signals } = kernel
  if (signals === null || !controls(parent, group.pgid, group.sid)) return
  const members = membersOf(kernel, group.pgid)
  if (!isOrphaned(members, ended ? group : null) || !members.some((member) => signals.stopSignal(member.leader) !== 0)) return
  for (const signo of [SIGNALS.SIGHUP, SIGNALS.SIGCONT]) for (const member of members) signals.sendProcess(member.leader, { signo, code: SI_CODES.SI_KERNEL })
}
