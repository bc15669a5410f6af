import type { KernelCpu } from './kernel-cpu.js'

/** One instruction, or one act of C code, of a kernel's entry and exit paths. */
export interface MicroStep {
  /** The symbol it belongs to. */
  readonly at: string
  /** The instruction, or what C does, in one line. */
  readonly what: string
  /**
   * Does it. Returns the symbol to go on at; nothing to go on with the next step; `WAIT` when C code waits and is
   * to be asked again; a number of the form vector << 16 | error code when hardware refuses.
   */
  readonly run: (k: KernelCpu) => string | number | undefined | void
}

/** What a step returns while the task waits. */
export const WAIT = -1

/** A kernel's paths: all its steps in text order, symbol after symbol. */
export interface KernelProgram {
  readonly steps: readonly MicroStep[]
  /** Index of each symbol's first step. */
  readonly symbols: ReadonlyMap<string, number>
}

/** Puts lists of steps together. */
export function program(...parts: readonly (readonly MicroStep[])[]): KernelProgram {
  const steps = parts.flat()
  const symbols = new Map<string, number>()
  steps.forEach((step, i) => {
    if (!symbols.has(step.at)) symbols.set(step.at, i)
  })
  return { steps, symbols }
}

/** Steps of one symbol from pairs of text and effect. */
export function stepsOf(at: string, list: readonly (readonly [what: string, run: MicroStep['run']])[]): MicroStep[] {
  return list.map(([what, run]) => ({ at, what, run }))
}
