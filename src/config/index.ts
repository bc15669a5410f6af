/**
 * Configurations that come from outside, such as JSON files: checked as a whole, with path, expected and got for
 * everything that is wrong. The only part of the library that uses zod.
 *
 * @module
 */
import * as z from 'zod/mini'
import { SyscallkitError } from '../base/errors.js'
import { machineConfigSchema, type PROFILES } from './schema.js'

/** The options of a machine that can be written down; what is left out has the machine's defaults. */
export interface MachineConfig {
  /** Which Linux: `current` or the name of a lab, a key of `labs` in presets/labs. */
  readonly profile?: (typeof PROFILES)[number]
  readonly memory?: {
    /** Most bytes the machine may use. */
    readonly limit?: number
  }
  readonly hostname?: string
  /** Most tasks at a time. */
  readonly maxTasks?: number
  /** Instructions after which another runnable task gets its turn. */
  readonly timeSlice?: number
  readonly cpuRules?: {
    /** Whose rules apply where vendors differ. */
    readonly vendor?: 'intel' | 'amd'
    /** Whether x32 numbers are calls. */
    readonly x32?: boolean
  }
  /** Seed of the machine's randomness, 0 to 2^32 - 1. */
  readonly seed?: number
}

/**
 * Checks a configuration.
 *
 * @param value anything, such as the result of JSON.parse
 * @returns a copy, typed, without keys that were given as undefined
 * @throws SyscallkitError ERR_SYSCALLKIT_OPTION naming each wrong path, what it expects and what came
 * @example
 * const config = parseMachineConfig(JSON.parse('{ "memory": { "limit": 67108864 }, "hostname": "lab" }'))
 */
export function parseMachineConfig(value: unknown): MachineConfig {
  const result = z.safeParse(machineConfigSchema(), value)
  if (result.success) return defined(result.data) as MachineConfig
  const lines = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${[...issue.path, key].join('.')}: no such option`)
    const path = issue.path.map(String)
    return [`${path.length === 0 ? 'configuration' : path.join('.')}: expected ${issue.message}, got ${shown(at(value, path))}`]
  })
  throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', [...new Set(lines)].join('\n'))
}

/** A copy without the keys whose value is undefined, inside too: what is absent has the machine's default. */
function defined(value: object): object {
  const kept = Object.entries(value).filter(([, inside]) => inside !== undefined)
  return Object.fromEntries(kept.map(([key, inside]: [string, unknown]) => [key, typeof inside === 'object' && inside !== null ? defined(inside) : inside]))
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inside, key) => (typeof inside === 'object' && inside !== null ? Reflect.get(inside, key) : undefined), value)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
