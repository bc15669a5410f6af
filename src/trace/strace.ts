import { tableX32 } from '../abi/generated/table-x32.js'
import { unpackTable } from '../abi/number-table.js'
import type { SyscallEvent } from '../kernel/events.js'
import type { SignalInfo } from '../kernel/ports/signals.js'
import type { Task } from '../kernel/task.js'
import type { ThreadGroup } from '../kernel/thread-group.js'
import type { Machine } from '../machine/machine.js'
import type { AnySyscall } from '../syscalls/define.js'
import { StraceLog, type StraceCall } from './strace/strace.js'
import type { SignalDetails } from './strace/signal-structs.js'

/** Options of {@link attachStrace}. */
export interface StraceOptions {
  /** Receives each line, a byte string without its line end. */
  readonly write: (line: string) => void
  /** Leave out what strace does not write to a file: that a program runs in 32-bit mode. Default false. */
  readonly quiet?: boolean
  /** A task of a process that runs already, to be traced from now on; default: the first process that executes a program. */
  readonly task?: Task
}

/** The first process of a machine as one log: what `strace -o FILE PROGRAM` writes, which does not follow children. */
class MachineLog {
  private readonly log: StraceLog
  private group: ThreadGroup | null = null
  private was32 = false
  private ended = false
  private execDone = false

  constructor(options: StraceOptions) {
    this.log = new StraceLog(options.write, options.quiet)
    if (options.task === undefined) return
    this.group = options.task.group
    this.was32 = !options.task.is64
  }

  private traces(task: Task): boolean {
    return task.group === this.group
  }

  exec(task: Task, path: string, argv: readonly string[], envp: readonly string[]): void {
    this.group ??= task.group
    if (!this.traces(task)) return
    const is32 = !task.is64
    const native32 = task.kernel.cpuState.profile.kernel === 'i386' // strace is a 32-bit program there
    if (task.inSyscall) this.execDone = true
    else this.log.exec({ path, argv, environment: envp.length, envp: 0x7fffffffe000, pid: task.pid, is32, was32: native32 })
    this.was32 = is32
  }

  enter(event: SyscallEvent): void {
    const { task } = event
    if (!this.traces(task)) return
    const { memory } = task
    const word = event.abi === 'i386' ? 4 : 8
    const nr = event.nr
    const call: StraceCall = {
      name: nr > LAST_KNOWN && nr < tableX32.bit ? null : (event.name ?? x32Name(nr)), nr, word, args: event.args, sp: event.sp,
      read: (address, length) => {
        const out = new Uint8Array(length)
        const done = memory.copyFrom(Number(address), out)
        return done === 0 && length > 0 ? null : out.subarray(0, done)
      },
      ...(isDefinition(event.def) ? { definition: event.def.args } : {}),
    }
    this.log.enter(call)
  }

  exit(event: SyscallEvent): void {
    const { task, result } = event
    if (!this.traces(task) || result === null) return
    if (event.regsSet && this.execDone) {
      this.execDone = false
      this.log.exit(0, false)
      this.log.mode({ pid: task.pid, is32: !task.is64, was32: this.was32 })
      return
    }
    // a tracer takes every result from -4095 to -1 for an errno, F_GETOWN's too: IS_ERR_VALUE is all it has on x86
    this.log.exit(result, result < 0 && result >= -4095)
  }

  signal(task: Task, info: SignalInfo): void {
    if (this.traces(task) && info.signo !== 9) this.log.signal(detailsOf(info))
  }

  stopped(task: Task, signal: number): void {
    if (this.traces(task)) this.log.stopped(signal)
  }

  ends(task: Task, status: number): void {
    if (!this.traces(task) || this.ended || task !== task.group.leader) return
    this.ended = true
    if ((status & 0x7f) === 0) this.log.exited((status >> 8) & 0xff)
    else this.log.killed(status & 0x7f, (status & 0x80) !== 0)
  }
}

/** The last number that strace 6.1 knows: set_mempolicy_home_node. */
const LAST_KNOWN = 450

/** strace knows x32's names also on kernels without x32. */
function x32Name(nr: number): string | null {
  return nr > 0 && nr & tableX32.bit ? (unpackTable(tableX32).byNumber.get(nr)?.name ?? null) : null
}

function isDefinition(def: object | null): def is AnySyscall {
  return def !== null && 'args' in def && 'notError' in def
}

function detailsOf(info: SignalInfo): SignalDetails {
  const { signo, code, errno, pid, uid, status, utime, stime, address, timer, overrun, band, fd, valueLow, valueHigh } = info
  return {
    signo, code,
    ...(errno === undefined ? {} : { errno }), ...(pid === undefined ? {} : { pid }), ...(uid === undefined ? {} : { uid }),
    ...(status === undefined ? {} : { status }), ...(utime === undefined ? {} : { utime: BigInt(utime) }),
      ...(stime === undefined ? {} : { stime: BigInt(stime) }),
    ...(address === undefined ? {} : { addr: BigInt.asUintN(64, BigInt(address)) }), ...(timer === undefined ? {} : { timerId: timer }),
      ...(overrun === undefined ? {} : { overrun }),
    ...(band === undefined ? {} : { band: BigInt(band) }), ...(fd === undefined ? {} : { fd }),
    ...(valueLow === undefined ? {} : { value: (BigInt(valueHigh ?? 0) << 32n) | BigInt(valueLow >>> 0) }),
  }
}

/**
 * Writes strace's lines (strace 6.1) for the first program that a machine executes from now on.
 *
 * @returns a function that stops it
 * @example
 * attachStrace(machine, { write: (line) => console.error(line) })
 */
export function attachStrace(machine: Machine, options: StraceOptions): () => void {
  const log = new MachineLog(options)
  const stops = [
    machine.on('task:exec', ({ task, path, argv, envp }) => log.exec(task, path, argv, envp)),
    machine.on('syscall:enter', (event) => log.enter(event)),
    machine.on('syscall:exit', (event) => log.exit(event)),
    machine.on('signal', ({ task, info }) => log.signal(task, info)),
    machine.on('task:stop', ({ task, signal }) => log.stopped(task, signal)),
    machine.on('task:exit', ({ task, status }) => log.ends(task, status)),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
