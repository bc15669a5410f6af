/** strace's log of one process, line by line, from what a kernel (or any other source of system calls) tells. */
import { hexText, TracedCall, type CallPrinter, type ReadMemory } from './call.js'
import { endedLine, enterLine, exitLine, unknownCall, type OpenLine } from './line.js'
import { demultiplexed } from './calls-sockets.js'
import { callPrinters, definitionPrinter } from './printers.js'
import { quote } from './strings.js'
import { siginfoText, signalText, type SignalDetails } from './signal-structs.js'
import type { ArgList } from '../../syscalls/define.js'

/** A call that comes in. */
export interface StraceCall {
  /** Name of the number, or null when the table has none. */
  readonly name: string | null
  /** The number as the register held it, sign-extended. */
  readonly nr: number
  /** Bytes of the ABI's `long`. */
  readonly word: 4 | 8
  /** Six arguments as 32-bit halves, low first; copied. */
  readonly args: Int32Array
  readonly read: ReadMemory
  /** The user's stack pointer. */
  readonly sp: number
  /** Arguments of its definition, for calls without a printer of their own. */
  readonly definition?: ArgList
}

/** An execve that began a program. */
export interface StraceExec {
  readonly path: string
  readonly argv: readonly string[]
  /** Number of environment strings. */
  readonly environment: number
  /** Address of envp as it was given. */
  readonly envp: number
  readonly pid: number
  /** Whether the new program is a 32-bit one, and whether the process was before. */
  readonly is32: boolean
  readonly was32?: boolean
}

/** What a tracer sees of a call that restart_syscall will go on with (include/linux/errno.h). */
const ERESTART_RESTARTBLOCK = -516

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff)
const short = (text: string, most: number): string => {
  const bytes = bytesOf(text)
  return bytes.length <= most ? quote(bytes) : `${quote(bytes.subarray(0, most))}...`
}

/**
 * Writes the lines of `strace PROGRAM` (strace 6.1). Calls of one process come strictly one after the other.
 *
 * @example
 * const log = new StraceLog((line) => out.push(line))
 */
export class StraceLog {
  private readonly write: (line: string) => void
  private readonly quiet: boolean
  private readonly printers = callPrinters()
  private call: TracedCall | null = null
  private printer: CallPrinter = { args: [] }
  private open: OpenLine = { text: '', shown: 0 }
  private name = ''
  /** The call that restart_syscall goes on with, by name. */
  private interrupted = 'system call'

  /**
   * @param write gets each line, without its newline
   * @param quiet leave out what strace does not write to a file (`-o`): that a process changed its width
   */
  constructor(write: (line: string) => void, quiet = false) {
    this.write = write
    this.quiet = quiet
  }

  /** The first line: the program was started. */
  exec(e: StraceExec): void {
    const argv = e.argv.slice(0, 32).map((text) => short(text, 32))
    const vars = `${hexText(BigInt.asUintN(64, BigInt(e.envp)))} /* ${e.environment} var${e.environment === 1 ? '' : 's'} */`
    const text = `execve(${short(e.path, 4095)}, [${[...argv, ...(e.argv.length > 32 ? ['...'] : [])].join(', ')}], ${vars}) `
    this.write(`${text.padEnd(40)}= 0`)
    this.mode(e)
  }

  /** Says so when an execve changed the width of the process. */
  mode(e: Pick<StraceExec, 'pid' | 'is32' | 'was32'>): void {
    if (!this.quiet && e.is32 !== (e.was32 ?? false)) this.write(`[ Process PID=${e.pid} runs in ${e.is32 ? '32' : '64'} bit mode. ]`)
  }

  /** A call came in. */
  enter(c: StraceCall): void {
    const read: ReadMemory = (address, length) => {
      const bytes = c.read(address, length)
      return bytes !== null && bytes.length === length ? bytes : null
    }
    const outer = new TracedCall(c.args.slice(0, 12), c.word, read, c.sp)
    const inner = c.name === 'socketcall' ? demultiplexed(outer) : null
    const call = inner?.call ?? outer
    const unknown = c.name === null ? unknownCall(c.nr) : null
    const name = inner?.name ?? unknown?.name ?? c.name!
    this.name = name
    this.printer = name === 'restart_syscall' ? { args: [() => `<... resuming interrupted ${this.interrupted} ...>`] } : unknown?.printer ?? this.printers.get(name) ?? definitionPrinter(c.definition ?? [])
    this.call = call
    if (this.printer.entry !== undefined) call.noted = this.printer.entry(call)
    this.open = enterLine(name, this.printer, call)
  }

  /**
   * It returned.
   *
   * @param result as a number; negative errnos and the restart codes 512 to 516 when `failed`
   */
  exit(result: number, failed: boolean): void {
    const { call } = this
    if (call === null) return
    call.result = result
    call.failed = failed
    if (failed && result === ERESTART_RESTARTBLOCK && this.name !== 'restart_syscall') this.interrupted = this.name
    this.write(exitLine(this.open, this.printer, call))
    this.call = null
  }

  /** A signal is delivered or ends the process. */
  signal(details: SignalDetails): void {
    this.write(`--- ${signalText(details.signo)} ${siginfoText(details)} ---`)
  }

  /** A signal stopped the process. */
  stopped(signo: number): void {
    this.write(`--- stopped by ${signalText(signo)} ---`)
  }

  /** The process ended by itself. */
  exited(code: number): void {
    this.unfinished()
    this.write(`+++ exited with ${code} +++`)
  }

  /** A signal ended it. */
  killed(signo: number, core: boolean): void {
    this.unfinished()
    this.write(`+++ killed by ${signalText(signo)}${core ? ' (core dumped)' : ''} +++`)
  }

  private unfinished(): void {
    if (this.call !== null) this.write(endedLine(this.open, this.printer, this.call))
    this.call = null
  }
}
