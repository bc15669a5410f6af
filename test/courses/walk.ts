import { createLinux, type LinuxOptions } from 'syscallkit/presets/current'
import { labs } from 'syscallkit/presets/labs'
import type { Machine, MachineStep } from 'syscallkit/machine'

/** A machine of a course's kernel, ready to step. */
export function courseMachine(kernel: keyof typeof labs, options: LinuxOptions = {}): Machine {
  return createLinux({ lab: labs[kernel], stepping: true, stdout: () => {}, ...options })
}

/** The steps of the boot. */
export function boot(machine: Machine): MachineStep[] {
  const steps: MachineStep[] = []
  for (let step = machine.step(); step?.kind === 'boot'; step = machine.step()) steps.push(step)
  return steps
}

/** The next way through the kernel: from the hardware's act to user code again, or to the end of the task. */
export function nextTrap(machine: Machine): MachineStep[] {
  const steps: MachineStep[] = []
  for (let step = machine.step(); step !== null; step = machine.step()) {
    if (step.kind === 'hardware' || step.kind === 'kernel') steps.push(step)
    if (step.cpl === 3 && steps.length > 0) break
  }
  return steps
}

/** The way through the kernel that calls a routine. */
export function wayTo(machine: Machine, routine: string): MachineStep[] {
  for (let steps = nextTrap(machine); steps.length > 0; steps = nextTrap(machine)) if (steps.some((step) => step.routine === routine)) return steps
  throw new Error(`nobody calls ${routine}`)
}

/** Symbols of steps in order, each once for each time that it is entered. */
export function symbols(steps: readonly MachineStep[]): string[] {
  return steps.map(({ symbol }) => symbol.replace(/\+\d+$/, '')).filter((symbol, i, all) => symbol !== all[i - 1])
}

/** What steps pushed, as words of `size` bytes in the order of the pushes. */
export function pushes(steps: readonly MachineStep[], size: 4 | 8): number[] {
  return steps.filter(({ kind, pushed }) => kind === 'kernel' && pushed.length === size).map(({ pushed }) => {
    const view = new DataView(pushed.buffer, pushed.byteOffset)
    return size === 4 ? view.getInt32(0, true) : Number(view.getBigInt64(0, true))
  })
}
