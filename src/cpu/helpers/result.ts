import type { Engine } from '../engine.js'

/** What an instruction in TypeScript leaves to the run loop. */
export const HELPED = {
  /** It retired; rip goes to the next instruction. */
  next: 0,
  /** It retired and set rip itself. */
  jumped: 1,
  /** It faulted; the control block says how. */
  fault: 2,
  /** It is a trap: the record is filled but for rip, which stays at the instruction. */
  trap: 3,
  /** As `next`, and no single-step trap comes before the instruction after it (Intel SDM volume 3, 7.8.3: MOV and POP to SS). */
  shadowed: 4,
} as const

/** An instruction in TypeScript. `op` is its op, `next` the address of the instruction after it. */
export type HelperFunction = (c: Engine, op: number, next: number) => number

/** Records a fault and answers {@link HELPED}.fault. */
export function faulted(c: Engine, vector: number, errorCode = 0): number {
  c.fault(vector, errorCode, 0)
  return HELPED.fault
}
