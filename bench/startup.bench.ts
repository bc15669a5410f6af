/** From the command line to the end of hello, beside Node's own start. */
import { spawnSync } from 'node:child_process'
import { build } from 'esbuild'
import { measure } from './measure.js'

const command = 'build/bench/cli/main.js'
await build({ entryPoints: ['src/cli/main.ts'], outfile: command, bundle: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external', logLevel: 'error' })

function milliseconds(args: readonly string[]): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${args.join(' ')}: ${status}: ${stderr}`)
  return performance.now() - started
}

const own: number[] = []
await measure('Start-up', [
  { name: "Node's own", unit: 'ms', times: 11, read: () => {
    own.push(milliseconds(['-e', '0']))
    return own.at(-1)!
  } },
  { name: 'hello of x86_64, above that', unit: 'ms', times: 11, aim: 25, read: () => milliseconds([command, 'run', 'fixtures/bin/x86_64/hello-asm']) - Math.min(...own) },
  { name: 'hello of i386, above that', unit: 'ms', times: 11, aim: 25, read: () => milliseconds([command, 'run', 'fixtures/bin/i386/hello-asm']) - Math.min(...own) },
])
