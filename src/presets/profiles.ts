import { current as currentArch } from '../arch/profiles/current.js'
import type { Profile } from '../machine/profile.js'

/** Linux 6.18 for x86_64: the default everywhere. */
export const current: Profile = {
  name: 'current',
  release: undefined,
  arch: currentArch,
  system: { sysname: 'Linux', release: '6.18.0', version: '#1 SMP PREEMPT_DYNAMIC', machine: 'x86_64', cpus: 1 },
}
