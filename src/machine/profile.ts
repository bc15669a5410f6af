import type { ArchKernel } from '../arch/x86/kernel.js'
import type { SystemFacts } from '../kernel/kernel.js'

/** A Linux that a machine behaves as: its architecture side, and what it says of itself. */
export interface Profile {
  /** 'current', '5.4.34-x86_64', … */
  readonly name: string
  /** Release that the number tables are cut by; undefined for everything. */
  readonly release: string | undefined
  readonly arch: ArchKernel
  /** What uname says, and the limits that guests can ask for. */
  readonly system: Omit<SystemFacts, 'nodename' | 'domainname' | 'maxTasks'>
}
