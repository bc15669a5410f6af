import { KernelPanic } from '../../base/errors.js'
import { TRAP, type Trap } from '../cpu-port.js'
import { PT_REGS_SIZE, THREAD } from '../x86/context-layout.js'
import { CPU } from '../x86/cpu-layout.js'
import type { CpuState } from '../x86/cpu-state.js'
import { interrupt } from '../x86/gates/interrupt.js'
import { cplOf } from '../x86/gates/stack.js'
import { syscallInstruction, sysenter } from '../x86/gates/syscall.js'
import { isFault } from '../x86/iret-check.js'
import { symbolAddress } from '../x86/profile.js'
import { slotAddress } from '../x86/words.js'
import { KernelCpu, R, type StepHost } from './kernel-cpu.js'
import { type KernelProgram, WAIT } from './program.js'

/** What one step did. */
export interface StepRecord {
  /** Symbol and number of the step in it, as entry_SYSCALL_64+3; `hardware` for the processor's own act. */
  readonly symbol: string
  readonly what: string
  /** Privilege level after it. */
  readonly cpl: number
  /** Base of gs after it, as an address. */
  readonly gsBase: number
  /** rsp after it; an address. */
  readonly rsp: number
  /** Bytes that it pushed: from rsp upwards. */
  readonly pushed: Uint8Array
  /** The task sleeps in this step; the next call asks again. */
  readonly waiting: boolean
}

/** Vectors that push an error code (Intel SDM volume 3, table 6-1). */
const WITH_ERROR_CODE = /* @__PURE__ */ new Set([8, 10, 11, 12, 13, 14, 17, 21, 29, 30])
const MOST_PUSHED = 64

/**
 * Walks one trap of user code through the kernel, a step at a time, on a register set of its own, until user code would
 * go on. The bytes on the stacks are real ones.
 *
 * @example
 * const walk = new Stepper(cpu, program, host)
 * walk.begin(regs, trap)
 * for (let r = walk.next(); r !== null; r = walk.next()) console.log(r.symbol, r.what)
 */
export class Stepper {
  readonly kernel: KernelCpu
  private readonly cpu: CpuState
  private readonly program: KernelProgram
  private readonly addresses = new Map<number, number>()
  private trap: Readonly<Trap> | null = null
  private at = -1
  private active = false
  private waiting = false
  private what = ''

  constructor(cpu: CpuState, program: KernelProgram, host: StepHost) {
    this.cpu = cpu
    this.program = program
    this.kernel = new KernelCpu(cpu, host)
    for (const symbol of cpu.profile.symbols) {
      const i = program.symbols.get(symbol)
      if (i !== undefined) this.addresses.set(symbolAddress(cpu.profile, symbol), i)
    }
  }

  /** Takes over the user's registers at `regs`; the first step is the hardware's. */
  begin(regs: number, trap: Readonly<Trap>): void {
    const { cpu, kernel } = this
    const { u8, u32 } = cpu.memory
    u8.copyWithin(kernel.file, regs, regs + PT_REGS_SIZE)
    u8.copyWithin(kernel.file + THREAD.fsBase, regs + THREAD.fsBase, regs + THREAD.way)
    u32[(kernel.file + THREAD.zero) >>> 2] = 0
    const percpu = cpu.address(cpu.base + CPU.percpu)
    u32[(kernel.file + THREAD.kernelGsBase) >>> 2] = percpu >>> 0 // what the last exit to user mode left in the MSR
    u32[(kernel.file + THREAD.kernelGsBase + 4) >>> 2] = Math.floor(percpu / 0x100000000)
    kernel.regs = regs
    kernel.length = trap.length
    this.trap = { ...trap }
    this.at = -1
    this.active = true
  }

  /** Does the next step without telling of it. False when user code runs again. */
  step(): boolean {
    if (!this.active) return false
    this.waiting = false
    if (this.at < 0) this.what = this.hardware()
    else {
      const step = this.program.steps[this.at]
      if (step === undefined) throw new KernelPanic('the entry path has no end')
      this.waiting = this.run(step.run)
    }
    if (cplOf(this.cpu, this.kernel.file) === 3) this.end()
    return true
  }

  /** Does the next step. Null when user code runs again: its registers are back at `regs`. */
  next(): StepRecord | null {
    if (!this.active) return null
    const { kernel, cpu } = this
    const before = kernel.address(R.RSP)
    const { at, program } = this
    this.step()
    const step = at < 0 ? undefined : program.steps[at]
    const symbol = step === undefined ? 'hardware' : `${step.at}+${at - program.symbols.get(step.at)!}`
    const rsp = kernel.address(R.RSP)
    const grown = before - rsp
    const offset = cpu.offset(rsp)
    const pushed = grown > 0 && grown <= MOST_PUSHED ? cpu.memory.u8.slice(offset, offset + grown) : new Uint8Array(0)
    return { symbol, what: step === undefined ? this.what : step.what, cpl: cplOf(cpu, kernel.file), gsBase: kernel.gsBase(), rsp, pushed, waiting: this.waiting }
  }

  private run(effect: KernelProgram['steps'][number]['run']): boolean {
    const to = effect(this.kernel)
    if (to === WAIT) return true
    if (typeof to === 'string') this.at = this.program.symbols.get(to) ?? -2
    else if (typeof to === 'number') this.raise(to >>> 16, to & 0xffff)
    else this.at++
    if (this.at === -2) throw new KernelPanic(`no such symbol: ${String(to)}`)
    return false
  }

  /** The processor's own act on the trap that {@link begin} was given. */
  private hardware(): string {
    const trap = this.trap!
    const { cpu, kernel } = this
    let fault = -1
    let what: string
    switch (trap.kind) {
      case TRAP.syscall:
        fault = syscallInstruction(cpu, kernel.file, trap.length)
        what = 'SYSCALL: rcx takes rip, r11 the flags; cs, ss and rip come from MSRs, SFMASK clears flags'
        break
      case TRAP.sysenter:
        fault = sysenter(cpu, kernel.file)
        what = 'SYSENTER: cs, ss, rsp and rip come from MSRs; nothing is saved'
        break
      case TRAP.int:
        what = `INT ${trap.vector}: through the gate; ss, rsp, flags, cs and rip are pushed`
        this.advance(trap.length)
        fault = interrupt(cpu, kernel.file, trap.vector, { software: true, int1: trap.software === 'int1', errorCode: -1, resume: false })
        if (fault >= 0) this.advance(-trap.length)
        else if (trap.vector !== 0x80) this.note(trap.vector, 0)
        break
      default:
        what = `exception ${trap.vector}: through the gate`
        this.raise(trap.vector, trap.errorCode)
        if (trap.vector === 14) cpu.setCr2(trap.address)
        return what
    }
    if (fault >= 0) {
      this.raise(fault >>> 16, fault & 0xffff)
      return `${what.slice(0, what.indexOf(':'))} is refused: exception ${fault >>> 16}`
    }
    this.follow()
    return what
  }

  private raise(vector: number, errorCode: number): void {
    const code = WITH_ERROR_CODE.has(vector) ? errorCode : -1
    const fault = interrupt(this.cpu, this.kernel.file, vector, { software: false, errorCode: code, resume: isFault(vector) })
    if (fault >= 0) throw new KernelPanic(`no handler for exception ${vector}`)
    this.note(vector, code < 0 ? 0 : code)
    this.follow()
  }

  private note(vector: number, errorCode: number): void {
    const e = this.cpu.exception
    e.vector = vector
    e.errorCode = errorCode
    e.address = vector === 14 ? this.trap!.address : 0
  }

  /** Goes on at the symbol that rip points to. */
  private follow(): void {
    const rip = slotAddress(this.cpu.memory, this.kernel.file + R.RIP * 4)
    const at = this.addresses.get(rip)
    if (at === undefined) throw new KernelPanic(`hardware jumped to ${rip.toString(16)}, where no entry point is`)
    this.at = at
  }

  private advance(length: number): void {
    const { kernel } = this
    const next = kernel.low(R.RIP) + length
    const carry = next > 0xffffffff ? 1 : next < 0 ? -1 : 0
    kernel.set(R.RIP, next, kernel.high(R.RIP) + (kernel.low(R.CS) === 0x33 ? carry : 0))
  }

  private end(): void {
    const { u8, u32 } = this.cpu.memory
    const { file, regs } = this.kernel
    const orig = [u32[(regs >>> 2) + R.ORIG_RAX]!, u32[(regs >>> 2) + R.ORIG_RAX + 1]!] as const
    u8.copyWithin(regs, file, file + PT_REGS_SIZE)
    u32[(regs >>> 2) + R.ORIG_RAX] = orig[0] // no register of user code
    u32[(regs >>> 2) + R.ORIG_RAX + 1] = orig[1]
    u8.copyWithin(regs + THREAD.fsBase, file + THREAD.fsBase, file + THREAD.way)
    u32[(regs >>> 2) + R.WAY_SLOT] = 0
    this.active = false
  }
}
