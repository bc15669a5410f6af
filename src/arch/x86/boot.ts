import type { CpuState } from './cpu-state.js'
import { CPU } from './cpu-layout.js'

/** One thing the kernel does to the CPU while it starts. */
export interface BootStep {
  /** The kernel function that does it. */
  readonly symbol: string
  /** What it does, in one line. */
  readonly what: string
  /** Does it. */
  readonly run: (cpu: CpuState) => void
}

/** What a boot step changed: a run of bytes from {@link CpuState.base}, before and after. */
export interface BootRecord {
  readonly symbol: string
  readonly what: string
  /** Runs of changed bytes. */
  readonly writes: readonly { at: number; before: Uint8Array; after: Uint8Array }[]
}

/** Starts the CPU: runs a kernel's boot steps (`cpu_init`, `trap_init`, `syscall_init`). */
export function bootCpu(cpu: CpuState, steps: readonly BootStep[]): void {
  for (const step of steps) step.run(cpu)
}

/**
 * Starts the CPU one step at a time, telling what each step wrote.
 *
 * @example
 * for (const { symbol, what, writes } of bootSteps(cpu, current.boot)) console.log(symbol, what, writes)
 */
export function* bootSteps(cpu: CpuState, steps: readonly BootStep[]): Generator<BootRecord> {
  for (const step of steps) {
    const before = cpu.memory.u8.slice(cpu.base, cpu.base + CPU.size)
    step.run(cpu)
    const after = cpu.memory.u8.subarray(cpu.base, cpu.base + CPU.size)
    const writes: { at: number; before: Uint8Array; after: Uint8Array }[] = []
    for (let i = 0; i < CPU.size; i++) {
      if (before[i] === after[i]) continue
      const at = i & ~7 // whole quadwords read best
      let end = at + 8
      while (end < CPU.size && different(before, after, end)) end += 8
      writes.push({ at, before: before.slice(at, end), after: after.slice(at, end) })
      i = end - 1
    }
    yield { symbol: step.symbol, what: step.what, writes }
  }
}

function different(a: Uint8Array, b: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 8; i++) if (a[i] !== b[i]) return true
  return false
}
