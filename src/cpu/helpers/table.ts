import type { HELPER } from '../decode/helpers.js'
import type { HelperFunction } from './result.js'
import {
  describe, describeMemory, farCall, farCallMemory, farJump, farJumpMemory, farReturn, iret, loadFar, loadSegment, loadSegmentMemory, popSegment,
} from './segments.js'
import {
  arpl, arplMemory, bound, breakpoint, cpuidInstruction, enter, interrupt, into, near16, near16Memory, rdtsc, rdtscp, xlat,
} from './system.js'

const BY_NAME: Record<keyof typeof HELPER, HelperFunction> = {
  interrupt, breakpoint, cpuid: cpuidInstruction, rdtsc, rdtscp, loadSegment, loadSegmentMemory, popSegment, loadFar,
  farJump, farCall, farJumpMemory, farCallMemory, farReturn, iret, bound, enter, xlat, into, describe, describeMemory, arpl, arplMemory, near16, near16Memory,
}

/** Instructions in TypeScript by their number in `numbers`. */
export function helperTable(numbers: typeof HELPER): readonly HelperFunction[] {
  const table: HelperFunction[] = []
  for (const [name, f] of Object.entries(BY_NAME)) {
    const n = Object.entries(numbers).find(([k]) => k === name)?.[1]
    if (n !== undefined) table[n] = f
  }
  return table
}
