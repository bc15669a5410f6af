import { DATA, Program } from './assembler.js'

/** Numbers of x86_64 (asm/unistd_64.h). */
const NR = {
  read: 0, write: 1, open: 2, rt_sigaction: 13, rt_sigprocmask: 14, rt_sigreturn: 15, dup2: 33, nanosleep: 35, getpid: 39, clone: 56, vfork: 58, exit: 60, wait4: 61, kill: 62,
  rt_sigpending: 127, futex: 202, exit_group: 231, ppoll: 271, pipe2: 293,
} as const
/** CLONE_VM | CLONE_FILES without a signal at its end: a process of its own, so that strace without -f sees only its parent. */
const SHARING = 0x100 | 0x400
const SIGUSR1 = 10, SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19
const SA_RESTORER = 0x04000000
const MS = 1_000_000

/** Where a program keeps what. */
export const PLACE = { fds: DATA, file: DATA + 8, word: DATA + 16, pid: DATA + 24, child: DATA + 32, buffer: DATA + 0x40, path: DATA + 0x100, text: DATA + 0x140, pfd: DATA + 0x180,
  action: DATA + 0x200, mask: DATA + 0x240, empty: DATA + 0x248, seen: DATA + 0x250, request: DATA + 0x280, remaining: DATA + 0x290, pause: DATA + 0x2a0, status: DATA + 0x2c0, stack: DATA + 0x4000 } as const
const P = PLACE

/** A program whose first process waits in one call. */
export interface BlockingProgram {
  readonly elf: Uint8Array
  /** Calls of the first process at whose waits a test may interfere, by the name of their progress, in order. */
  readonly waits: readonly string[]
  /** Memory that the waiting call has copied, or that is its own to look at or fill only when it ends: [address, length]. */
  readonly frozen: readonly (readonly [number, number])[]
}

/** The other process starts at 'other' with its parent's memory and descriptors; it waits a little first. */
function withOther(program: Program): Program {
  return program.putQuads(P.pause, 0, 20 * MS).call(NR.clone, SHARING, P.stack, 0, 0, 0).jumpIfZero('other')
}

function pipeRead(): BlockingProgram {
  const program = new Program().put(P.path, '/tmp/over-the-pipe\0').put(P.text, 'hello\n')
  program.call(NR.pipe2, P.fds, 0).call(NR.open, P.path, 0o102, 0o600).store(P.file)
  withOther(program)
  program.call(NR.read, { at: P.fds }, P.buffer, 64).store(P.word).call(NR.write, 1, P.buffer, { at: P.word })
  program.call(NR.read, { at: P.fds }, P.buffer, 64).call(NR.exit_group, 3)
  program.label('other').call(NR.nanosleep, P.pause, 0).call(NR.dup2, { at: P.file }, { at: P.fds })
  program.call(NR.write, { at: P.fds + 4 }, P.text, 6).call(NR.exit, 0)
  return { elf: program.elf(), waits: ['io'], frozen: [[P.buffer, 64]] }
}

function futexWait(): BlockingProgram {
  const program = new Program().put(P.text, 'woken\n').value(1).store(P.word)
  withOther(program)
  program.call(NR.futex, P.word, 128, 1, 0).call(NR.write, 1, P.text, 6).call(NR.futex, P.word, 128, 1, 0).call(NR.exit_group, 4)
  program.label('other').call(NR.nanosleep, P.pause, 0).value(2).store(P.word).call(NR.nanosleep, P.pause, 0)
  program.call(NR.futex, P.word, 129, 1).call(NR.exit, 0)
  return { elf: program.elf(), waits: ['futex'], frozen: [[P.word, 4]] }
}

function ppollSignal(): BlockingProgram {
  const program = new Program().put(P.text, 'handler\n').putQuads(P.mask, 1 << (SIGUSR1 - 1)).putQuads(P.request, 60, 0)
  program.value({ label: 'handler' }).store(P.action).value(SA_RESTORER).store(P.action + 8).value({ label: 'restorer' }).store(P.action + 16)
  program.call(NR.rt_sigaction, SIGUSR1, P.action, 0, 8).call(NR.rt_sigprocmask, 0, P.mask, 0, 8).call(NR.getpid).store(P.pid)
  program.call(NR.pipe2, P.fds, 0)
  program.value({ at: P.fds }).store(P.pfd).value(1).store(P.pfd + 4)
  withOther(program)
  program.call(NR.ppoll, P.pfd, 1, P.request, P.empty, 8).store(P.word)
  program.call(NR.rt_sigprocmask, 0, 0, P.seen, 8).call(NR.write, 1, P.seen, 8)
  program.call(NR.kill, { at: P.pid }, SIGUSR1).call(NR.rt_sigpending, P.seen, 8).call(NR.exit_group, 5)
  program.label('handler').call(NR.rt_sigprocmask, 0, 0, P.seen, 8).call(NR.write, 1, P.text, 8).ret()
  program.label('restorer').call(NR.rt_sigreturn)
  program.label('other').call(NR.nanosleep, P.pause, 0).call(NR.kill, { at: P.pid }, SIGUSR1).call(NR.exit, 0)
  return { elf: program.elf(), waits: ['poll'], frozen: [[P.pfd, 6], [P.empty, 8]] }
}

function nanosleepRestarted(): BlockingProgram {
  const program = new Program().put(P.text, 'slept\n').putQuads(P.request, 0, 200 * MS).call(NR.getpid).store(P.pid)
  withOther(program)
  program.call(NR.nanosleep, P.request, P.remaining).call(NR.write, 1, P.text, 6).call(NR.exit_group, 6)
  program.label('other').call(NR.nanosleep, P.pause, 0).call(NR.kill, { at: P.pid }, SIGSTOP).call(NR.nanosleep, P.pause, 0)
  program.call(NR.kill, { at: P.pid }, SIGCONT).call(NR.exit, 0)
  return { elf: program.elf(), waits: ['nanosleep', 'restarted'], frozen: [[P.request, 16]] }
}

function vforkParent(): BlockingProgram {
  const program = new Program().put(P.text, 'child\nparent\n').putQuads(P.pause, 0, 20 * MS).putQuads(P.mask, 1 << (SIGCHLD - 1))
  program.call(NR.rt_sigprocmask, 0, P.mask, 0, 8).call(NR.vfork).jumpIfZero('other').store(P.child).call(NR.write, 1, P.text + 6, 7)
  program.call(NR.wait4, { at: P.child }, P.status, 0, 0).call(NR.exit_group, 7)
  program.label('other').call(NR.nanosleep, P.pause, 0).call(NR.write, 1, P.text, 6).call(NR.exit, 9)
  return { elf: program.elf(), waits: ['vfork'], frozen: [] }
}

/** The five programs by name. */
export const blockingPrograms = { pipeRead: pipeRead(), futexWait: futexWait(), ppollSignal: ppollSignal(), nanosleepRestarted: nanosleepRestarted(), vforkParent: vforkParent() } as const

/** Name of a program. */
export type BlockingName = keyof typeof blockingPrograms
