/**
 * The laboratory on Linux 5.4.34: stops behind the call of listen(2)'s routine, shows how the kernel stack was filled on
 * the way there, what lies on it, and the way back to user code.
 */
import { readFileSync } from 'node:fs'
import { createLinux } from 'syscallkit/presets/current'
import { labs } from 'syscallkit/presets/labs'
import { PT_REGS } from 'syscallkit/x86_64'
import type { MachineStep } from 'syscallkit/machine'

const machine = createLinux({ lab: labs['5.4.34'], stepping: true, stdout: () => {} })
machine.spawn(readFileSync('fixtures/bin/x86_64/listen'), { path: '/listen' })

const show = ({ symbol, what, pushed }: MachineStep): void => {
  const bytes = pushed.length === 8 ? `  -> ${Buffer.from(pushed).readBigUInt64LE().toString(16)}` : ''
  console.log(`${symbol.padEnd(30)} ${what}${bytes}`)
}

let way: MachineStep[] = [] // since the last trap
for (let step = machine.step({ maxInstructions: 10_000 }); step !== null; step = machine.step({ maxInstructions: 10_000 })) {
  if (step.kind === 'hardware') way = []
  way.push(step)
  if (step.routine === '__x64_sys_listen') break
}
way.forEach(show)

const { task, routine } = way.at(-1)!
const { view } = machine.memory
console.log(`\n${routine} has run; pt_regs:`)
for (const [name, at] of Object.entries(PT_REGS)) {
  const value = view.getBigUint64(task!.regs + at, true)
  console.log(`  ${String(at).padStart(3)}  ${name.padEnd(8)} ${value.toString(16)}`)
}

console.log('\nand back:')
for (let step = machine.step(); step !== null; step = machine.step()) {
  show(step)
  if (step.cpl === 3) break
}
