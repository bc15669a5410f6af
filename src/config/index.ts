/**
 * Configurations that come from outside, such as JSON files: checked as a whole, with path, expected and got for
 * everything that is wrong. The only part of the library that uses zod.
 *
 * @module
 */
import * as z from 'zod/mini'
import { SyscallkitError } from '../base/errors.js'
import { machineConfigSchema } from './schema.js'

/** The options of a machine that can be written down; what is left out has the machine's defaults. */
export interface MachineConfig {
  /** Which Linux. */
  readonly profile?: 'current' | undefined
  readonly memory?: {
    /** Most bytes the machine may use. */
    readonly limit?: number | undefined
  } | undefined
  readonly hostname?: string | undefined
  /** Most tasks at a time. */
  readonly maxTasks?: number | undefined
  /** Instructions after which another runnable task gets its turn. */
  readonly timeSlice?: number | undefined
  readonly cpuRules?: {
    /** Whose rules apply where vendors differ. */
    readonly vendor?: 'intel' | 'amd' | undefined
    /** Whether x32 numbers are calls. */
    readonly x32?: boolean | undefined
  } | undefined
  /** Seed of the machine's randomness, 0 to 2^32 - 1. */
  readonly seed?: number | undefined
}

/**
 * Checks a configuration.
 *
 * @param value anything, such as the result of JSON.parse
 * @returns the same, typed; keys that were given as undefined stay so
 * @throws SyscallkitError ERR_SYSCALLKIT_OPTION naming each wrong path, what it expects and what came
 * @example
 * const config = parseMachineConfig(JSON.parse('{ "memory": { "limit": 67108864 }, "hostname": "lab" }'))
 */
export function parseMachineConfig(value: unknown): MachineConfig {
  const result = z.safeParse(machineConfigSchema(), value)
  if (result.success) return result.data
  const lines = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${[...issue.path, key].join('.')}: no such option`)
    const path = issue.path.map(String)
    return [`${path.length === 0 ? 'configuration' : path.join('.')}: expected ${issue.message}, got ${shown(at(value, path))}`]
  })
  throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', [...new Set(lines)].join('\n'))
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inside, key) => (typeof inside === 'object' && inside !== null ? Reflect.get(inside, key) : undefined), value)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
