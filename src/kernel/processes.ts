import { CLD_CODES, SIGNALS, SI_CODES } from '../abi/flags/signals.js'
import { adoptGroup } from './fork.js'
import type { Kernel } from './kernel.js'
import { hangUpOrphans } from './orphaned-groups.js'
import type { Service, Subsystem } from './ports/subsystem.js'
import type { Token } from './ports/token.js'
import type { Task } from './task.js'
import { INIT_PID, type ThreadGroup } from './thread-group.js'
import { WaitQueue } from './wait-queue.js'

/** What a process knows of its children's changes: `task.children`. */
export interface ProcessState {
  /** Tasks of the process that wait for a child (wait_chldexit). */
  readonly queue: WaitQueue
  /** Children stopped or continued and not yet reported, by pid. */
  readonly changes: Map<number, 'stopped' | 'continued'>
}

/** Token of a process's children. */
export const children: Token<'children', ProcessState> = { key: 'children' }

const CLONE_THREAD = 0x10000

/** Parents and children: SIGCHLD, wait, vfork. Linux: kernel/exit.c. */
export function createProcesses(): Subsystem<'children', ProcessState> {
  return { key: 'children', version: 1, create }
}

function create(kernel: Kernel): Service<ProcessState> {
  const states = new Map<ThreadGroup, ProcessState>()
  /** vfork's children and who waits for them. */
  const stateOf = (group: ThreadGroup): ProcessState => {
    let state = states.get(group)
    if (state === undefined) states.set(group, (state = { queue: new WaitQueue(), changes: new Map() }))
    return state
  }
  const notify = (group: ThreadGroup, code: number, status: number): void => {
    const { parent } = group
    if (parent === null) return
    const { leader } = parent
    const { uid } = group.leader.creds
    kernel.signals?.sendProcess(leader, { signo: SIGNALS.SIGCHLD, code, pid: group.tgid, uid, status, utime: 0, stime: 0 })
    stateOf(parent).queue.wakeAll()
  }
  /** Tells the parent that a process has ended, or forgets the process when nobody will wait for it. Linux: do_notify_parent. */
  const ended = (group: ThreadGroup): void => {
    const { parent } = group
    if (parent === null || parent.exitStatus !== null) {
      kernel.reap(group.leader)
      return
    }
    const status = group.exitStatus ?? 0
    const signal = status & 0x7f
    const code = signal === 0 ? CLD_CODES.CLD_EXITED : (status & 0x80) !== 0 ? CLD_CODES.CLD_DUMPED : CLD_CODES.CLD_KILLED
    const action = group.exitSignal === SIGNALS.SIGCHLD ? (kernel.signals?.childAction(parent.leader) ?? 'notify') : 'notify'
    if (group.exitSignal !== 0 && action !== 'reap') notify(group, code, signal === 0 ? (status >> 8) & 0xff : signal)
    else stateOf(parent).queue.wakeAll()
    if (action === 'notify') return
    parent.children.delete(group)
    kernel.reap(group.leader)
  }
  /** The children of a process that ends get another parent. Linux: forget_original_parent. */
  const leaveChildren = (group: ThreadGroup): void => {
    const reaper = findReaper(kernel, group)
    const changes = states.get(group)?.changes
    for (const child of [...group.children]) {
      adoptGroup(child, reaper)
      child.isOrphan = reaper === null
      child.exitSignal = SIGNALS.SIGCHLD
      const change = changes?.get(child.tgid)
      if (reaper !== null && change !== undefined) stateOf(reaper).changes.set(child.tgid, change)
      for (const { parentDeathSignal, pid } of child.tasks) {
        const task = kernel.tasks.get(pid)
        const info = { signo: parentDeathSignal, code: SI_CODES.SI_USER, pid: group.tgid, uid: group.leader.creds.uid }
        if (parentDeathSignal !== 0 && task !== undefined) kernel.signals?.sendProcess(task, info)
      }
      if (child.exitStatus !== null) ended(child)
      hangUpOrphans(kernel, child, group, false)
    }
  }
  kernel.onGroupExit = (group) => {
    leaveChildren(group)
    states.delete(group)
    group.watchers.wakeAll()
    hangUpOrphans(kernel, group, group.parent, true)
    ended(group)
  }
  kernel.onChildStatus = (group, what) => {
    if (group.parent === null) return
    const { signals } = kernel
    stateOf(group.parent).changes.set(group.tgid, what)
    // do_notify_parent_cldstop
    if (signals?.wantsStops(group.parent.leader) !== true) stateOf(group.parent).queue.wakeAll()
    else if (what === 'stopped') notify(group, CLD_CODES.CLD_STOPPED, signals.stopSignal(group.leader))
    else notify(group, CLD_CODES.CLD_CONTINUED, SIGNALS.SIGCONT)
  }
  return {
    saving: () => ({ filled: { states } }),
    attach: (task, parent, flags) => stateOf((flags & CLONE_THREAD) !== 0 && parent !== null ? parent.group : task.group),
    exec: (task) => releaseVfork(task),
    exit: (task) => releaseVfork(task),
  }
}

/** Who adopts the children of a process: the nearest ancestor that is a subreaper; null for init. Linux: find_new_reaper. */
function findReaper(kernel: Kernel, group: ThreadGroup): ThreadGroup | null {
  for (let ancestor = group.parent; ancestor !== null; ancestor = ancestor.parent) if (ancestor.subreaper && ancestor.exitStatus === null) return ancestor
  const init = kernel.tasks.get(INIT_PID)?.group ?? null
  return init === group ? null : init
}

/** Lets the parent that waits in vfork go on: the child has a program of its own, or is gone. Linux: complete_vfork_done. */
function releaseVfork(task: Task): void {
  const { vforkParent } = task
  task.vforkParent = null
  vforkParent?.wake()
}
