import { PT_REGS } from '../arch/x86/context-layout.js'
import { TRAP, type Cpu } from '../arch/cpu-port.js'
import { BLOCK_LIMIT, CONTROL, FIELD, OP_SIZE, REASON } from './control.js'
import type { Engine } from './engine.js'
import { HELPED, type HelperFunction } from './helpers/result.js'

/** Instructions between two returns from the executor at most: a function that never returns is never optimised. */
const SLICE = 1 << 18
const TF = 0x100

/**
 * Makes the port's `run` for an engine: executor, what it asks of TypeScript, traps, until the host stops it. A function
 * for each engine, so that V8 compiles all that does not change of it as constants (`run` is what most traps pass).
 *
 * @param helpers instructions in TypeScript, by the numbers of HELPER
 */
export function createRunLoop(c: Engine, helpers: readonly HelperFunction[]): Cpu['run'] {
  const { memory, host, executor } = c
  /** A breakpoint was reported at this address: the next run goes over it. */
  let stoppedAt = NaN

  /** #DB after an instruction that ran with TF. */
  function debugTrap(): boolean {
    c.fault(1, 0, 0)
    const go = host.trap(c.takeFault(c.address(PT_REGS.rip)))
    c.followMode()
    return go
  }

  return function run(regs: number, is64: boolean, budget: number): number {
    c.regs = regs
    c.setMode(is64)
    c.clearResume()
    let left = budget
    while (true) {
      if (left <= 0) {
        c.trap.kind = TRAP.budget
        c.trap.vector = c.trap.errorCode = c.trap.address = c.trap.length = 0
        host.trap(c.trap)
        return budget - left
      }
      const flags = c.u32(PT_REGS.rflags)
      c.followAlignment(flags)
      const tracing = (flags & TF) !== 0
      const over = c.breakpoints.size > 0 && c.address(PT_REGS.rip) === stoppedAt
      stoppedAt = NaN
      const single = tracing || over || left < BLOCK_LIMIT
      let start = 0
      if (single) {
        start = c.block(true, over)
        if (start === 0) {
          if (!host.trap(c.takeFault(c.address(PT_REGS.rip)))) return budget - left
          c.followMode()
          continue
        }
        start += OP_SIZE
      }
      const slice = tracing ? 1 : left < SLICE ? left : SLICE
      memory.i32[CONTROL.op >>> 2] = start
      c.running = true
      const reason = executor.run(regs, c.is64 ? 1 : 0, slice - BLOCK_LIMIT, start)
      c.running = false
      const rest = memory.i32[CONTROL.left >>> 2]! + BLOCK_LIMIT
      left -= slice - rest
      if (reason >= REASON.gate) {
        if (!host.trap(c.takeGate(reason))) return budget - left
        c.followMode()
        continue
      }
      if (reason === REASON.resolve) {
        if (tracing) {
          if (!debugTrap()) return budget - left
          continue
        }
        if (single || rest < BLOCK_LIMIT) continue
        if (!c.resolve() && !host.trap(c.takeFault(c.address(PT_REGS.rip)))) return budget - left
        c.followMode()
        continue
      }
      const op = memory.u32[CONTROL.op >>> 2]!
      left -= memory.u8[op + FIELD.before]!
      const rip = c.ripOf(op)
      if (reason === REASON.fault) {
        if (!host.trap(c.takeFault(rip))) return budget - left
        c.followMode()
        continue
      }
      const next = c.wrap(rip + memory.u8[op + FIELD.length]!)
      const helped = helpers[c.imm(op)]!(c, op, next)
      if (helped === HELPED.fault) {
        if (!host.trap(c.takeFault(rip))) return budget - left
        c.followMode()
      } else if (helped === HELPED.trap) {
        c.putAddress(PT_REGS.rip, rip)
        if (c.trap.kind === TRAP.breakpoint) stoppedAt = rip
        else left--
        if (!host.trap(c.trap)) return budget - left
        c.followMode()
      } else {
        left--
        if (helped !== HELPED.jumped) c.putAddress(PT_REGS.rip, next)
        if (tracing && helped !== HELPED.shadowed && !debugTrap()) return budget - left
      }
    }
  }
}
