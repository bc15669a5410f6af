import { expect, test } from 'vitest'
import { SyscallkitError } from '../../src/base/errors.js'
import { restoreMachine, saveMachine } from '../../src/machine/save.js'
import { createLinux } from '../../src/presets/current.js'
import { Program } from './assembler.js'
import { PLACE } from './blocking-programs.js'
import { Guest, guestOptions, Watch } from './guest.js'

const WRITE = 1, PAUSE = 34, SOCKET = 41, RECVFROM = 45, SOCKETPAIR = 53

test('a machine with AF_UNIX sockets is saved where it waits, and goes on in another', async () => {
  const program = new Program().call(SOCKETPAIR, 1, 1, 0, PLACE.path).call(WRITE, 3, PLACE.path, 5).call(RECVFROM, 4, PLACE.path, 3, 0, 0, 0).call(RECVFROM, 4, PLACE.path, 9, 0x100, 0, 0)
  const elf = program.elf()
  const guest = Guest.start(elf)
  expect((await guest.finish()).reason).toBe('deadlock')
  const saved = structuredClone(saveMachine(guest.machine))
  const copy = restoreMachine(createLinux(guestOptions(elf, new Watch())), saved)
  const [task] = copy.kernel.tasks.values()
  expect(task?.state).toBe('sleeping')
  expect(task?.progress?.call).toBe('receive')
  expect(saveMachine(copy).objects).toEqual(saved.objects)
})

test('a machine with a socket of the stack is refused, saying what it is', async () => {
  const guest = Guest.start(new Program().call(SOCKET, 2, 1, 0).call(PAUSE).elf())
  expect((await guest.finish()).reason).toBe('deadlock')
  let error: unknown = null
  try {
    saveMachine(guest.machine)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(SyscallkitError)
  expect(String(error)).toMatch(/class InetSocket cannot be saved/)
})
