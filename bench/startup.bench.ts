/** From the command line to the end of hello, beside Node's own start. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { measure } from './measure.js'

const folder = 'build/bench/cli'
const command = `${folder}/main.cjs`
if (spawnSync(process.execPath, ['scripts/build-command.mjs', folder], { stdio: 'inherit' }).status !== 0) throw new Error('the command was not built')
process.env['XDG_CACHE_HOME'] = `${folder}/cache`

/** The hello of C exits with 7. */
function milliseconds(args: readonly string[]): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0 && status !== 7) throw new Error(`${args.join(' ')}: ${status}: ${stderr}`)
  return performance.now() - started
}

/** A start of the command above Node's own just before it: other work on the machine slows both. */
const above = (program: string, prepare = (): void => {}): number => {
  const own = milliseconds(['-e', '0'])
  prepare()
  return milliseconds([command, 'run', program]) - own
}
const forget = (): void => rmSync(`${folder}/cache`, { recursive: true, force: true })

await measure('Start-up', [
  { name: "Node's own", unit: 'ms', times: 15, read: () => milliseconds(['-e', '0']) },
  { name: 'hello of x86_64 the first time, above that', unit: 'ms', times: 7, read: () => above('fixtures/bin/x86_64/hello-asm', forget) },
  { name: 'hello of x86_64, above that', unit: 'ms', times: 15, aim: 25, read: () => above('fixtures/bin/x86_64/hello-asm') },
  { name: 'hello of i386, above that', unit: 'ms', times: 15, aim: 25, read: () => above('fixtures/bin/i386/hello-asm') },
  { name: 'hello of x86_64 in C with printf, above that', unit: 'ms', times: 15, read: () => above('fixtures/bin/x86_64/hello') },
])
