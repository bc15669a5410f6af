import type { Trap } from '../arch/cpu-port.js'
import type { SignalInfo } from './ports/signals.js'
import type { Task } from './task.js'

/** A system call as tracers see it. One record per kernel, reused: copy what must outlive the listener. */
export interface SyscallEvent {
  task: Task
  /** 'x86_64', 'x32' or 'i386'. */
  abi: 'x86_64' | 'x32' | 'i386'
  /** Number as dispatched; -1 stays -1. */
  nr: number
  /** Entry point, or null when the table has none (then the result is -ENOSYS). */
  entry: string | null
  /** The six raw arguments as 32-bit halves, low first, as they were at entry. */
  args: Int32Array
  /** Result; meaningful in 'syscall:exit'. Null: there is none (the task ended, or execve replaced the image). */
  result: number | null
}

/** Everything a kernel tells its observers. */
export interface KernelEvents {
  'syscall:enter': SyscallEvent
  'syscall:exit': SyscallEvent
  /** A signal is about to be delivered or to end the task. */
  'signal': { task: Task; info: SignalInfo }
  /** The CPU reported a fault that becomes a signal. */
  'fault': { task: Task; trap: Trap }
  'task:new': { task: Task; parent: Task | null }
  /** A task ended; status as waitpid reports it. */
  'task:exit': { task: Task; status: number }
  /** execve replaced a task's image. */
  'task:exec': { task: Task; path: string }
  /** Who runs changed. */
  'switch': { from: Task | null; to: Task }
}

/** Name of an event. */
export type KernelEvent = keyof KernelEvents

type Listeners = { [K in KernelEvent]: ((event: KernelEvents[K]) => void)[] }

/** Subscriptions; with none, emitting costs the caller one test of a length. */
export class EventHub {
  /** Listeners by event. Emitters test `length` before they build an event. */
  readonly on: Listeners = {
    'syscall:enter': [], 'syscall:exit': [], 'signal': [], 'fault': [], 'task:new': [], 'task:exit': [], 'task:exec': [], 'switch': [],
  }

  /** Subscribes; the result unsubscribes. */
  subscribe<K extends KernelEvent>(kind: K, listener: (event: KernelEvents[K]) => void): () => void {
    const list: ((event: KernelEvents[K]) => void)[] = this.on[kind]
    list.push(listener)
    return () => {
      const at = list.indexOf(listener)
      if (at >= 0) list.splice(at, 1)
    }
  }

  /** Tells everybody. */
  emit<K extends KernelEvent>(kind: K, event: KernelEvents[K]): void {
    const list: ((event: KernelEvents[K]) => void)[] = this.on[kind]
    for (const listener of list) listener(event)
  }
}
