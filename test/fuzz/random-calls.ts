/** A machine whose CPU makes random system calls, through the real gates, and keeps count of what comes back. */
import { EINTR } from '../../src/abi/errno.js'
import { errnoName } from '../../src/abi/errno-text.js'
import { PT_REGS } from '../../src/arch/x86/context-layout.js'
import { ARGS_I386, ARGS_X86_64 } from '../../src/arch/x86/ways.js'
import { TRAP, type Cpu, type CpuHost } from '../../src/arch/cpu-port.js'
import { VirtualClock } from '../../src/base/clock.js'
import { SeededRandom } from '../../src/base/random.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import type { Task } from '../../src/kernel/task.js'
import { createLinux } from '../../src/presets/current.js'
import { drawArguments, drawing, type DrawContext, type Halves } from './draw.js'
import { drawables, type Drawable } from './drawables.js'
import { EXEMPT } from './exempt.js'
import { MAP } from './map.js'
import { FUZZ_ROOT } from './root.js'
import { sceneFor, type Step } from './scenes.js'
import { SCRIPT_DATA, scriptFor } from './scripts.js'
import { World } from './world.js'

/** What became of a call. */
export interface Tally {
  ok: number
  failed: number
  /** Waited at least once. */
  waited: number
  /** Never came back: the task ended or waited for ever. */
  lost: number
  readonly errnos: Map<string, number>
}

/** Results by `abi name`. */
export type Tallies = Map<string, Tally>

/** What a run of random calls did. */
export interface FuzzReport {
  readonly calls: number
  readonly machines: number
  readonly tallies: Tallies
  /** Every way in which a call threw, with its first stack: none may. */
  readonly thrown: ReadonlyMap<string, string>
}

/** Calls that end the program that makes them; drawn less often than others. */
const ENDING = /^exit|^compat_sys_(rt_)?sigreturn$|^execve|^compat_sys_execve/
/** Most tasks of a machine: fork fails beyond. */
const MOST_TASKS = 16
const LIFE = 3000
/** Calls of a program until it may lose its rights. */
const CAREFUL = 200

interface Pending {
  readonly drawn: Drawable
  readonly tally: Tally
  waited: boolean
}

const keyOf = ({ is32, name }: Drawable): string => `${is32 ? 'i386' : 'x86_64'} ${name}`

/** How much has been seen of a call: what has the least is drawn most. */
const seen = ({ ok, failed }: Tally, name: string): number => (EXEMPT[name] === undefined ? Math.min(ok, failed) : ok + failed)

function tallyOf(tallies: Tallies, key: string): Tally {
  let tally = tallies.get(key)
  if (tally === undefined) tallies.set(key, (tally = { ok: 0, failed: 0, waited: 0, lost: 0, errnos: new Map() }))
  return tally
}

function count({ drawn: { def }, tally }: Pending, result: number): void {
  if (result < 0 && result >= (def.notError === true ? -133 : -4095)) { // a small negative owner of F_GETOWN counts as a failure
    const name = errnoName(-result) ?? String(result)
    tally.failed++
    tally.errnos.set(name, (tally.errnos.get(name) ?? 0) + 1)
  } else tally.ok++
}

/** Strings of the prologue and where they lie. */
const NAMES = { tmp: '/tmp', a: '/tmp/a', b: '/tmp/b', dir: '/tmp/dir', link: '/tmp/link', zero: '/dev/zero' } as const
const at = (name: keyof typeof NAMES): number => MAP.scratch + Object.keys(NAMES).indexOf(name) * 64

/** The calls with which every program starts: its memory, a few files, and descriptors 3 to 8. */
const PROLOGUE: readonly (readonly number[])[] = [
  [9, MAP.scratch, MAP.scratchSize, 3, 0x32, -1, 0], [9, MAP.readOnly, 4096, 1, 0x32, -1, 0], [9, MAP.play, MAP.playSize, 3, 0x32, -1, 0],
  [83, at('dir'), 0o755], [2, at('tmp'), 0o200000, 0], [2, at('a'), 0o102, 0o666], [2, at('b'), 0o102, 0o666], [2, at('zero'), 2, 0], [22, MAP.scratch + 0x800],
  [88, at('a'), at('link')], [1, 1, MAP.scratch, 0x3000], [8, 1, 0, 0], [22, MAP.scratch + 0x808], [1, 5, MAP.scratch, 5000], [1, 7, MAP.scratch, 5000],
  [213, 5], [283, 1, 0], [290, 3, 0], [222, 0, 0, MAP.scratch + 0x900],
]
/** Of these, what maps memory: execve takes it away. */
const MEMORY = PROLOGUE.slice(0, 3)

/** Every task waits for ever while a periodic timer goes on. */
class WaitsForEver extends Error {}

/** A clock that notices when time passes but nothing happens. */
class WatchedClock extends VirtualClock {
  idle = 0
  override advance = (ns: number): void => {
    this.now += ns
    if (++this.idle > 20_000) throw new WaitsForEver()
  }
}

/** One program: random calls until it ends, `limit` is reached, or it waits for ever. */
class FuzzCpu {
  made = 0
  private next = 0
  /** The call that each task has not come back from, by its pid. */
  private readonly pending = new Map<number, Pending>()
  private last: Pending | null = null
  private host!: CpuHost
  readonly clock = new WatchedClock()
  kernel!: Kernel
  entries: readonly Drawable[] = []
  /** What a task does next, by its pid: calls as numbers, or one that is counted. */
  private readonly scripts = new Map<number, (Step | Drawable)[]>()

  private readonly random: SeededRandom
  private readonly tallies: Tallies
  private readonly limit: number
  private readonly check: (kernel: Kernel, call: string) => void

  constructor(random: SeededRandom, tallies: Tallies, limit: number, check: (kernel: Kernel, call: string) => void) {
    this.random = random
    this.tallies = tallies
    this.limit = limit
    this.check = check
  }

  readonly port: Cpu = {
    name: 'random calls', modes: ['x86_64', 'i386'], limits: [],
    attach: (host) => void (this.host = host),
    run: (regs, _is64, budget) => this.run(regs, budget),
    flush() {}, invalidate() {}, codeWritten() {}, saveFpu(_regs, out) { out.fill(0) }, loadFpu() {}, setBreakpoints() {}, dispose() {},
  }

  private set(at: number, low: number, high: number): void {
    this.host.memory.i32[at >> 2] = low
    this.host.memory.i32[(at >> 2) + 1] = high
  }

  private settle(pid: number, regs: number): void {
    const pending = this.pending.get(pid)
    if (pending === undefined) return
    const { i32 } = this.host.memory
    // within a handler the result lies in the frame: a call that a signal ended
    if (i32[(regs + PT_REGS.rip) >> 2] !== MAP.handler) count(pending, i32[(regs + PT_REGS.rax) >> 2]!)
    else if (pending.waited) count(pending, -EINTR)
    this.pending.delete(pid)
  }

  private run(regs: number, budget: number): number {
    const { pid } = this.kernel.scheduler.current!
    this.settle(pid, regs) // a call that had waited
    for (let retired = 1; ; retired++) {
      const is32 = this.prepare(regs)
      const before = this.pending.get(pid)
      const goOn = this.host.trap({ kind: is32 ? TRAP.int : TRAP.syscall, vector: is32 ? 0x80 : 0, errorCode: 0, address: 0, length: 2, software: 'int' })
      this.check(this.kernel, this.doing)
      if (!goOn) {
        if (before !== undefined && this.kernel.scheduler.current?.state === 'sleeping') {
          before.tally.waited++
          before.waited = true
        }
        return retired
      }
      this.settle(pid, regs)
      if (retired >= budget) return retired
    }
  }

  /** Sets the registers for the next call; whether it goes to the i386 table. */
  private prepare(regs: number): boolean {
    const { random } = this
    this.clock.idle = 0
    const { i32 } = this.host.memory
    const stack = i32[(regs + PT_REGS.rip) >> 2] === MAP.handler ? i32[(regs + PT_REGS.rsp) >> 2]! + 8 : MAP.stack // what rt_sigreturn wants
    for (const [at, value] of [[PT_REGS.rip, MAP.code], [PT_REGS.cs, 0x33], [PT_REGS.rflags, 0x202], [PT_REGS.rsp, stack], [PT_REGS.ss, 0x2b]] as const) this.set(regs + at, value, 0)
    if (this.next < PROLOGUE.length) {
      if (this.next === 1) for (const [name, text] of Object.entries(NAMES)) this.kernel.scheduler.current!.memory.copyTo(at(name as keyof typeof NAMES), new TextEncoder().encode(`${text}\0`))
        return this.plain(regs, PROLOGUE[this.next++]!)
    }
    const task = this.kernel.scheduler.current!
    if (task.mm.vmaAt(MAP.scratch) === undefined && ++this.made < this.limit) this.scripts.set(task.pid, [...MEMORY])
    const script = this.scripts.get(task.pid)
    const step = script?.shift()
    if (script?.length === 0) this.scripts.delete(task.pid)
    if (typeof step === 'function') return this.plain(regs, step(drawing(this.context(task, false, 'right'))))
    if (step !== undefined && !('entry' in step)) return this.plain(regs, step)
    const drawn = step ?? this.drawCall(task.pid === 1)
    const { entry, is32, def } = drawn
    const tally = tallyOf(this.tallies, keyOf(drawn))
    const aim = random.u32() % 5 === 0 ? 'any' : tally.ok <= 2 * tally.failed ? 'right' : 'wrong'
    const context = this.context(task, is32, aim)
    if (step === undefined) {
      const scene = aim === 'wrong' ? null : sceneFor(def.name, drawing(context))
      const around = scene === null ? scriptFor(def.name, task.pid, aim === 'wrong') : { before: scene, after: [] }
      if (around !== null) {
        for (const [address, bytes] of SCRIPT_DATA) task.memory.copyTo(address, bytes)
        this.scripts.set(task.pid, [...around.before, drawn, ...around.after])
        return this.prepare(regs)
      }
    }
    const order = is32 ? ARGS_I386 : ARGS_X86_64
    this.argumentsOf(drawn, context).forEach(([low, high], i) => this.set(regs + order[i]!, low, high))
    this.set(regs + PT_REGS.rax, entry.nr, 0)
    this.last = { drawn, tally, waited: false }
    this.pending.set(task.pid, this.last)
    if (++this.made >= this.limit) this.entries = this.entries.filter((e) => e.def.name === 'exit_group')
    return is32
  }

  private context(task: Task, is32: boolean, aim: DrawContext['aim']): DrawContext {
    return {
      random: this.random, is32, pid: task.pid, aim, careful: this.made < CAREFUL, world: new World(task, this.random),
      write: (address, bytes) => void task.memory.copyTo(address, bytes),
    }
  }

  /** Arguments in registers; those of a call behind socketcall lie in memory. */
  private argumentsOf({ def, behind }: Drawable, context: DrawContext): readonly Halves[] {
    const args = drawArguments(def, context)
    if (behind === 0) return args
    const words = Uint32Array.from(args, ([low]) => low)
    const at = this.random.u32() % 20 === 0 ? MAP.edge - 4 : drawing(context).place(new Uint8Array(words.buffer))
    return [[behind, 0], [at, 0]]
  }

  /** A call that is not counted. */
  private plain(regs: number, [nr = 0, ...args]: readonly number[]): false {
    this.set(regs + PT_REGS.rax, nr, 0)
    args.forEach((value, i) => this.set(regs + ARGS_X86_64[i]!, value, value < 0 ? -1 : 0))
    return false
  }

  /** One of all calls; of two, often the one of which less has been seen. The first process goes on living. */
  private drawCall(first: boolean): Drawable {
    const { random, entries, kernel } = this
    const one = (): Drawable => entries[random.u32() % entries.length]!
    if (!first && kernel.tasks.size >= MOST_TASKS - 2 && random.u32() % 8 === 0) return entries.find(({ name }) => name === 'exit') ?? one()
    const [a, b] = [one(), one()]
    const count = (drawable: Drawable): number => seen(tallyOf(this.tallies, keyOf(drawable)), drawable.name)
    const drawn = random.u32() % 4 === 0 || count(a) <= count(b) ? a : b
    return ENDING.test(drawn.name) && (first || random.u32() % 4 !== 0) && random.u32() % 30 !== 0 ? one() : drawn
  }

  /** The call that is being served. */
  get doing(): string {
    return this.last?.drawn.name ?? 'no call'
  }

  /** The program is gone: what it was doing never came back. */
  end(): void {
    for (const { tally } of this.pending.values()) tally.lost++
  }
}

/**
 * Makes `calls` random calls in as many machines as it takes.
 *
 * @param check called after every call; throws when something in the kernel does not hold
 */
export async function randomCalls(calls: number, seed: number, check: (kernel: Kernel, call: string) => void = () => {}): Promise<FuzzReport> {
  const random = new SeededRandom(seed)
  const tallies: Tallies = new Map()
  const thrown = new Map<string, string>()
  let made = 0, machines = 0
  while (made < calls) {
    const cpu = new FuzzCpu(random, tallies, Math.min(LIFE, calls - made), check)
    const machine = createLinux({ cpu: cpu.port, clock: cpu.clock, memory: { limit: 64 << 20 }, maxTasks: MOST_TASKS, root: FUZZ_ROOT, random: new SeededRandom(random.u32()) })
    cpu.kernel = machine.kernel
    cpu.entries = drawables(machine.calls.tables)
    machine.spawn(null)
    try {
      await machine.run()
      machine.dispose()
    } catch (error) {
      if (!(error instanceof Error)) throw error
      if (!(error instanceof WaitsForEver)) {
        const place = /^\s+at .*$/m.exec(error.stack ?? '')?.[0].trim() ?? ''
        thrown.set(`${cpu.doing}: ${error.message} ${place}`, error.stack ?? '')
      }
    }
    cpu.end()
    if (cpu.made === 0) throw new Error(`a program ended before its first random call: ${[...thrown.keys()].slice(0, 3).join('; ')}`)
    made += cpu.made
    machines++
  }
  return { calls: made, machines, tallies, thrown }
}

/** The report as a table: calls by results, and the errnos of each. */
export function formatReport({ calls, machines, tallies }: FuzzReport): string {
  const lines = [...tallies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { ok, failed, waited, lost, errnos }]) =>
    `${name.padEnd(44)} ${String(ok).padStart(7)} ${String(failed).padStart(7)} ${String(waited).padStart(7)} ${String(lost).padStart(6)}  ${[...errnos].sort((a, b) => b[1] - a[1]).map(([e, n]) => `${e} ${n}`).join(', ')}`)
  return [`${calls} calls in ${machines} machines`, `${'call'.padEnd(44)}      ok  failed  waited   lost  errnos`, ...lines].join('\n')
}

/** The share of calls that succeeded, of those that came back. */
export function successes({ tallies }: FuzzReport): number {
  let ok = 0, failed = 0
  for (const tally of tallies.values()) {
    ok += tally.ok
    failed += tally.failed
  }
  return ok / (ok + failed)
}

/** The report in a few figures, for the record. */
export function summary(report: FuzzReport): Record<string, unknown> {
  const errnos = new Map<string, number>()
  let waited = 0
  for (const tally of report.tallies.values()) {
    waited += tally.waited
    for (const [name, times] of tally.errnos) errnos.set(name, (errnos.get(name) ?? 0) + times)
  }
  return {
    calls: report.calls, machines: report.machines, entries: report.tallies.size, successes: Number(successes(report).toFixed(4)), waited, threw: report.thrown.size,
    errnos: Object.fromEntries([...errnos].sort((a, b) => b[1] - a[1])), cannot: EXEMPT,
  }
}
