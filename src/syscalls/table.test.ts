import { describe, expect, test } from 'vitest'
import { EINVAL, ENOSYS, EPERM } from '../abi/errno.js'
import { tableI386 } from '../abi/generated/table-i386.js'
import { tableX32 } from '../abi/generated/table-x32.js'
import { tableX86_64 } from '../abi/generated/table-x86_64.js'
import { unpackTable } from '../abi/number-table.js'
import { callSyscall, decodeArgs, resumeSyscall, startSyscall, type ArgOrder } from './call.js'
import { fd, int, sizeT } from './codecs.js'
import { bytesOut, path, pointer } from './codecs-pointers.js'
import { defineSyscall, userSyscall } from './define.js'
import { interpose } from './interpose.js'
import { BLOCKED } from './results.js'
import { createSyscallTable, lookupSyscall } from './table.js'

const x86_64 = unpackTable(tableX86_64), i386 = unpackTable(tableI386), x32 = unpackTable(tableX32)
const newstat = defineSyscall('newstat', { args: [['filename', path], ['statbuf', pointer('struct stat', 'out')]], run: () => 0 })
const compatStat = defineSyscall('compat_sys_newstat', { args: [['filename', path], ['statbuf', pointer('struct compat_stat', 'out')]], run: () => 1 })
const listen = defineSyscall('listen', { args: [['fd', fd], ['backlog', int]], run: (_task, descriptor, backlog) => descriptor * 1000 + backlog })
const audit = userSyscall('audit', { nr: 223, abi: 'i386', args: [['buf', bytesOut], ['len', sizeT]], run: () => 0 })

describe('createSyscallTable', () => {
  test('finds the numbers of a definition by its entry point', () => {
    const table = createSyscallTable({ numbers: x86_64, definitions: [newstat, compatStat, listen] })
    expect(table.entries.length).toBe(470)
    expect(lookupSyscall(table, 4)).toMatchObject({ nr: 4, name: 'stat', def: newstat })
    expect(lookupSyscall(table, 50)).toMatchObject({ nr: 50, name: 'listen', def: listen })
    expect(table.entries.filter((entry) => entry !== null).length).toBe(2)
  })
  test('i386 numbers take compat entry points on a 64-bit kernel only', () => {
    expect(lookupSyscall(createSyscallTable({ numbers: i386, definitions: [newstat, compatStat], compat: true }), 106)?.def).toBe(compatStat)
    expect(lookupSyscall(createSyscallTable({ numbers: i386, definitions: [newstat, compatStat] }), 106)?.def).toBe(newstat)
  })
  test('x32 numbers are looked up without their bit', () => {
    const table = createSyscallTable({ numbers: x32, definitions: [newstat] })
    expect(lookupSyscall(table, 4)?.nr).toBe(0x40000004)
  })
  test('numbers outside the table have no entry', () => {
    const table = createSyscallTable({ numbers: x86_64, definitions: [newstat] })
    for (const nr of [-1, 0, 470, 0x7fffffff, -0x80000000]) expect(lookupSyscall(table, nr)).toBeNull()
  })
  test('a call of one\'s own stands at its number, and only where it is wanted', () => {
    expect(lookupSyscall(createSyscallTable({ numbers: i386, definitions: [audit] }), 223)).toMatchObject({ nr: 223, name: 'audit' })
    expect(lookupSyscall(createSyscallTable({ numbers: x86_64, definitions: [audit] }), 223)).toBeNull()
    const far = userSyscall('far', { nr: 1000, args: [], run: () => 7 })
    const table = createSyscallTable({ numbers: x86_64, definitions: [far] })
    expect(lookupSyscall(table, 1000)?.name).toBe('far')
    expect(lookupSyscall(table, 999)).toBeNull()
  })
  test('a taken number is refused by name', () => {
    const taken = userSyscall('audit', { nr: 223, args: [], run: () => 0 })
    expect(() => createSyscallTable({ numbers: x86_64, definitions: [taken] })).toThrow('system call audit: number 223 of x86_64 is timer_settime')
    expect(() => createSyscallTable({ numbers: i386, definitions: [audit, userSyscall('other', { nr: 223, args: [], run: () => 0 })] }))
      .toThrow('system call other: number 223 of i386 is audit')
    for (const nr of [-1, 1.5, 4096, NaN])
      expect(() => createSyscallTable({ numbers: i386, definitions: [userSyscall('bad', { nr, abi: 'i386', args: [], run: () => 0 })] })).toThrow('system call bad: the number is')
  })
  test('two definitions of one call are refused', () => {
    expect(() => createSyscallTable({ numbers: x86_64, definitions: [listen, { ...listen }] })).toThrow('system call listen: two definitions')
  })
  test('seven arguments are refused', () => {
    const arg = (i: number) => [`a${i}`, int] as const
    const seven = userSyscall('seven', { nr: 1000, args: [arg(0), arg(1), arg(2), arg(3), arg(4), arg(5), arg(6)], run: () => 0 })
    expect(() => createSyscallTable({ numbers: x86_64, definitions: [seven] })).toThrow('system call seven: 7 arguments, at most 6')
  })
})

describe('interpose', () => {
  const ORDER: ArgOrder = [0, 8, 16, 24, 32, 40]
  const view = { u32: new Uint32Array(32) }
  view.u32[0] = 3
  view.u32[2] = 5
  const task = { regs: 0 }
  const base = createSyscallTable({ numbers: x86_64, definitions: [listen, newstat] })
  const call = (table: typeof base, nr = 50): number => {
    const entry = lookupSyscall(table, nr)
    return entry === null ? -ENOSYS : callSyscall(entry, task, view, ORDER)
  }
  test('without hooks the handler answers', () => expect(call(base)).toBe(3005))
  test('before sees the arguments and may answer', () => {
    const seen: number[][] = []
    const table = interpose(base, listen, {
      before(_task, descriptor, backlog) {
        seen.push([descriptor, backlog])
        return backlog > 128 ? -EINVAL : undefined
      },
    })
    expect(call(table)).toBe(3005)
    view.u32[2] = 129
    expect(call(table)).toBe(-EINVAL)
    view.u32[2] = 5
    expect(seen).toEqual([[3, 5], [3, 129]])
    expect(call(base)).toBe(3005) // the table itself is as it was
  })
  test('after sees the result and may change it', () => {
    expect(call(interpose(base, 'listen', { after: (_task, result, descriptor) => result + Number(descriptor) }))).toBe(3008)
    expect(call(interpose(base, 'listen', { after: () => undefined }))).toBe(3005)
  })
  test('replace and deny', () => {
    expect(call(interpose(base, listen, { replace: (_task, descriptor, backlog) => descriptor + backlog }))).toBe(8)
    expect(call(interpose(base, 50, { deny: EPERM }))).toBe(-EPERM)
    expect(call(interpose(base, 'stat', { deny: EPERM }), 4)).toBe(-EPERM)
    expect(call(interpose(base, 'newstat', { deny: EPERM }), 4)).toBe(-EPERM)
  })
  test('hooks nest: the last added is outermost', () => {
    const order: string[] = []
    const log = (name: string): { before: () => undefined; after: () => undefined } => ({
      before: () => void order.push(`before ${name}`),
      after: () => void order.push(`after ${name}`),
    })
    call(interpose(interpose(base, listen, log('inner')), listen, log('outer')))
    expect(order).toEqual(['before outer', 'before inner', 'after inner', 'after outer'])
    order.length = 0
    expect(call(interpose(interpose(base, listen, log('inner')), listen, { deny: EPERM, after: log('outer').after }))).toBe(-EPERM)
    expect(order).toEqual(['after outer']) // what was denied never reached the inner hooks
  })
  test('a call that blocks runs each hook once, with the arguments of its first run', () => {
    let runs = 0
    const seen: string[] = []
    const slow = userSyscall('slow', { nr: 1000, args: [['n', int]], run: (_task, n) => (++runs < 3 ? BLOCKED : n) })
    const table = interpose(createSyscallTable({ numbers: x86_64, definitions: [slow] }), slow, {
      before: (_task, n) => void seen.push(`before ${n}`),
      after: (_task, result, n) => void seen.push(`after ${n} = ${result}`),
    })
    const entry = lookupSyscall(table, 1000)!
    const args = decodeArgs(entry, task, view, ORDER)
    expect(startSyscall(entry, task, args)).toBe(BLOCKED)
    view.u32[0] = 99
    expect(resumeSyscall(entry, task, args)).toBe(BLOCKED)
    expect(resumeSyscall(entry, task, args)).toBe(3)
    view.u32[0] = 3
    expect(seen).toEqual(['before 3', 'after 3 = 3'])
  })
  test('a number without a handler can be hooked', () => {
    expect(call(interpose(base, 'read', { replace: () => 42 }), 0)).toBe(42)
    expect(call(interpose(base, 400, { deny: EPERM }), 400)).toBe(-EPERM)
    expect(call(interpose(base, 'read', { after: () => undefined }), 0)).toBe(-ENOSYS)
  })
  test('an unknown target and a wrong errno are refused', () => {
    expect(() => interpose(base, 'listn', { deny: EPERM })).toThrow('interpose: the x86_64 table has no listn')
    expect(() => interpose(base, 470, { deny: EPERM })).toThrow('interpose: the x86_64 table has no 470')
    expect(() => interpose(base, audit, {})).toThrow('interpose: the x86_64 table has no audit')
    expect(() => interpose(base, listen, { deny: -1 })).toThrow('deny is -1, expected an errno from 1 to 4095')
  })
})
