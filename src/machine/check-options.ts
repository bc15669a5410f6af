import { SyscallkitError } from '../base/errors.js'

/** The options of a machine that are plain values, as they came: unchecked. */
export interface PlainOptions {
  readonly hostname?: unknown
  readonly maxTasks?: unknown
  readonly timeSlice?: unknown
  readonly cpuRules?: unknown
}

/**
 * Refuses a value that is there and not fine.
 *
 * @throws SyscallkitError ERR_SYSCALLKIT_OPTION with path, what is expected and what came
 */
export function check(path: string, value: unknown, isFine: boolean, expected: string): void {
  if (value !== undefined && !isFine)
    throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', `${path}: expected ${expected}, got ${shown(value)}`)
}

const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value))

function integer(path: string, value: unknown, most: number): void {
  check(path, value, Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most, `an integer from 1 to ${most}`)
}

/**
 * Checks the plain options of a machine; `syscallkit/config` has the same rules as a schema.
 *
 * @throws SyscallkitError ERR_SYSCALLKIT_OPTION, as {@link check}
 */
export function checkOptions({ hostname, maxTasks, timeSlice, cpuRules = {} }: PlainOptions): void {
  check('hostname', hostname, typeof hostname === 'string' && /^[!-~]{1,64}$/.test(hostname), '1 to 64 printable ASCII characters')
  integer('maxTasks', maxTasks, 4194304) // PID_MAX_LIMIT
  integer('timeSlice', timeSlice, Number.MAX_SAFE_INTEGER)
  if (typeof cpuRules !== 'object' || cpuRules === null) return check('cpuRules', cpuRules, false, 'an object')
  const vendor: unknown = Reflect.get(cpuRules, 'vendor'), x32: unknown = Reflect.get(cpuRules, 'x32')
  check('cpuRules.vendor', vendor, vendor === 'intel' || vendor === 'amd', "'intel' or 'amd'")
  check('cpuRules.x32', x32, typeof x32 === 'boolean', 'true or false')
}
