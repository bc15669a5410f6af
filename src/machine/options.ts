import type { Architecture } from '../arch/x86/architecture.js'
import type { CpuStateOptions } from '../arch/x86/cpu-state.js'
import type { Cpu } from '../arch/cpu-port.js'
import type { Clock } from '../base/clock.js'
import type { Random } from '../base/random.js'
import type { BinaryFormats, ProgramOptions } from '../kernel/ports/binfmt.js'
import type { Subsystem } from '../kernel/ports/subsystem.js'
import type { PhysicalMemoryOptions } from '../memory/physical.js'
import type { AnySyscall } from '../syscalls/define.js'
import type { Check } from './composition.js'
import type { Abi } from './dispatch.js'
import type { HostLoop } from './host.js'
import type { Profile } from './profile.js'
import type { Stepping } from './stepping.js'

/** What a machine is composed of. */
export interface MachineOptions<C extends readonly AnySyscall[] = readonly AnySyscall[], P extends readonly Subsystem[] = readonly Subsystem[]> {
  /** Kind of kernel: `x86_64` or `i386`. */
  readonly arch: Architecture
  /** The Linux it behaves as; a kernel of that architecture. */
  readonly profile: Profile
  /** System call tables it has, such as `[abi64, compat32]`. */
  readonly abis: readonly Abi[]
  /** Definitions of the calls it implements; all others give -ENOSYS. */
  readonly syscalls: C
  /** Kernel parts, in the order in which tasks get them; every subsystem that a call uses must be there. */
  readonly subsystems?: P & Check<C, P>
  /** What executes user code. */
  readonly cpu: Cpu
  /** Kinds of executables, tried in order: `binaryFormats(elf, script)` of the loader. Without it only tasks without a program can be spawned. */
  readonly formats?: BinaryFormats
  readonly memory?: PhysicalMemoryOptions
  /** Default: a virtual clock that stands still but for sleeping and a nanosecond for each instruction. */
  readonly clock?: Clock
  /** Default: a generator seeded with 1. */
  readonly random?: Random
  /** Whose rules the CPU follows where vendors differ, and whether x32 calls are on. */
  readonly cpuRules?: CpuStateOptions
  /** Host name; default 'localhost'. */
  readonly hostname?: string
  /** Most tasks at a time; default 4096. */
  readonly maxTasks?: number
  /** Instructions after which another runnable task gets its turn; default 1,000,000. */
  readonly timeSlice?: number
  /** How it waits for the host; default: the event loop of Node or the browser. */
  readonly hostLoop?: HostLoop
  /** What `machine.step()` walks: `createStepping(currentPaths)`. Without it the machine cannot step, and is smaller. */
  readonly stepping?: Stepping
}

/** Options once their composition has been checked. */
export type CheckedOptions = Omit<MachineOptions, 'subsystems'> & { readonly subsystems?: readonly Subsystem[] }

/** How a program is started. */
export type SpawnOptions = ProgramOptions

/** Options of a run. */
export interface RunOptions {
  /** Stops the run; it can go on with another `run`. */
  readonly signal?: AbortSignal
  /** Stops after this many instructions or traps, whichever comes first. Default: no limit. */
  readonly maxInstructions?: number
}

/** How a run ended. */
export interface RunResult {
  /** Why: the first process ended, all tasks wait for something that cannot come, or an option stopped the run. */
  readonly reason: 'exit' | 'deadlock' | 'aborted' | 'instructions'
  /** Exit code of the first process, or null. */
  readonly status: number | null
  /** Signal that killed it, or null. */
  readonly signal: number | null
  /** Instructions retired in this run. */
  readonly instructions: number
}
