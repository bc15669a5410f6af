import type { Kernel } from '../kernel.js'
import type { Task } from '../task.js'

/** Plain data: what a subsystem saves. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A running subsystem of one kernel: what it adds to tasks and what it does when they come and go. */
export interface Service<T> {
  /**
   * The value of `task[key]` for a new task.
   *
   * @param parent null for a task that the host spawns
   * @param flags clone flags (CLONE_FILES, CLONE_FS, CLONE_SIGHAND, CLONE_VM, …)
   */
  attach: (task: Task, parent: Task | null, flags: number) => T
  /** The task's image was replaced (execve). */
  exec?: (task: Task) => void
  /** The task ends; called once, before its memory goes. Services end in reverse order of composition. */
  exit?: (task: Task) => void
  /** The state as plain data, for saving a machine. */
  save?: () => Json
  /** Puts back what save gave; tasks exist already. */
  restore?: (state: Json) => void
}

/** A part of the kernel that can be composed into a machine. */
export interface Subsystem<K extends string = string, T = unknown> {
  /** The token's key. */
  readonly key: K
  /** Version of the saved format. */
  readonly version: number
  /** Makes the subsystem for one kernel. Called in the order of composition. */
  create: (kernel: Kernel) => Service<T>
}
