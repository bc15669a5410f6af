import type { Trap } from '../arch/cpu-port.js'
import type { SignalInfo } from './ports/signals.js'
import type { Task } from './task.js'

/** A system call as tracers see it. `args` is reused by the next call: copy what must outlive the listener. */
export interface SyscallEvent {
  readonly task: Task
  readonly abi: 'x86_64' | 'x32' | 'i386'
  /** Number as dispatched, without x32's bit; -1 stays -1. */
  readonly nr: number
  /** Entry point; null when the table has none (then the result is -ENOSYS). */
  readonly entry: string | null
  /** The name that programs use; null for an unknown number. */
  readonly name: string | null
  /** The definition that serves it; null when it is not implemented. Its type is the layer's above. */
  readonly def: object | null
  /** The six raw arguments as 32-bit halves, low first, as the registers hold them now. */
  readonly args: Int32Array
  /** The user's stack pointer now, an address. */
  readonly sp: number
  /** Null in 'syscall:enter'. In 'syscall:exit' what the program gets: a result or a negative errno. */
  readonly result: number | null
  /** The handler wrote the registers itself, the result's too: sigreturn, execve. */
  readonly regsSet: boolean
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
  /** A signal stopped a task's process. */
  'task:stop': { task: Task; signal: number }
  /** execve replaced a task's image. */
  'task:exec': { task: Task; path: string; argv: readonly string[]; envp: readonly string[] }
  /** Who runs changed. */
  'switch': { from: Task | null; to: Task }
}

/** Name of an event. */
export type KernelEvent = keyof KernelEvents

type Listeners = { [K in KernelEvent]: ((event: KernelEvents[K]) => void)[] }

/** Subscriptions; with none, emitting costs the caller one test. */
export class EventHub {
  /** Listeners by event. Emitters test `length` before they build an event. */
  readonly on: Listeners = {
    'syscall:enter': [], 'syscall:exit': [], 'signal': [], 'fault': [], 'task:new': [], 'task:exit': [], 'task:stop': [], 'task:exec': [], 'switch': [],
  }

  /** How many listen to system calls: all that a call asks when nobody does. */
  callListeners = 0

  /** Subscribes; the result unsubscribes. */
  subscribe<K extends KernelEvent>(kind: K, listener: (event: KernelEvents[K]) => void): () => void {
    const list: ((event: KernelEvents[K]) => void)[] = this.on[kind]
    list.push(listener)
    this.count()
    return () => {
      const at = list.indexOf(listener)
      if (at >= 0) list.splice(at, 1)
      this.count()
    }
  }

  private count(): void {
    this.callListeners = this.on['syscall:enter'].length + this.on['syscall:exit'].length
  }

  /** Tells everybody. */
  emit<K extends KernelEvent>(kind: K, event: KernelEvents[K]): void {
    const list: ((event: KernelEvents[K]) => void)[] = this.on[kind]
    for (const listener of list) listener(event)
  }
}
