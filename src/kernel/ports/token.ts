/**
 * Names a subsystem that a system call uses and the type it finds at `task[key]`. A token is data; who implements it is
 * decided where a machine is composed.
 *
 * @example
 * export const audit: Token<'audit', AuditLog> = { key: 'audit' }
 */
export interface Token<K extends string, T> {
  /** Property of the task that holds the subsystem. */
  readonly key: K
  /** Carries the type; never set. */
  readonly __type?: T
}
