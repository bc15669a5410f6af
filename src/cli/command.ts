import { SyscallkitError } from '../base/errors.js'
import { runProgram } from '../node/index.js'
import { parseCommandLine, UsageError, type RunCommand } from './arguments.js'

const USAGE_STATUS = 2
const USAGE_CODES: readonly string[] = ['ERR_SYSCALLKIT_OPTION', 'ERR_SYSCALLKIT_PROFILE', 'ERR_SYSCALLKIT_ROOT', 'ERR_SYSCALLKIT_PUBLISH']
const CANNOT_EXECUTE = 126
const NOT_FOUND = 127
const DEADLOCK = 125

async function run({ program, args, strace, root, env, profile, user, publish }: RunCommand): Promise<number> {
  const lines = strace === false ? null : (await import('./strace-output.js')).openStraceOutput(strace)
  try {
    const { status, signal, deadlock, unimplemented } = await runProgram({ program, args, env, root, profile, user, publish, strace: lines?.line, straceQuiet: strace !== true })
    if (deadlock) process.stderr.write('syscallkit: every task waits for something that cannot come\n')
    if (unimplemented.size > 0)
      process.stderr.write(`syscallkit: not implemented (-ENOSYS): ${[...unimplemented].map(([name, times]) => `${name} (${times})`).join(', ')}\n`)
    return deadlock ? DEADLOCK : signal === null ? (status ?? 0) : 128 + signal
  } finally {
    lines?.close()
  }
}

/** What only one command needs is loaded when it is asked for. */
async function obey(argv: readonly string[]): Promise<number> {
  const command = parseCommandLine(argv)
  switch (command.command) {
    case 'run': return run(command)
    case 'syscalls': process.stdout.write((await import('./syscalls.js')).syscallsText(command)); return 0
    case 'help': process.stdout.write((await import('./help.js')).helpText(command.topic)); return 0
    case 'version': process.stdout.write(`${(await import('./version.js')).version()}\n`); return 0
  }
}

/** The exit status of an error, after its message was written; errors that are none of the user's are thrown on. */
function report(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n  syscallkit help shows the options.\n`)
    return USAGE_STATUS
  }
  if (error instanceof SyscallkitError) {
    process.stderr.write(`syscallkit: ${error.message}\n`)
    return error.code === 'ERR_SYSCALLKIT_PROGRAM' ? NOT_FOUND : USAGE_CODES.includes(error.code) ? USAGE_STATUS : CANNOT_EXECUTE
  }
  throw error
}

/**
 * Does what a command line says.
 *
 * @param argv what follows `syscallkit`
 * @returns the exit status
 */
export async function command(argv: readonly string[]): Promise<number> {
  return obey(argv).catch(report)
}
