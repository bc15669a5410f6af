import { SyscallkitError } from '../base/errors.js'
import { executorBytes } from './executor-bytes.js'

/** What the executor exports. */
export interface Executor {
  /** See src/cpu/as/run.template.ts. */
  readonly run: (regs: number, is64: number, left: number, start: number) => number
}

/** What it imports. */
export interface ExecutorImports {
  readonly translate: (lo: number, hi: number, access: number, bytes: number) => number
}

let compiled: WebAssembly.Module | null = null

function compile(): WebAssembly.Module {
  try {
    return new WebAssembly.Module(executorBytes())
  } catch (cause) {
    throw new SyscallkitError('ERR_SYSCALLKIT_WASM', 'cpu: the executor, a WebAssembly module, could not be compiled', {
      hint: "Under a Content-Security-Policy add 'wasm-unsafe-eval' to script-src.", cause,
    })
  }
}

/**
 * Makes an executor over a memory. The module is compiled once per realm.
 *
 * @throws SyscallkitError ERR_SYSCALLKIT_WASM where WebAssembly may not be compiled
 */
export function createExecutor(memory: WebAssembly.Memory, imports: ExecutorImports): Executor {
  compiled ??= compile()
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory }, cpu: { translate: imports.translate } })
  const run = exports['run']
  if (typeof run !== 'function')
    throw new SyscallkitError('ERR_SYSCALLKIT_WASM', 'cpu: the executor has no function run', { hint: 'Build it again: node scripts/build-cpu.mjs' })
  return { run: (regs, is64, left, start) => Number(run(regs, is64, left, start)) }
}
