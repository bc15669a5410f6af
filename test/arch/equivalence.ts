import { TRAP, type Trap } from '../../src/arch/cpu-port.js'
import { R, type StepHost } from '../../src/arch/stepping/kernel-cpu.js'
import type { KernelProgram } from '../../src/arch/stepping/program.js'
import { Stepper } from '../../src/arch/stepping/stepper.js'
import { stackTop32 } from '../../src/arch/i386/fast.js'
import { frameLayout } from '../../src/arch/i386/frame.js'
import { PT_REGS_SIZE, THREAD } from '../../src/arch/x86/context-layout.js'
import { CPU } from '../../src/arch/x86/cpu-layout.js'
import type { CpuState, CpuStateOptions } from '../../src/arch/x86/cpu-state.js'
import type { ArchKernel } from '../../src/arch/x86/kernel.js'
import { EXIT, WAY } from '../../src/arch/x86/ways.js'
import { SeededRandom } from '../../src/base/random.js'
import { machineOf } from './fixture.js'
import { switchTo } from '../../src/arch/x86/switch-to.js'

/** A way in to be compared: what traps, in which mode, on whose processor. */
export interface PathCase {
  name: string
  mode: 64 | 32
  options?: CpuStateOptions
  trap: (random: SeededRandom) => Trap
  /** Flags that are clear when C code runs. */
  kernelFlagsClear: number
}

/** A trap record. */
export const trapOf = (kind: keyof typeof TRAP, more: Partial<Trap> = {}): Trap => ({ kind: TRAP[kind], vector: 0, errorCode: 0, address: 0, length: 2, software: 'int', ...more })

const FLAGS = 0x257fd5 & ~0x3000 // CF PF AF ZF SF TF IF DF OF NT RF AC ID
const WORDS = PT_REGS_SIZE / 4

/** Something that may be a register: small, canonical, non-canonical, all ones, or anything. */
function randomHalf(random: SeededRandom): number {
  const r = random.u32()
  switch (r & 7) {
    case 0: return 0
    case 1: return 0xffffffff
    case 2: return r >>> 20
    case 3: return 0x7fff
    case 4: return 0x80000000 | (r >>> 3)
    default: return random.u32()
  }
}

function randomState(random: SeededRandom, words: Uint32Array, mode: 64 | 32, kernel: ArchKernel): void {
  const { userCs, user32Cs, userDs } = kernel.profile.selectors
  for (let i = 0; i < WORDS; i++) words[i] = kernel.profile.kernel === 'i386' && i % 2 === 1 ? 0 : randomHalf(random)
  if ((random.u32() & 3) !== 0) { // mostly numbers of calls
    words[R.RAX] = random.u32() % 500
    words[R.RAX + 1] = 0
  }
  // SYSRET without a look at rcx is safe only because no code is mapped at the very end of user space
  const top = (random.u32() & 15) === 0 && kernel.profile.differences.sysret === 'opportunistic'
  words[R.RIP] = top ? 0xfffffff0 + (random.u32() & 15) : random.u32()
  words[R.RIP + 1] = mode === 32 ? 0 : top ? 0x7fff : random.u32() & 0x7fff
  words[R.RFLAGS] = 2 | (random.u32() & FLAGS) | ((random.u32() & 7) === 0 ? random.u32() & 0x3000 : 0)
  words[R.RFLAGS + 1] = 0
  words[R.CS] = mode === 64 ? userCs : user32Cs
  words[R.SS] = userDs
  words[R.CS + 1] = words[R.SS + 1] = 0
}

/** What a handler, or a signal on the way out, may do to pt_regs. */
function randomHandling(random: SeededRandom, words: Uint32Array, kernel: ArchKernel, scope: 'result' | 'all' | 'any'): boolean {
  const { userCs, user32Cs, userDs } = kernel.profile.selectors
  const i386 = kernel.profile.kernel === 'i386'
  const kind = random.u32() % 12
  words[R.RAX] = random.u32()
  words[R.RAX + 1] = i386 ? 0 : random.u32() & 1 ? 0xffffffff : 0
  if (scope === 'result' || (kind < 6 && scope === 'any')) return false
  const change = random.u32()
  if (change & 1) words[R.RIP] = random.u32()
  if (change & 2 && !i386) words[R.RIP + 1] = randomHalf(random)
  if (change & 4) words[R.RFLAGS] = 2 | (random.u32() & 0x3f7fd5)
  if (change & 8) words[R.CS] = [userCs | 3, user32Cs, 0x63, 0x67, 0x23, 3, kernel.profile.selectors.kernelCs | 3][random.u32() % 7]!
  if (change & 16) words[R.SS] = [userDs, userDs, 0x63, 0x67, 0x2b, 3, kernel.profile.selectors.kernelDs | 3][random.u32() % 7]!
  if (change & 32) words[R.RCX] = random.u32()
  if (change & 64) words[R.R11 + (i386 ? 14 : 0)] = random.u32()
  if (change & 256) for (const reg of i386 ? [R.RBX, R.RBP] : [R.RBX, R.RBP, R.R12, R.R13, R.R14, R.R15]) words[reg] = random.u32()
  if (change & 128) { // a clean return elsewhere
    words[R.RCX] = words[R.RIP]!
    words[R.RCX + 1] = words[R.RIP + 1]!
  }
  return true
}

interface Stage {
  way: number
  kind: 'dispatch' | 'exitWork'
  before: Uint32Array
  after: Uint32Array
  entry: string
}

/** Registers that PUSH_AND_CLEAR_REGS clears, without the two that take arguments. */
export const CLEARED: readonly number[] = [R.RCX, R.RDX, R.R8, R.R9, R.R10, R.R11, R.RBX, R.RBP, R.R12, R.R13, R.R14, R.R15]

/** Slots of pt_regs that a kernel has saved for a way in, as word indices; null for all. */
export type SavedSlots = (path: PathCase, way: number) => readonly number[] | null

/** Runs one way in from random states on the fast path and in steps, and compares. */
export class Equivalence {
  readonly fast: ReturnType<typeof machineOf>
  readonly slow: ReturnType<typeof machineOf>
  /** Ways out and kinds of entry that were seen, with counts. */
  readonly seen = new Map<string, number>()
  private readonly stages: Stage[] = []
  private at = 0
  private failure = ''
  private readonly stepper: Stepper
  private current: PathCase | null = null

  private readonly kernel: ArchKernel
  private readonly savedSlots: SavedSlots

  /** @param savedSlots for kernels that save a part of pt_regs only: words that count, by way in; null for all */
  constructor(kernel: ArchKernel, program: KernelProgram, options: CpuStateOptions, savedSlots: SavedSlots = () => null) {
    this.kernel = kernel
    this.savedSlots = savedSlots
    this.fast = machineOf(kernel, options)
    this.slow = machineOf(kernel, options)
    const host: StepHost = {
      dispatch: (cpu, regs) => this.stage('dispatch', cpu, regs),
      exitWork: (cpu, regs) => this.stage('exitWork', cpu, regs),
      readUser32: (address) => this.readUser32(address),
      workPending: () => this.workPending(),
    }
    this.stepper = new Stepper(this.slow.cpu, program, host)
  }

  private readUser32(address: number): number {
    return (address & 0x70) === 0 ? -1 : (Math.imul(address, 0x9e3779b1) >>> 0)
  }

  /** Kernels that ask before: work there is where the fast path's task was changed. */
  private workPending(): boolean {
    const next = this.stages[this.at]
    if (next === undefined || next.kind !== 'exitWork' || next.way === WAY.none) return true
    this.at++
    return false
  }

  private words(m: { memory: { u32: Uint32Array }; regs: number }): Uint32Array {
    return m.memory.u32.subarray(m.regs >>> 2, (m.regs >>> 2) + THREAD.fpu / 4)
  }

  private entryOf(cpu: CpuState): string {
    return `${cpu.entry.abi} ${cpu.entry.nr} ${cpu.entry.args[5]} | ${cpu.exception.vector} ${cpu.exception.errorCode} ${cpu.exception.address}`
  }

  private record(kind: Stage['kind'], random: SeededRandom): void {
    const words = this.words(this.fast)
    const before = words.slice(0, WORDS)
    const scope = !this.partial ? 'any' : kind === 'dispatch' ? 'result' : 'all'
    if ((kind === 'dispatch' || (random.u32() & 3) === 0) && randomHandling(random, words, this.kernel, scope) && this.kernel.profile.differences.sysret === 'unless-work')
      words[R.WAY_SLOT] = WAY.none
    this.stages.push({ kind, before, after: words.slice(0, WORDS), way: words[R.WAY_SLOT]!, entry: this.entryOf(this.fast.cpu) })
  }

  private stage(kind: Stage['kind'], cpu: CpuState, regs: number): boolean {
    const expected = this.stages[this.at++]
    if (this.failure !== '') return true
    if (expected === undefined || expected.kind !== kind) {
      this.failure = `stage ${this.at}: steps ${kind}, fast path ${expected?.kind ?? 'nothing'}`
      return true
    }
    const words = cpu.memory.u32.subarray(regs >>> 2, (regs >>> 2) + WORDS)
    const saved = kind === 'dispatch' && this.at === 1 ? this.savedSlots(this.current!, this.wayAtStart) : null // all of it by then
    for (let i = 0; i < WORDS; i++)
      if (words[i] !== expected.before[i] && !this.isForeign(i) && (saved === null || saved.includes(i & ~1))) this.failure ||= `pt_regs word ${i} at ${kind} ${this.at}: steps ${words[i]!.toString(16)}, fast path ${expected.before[i]!.toString(16)}`
    if (kind === 'dispatch') {
      if (this.entryOf(cpu) !== expected.entry) this.failure ||= `entry: steps ${this.entryOf(cpu)}, fast path ${expected.entry}`
      this.failure ||= this.kernelState(cpu, regs)
    }
    for (let i = 0; i < WORDS; i++) if (saved === null || saved.includes(i & ~1)) words[i] = expected.after[i]! // what is not saved C cannot change
    cpu.memory.u32[(regs >>> 2) + R.WAY_SLOT] = expected.way
    return true
  }

  /** Checks what entry code owes to C code; overridden by what a kernel promises. */
  kernelState(cpu: CpuState, regs: number): string {
    const k = this.stepper.kernel
    if (this.kernel.profile.kernel === 'i386') return this.kernelState32(cpu)
    const partial = this.partial && this.at === 1 && this.wayAtStart !== WAY.exception ? R.R11 * 4 : 0
    if (k.address(R.RSP) !== cpu.address(regs) + partial) return 'rsp is not pt_regs'
    if (partial !== 0 && (k.low(R.RFLAGS) & 0x200) === 0 && (this.wayAtStart !== WAY.sysenter32 || (cpu.memory.u32[(k.regs + R.RFLAGS * 4) >>> 2]! & 0x44100) === 0)) return 'interrupts are off'
    const argument = this.argumentOf(this.wayAtStart, this.at)
    if (argument >= 0 && k.address(argument) !== cpu.address(regs)) return 'the argument is not pt_regs'
    if (k.gsBase() !== cpu.address(cpu.base + CPU.percpu)) return 'gs is not the per-CPU base'
    if ((k.low(R.CS) & 3) !== 0) return 'not in ring 0'
    if ((k.low(R.RFLAGS) & this.current!.kernelFlagsClear) !== 0) return `kernel flags ${k.low(R.RFLAGS).toString(16)}`
    for (const reg of this.cleared(this.at > 1 && this.wayAtStart !== WAY.exception ? WAY.exception : this.wayAtStart)) if ((k.low(reg) | k.high(reg)) !== 0) return `register ${reg} was not cleared`
    if (!this.checkSecond(this.wayAtStart, this.at)) return ''
    const [low, high] = this.secondArgument(cpu, regs)
    return (k.low(R.RSI) | 0) === low && (k.high(R.RSI) | 0) === high ? '' : `rsi ${k.high(R.RSI)} ${k.low(R.RSI)}, expected ${high} ${low}`
  }

  /** i386: esp is where pt_regs belongs, and the kernel's segments are loaded. */
  private kernelState32(cpu: CpuState): string {
    const k = this.stepper.kernel
    const layout = frameLayout(cpu.profile)
    const { kernelDs, userDs, kernelCs } = cpu.profile.selectors
    const saved = cpu.profile.differences.frameSegments
    const data = saved === 'ds es' ? kernelDs : userDs
    if (k.low(R.RSP) !== cpu.address(stackTop32(cpu) - layout.size)) return 'esp is not pt_regs'
    if (k.low(R.CS) !== kernelCs || k.low(R.SS) !== kernelDs) return 'cs or ss is not the kernel’s'
    if ((k.low(R.RFLAGS) & this.current!.kernelFlagsClear) !== 0) return `kernel flags ${k.low(R.RFLAGS).toString(16)}`
    const selectors = cpu.memory.u32.subarray((k.file >>> 2) + 54, (k.file >>> 2) + 56)
    if (selectors[0] !== (data | (data << 16))) return 'ds or es is not the kernel’s'
    if (saved !== 'ds es' && (selectors[1]! & 0xffff) !== 27 * 8) return 'fs is not the per-CPU segment'
    if (saved === 'ds es fs gs' && selectors[1]! >>> 16 !== 28 * 8) return 'gs is not the canary’s'
    if (this.isException() && k.low(R.RDX) !== cpu.exception.errorCode && cpu.exception.vector !== 32) return 'edx is not the error code'
    return ''
  }

  private isException(): boolean {
    return this.wayAtStart === WAY.exception || this.at > 1
  }

  /** What rsi holds when C code starts: a 64-bit call's number, an exception's error code, or nothing. */
  private secondArgument(cpu: CpuState, regs: number): readonly [number, number] {
    const { wayAtStart } = this
    if (wayAtStart === WAY.exception || this.at > 1) return [cpu.exception.errorCode, 0]
    if (wayAtStart !== WAY.syscall64) return [0, 0]
    const at = (regs >>> 2) + R.ORIG_RAX
    const low = cpu.memory.i32[at]!
    return [low, this.kernel.profile.differences.numberWidth === 'long' ? cpu.memory.i32[at + 1]! : low >> 31]
  }
  /** Registers that this kernel has cleared when C starts, by symbol of entry. */
  cleared: (way: number) => readonly number[] = () => CLEARED
  /** Register that points to pt_regs when C starts; -1 for none. */
  argumentOf: (way: number, stage: number) => number = () => R.RDI
  /** Whether rsi is the second argument, or clear, when C starts. */
  checkSecond: (way: number, stage: number) => boolean = () => true
  /** Handlers change rax only, because their frame is a part of pt_regs; what changes more is work on the way out. */
  partial = false
  /** IRET leaves by way of the entry stack. */
  iretTrampoline = false

  /** One state. Returns '' or how they differ. */
  run(path: PathCase, seed: number): string {
    const random = new SeededRandom(seed)
    this.current = path
    const { fast, slow, kernel } = this
    const words = this.words(fast)
    randomState(random, words, path.mode, kernel)
    const landing = path.mode === 32 && (random.u32() & 31) !== 0 ? 0xf7fc8579 : randomHalf(random)
    for (const m of [fast, slow]) {
      const u32 = m.memory.u32
      const t = m.regs >>> 2
      u32[t + 192] = landing
      u32[t + 193] = path.mode === 64 ? 0x7fff : 0
      u32[t + R.WAY_SLOT] = 0
      const gs = m.cpu.address(m.cpu.base + CPU.percpu)
      u32[t + THREAD.kernelGsBase / 4] = gs >>> 0
      u32[t + THREAD.kernelGsBase / 4 + 1] = kernel.profile.kernel === 'i386' ? 0 : Math.floor(gs / 2 ** 32)
      for (let i = 0; i < 2; i++) {
        u32[t + THREAD.fsBase / 4 + i] = seed * 7 + i
        u32[t + THREAD.gsBase / 4 + i] = seed * 13 + i
      }
      const { userDs } = kernel.profile.selectors
      u32[t + 54] = userDs | (userDs << 16)
      u32[t + 55] = seed & 1 ? userDs : 0
      if (kernel.profile.kernel === 'i386') this.flatSegments(m, seed)
      m.cpu.exception.vector = m.cpu.exception.errorCode = m.cpu.exception.address = 0
    }
    const trap = path.trap(random)
    this.words(slow).set(words.subarray(0, WORDS))
    this.stepper.begin(slow.regs, trap)
    for (let i = 0; i < WORDS; i++) this.words(slow)[i] = 0xdead0000 + i // steps must write all of it

    this.stages.length = 0
    this.at = 0
    this.failure = ''
    const way = kernel.takeTrap(fast.cpu, fast.regs, trap, (a) => this.readUser32(a))
    this.wayAtStart = way
    if (way >= 0) this.record('dispatch', random)
    this.record('exitWork', random)
    let exit = kernel.exitToUser(fast.cpu, fast.regs)
    this.count(`way ${way} exit ${exit}`)
    for (let tries = 0; exit === EXIT.fault && tries < 4; tries++) {
      this.record('dispatch', random)
      this.rescue(random)
      this.record('exitWork', random)
      this.rescue(random)
      exit = kernel.exitToUser(fast.cpu, fast.regs)
    }
    for (let steps = 0; this.stepper.step(); steps++) if (steps > 600) return this.failure || 'no end'
    if (this.failure !== '') return this.failure
    if (this.at !== this.stages.length) return `steps came to ${this.at} stages of ${this.stages.length}`
    return this.compareUser() || this.trampoline(exit)
  }

  /** Leaving by way of the entry stack: the last words that it held. */
  private trampoline(exit: number): string {
    const { cpu, memory } = this.slow
    const top = (cpu.base + CPU.entryStack + CPU.entryStackSize) >>> 2
    const user = this.words(this.slow)
    if (cpu.profile.kernel === 'i386') return !cpu.profile.entryStack || exit !== EXIT.iret || (memory.u32[top - 1] === user[R.SS] && memory.u32[top - 2] === user[R.RSP]) ? '' : 'IRET did not leave by the entry stack'
    if (exit === EXIT.sysret64 && cpu.profile.entryStack && (memory.u32[top - 2] !== user[R.RSP] || memory.u32[top - 4] !== user[R.RDI])) return 'SYSRET did not leave by the entry stack'
    if (exit === EXIT.iret && this.iretTrampoline && (memory.u32[top - 2] !== user[R.SS] || memory.u32[top - 12] !== user[R.RDI])) return 'IRET did not leave by the entry stack'
    return ''
  }
  private wayAtStart = 0

  /** After an IRET that failed the kernel sends SIGSEGV: a frame that is good again. */
  private rescue(random: SeededRandom): void {
    const words = this.stages[this.stages.length - 1]!.after
    randomState(random, words, this.kernel.profile.kernel === 'i386' ? 32 : 64, this.kernel)
    this.words(this.fast).set(words)
  }

  private compareUser(): string {
    const a = this.fast.memory.u32, b = this.slow.memory.u32
    const ra = this.fast.regs >>> 2, rb = this.slow.regs >>> 2
    for (let i = 0; i < THREAD.fpu / 4; i++) {
      if (this.isForeign(i) || i === R.ORIG_RAX || i === R.ORIG_RAX + 1 || i === 57 || (i >= 42 && i < 48)) continue
      if (a[ra + i] !== b[rb + i]) return `user word ${i}: steps ${b[rb + i]!.toString(16)}, fast path ${a[ra + i]!.toString(16)}`
    }
    return ''
  }

  /** i386: fs flat or null, gs flat, null or TLS; the hidden bases are what the selectors say. */
  private flatSegments(m: ReturnType<typeof machineOf>, seed: number): void {
    const { u32 } = m.memory
    const t = m.regs >>> 2
    const { tlsMin } = m.cpu.profile
    u32[t + 54] = (seed & 4 ? m.cpu.profile.selectors.userDs : 0) | (seed & 8 ? m.cpu.profile.selectors.userDs << 16 : 0)
    u32.fill(0, t + THREAD.fsBase / 4, t + THREAD.kernelGsBase / 4)
    u32[t + THREAD.tls / 4] = 0x5678ffff
    u32[t + THREAD.tls / 4 + 1] = 0x12cff334
    switchTo(m.cpu, m.regs, m.task + 4 * 4096)
    if (tlsMin === 0 || (seed & 2) === 0) return
    u32[t + 55] = (u32[t + 55]! & 0xffff) | ((tlsMin * 8 + 3) << 16)
    u32[t + THREAD.gsBase / 4] = 0x12345678
  }

  /** Words that an i386 kernel does not have: r8 to r15. */
  private isForeign(i: number): boolean {
    return this.kernel.profile.kernel === 'i386' && (i < 8 || (i >= 12 && i < 20))
  }

  private count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1)
  }
}

/** A kernel, its steps, and the ways in that it has. */
export interface Profile {
  name: string
  kernel: ArchKernel
  program: () => KernelProgram
  paths: PathCase[]
  /** Steps whose effect is overwritten before anybody can see it, as "symbol text", each with the reason. */
  dead: Record<string, string>
  savedSlots?: SavedSlots
  /** Registers that are clear when C starts, by way in; all by default. */
  cleared?: (way: number) => readonly number[]
  checkSecond?: (way: number, stage: number) => boolean
  iretTrampoline?: boolean
  partial?: boolean
  argumentOf?: (way: number, stage: number) => number
}

function equivalenceOf(profile: Profile, path: PathCase, program: KernelProgram): Equivalence {
  const e = new Equivalence(profile.kernel, program, path.options ?? {}, profile.savedSlots)
  if (profile.cleared !== undefined) e.cleared = profile.cleared
  if (profile.argumentOf !== undefined) e.argumentOf = profile.argumentOf
  if (profile.checkSecond !== undefined) e.checkSecond = profile.checkSecond
  e.partial = profile.partial ?? false
  e.iretTrampoline = profile.iretTrampoline ?? false
  return e
}

/** Compares `count` random states of a path. Returns the first difference, or ''. */
export function compareStates(profile: Profile, path: PathCase, count: number): string {
  const e = equivalenceOf(profile, path, profile.program())
  for (let seed = 1; seed <= count; seed++) {
    const difference = e.run(path, seed)
    if (difference !== '') return `seed ${seed}: ${difference}`
  }
  return ''
}

/** Leaves out each step of a profile in turn. Returns those that no path notices within 400 states, as "symbol text". */
export function everyMutantIsCaught(profile: Profile): string[] {
  const whole = profile.program()
  const steps = [...whole.steps]
  const runs = profile.paths.map((path) => ({ path, e: equivalenceOf(profile, path, { steps, symbols: whole.symbols }), visited: new Set<number>() }))
  for (const { path, e, visited } of runs) {
    whole.steps.forEach((step, i) => { steps[i] = { ...step, run: (k) => (visited.add(i), step.run(k)) } })
    if (caught(e, path)) throw new Error(`${path.name} differs with nothing left out`)
  }
  const missed: string[] = []
  whole.steps.forEach((step, i) => { steps[i] = step })
  whole.steps.forEach((step, i) => {
    steps[i] = { ...step, run: () => undefined }
    if (!runs.some(({ path, e, visited }) => visited.has(i) && caught(e, path))) missed.push(`${step.at} ${step.what.replace(/[:,].*/, '')}`)
    steps[i] = step
  })
  return missed
}

function caught(e: Equivalence, path: PathCase): boolean {
  for (let seed = 1; seed <= 400; seed++) {
    try {
      if (e.run(path, seed) !== '') return true
    } catch {
      return true // a step that pushes nowhere, or a path without an end
    }
  }
  return false
}
