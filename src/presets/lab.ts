import type { Architecture } from '../arch/x86/architecture.js'
import type { Abi } from '../machine/dispatch.js'
import type { Profile } from '../machine/profile.js'
import type { createStepping } from '../machine/step.js'
import type { SocketsOptions } from '../sockets/create-sockets.js'

/** Another kernel than `current` for `createLinux`: one of `labs`. */
export interface Lab {
  readonly profile: Profile
  readonly arch: Architecture
  readonly abis: readonly Abi[]
  /** Its entry and exit paths as steps. */
  readonly paths: Parameters<typeof createStepping>[0]
  /** Whether it gives programs a vDSO. */
  readonly vdso: boolean
  /** How its network differs. */
  readonly net: SocketsOptions
}
