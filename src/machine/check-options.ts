import { SyscallkitError } from '../base/errors.js'

/** The options of a machine that are plain values, as they came: unchecked. */
export interface PlainOptions {
  readonly hostname?: unknown
  readonly maxTasks?: unknown
  readonly timeSlice?: unknown
  readonly cpuRules?: unknown
}

function refuse(path: string, expected: string, got: unknown): never {
  throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', `${path}: expected ${expected}, got ${typeof got === 'string' ? JSON.stringify(got) : String(got)}`)
}

function integer(path: string, value: unknown, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= least && Number(value) <= most)) return
  refuse(path, `an integer from ${least} to ${most}`, value)
}

/**
 * Checks the plain options of a machine; `syscallkit/config` has the same rules as a schema.
 *
 * @throws SyscallkitError ERR_SYSCALLKIT_OPTION with path, what is expected and what came
 */
export function checkOptions({ hostname, maxTasks, timeSlice, cpuRules }: PlainOptions): void {
  if (hostname !== undefined && !(typeof hostname === 'string' && /^[!-~]{1,64}$/.test(hostname)))
    refuse('hostname', '1 to 64 printable ASCII characters', hostname)
  integer('maxTasks', maxTasks, 1, 4194304) // PID_MAX_LIMIT
  integer('timeSlice', timeSlice, 1, Number.MAX_SAFE_INTEGER)
  if (cpuRules === undefined) return
  if (typeof cpuRules !== 'object' || cpuRules === null) refuse('cpuRules', 'an object', cpuRules)
  const vendor: unknown = Reflect.get(cpuRules, 'vendor')
  const x32: unknown = Reflect.get(cpuRules, 'x32')
  if (vendor !== undefined && vendor !== 'intel' && vendor !== 'amd') refuse('cpuRules.vendor', "'intel' or 'amd'", vendor)
  if (x32 !== undefined && typeof x32 !== 'boolean') refuse('cpuRules.x32', 'true or false', x32)
}
