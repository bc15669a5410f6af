/** The whole machine where there is no Node: the program comes by fetch, its output goes to the console. */
import { SyscallkitError } from 'syscallkit'
import { createLinux } from 'syscallkit/presets/current'

try {
  const program = new Uint8Array(await (await fetch('hello')).arrayBuffer())
  let output = ''
  const decoder = new TextDecoder()
  const linux = createLinux({ stdout: (bytes) => void (output += decoder.decode(bytes, { stream: true })) })
  linux.spawn(program, { path: '/hello' })
  const { status } = await linux.run()
  console.log(`${output}status ${status}`)
} catch (error) {
  console.log(error instanceof SyscallkitError ? error.code : String(error))
}
