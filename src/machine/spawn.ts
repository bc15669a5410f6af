import { RLIMIT } from '../abi/flags/limits.js'
import type { Cpu } from '../arch/cpu-port.js'
import { byteStringFromText } from '../base/bytes.js'
import { SyscallkitError } from '../base/errors.js'
import { credsOf } from '../kernel/creds.js'
import type { Kernel } from '../kernel/kernel.js'
import type { BinaryFormat, ExecRequest, ExecutableFile, LoadedImage } from '../kernel/ports/binfmt.js'
import type { Task } from '../kernel/task.js'
import { initialRlimits } from '../kernel/thread-group.js'
import { AddressSpace } from '../memory/address-space.js'
import type { SpawnOptions } from './options.js'

const ENOEXEC = -8
const ENOENT = -2

/** FPU state of a new program: FNINIT's and MXCSR's defaults (Intel SDM volume 1, 8.1.5 and 10.2.3). */
export function initialFpu(): Uint8Array {
  const image = new Uint8Array(512)
  const view = new DataView(image.buffer)
  view.setUint16(0, 0x37f, true)
  view.setUint32(24, 0x1f80, true)
  view.setUint32(28, 0xffff, true)
  return image
}

/** See Machine.spawn. */
export function spawn(kernel: Kernel, formats: readonly BinaryFormat[], cpu: Cpu, program: Uint8Array | null, options: SpawnOptions): Task {
  const path = byteStringFromText(options.path ?? '/program')
  const creds = options.creds ?? credsOf(0)
  const image = program === null ? null : load(formats, {
    kernel, filename: path, creds, secure: false,
    file: bytesFile(program, path),
    argv: (options.argv ?? [options.path ?? '/program']).map(byteStringFromText),
    envp: Object.entries(options.env ?? {}).map(([k, v]) => byteStringFromText(`${k}=${v}`)),
    stackLimit: initialRlimits()[RLIMIT.RLIMIT_STACK]!.soft,
    open: options.open ?? (() => ENOENT),
  })
  const space = image?.space ?? new AddressSpace(kernel.memory, { limit: 0x7ffffffff000, mmapBase: 0x7ffff7fff000 })
  const task = kernel.createTask({ parent: null, group: null, space, flags: 0, creds })
  if (typeof task === 'number') throw new SyscallkitError('ERR_SYSCALLKIT_MEMORY', `machine.spawn: no room for another task (errno ${-task})`, { hint: 'Raise memory.limit or maxTasks.' })
  task.is64 = image?.is64 ?? true
  task.comm = path.slice(path.lastIndexOf('/') + 1).slice(0, 15)
  task.group.exePath = path
  cpu.loadFpu(task.regs, initialFpu())
  image?.start(task)
  kernel.start(task)
  return task
}

function load(formats: readonly BinaryFormat[], request: ExecRequest): LoadedImage {
  if (formats.length === 0) throw new SyscallkitError('ERR_SYSCALLKIT_FORMAT', 'machine.spawn: the machine has no binary formats', { hint: "Compose it with `formats: [elf]` from 'syscallkit/loader'." })
  for (const format of formats) {
    const image = format.load(request)
    if (typeof image !== 'number') return image
    if (image !== ENOEXEC) throw loadError(request, image)
  }
  throw loadError(request, ENOEXEC)
}

function loadError(request: ExecRequest, errno: number): SyscallkitError {
  return new SyscallkitError('ERR_SYSCALLKIT_EXEC', `machine.spawn: ${request.filename} cannot be executed (errno ${-errno})`)
}

/** Plain bytes as an executable file. */
export function bytesFile(bytes: Uint8Array, path: string): ExecutableFile {
  return { size: bytes.length, path, backing: null, read: (offset, length) => bytes.subarray(Math.min(offset, bytes.length), Math.min(offset + length, bytes.length)) }
}
