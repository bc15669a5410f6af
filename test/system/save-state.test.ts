import { describe, expect, test } from 'vitest'
import { createHostStream } from '../../src/fs/console.js'
import { checkInvariants } from '../../src/kernel/invariants.js'
import { saveMachine } from '../../src/machine/save.js'
import { DATA, Program } from './assembler.js'
import { Guest } from './guest.js'

/** Numbers of x86_64 (asm/unistd_64.h). */
const NR = { read: 0, write: 1, open: 2, close: 3, lseek: 8, mmap: 9, rt_sigaction: 13, rt_sigprocmask: 14, rt_sigpending: 127, pipe: 22, nanosleep: 35, getitimer: 36, setitimer: 38, getpid: 39, fork: 57, wait4: 61,
  kill: 62, fcntl: 72, ftruncate: 77, getcwd: 79, chdir: 80, mkdir: 83, unlink: 87, umask: 95, getrlimit: 97, setpriority: 141, getpriority: 140, exit: 60, mknod: 133, setrlimit: 160, sethostname: 170, uname: 63,
  exit_group: 231, eventfd2: 290, memfd_create: 319, getrandom: 318, timer_create: 222, timer_settime: 223, timer_gettime: 224, timerfd_create: 283, timerfd_settime: 286, flock: 73, fstat: 5, setxattr: 188, getxattr: 191 } as const
const OUT = DATA + 0x2000
const NAME = DATA + 0x100, OTHER = DATA + 0x140, SPAN = DATA + 0x180, LOCK = DATA + 0x200, MASK = DATA + 0x240, LIMIT = DATA + 0x250, TEXT = DATA + 0x280, FDS = DATA + 0x2c0, TIMER = DATA + 0x2c8, MICROSECONDS = DATA + 0x1c0
const MAPPED = 0x20000000, SHARED = 0x21000000
const MS = 1_000_000

/** A program that sleeps with much state; afterwards it looks at all of it and writes it out. */
function statefulProgram(): Program {
  const p = new Program().put(NAME, '/tmp/dir/file\0').put(OTHER, '/tmp/dir\0').put(TEXT, 'some bytes of a file').put(TEXT + 0x20, 'user.key\0')
  p.putQuads(SPAN, 0, 50 * MS, 0, 70 * MS).putQuads(MASK, 1 << 13).putQuads(LIMIT, 77, 100).putQuads(MICROSECONDS, 0, 50_000, 0, 70_000).put(LOCK, [1])
  p.call(NR.mkdir, OTHER, 0o700).call(NR.chdir, OTHER).call(NR.umask, 0o27).call(NR.open, NAME, 0o102, 0o666) // descriptor 3
  p.call(NR.write, 3, TEXT, 20).call(NR.lseek, 3, 5, 0).call(NR.setxattr, NAME, TEXT + 0x20, TEXT, 4, 0)
  p.call(NR.mmap, MAPPED, 8192, 3, 0x11, 3, 0).call(NR.mmap, SHARED, 8192, 3, 0x31, -1, 0)
  p.call(NR.eventfd2, 7, 0).call(NR.memfd_create, OTHER, 0).call(NR.write, 5, TEXT, 10) // 4, 5
  p.call(NR.pipe, FDS).call(NR.write, 7, TEXT, 7).call(NR.fcntl, 3, 6, LOCK) // 6, 7
  p.call(NR.timerfd_create, 1, 0).call(NR.timerfd_settime, 8, 0, SPAN, 0) // 8
  p.call(NR.rt_sigprocmask, 0, MASK, 0, 8).call(NR.setitimer, 0, MICROSECONDS, 0).call(NR.timer_create, 1, 0, TIMER).call(NR.timer_settime, 0, 0, SPAN, 0)
  p.call(NR.setrlimit, 7, LIMIT).call(NR.setpriority, 0, 0, 5).call(NR.sethostname, TEXT, 4).call(NR.unlink, NAME)
  p.value(1234).store(SHARED).value(0x41424344).store(MAPPED + 8)
  p.call(NR.fork).jumpIfZero('child')
  p.call(NR.nanosleep, SPAN + 16, 0)
  // afterwards
  p.call(NR.read, 3, OUT, 64).call(NR.read, 4, OUT + 64, 8).call(NR.lseek, 5, 0, 0).call(NR.read, 5, OUT + 80, 16).call(NR.read, 6, OUT + 96, 16)
  p.call(NR.read, 8, OUT + 112, 8).call(NR.getitimer, 0, OUT + 128).call(NR.timer_gettime, 0, OUT + 160).call(NR.rt_sigpending, OUT + 192, 8)
  p.call(NR.getrlimit, 7, OUT + 200).call(NR.getpriority, 0, 0).store(OUT + 216).call(NR.uname, OUT + 224).call(NR.getcwd, OUT + 640, 64).call(NR.umask, 0).store(OUT + 704)
  p.call(NR.getrandom, OUT + 712, 16, 0).call(NR.fstat, 3, OUT + 728).call(NR.close, 3).call(NR.wait4, -1, OUT + 880, 0, 0).store(OUT + 888).value({ at: SHARED }).store(OUT + 896).value({ at: MAPPED + 8 }).store(OUT + 904)
  p.call(NR.open, NAME, 0, 0).store(OUT + 912).call(NR.write, 1, OUT, 1024).call(NR.exit_group, 0)
  p.label('child').call(NR.nanosleep, SPAN, 0).value(5678).store(SHARED).call(NR.fcntl, 3, 7, LOCK).call(NR.exit, 3)
  return p
}

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

describe('the state of a machine', () => {
  test.each(['tty', 'pipe'] as const)('survives: what has come by a %s and was not read, and who waits for more', async (kind) => {
    const stream = () => createHostStream(kind === 'tty' ? { kind, write: () => {} } : { kind })
    const elf = new Program().call(NR.read, 0, OUT, 4).call(NR.read, 0, OUT + 4, 20).call(NR.read, 0, OUT + 24, 20).call(NR.write, 1, OUT, 48).call(NR.exit_group, 0).elf()
    const stdin = stream()
    const guest = Guest.start(elf, { stdin })
    stdin.push(bytes('first\n'))
    expect(await guest.machine.run({ signal: AbortSignal.timeout(200) })).toMatchObject({ reason: 'aborted' })
    expect(guest.waitsIn('io')).toBe(true) // the third read
    if (kind === 'tty') stdin.push(bytes('sec')) // a line that is not finished
    const other = stream()
    const restored = Guest.restore(elf, structuredClone(saveMachine(guest.machine)), guest, { stdin: other })
    for (const input of [stdin, other]) input.push(bytes(kind === 'tty' ? 'ond\n' : 'second\n'))
    const result = await guest.finish()
    expect(result).toMatchObject({ reason: 'exit', status: 0 })
    expect(await restored.finish()).toEqual(result)
    expect(restored.watch.output).toBe(`first\n${'\0'.repeat(18)}second\n${'\0'.repeat(17)}`)
    expect(guest.watch.output).toBe(restored.watch.output)
  })

  test('survives: files, mappings, pipes, event descriptors, locks, timers, masks, limits, names, randomness, children', async () => {
    const elf = statefulProgram().elf()
    const guest = Guest.start(elf)
    await guest.runTo('nanosleep')
    const saved = structuredClone(saveMachine(guest.machine))
    const restored = Guest.restore(elf, saved, guest)
    expect(checkInvariants(restored.machine.kernel)).toEqual([])
    const before = guest.watch.lines.length
    const result = await guest.finish()
    expect(result.reason).toBe('exit')
    expect(await restored.finish()).toEqual(result)
    expect(restored.watch.lines).toEqual(guest.watch.lines.slice(before))
    expect(restored.watch.output).toBe(guest.watch.output)
    expect(saveMachine(restored.machine).objects).toStrictEqual(saveMachine(guest.machine).objects)

    // the calls did what they were meant to do
    const failed = guest.watch.lines.filter((line) => / = -1 E/.test(line))
    expect(failed.map((line) => line.slice(0, line.indexOf('(')))).toEqual(['open'])
    const out = DataView.prototype.getUint32.bind(new DataView(Uint8Array.from(restored.watch.output, (c) => c.charCodeAt(0)).buffer))
    expect(restored.watch.output.slice(0, 15)).toBe('bytDCBA\0\0\0\0file')
    expect([out(64, true), out(112, true), out(896, true)]).toEqual([7, 1, 5678])
  })
})
