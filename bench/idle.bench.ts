/** What a machine costs that does nothing: frames in use, and JavaScript heap, per machine. */
import { x86_64 } from '../src/arch/x86/architecture.js'
import type { Cpu } from '../src/arch/cpu-port.js'
import { abi64 } from '../src/machine/abis.js'
import { Machine } from '../src/machine/machine.js'
import { createLinux } from '../src/presets/current.js'
import { current } from '../src/presets/profiles.js'
import { measure } from './measure.js'

const COUNT = 32

function heap(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** Keeps nothing, so all machines can have the same. */
const idleCpu: Cpu = {
  name: 'idle', modes: ['x86_64'], limits: [], attach() {}, run: () => 1,
  flush() {}, invalidate() {}, codeWritten() {}, saveFpu() {}, loadFpu() {}, setBreakpoints() {}, dispose() {},
}

/** Heap per machine in KiB, after the first ones made the code and tables that all share. */
function heapPerMachine(make: () => Machine): number {
  const kept: Machine[] = [make(), make()]
  const before = heap()
  for (let i = 0; i < COUNT; i++) kept.push(make())
  const per = (heap() - before) / COUNT / 1024
  for (const machine of kept) machine.dispose()
  return per
}

const bare = (): Machine => {
  const machine = new Machine({ arch: x86_64, profile: current, abis: [abi64], syscalls: [], cpu: idleCpu })
  machine.spawn(null)
  return machine
}
const whole = (): Machine => {
  const machine = createLinux()
  machine.spawn(null)
  return machine
}

await measure('An idle machine with one task', [
  { name: 'frames in use, bare', unit: 'KiB', times: 1, aim: 32, read: () => bare().memory.used * 4 },
  { name: 'frames in use, all subsystems and the reference CPU', unit: 'KiB', times: 1, read: () => whole().memory.used * 4 },
  { name: 'heap, bare', unit: 'KiB', times: 3, aim: 2, read: () => heapPerMachine(bare) },
  { name: 'heap, all subsystems and the reference CPU', unit: 'KiB', times: 3, read: () => heapPerMachine(whole) },
])
