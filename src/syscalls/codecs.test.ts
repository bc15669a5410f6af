import { describe, expect, test } from 'vitest'
import { PROTOTYPES } from '../abi/generated/prototypes.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import * as compat from './codecs-compat.js'
import * as pointers from './codecs-pointers.js'
import * as rare from './codecs-rare.js'
import * as common from './codecs.js'
import type { Codec } from './codec.js'

const constants = Object.entries({ ...common, ...compat, ...pointers, ...rare }).filter((entry): entry is [string, Codec] => typeof entry[1] === 'object')

describe('codecs', () => {
  test('every type that a prototype passes by value has one', () => {
    const types = new Set(constants.map(([, codec]) => codec.type))
    const values = new Set(Object.values(PROTOTYPES).flatMap((args) => args.map(([type]) => type)).filter((type) => !type.includes('*')))
    expect([...values].filter((type) => !types.has(type))).toEqual([])
  })
  test('types of one name are read in one way, but for unsigned long, which may be a number, an address or exact', () => {
    const codes = new Map<string, Set<number>>()
    for (const [, codec] of constants) codes.set(codec.type, (codes.get(codec.type) ?? new Set()).add(codec.code))
    expect([...codes].filter(([type, set]) => set.size > 1 && type !== 'unsigned long')).toEqual([])
  })
  test('pointers name the pointee without const, arrays where their length is', () => {
    expect(pointers.pointer('const struct rlimit64', 'in')).toMatchObject({ type: 'const struct rlimit64 *', of: 'struct rlimit64', kind: 'struct', dir: 'in' })
    expect(pointers.array('struct pollfd', 'inout')).toMatchObject({ type: 'struct pollfd *', length: 1, kind: 'array' })
    expect(pointers.array('gid_t', 'out', -1)).toMatchObject({ length: -1 })
    expect(pointers.bytes('in', 'const void *')).toMatchObject({ type: 'const void *', kind: 'bytes', length: 1 })
  })
  test('flags carry their names', () => {
    expect(common.flags('open', OPEN_FLAGS)).toMatchObject({ type: 'int', print: 'flags', set: 'open', values: { O_CREAT: 0o100 } })
    expect(common.enumeration('seek', { SEEK_SET: 0 }, 'unsigned int')).toMatchObject({ type: 'unsigned int', print: 'enum', kind: 'enum' })
  })
})
