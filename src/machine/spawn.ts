import { byteStringFromText } from '../base/bytes.js'
import { SyscallkitError } from '../base/errors.js'
import { credsOf } from '../kernel/creds.js'
import { initialFpu, type Kernel } from '../kernel/kernel.js'
import type { BinaryFormat, ExecRequest, ExecutableFile, LoadedImage } from '../kernel/ports/binfmt.js'
import type { Task } from '../kernel/task.js'
import { STACK_LIMIT } from '../kernel/thread-group.js'
import { AddressSpace } from '../memory/address-space.js'
import type { SpawnOptions } from './options.js'

const ENOEXEC = -8
const ENOENT = -2

/** See Machine.spawn. */
export function spawn(kernel: Kernel, program: Uint8Array | null, options: SpawnOptions): Task {
  const { path: given = '/program', creds = credsOf(0), argv = [given], env = {}, open = () => ENOENT } = options
  const path = byteStringFromText(given)
  const image = program === null ? null : load(kernel.formats, {
    kernel, filename: path, creds, secure: false,
    file: bytesFile(program, path),
    argv: argv.map(byteStringFromText),
    envp: Object.entries(env).map(([k, v]) => byteStringFromText(`${k}=${v}`)),
    stackLimit: STACK_LIMIT, open,
  })
  const space = image?.space ?? new AddressSpace(kernel.memory, { limit: 0x7ffffffff000, mmapBase: 0x7ffff7fff000 })
  const task = kernel.createTask({ parent: null, group: null, space, flags: 0, creds })
  if (typeof task === 'number') throw new SyscallkitError('ERR_SYSCALLKIT_MEMORY', `machine.spawn: no room for another task (errno ${-task})`, { hint: 'Raise memory.limit or maxTasks.' })
  task.comm = path.slice(path.lastIndexOf('/') + 1).slice(0, 15)
  task.group.exePath = path
  if (image === null) kernel.cpu.loadFpu(task.regs, initialFpu())
  else kernel.startImage(task, image)
  kernel.start(task)
  return task
}

function load(formats: readonly BinaryFormat[], request: ExecRequest): LoadedImage {
  if (formats.length === 0) throw new SyscallkitError('ERR_SYSCALLKIT_FORMAT', 'machine.spawn: the machine has no binary formats', { hint: "Compose it with `formats: [elf]` from 'syscallkit/loader'." })
  explain(formats, request)
  let errno = ENOEXEC
  for (let i = 0; i < formats.length && errno === ENOEXEC; i++) {
    const image = formats[i]!.load(request)
    if (typeof image === 'object' && 'space' in image) return image
    errno = typeof image === 'number' ? image : image.fatal
  }
  throw new SyscallkitError('ERR_SYSCALLKIT_EXEC', `machine.spawn: ${request.filename} cannot be executed (errno ${-errno})`)
}

/** Throws what the formats have to say against a program. */
function explain(formats: readonly BinaryFormat[], request: ExecRequest): void {
  for (const format of formats) {
    const error = format.explain?.(request) ?? null
    if (error !== null) throw error
  }
}

/**
 * Says why a program of the host cannot run, before anything is made of it.
 *
 * @throws SyscallkitError of the format that knows
 */
export function explainProgram(kernel: Kernel, bytes: Uint8Array, path: string): void {
  explain(kernel.formats, { kernel, filename: path, creds: credsOf(0), secure: false, file: bytesFile(bytes, path), argv: [path], envp: [], stackLimit: STACK_LIMIT, open: () => ENOENT })
}

/** Plain bytes as an executable file. */
export function bytesFile(bytes: Uint8Array, path: string): ExecutableFile {
  return { size: bytes.length, path, backing: null, read: (offset, length) => bytes.subarray(offset, offset + length) }
}
