/** The whole machine: runs a static Linux program with its system calls shown as strace shows them. */
import { readFileSync } from 'node:fs'
import { createLinux } from 'syscallkit/presets/current'
import { attachStrace } from 'syscallkit/trace'

const machine = createLinux({ stdout: (bytes) => console.log(new TextDecoder().decode(bytes)) })
attachStrace(machine, { write: (line) => console.log(line) })
machine.spawn(readFileSync('fixtures/bin/x86_64/hello-asm'), { path: '/hello', argv: ['hello'] })
const { status, instructions } = await machine.run()
console.log(`exit status ${status} after ${instructions} instructions`)
