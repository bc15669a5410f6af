import { initialFpu } from '../arch/x86/initial-fpu.js'
import { byteStringFromText } from '../base/bytes.js'
import { SyscallkitError } from '../base/errors.js'
import { credsOf } from '../kernel/creds.js'
import type { Kernel } from '../kernel/kernel.js'
import type { FirstProgram, LoadedImage } from '../kernel/ports/binfmt.js'
import type { Task } from '../kernel/task.js'
import { AddressSpace } from '../memory/address-space.js'
import type { SpawnOptions } from './options.js'

/** See Machine.spawn. */
export function spawn(kernel: Kernel, program: Uint8Array | null, options: SpawnOptions): Task {
  const { path = '/program', creds = credsOf(0) } = options
  const image = program === null ? null : load(kernel, program, { ...options, path, creds })
  const space = image?.space ?? new AddressSpace(kernel.memory, { limit: 0x7ffffffff000, mmapBase: 0x7ffff7fff000 })
  const task = kernel.createTask({ parent: null, group: null, space, flags: 0, creds })
  if (typeof task === 'number') throw new SyscallkitError('ERR_SYSCALLKIT_MEMORY', `machine.spawn: no room for another task (errno ${-task}): raise memory.limit or maxTasks`)
  const name = byteStringFromText(path)
  task.comm = name.slice(name.lastIndexOf('/') + 1).slice(0, 15)
  task.group.exePath = name
  if (image === null) kernel.cpu.loadFpu(task.regs, initialFpu())
  else kernel.formats!.start(task, image)
  kernel.start(task)
  return task
}

function load(kernel: Kernel, program: Uint8Array, options: FirstProgram): LoadedImage {
  if (kernel.formats === null) throw new SyscallkitError('ERR_SYSCALLKIT_FORMAT', 'machine.spawn: compose the machine with `formats: binaryFormats(elf)` from syscallkit/loader')
  return kernel.formats.first(kernel, program, options)
}
