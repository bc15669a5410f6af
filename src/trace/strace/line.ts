/** A line of strace from a call's parts: what is known when it comes in, and the rest when it returns. */
import { ERRNO } from '../../abi/errno-text.js'
import { hexText, type Arg, type CallPrinter, type TracedCall } from './call.js'

/** Column of the `=`. */
const RESULT_COLUMN = 40

/** Restart codes that a tracer sees instead of a result (include/linux/errno.h), with strace's words. */
const restarts: Readonly<Record<number, string>> = {
  512: 'ERESTARTSYS (To be restarted if SA_RESTART is set)',
  513: 'ERESTARTNOINTR (To be restarted)',
  514: 'ERESTARTNOHAND (To be restarted if no handler)',
  516: 'ERESTART_RESTARTBLOCK (Interrupted by signal)',
}

function argsOf(printer: CallPrinter, call: TracedCall): readonly Arg[] {
  return typeof printer.args === 'function' ? printer.args(call) : printer.args
}

function joinArgs(printed: string, args: readonly Arg[], call: TracedCall, from: number): string {
  let text = printed
  for (let i = from; i < args.length; i++) {
    const arg = args[i]!
    const glue = typeof arg !== 'function' && arg.glue === true
    text += (i === 0 || glue ? '' : ', ') + (typeof arg === 'function' ? arg(call, i) : arg.after(call, i))
  }
  return text
}

/** A call that came in and has not returned: its line so far, plain data. */
export interface OpenLine {
  /** `name(` and the arguments that are known. */
  readonly text: string
  /** How many arguments `text` holds. */
  readonly shown: number
}

/** The part of a line that is known when the call comes in: up to the first argument that the call itself fills. */
export function enterLine(name: string, printer: CallPrinter, call: TracedCall): OpenLine {
  const args = argsOf(printer, call)
  const first = args.findIndex((arg) => typeof arg !== 'function')
  const shown = first < 0 ? args.length : first
  return { text: joinArgs(`${name}(`, args.slice(0, shown), call, 0), shown }
}

/** The whole line of a call that returned; `call.result` and `call.failed` are set. */
export function exitLine(open: OpenLine, printer: CallPrinter, call: TracedCall): string {
  return withResult(joinArgs(open.text, argsOf(printer, call), call, open.shown), resultText(printer, call))
}

/** The line of a call that never returns. */
export function endedLine(open: OpenLine, printer: CallPrinter, call: TracedCall): string {
  return withResult(open.shown < argsOf(printer, call).length ? `${open.text} <unfinished ...>` : open.text, '?')
}

function withResult(text: string, result: string): string {
  return `${`${text}) `.padEnd(RESULT_COLUMN)}= ${result}`
}

function resultText(printer: CallPrinter, call: TracedCall): string {
  const { result } = call
  if (call.failed) {
    const restart = restarts[-result]
    if (restart !== undefined) return `? ${restart}`
    const known = ERRNO[-result]
    return known === undefined ? `-1 (errno ${-result})` : `-1 ${known[0]} (${known[1]})`
  }
  if (printer.result !== undefined) return printer.result(call)
  return String(call.word === 4 ? result >>> 0 : result)
}

/** The name and arguments of a number that strace does not know. */
export function unknownCall(nr: number): { name: string; printer: CallPrinter } {
  const name = `syscall_${hexText(BigInt.asUintN(64, BigInt(nr)))}`
  const raw = (call: TracedCall, i: number): string => hexText(call.ulong(i))
  return { name, printer: { args: [raw, raw, raw, raw, raw, raw] } }
}
