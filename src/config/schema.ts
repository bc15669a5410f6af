import * as z from 'zod/mini'

/** Most bytes that a machine's memory may have: 4 GiB less 64 KiB. */
const MOST_MEMORY = 0xffff0000

const integer = (least: number, most: number, expected = `an integer from ${least} to ${most}`) =>
  z.optional(z.int({ error: expected }).check(z.gte(least, { error: expected }), z.lte(most, { error: expected })))

/** Names of profiles: `current` and the labs (presets/labs); a test compares. */
export const PROFILES = ['current', '5.4.34', '5.4.34-i386', '3.19', '3.19-i386', '2.4.18'] as const

/** The schema of a configuration; made when it is needed, so that importing this module does nothing. */
export function machineConfigSchema() {
  const hostname = '1 to 64 printable ASCII characters'
  return z.strictObject({
    profile: z.optional(z.enum(PROFILES, { error: `one of ${PROFILES.join(', ')}` })),
    memory: z.optional(z.strictObject({ limit: integer(1 << 20, MOST_MEMORY, 'an integer from 1 MiB to 4 GiB - 64 KiB') }, { error: 'an object' })),
    hostname: z.optional(z.string({ error: hostname }).check(z.regex(/^[!-~]{1,64}$/, { error: hostname }))),
    maxTasks: integer(1, 4194304),
    timeSlice: integer(1, Number.MAX_SAFE_INTEGER),
    cpuRules: z.optional(z.strictObject({
      vendor: z.optional(z.enum(['intel', 'amd'], { error: "'intel' or 'amd'" })),
      x32: z.optional(z.boolean({ error: 'true or false' })),
    }, { error: 'an object' })),
    seed: integer(0, 0xffffffff),
  }, { error: 'an object' })
}
