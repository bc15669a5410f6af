import { ENOENT, ENOEXEC } from '../abi/errno.js'
import { THREAD } from '../arch/x86/context-layout.js'
import { initialFpu } from '../arch/x86/initial-fpu.js'
import { byteStringFromText } from '../base/bytes.js'
import { SyscallkitError } from '../base/errors.js'
import type { Kernel } from '../kernel/kernel.js'
import type { BinaryFormat, BinaryFormats, ExecRequest, ExecutableFile, FirstProgram, LoadedImage, LoadResult } from '../kernel/ports/binfmt.js'
import type { Task } from '../kernel/task.js'

/**
 * The kinds of executables of a machine, tried in order.
 *
 * @example
 * new Machine({ …, formats: binaryFormats(elf, script) })
 */
export function binaryFormats(...formats: readonly BinaryFormat[]): BinaryFormats {
  return new FormatList(formats)
}

class FormatList implements BinaryFormats {
  private readonly formats: readonly BinaryFormat[]

  constructor(formats: readonly BinaryFormat[]) {
    this.formats = formats
  }

  load = (request: ExecRequest): LoadResult => {
    for (const format of this.formats) {
      const image = format.load(request)
      if (image !== -ENOEXEC) return image
    }
    return -ENOEXEC
  }

  first = (kernel: Kernel, program: Uint8Array, options: FirstProgram): LoadedImage => {
    const request = requestOf(kernel, program, options)
    this.refuse(request)
    const image = this.load(request)
    if (typeof image === 'object' && 'space' in image) return announced(image, request)
    const errno = typeof image === 'number' ? image : image.fatal
    throw new SyscallkitError('ERR_SYSCALLKIT_EXEC', `machine.spawn: ${request.filename} cannot be executed (errno ${-errno})`)
  }

  explain = (kernel: Kernel, program: Uint8Array, options: FirstProgram): void => this.refuse(requestOf(kernel, program, options))

  start = (task: Task, image: LoadedImage): void => {
    task.is64 = image.is64
    task.kernel.cpu.loadFpu(task.regs, initialFpu())
    image.start(task)
    const { i32 } = task.kernel.memory
    const pad = (task.regs + THREAD.landingPad) >> 2, tls = (task.regs + THREAD.tls) >> 2
    i32[pad] = image.landingPad
    i32[pad + 1] = 0
    i32.fill(0, tls, tls + 6)
  }

  /** Throws what the formats have to say against a program. */
  private refuse(request: ExecRequest): void {
    for (const format of this.formats) {
      const error = format.explain?.(request) ?? null
      if (error !== null) throw error
    }
  }
}

/** An image that tells of its start as execve does. */
function announced(image: LoadedImage, { kernel, filename, argv, envp }: ExecRequest): LoadedImage {
  return {
    ...image,
    start: (task) => {
      image.start(task)
      if (kernel.events.on['task:exec'].length > 0) kernel.events.emit('task:exec', { task, path: filename, argv, envp })
    },
  }
}

function requestOf(kernel: Kernel, program: Uint8Array, options: FirstProgram): ExecRequest {
  const { path, creds, argv = [path], env = {}, open = () => -ENOENT } = options
  const filename = byteStringFromText(path)
  return {
    kernel, filename, creds, secure: false, open, stackLimit: 8 << 20, // as a new address space has
    file: bytesFile(program, filename),
    argv: argv.map(byteStringFromText),
    envp: Object.entries(env).map(([k, v]) => byteStringFromText(`${k}=${v}`)),
  }
}

/** Plain bytes as an executable file. */
function bytesFile(bytes: Uint8Array, path: string): ExecutableFile {
  return { size: bytes.length, path, backing: null, read: (offset, length) => bytes.subarray(offset, offset + length) }
}
