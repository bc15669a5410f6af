import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SyscallkitError } from '../base/errors.js'
import { checkOptions } from '../machine/check-options.js'
import { labs } from '../presets/labs.js'
import { createLinux } from '../presets/current.js'
import { PhysicalMemory } from '../memory/physical.js'
import { parseMachineConfig } from './index.js'
import { PROFILES } from './schema.js'

/** What a function throws, or null. */
function complaint(run: () => void): string | null {
  try {
    run()
    return null
  } catch (error) {
    if (error instanceof SyscallkitError && error.code === 'ERR_SYSCALLKIT_OPTION') return error.message
    throw error
  }
}

describe('parseMachineConfig', () => {
  test('returns a good configuration as it is', () => {
    const config = { profile: 'current', memory: { limit: 1 << 26 }, hostname: 'lab', maxTasks: 64, timeSlice: 1000, cpuRules: { vendor: 'amd', x32: true }, seed: 7 }
    expect(parseMachineConfig(config)).toEqual(config)
    expect(parseMachineConfig({})).toEqual({})
  })

  test.each([
    [null, 'configuration: expected an object, got null'],
    ['x', 'configuration: expected an object, got "x"'],
    [{ memory: { limit: '1G' } }, 'memory.limit: expected an integer from 1 MiB to 4 GiB - 64 KiB, got "1G"'],
    [{ memory: { limit: 4096 } }, 'memory.limit: expected an integer from 1 MiB to 4 GiB - 64 KiB, got 4096'],
    [{ memory: 5 }, 'memory: expected an object, got 5'],
    [{ hostname: '' }, 'hostname: expected 1 to 64 printable ASCII characters, got ""'],
    [{ maxTasks: 1.5 }, 'maxTasks: expected an integer from 1 to 4194304, got 1.5'],
    [{ cpuRules: { vendor: 'via' } }, 'cpuRules.vendor: expected \'intel\' or \'amd\', got "via"'],
    [{ cpuRules: { x32: 1 } }, 'cpuRules.x32: expected true or false, got 1'],
    [{ profile: '2.6' }, 'profile: expected one of current, 5.4.34, 5.4.34-i386, 3.19, 3.19-i386, 2.4.18, got "2.6"'],
    [{ memroy: {} }, 'memroy: no such option'],
    [{ cpuRules: { vendro: 1 } }, 'cpuRules.vendro: no such option'],
    [{ seed: -1 }, 'seed: expected an integer from 0 to 4294967295, got -1'],
  ])('%j: %s', (value, message) => {
    expect(complaint(() => void parseMachineConfig(value))).toBe(message)
  })

  test('every lab is a profile', () => {
    for (const profile of Object.keys(labs)) expect(parseMachineConfig({ profile })).toEqual({ profile })
    expect(PROFILES).toEqual(expect.arrayContaining(['current', ...Object.keys(labs)]))
    expect(PROFILES.length).toBe(Object.keys(labs).length + 1)
  })

  test('names everything that is wrong at once', () => {
    expect(complaint(() => void parseMachineConfig({ maxTasks: 0, seed: 'x' }))).toBe('maxTasks: expected an integer from 1 to 4194304, got 0\nseed: expected an integer from 0 to 4294967295, got "x"')
  })
})

test('the checks of the constructor and of the schema agree on what is wrong and what is expected', () => {
  const number = fc.oneof(fc.constantFrom(0, 1, -1, 1.5, NaN, Infinity, 1 << 20, (1 << 20) - 1, 0xffff0000, 0xffff0001, 4194304, 4194305, 2 ** 53, 2 ** 53 - 1), fc.integer(), fc.double())
  const anything = fc.oneof(number, fc.string(), fc.boolean(), fc.constant(null), fc.constant(undefined))
  const oneOption = fc.oneof(
    fc.record({ hostname: fc.oneof(anything, fc.string({ minLength: 60, maxLength: 70, unit: 'grapheme-ascii' }), fc.stringMatching(/^[!-~]{1,66}$/)) }),
    fc.record({ maxTasks: anything }),
    fc.record({ timeSlice: anything }),
    fc.record({ cpuRules: fc.oneof(anything, fc.record({ vendor: fc.oneof(fc.constantFrom('intel', 'amd', 'Intel'), anything) }), fc.record({ x32: anything })) }),
    fc.record({ memory: fc.record({ limit: anything }) }),
  )
  fc.assert(fc.property(oneOption, (options) => {
    const plain = complaint(() => {
      if ('memory' in options) void new PhysicalMemory(options.memory as { limit?: number })
      else checkOptions(options)
    })
    const saying = (message: string | null): string | undefined => message?.split(', got ')[0]
    expect(saying(complaint(() => void parseMachineConfig(options)))).toBe(saying(plain))
  }), { numRuns: 3000 })
})

test('the constructor of a machine makes these checks', () => {
  expect(complaint(() => void createLinux({ maxTasks: 0 }))).toBe('maxTasks: expected an integer from 1 to 4194304, got 0')
  expect(complaint(() => void createLinux({ memory: { limit: 1 } }))).toBe('memory.limit: expected an integer from 1 MiB to 4 GiB - 64 KiB, got 1')
  const { hostname, maxTasks, memory } = parseMachineConfig({ hostname: 'lab', maxTasks: 3, memory: { limit: undefined } })
  expect({ hostname, maxTasks, memory }).toEqual({ hostname: 'lab', maxTasks: 3, memory: {} })
  expect(complaint(() => createLinux({ hostname: hostname!, maxTasks: maxTasks!, memory: memory! }).dispose())).toBeNull()
})
