import { currentPaths } from '../arch/profiles/current-paths.js'
import { x86_64 } from '../arch/x86/architecture.js'
import { createCpu, type ReferenceCpu } from '../cpu/create-cpu.js'
import { createFs } from '../fs/create-fs.js'
import { createFiles } from '../fs/file-table.js'
import type { RootEntry } from '../fs/root.js'
import { withStandardStreams, type StandardStreams } from '../fs/standard-streams.js'
import { createFutexes } from '../kernel/futexes.js'
import { createTimers } from '../kernel/itimers.js'
import { createProcesses } from '../kernel/processes.js'
import { createSignals } from '../kernel/signals/create-signals.js'
import { elf } from '../loader/elf.js'
import { binaryFormats } from '../loader/formats.js'
import { script } from '../loader/script.js'
import { createVdso } from '../loader/vdso/service.js'
import { abi64, compat32, x32 } from '../machine/abis.js'
import { createLdt } from '../machine/ldt.js'
import { Machine } from '../machine/machine.js'
import type { MachineOptions } from '../machine/options.js'
import { createStepping } from '../machine/step.js'
import { signalFrames } from '../machine/signal-frames.js'
import { createSockets } from '../sockets/create-sockets.js'
import { allSyscalls } from '../syscalls/all.js'
import type { ArgList, SyscallDef } from '../syscalls/define.js'
import type { Lab } from './lab.js'
import { current } from './profiles.js'

/** Options of {@link createLinux}. */
export interface LinuxOptions extends Pick<MachineOptions, 'memory' | 'clock' | 'random' | 'hostname' | 'maxTasks' | 'timeSlice' | 'hostLoop'>, StandardStreams {
  /** Whose processor it is; default 'intel'. */
  readonly vendor?: 'intel' | 'amd'
  /** Whether x32 calls are on; default false, as in distributions. */
  readonly x32?: boolean
  /** What the root file system holds; default: an empty one with /dev, /proc and /tmp. */
  readonly root?: readonly RootEntry[]
  /** Working directory of spawned programs, a byte string; default '/'. */
  readonly cwd?: string
  /** Calls of one's own, beside all of the kernel's. */
  readonly syscalls?: readonly SyscallDef<string, ArgList, []>[]
  /** Whether the machine can `step()`; default false. */
  readonly stepping?: boolean
  /** Another kernel than `current`, from `syscallkit/presets/labs`. */
  readonly lab?: Lab
  /** Another CPU than the reference CPU. */
  readonly cpu?: MachineOptions['cpu']
}

/**
 * A whole machine that behaves as Linux 6.18 for x86_64: every call, every subsystem, the reference CPU.
 *
 * @example
 * const machine = createLinux()
 * machine.spawn(elfBytes, { argv: ['hello'] })
 * const { status } = await machine.run()
 */
export function createLinux(options: LinuxOptions = {}): Machine {
  const { vendor = 'intel', root, cwd, cpu, x32: withX32 = false, syscalls = [], stepping = false, lab, stdin, stdout, stderr, ...rest } = options
  const given = [stdin, stdout, stderr].some((stream) => stream !== undefined)
  const files = createFiles()
  return new Machine({
    ...rest,
    arch: lab?.arch ?? x86_64,
    profile: lab?.profile ?? current,
    abis: lab !== undefined ? [...lab.abis, ...(withX32 ? [x32] : [])] : withX32 ? [abi64, compat32, x32] : [abi64, compat32],
    syscalls: syscalls.length === 0 ? allSyscalls : [...allSyscalls, ...syscalls],
    subsystems: [
      createSignals(signalFrames),
      createTimers(),
      createFutexes(),
      createProcesses(),
      createLdt(),
      ...(lab?.vdso === false ? [] : [createVdso({ variant: vendor === 'amd' ? 'syscall32' : 'sysenter' })]),
      createFs({ ...(root === undefined ? {} : { root }), ...(cwd === undefined ? {} : { cwd }) }),
      given ? withStandardStreams(files, { ...(stdin && { stdin }), ...(stdout && { stdout }), ...(stderr && { stderr }) }) : files,
      createSockets(lab?.net),
    ],
    cpu: cpu ?? createReferenceCpu(vendor, (lab?.arch ?? x86_64).name),
    cpuRules: { vendor, x32: withX32 },
    formats: binaryFormats(elf, script),
    ...(stepping ? { stepping: createStepping(lab?.paths ?? currentPaths) } : {}),
  })
}

function createReferenceCpu(vendor: 'intel' | 'amd', model: 'x86_64' | 'i386'): ReferenceCpu {
  return createCpu({ model, vendor: vendor === 'amd' ? 'AuthenticAMD' : 'GenuineIntel' })
}
