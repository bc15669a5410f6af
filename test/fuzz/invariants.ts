/** The check of a kernel that random calls are made in. */
import { checkInvariants, checkMappings } from '../../src/kernel/invariants.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import { collect, checkSockets } from './net-invariants.js'

/** Calls that change sockets. */
const ON_SOCKETS = /socket|accept|bind|connect|listen|send|recv|shutdown|^close|^dup|write|read|^exit/

/**
 * A check for every call: the mappings of the task that made it, after calls on sockets those and the stack, and after
 * each `every`th call all of both and the prototypes of JavaScript's own objects.
 *
 * @throws Error that says what does not hold
 */
export function invariantsEvery(every: number): (kernel: Kernel, call: string) => void {
  const before = prototypes()
  let calls = 0
  return (kernel, call) => {
    const task = kernel.scheduler.current
    const wrong = task === null || task.state === 'zombie' || task.state === 'dead' ? [] : checkMappings(task.mm)
    const all = ++calls % every === 0
    if (all || ON_SOCKETS.test(call)) wrong.push(...checkSockets(kernel))
    if (all) {
      collect(kernel)
      wrong.push(...checkInvariants(kernel))
      if (prototypes() !== before) wrong.push('a prototype has changed')
    }
    if (wrong.length > 0) throw new Error(`invariants: ${wrong.slice(0, 5).join('; ')}`)
  }
}

/** What a guest could have put into the prototypes that everything inherits from. */
function prototypes(): string {
  return [Object.prototype, Array.prototype, Function.prototype, Map.prototype].map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join('; ')
}
