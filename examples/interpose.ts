/** Hooks on system calls: watch one, deny one, replace one. */
import { readFileSync } from 'node:fs'
import { createLinux } from 'syscallkit/presets/current'
import { interpose, write } from 'syscallkit/syscalls'

const EPERM = 1
const machine = createLinux({ stdout: (bytes) => console.log(`the guest wrote: ${new TextDecoder().decode(bytes).trimEnd()}`) })
const { tables } = machine.calls
tables.x86_64 = interpose(tables.x86_64!, write, {
  before: (_task, fd, _buf, count) => void console.log(`write to ${fd}, ${count} bytes`), // arguments are typed by the definition
  after: (_task, result) => void console.log(`write gave ${result}`),
})
tables.x86_64 = interpose(tables.x86_64, 'exit_group', { replace: (task) => {
  task.kernel.exitGroup(task.group, 7 << 8)
  return 0
} })
machine.spawn(readFileSync('fixtures/bin/x86_64/hello-asm'), { path: '/hello' })
console.log(`exit status ${(await machine.run()).status}`)

const second = createLinux({ stdout: (bytes) => console.log(bytes) })
second.calls.tables.x86_64 = interpose(second.calls.tables.x86_64!, 'write', { deny: EPERM })
second.spawn(readFileSync('fixtures/bin/x86_64/hello-asm'), { path: '/hello' })
console.log(`with write denied: exit status ${(await second.run()).status}`)
