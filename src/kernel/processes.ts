import { CLD_CODES, SIGNALS } from '../abi/flags/signals.js'
import type { Kernel } from './kernel.js'
import type { Service, Subsystem } from './ports/subsystem.js'
import type { Token } from './ports/token.js'
import type { Task } from './task.js'
import type { ThreadGroup } from './thread-group.js'
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
  kernel.onGroupExit = (group) => {
    states.delete(group)
    group.watchers.wakeAll()
    const { parent, exitStatus } = group
    if (parent === null || parent.exitStatus !== null) {
      if (kernel.tasks.size > 1 || group.tgid !== 1) kernel.reap(group.leader)
      return
    }
    const status = exitStatus ?? 0
    const signal = status & 0x7f
    const code = signal === 0 ? 1 : (status & 0x80) !== 0 ? 3 : 2
    const action = kernel.signals?.childAction(parent.leader) ?? 'notify'
    if (group.exitSignal === SIGNALS.SIGCHLD && action !== 'notify') {
      if (action === 'reap-notify') notify(group, code, signal === 0 ? (status >> 8) & 0xff : signal)
      else stateOf(parent).queue.wakeAll()
      parent.children.delete(group)
      kernel.reap(group.leader)
      return
    }
    if (group.exitSignal !== 0) notify(group, code, signal === 0 ? (status >> 8) & 0xff : signal)
    else stateOf(parent).queue.wakeAll()
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

/** Lets the parent that waits in vfork go on: the child has a program of its own, or is gone. Linux: complete_vfork_done. */
function releaseVfork(task: Task): void {
  const { vforkParent } = task
  task.vforkParent = null
  vforkParent?.wake()
}
