import type { Kernel } from '../kernel.js'
import type { Task } from '../task.js'

/** A class whose instances are saved field by field. */
export interface SavableClass {
  readonly prototype: object
}

/** What saving a machine must know of a subsystem. Names are the subsystem's own and part of the saved format. */
export interface SavedParts {
  /** Classes of its objects, by name. */
  readonly classes?: Readonly<Record<string, SavableClass>>
  /** Objects that every machine composed alike has too, by name; they are named in the saved data and not looked into. */
  readonly kept?: Readonly<Record<string, object>>
  /** The same, but with state: their contents are saved and put back, functions and weak maps excepted. */
  readonly filled?: Readonly<Record<string, object>>
  /** Called when everything has been put back. */
  readonly restored?: () => void
}

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
  /** What it adds to a saved machine beside `task[key]`; a subsystem without it cannot be saved. */
  saving?: () => SavedParts
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
