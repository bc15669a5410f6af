import { RLIMIT } from '../abi/flags/limits.js'
import type { Task } from './task.js'
import { WaitQueue } from './wait-queue.js'

/** A limit: soft and hard, Infinity for RLIM_INFINITY. */
export interface Rlimit {
  readonly soft: number
  readonly hard: number
}

/** Bytes of stack that the first process may use (_STK_LIM). */
const STACK_LIMIT = 8 << 20

const INITIAL_LIMITS: readonly (readonly [resource: number, soft: number, hard?: number])[] = [
  [RLIMIT.RLIMIT_STACK, STACK_LIMIT, Infinity], [RLIMIT.RLIMIT_CORE, 0, Infinity], [RLIMIT.RLIMIT_NPROC, 95_000], [RLIMIT.RLIMIT_NOFILE, 1024, 4096],
  [RLIMIT.RLIMIT_MEMLOCK, 8 << 20], [RLIMIT.RLIMIT_SIGPENDING, 95_000], [RLIMIT.RLIMIT_MSGQUEUE, 819_200], [RLIMIT.RLIMIT_NICE, 0], [RLIMIT.RLIMIT_RTPRIO, 0],
]

function makeRlimits(): readonly Rlimit[] {
  const limits = Array.from({ length: 16 }, (): Rlimit => ({ soft: Infinity, hard: Infinity }))
  for (const [resource, soft, hard = soft] of INITIAL_LIMITS) limits[resource] = { soft, hard }
  return limits
}
/** A limit is replaced, never changed: all processes share those that nobody set. */
const INITIAL_RLIMITS = /* @__PURE__ */ makeRlimits()

/** Linux's limits for the first process (INIT_RLIMITS), with 8 MiB of stack, no core and 1024 files. */
export function initialRlimits(): Rlimit[] {
  return [...INITIAL_RLIMITS]
}

/** Pid of init, the parent of orphans. */
export const INIT_PID = 1

/** A process: tasks that share a pid (Linux: signal_struct). */
export class ThreadGroup {
  readonly tgid: number
  /** Living tasks, leader first. */
  readonly tasks: Task[] = []
  /** Null for one that the host spawned, and for one whose parent has ended. */
  parent: ThreadGroup | null
  /** Its parent has ended, and nobody else adopted it: it is init's child. */
  isOrphan = false
  readonly children = new Set<ThreadGroup>()
  /** Process group and session ids. */
  pgid: number
  sid: number
  rlimits: Rlimit[]
  /** Wait status all threads end with, once an exit_group or a fatal signal has begun; null before. */
  exiting: number | null = null
  /** Wait status of the process once it has ended (zombie); null while it lives. */
  exitStatus: number | null = null
  /** Who waits for its end without being its parent (a pidfd). Linux: pid->wait_pidfd. */
  readonly watchers = new WaitQueue()
  /** Signal sent to the parent at exit (SIGCHLD, or what clone asked for). */
  exitSignal = 17
  /** Nanoseconds of threads that have ended, and of children that were waited for. */
  deadTimes = { user: 0, system: 0 }
  childTimes = { user: 0, system: 0 }
  /** Niceness, -20 to 19. */
  nice = 0
  /** Dumpable (PR_SET_DUMPABLE), child subreaper. */
  dumpable = 1
  subreaper = false
  thpDisabled = false
  /** /proc/PID/oom_score_adj. */
  oomScoreAdj = 0
  /** personality(2)'s value. */
  personality = 0
  /** Whether it has called execve since fork (PF_FORKNOEXEC unset). */
  execed = false
  /** Absolute path of the executable, a byte string. */
  exePath = ''

  constructor(tgid: number, parent: ThreadGroup | null) {
    this.tgid = tgid
    this.parent = parent
    this.pgid = parent?.pgid ?? tgid
    this.sid = parent?.sid ?? tgid
    this.rlimits = parent === null ? initialRlimits() : [...parent.rlimits]
    parent?.children.add(this)
  }

  /** What getppid gives; 0 when the parent is outside of the guest's world. */
  get parentPid(): number {
    return this.parent?.tgid ?? (this.isOrphan ? INIT_PID : 0)
  }
  /** The first task; it stays as a zombie until all others have ended. */
  get leader(): Task {
    return this.tasks[0]!
  }
}
