import { parseArgs } from 'node:util'

/** `syscallkit run`. */
export interface RunCommand {
  readonly command: 'run'
  /** Path of the host, or with `root` a path inside. */
  readonly program: string
  readonly args: readonly string[]
  /** strace lines: not at all, to standard error, or to a file. */
  readonly strace: boolean | string
  /** Folder or cpio archive of the host. */
  readonly root: string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly profile: string | undefined
  /** User id. */
  readonly user: number | undefined
  /** Ports of the host that lead to the guest. */
  readonly publish: readonly { readonly address: string; readonly host: number; readonly guest: number }[]
}

/** `syscallkit syscalls`. */
export interface SyscallsCommand {
  readonly command: 'syscalls'
  readonly arch: 'x86_64' | 'i386' | 'x32'
  readonly format: 'text' | 'json' | 'header'
}

/** `--help`, of everything or of a command, and `--version`. */
export interface InformationCommand {
  readonly command: 'help' | 'version'
  readonly topic: string | undefined
}

/** A wrong command line: which option, what was expected, what was given. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

type Shape = 'flag' | 'value' | 'optional'
const ARCHES = ['x86_64', 'i386', 'x32'] as const
const RUN: Readonly<Record<string, Shape>> = { strace: 'optional', root: 'value', env: 'value', profile: 'value', user: 'value', publish: 'value', help: 'flag' }
const SYSCALLS: Readonly<Record<string, Shape>> = { arch: 'value', json: 'flag', format: 'value', help: 'flag' }

interface Option {
  readonly name: string
  readonly value: string | undefined
}

/** Options up to the first operand, and everything from there on. */
function split(command: string, argv: readonly string[], shapes: Readonly<Record<string, Shape>>): { options: Option[]; operands: string[] } {
  const config: Record<string, { type: 'string' | 'boolean' }> = {}
  for (const [name, shape] of Object.entries(shapes)) config[name] = { type: shape === 'value' ? 'string' : 'boolean' }
  const { tokens } = parseArgs({ args: [...argv], options: config, strict: false, allowPositionals: true, tokens: true })
  const options: Option[] = []
  for (const token of tokens) {
    if (token.kind === 'option-terminator') return { options, operands: argv.slice(token.index + 1) }
    if (token.kind === 'positional') return { options, operands: argv.slice(token.index) }
    const shape = shapes[token.name]
    const at = `syscallkit ${command}: ${token.rawName}`
    if (shape === undefined) throw new UsageError(`${at}: no such option; expected one of ${Object.keys(shapes).map((name) => `--${name}`).join(', ')}`)
    if (shape === 'value' && token.value === undefined) throw new UsageError(`${at}: expected a value, got none`)
    if (shape === 'flag' && token.value !== undefined) throw new UsageError(`${at}: expected no value, got '${token.value}'`)
    options.push({ name: token.name, value: token.value })
  }
  return { options, operands: [] }
}

function parseRun(argv: readonly string[]): RunCommand | InformationCommand {
  const { options, operands } = split('run', argv, RUN)
  let strace: boolean | string = false
  let root: string | undefined
  let profile: string | undefined
  let user: number | undefined
  const env: Record<string, string> = {}
  const publish: RunCommand['publish'][number][] = []
  for (const { name, value } of options) {
    if (name === 'help') return { command: 'help', topic: 'run' }
    if (name === 'strace') strace = value ?? true
    else if (name === 'root') root = value
    else if (name === 'profile') profile = value
    else if (name === 'user') user = userId(value ?? '')
    else if (name === 'publish') publish.push(publishedPort(value ?? ''))
    else {
      const equals = (value ?? '').indexOf('=')
      if (equals <= 0) throw new UsageError(`syscallkit run: --env: expected NAME=VALUE, got '${value}'`)
      env[value!.slice(0, equals)] = value!.slice(equals + 1)
    }
  }
  if (strace === '') throw new UsageError("syscallkit run: --strace: expected --strace or --strace=FILE, got an empty FILE")
  const [program, ...args] = operands
  if (program === undefined) throw new UsageError('syscallkit run: expected a PROGRAM, got none')
  return { command: 'run', program, args, strace, root, env, profile, user, publish }
}

function publishedPort(text: string): RunCommand['publish'][number] {
  const [, address = '127.0.0.1', host, guest] = /^(?:([\w.]+|\[[\da-f:.]+\]):)?(\d+):(\d+)$/i.exec(text) ?? []
  if (host === undefined || guest === undefined || Number(host) > 65535 || Number(guest) > 65535 || Number(guest) === 0)
    throw new UsageError(`syscallkit run: --publish: expected [ADDRESS:]HOSTPORT:GUESTPORT with ports up to 65535, got '${text}'`)
  return { address: address.replace(/^\[|\]$/g, ''), host: Number(host), guest: Number(guest) }
}

function userId(text: string): number {
  const id = Number(text)
  if (!/^\d+$/.test(text) || id > 0xfffffffe) throw new UsageError(`syscallkit run: --user: expected a user id from 0 to 4294967294, got '${text}'`)
  return id
}

function parseSyscalls(argv: readonly string[]): SyscallsCommand | InformationCommand {
  const { options, operands } = split('syscalls', argv, SYSCALLS)
  let arch: SyscallsCommand['arch'] = 'x86_64'
  let format: SyscallsCommand['format'] = 'text'
  for (const { name, value } of options) {
    if (name === 'help') return { command: 'help', topic: 'syscalls' }
    if (name === 'arch') {
      const known = ARCHES.find((one) => one === value)
      if (known === undefined) throw new UsageError(`syscallkit syscalls: --arch: expected one of ${ARCHES.join(', ')}, got '${value}'`)
      arch = known
    } else {
      if (name === 'format' && value !== 'header') throw new UsageError(`syscallkit syscalls: --format: expected header, got '${value}'`)
      const wanted = name === 'json' ? 'json' : 'header'
      if (format !== 'text' && format !== wanted) throw new UsageError('syscallkit syscalls: --json, --format: expected one of them, got both')
      format = wanted
    }
  }
  if (operands.length > 0) throw new UsageError(`syscallkit syscalls: expected no operand, got '${operands[0]}'`)
  return { command: 'syscalls', arch, format }
}

/**
 * Reads a command line.
 *
 * @param argv what follows `syscallkit`
 * @throws UsageError saying which option is wrong, what it expects and what it got
 */
export function parseCommandLine(argv: readonly string[]): RunCommand | SyscallsCommand | InformationCommand {
  const [command, ...rest] = argv
  switch (command) {
    case 'run': return parseRun(rest)
    case 'syscalls': return parseSyscalls(rest)
    case 'help': return { command: 'help', topic: rest[0] }
    case '--help': case '-h': return { command: 'help', topic: undefined }
    case '--version': return { command: 'version', topic: undefined }
    case undefined: throw new UsageError('syscallkit: expected a command: run, syscalls or help')
    default: throw new UsageError(`syscallkit: expected a command: run, syscalls or help, got '${command}'`)
  }
}
