import type { Kernel } from './kernel.js'
import type { SocketOps } from './ports/sockets.js'
import type { Task } from './task.js'

/** What a security module is asked; each hook answers 0 or a negative errno. Linux: security/security.c. */
export interface SecurityHooks {
  /** listen(2), when the socket has been found and the backlog clamped. */
  readonly socketListen?: (task: Task, socket: SocketOps, backlog: number) => number
}

const modules = /* @__PURE__ */ new WeakMap<Kernel, SecurityHooks[]>()

/**
 * Loads a security module. Modules are asked in the order in which they came, until one refuses. Linux: security_add_hooks.
 *
 * @returns unloads it
 * @example
 * addSecurityHooks(machine.kernel, { socketListen: (task) => (task.creds.euid === 0 ? 0 : -13) })
 */
export function addSecurityHooks(kernel: Kernel, hooks: SecurityHooks): () => void {
  const list = modules.get(kernel) ?? []
  modules.set(kernel, list)
  list.push(hooks)
  return () => {
    const at = list.indexOf(hooks)
    if (at >= 0) list.splice(at, 1)
  }
}

/** Linux: security_socket_listen. */
export function securitySocketListen(task: Task, socket: SocketOps, backlog: number): number {
  for (const { socketListen } of modules.get(task.kernel) ?? []) {
    const refused = socketListen?.(task, socket, backlog) ?? 0
    if (refused !== 0) return refused
  }
  return 0
}
