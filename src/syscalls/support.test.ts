import { describe, expect, test } from 'vitest'
import { CATEGORIES } from '../abi/generated/categories.js'
import { tableI386 } from '../abi/generated/table-i386.js'
import { tableX86_64 } from '../abi/generated/table-x86_64.js'
import { unpackTable } from '../abi/number-table.js'
import { int, sizeT } from './codecs.js'
import { bytesOut } from './codecs-pointers.js'
import { defineSyscall, userSyscall } from './define.js'
import { dup } from './files/dup.js'
import { formatSupport, supportTable } from './support.js'
import { UNPROVED } from './unproved.js'

const listen = defineSyscall('listen', { args: [['fd', int], ['backlog', int]], level: 'full', run: () => 0 })
const fcntl = defineSyscall('fcntl', { args: [['fd', int]], note: 'no leases', run: () => 0 })
const audit = userSyscall('audit', { nr: 223, abi: 'i386', category: 'process control', args: [['buf', bytesOut], ['len', sizeT]], run: () => 0 })
const x86 = supportTable({ numbers: unpackTable(tableX86_64), definitions: [dup, listen, fcntl, audit] })

describe('supportTable', () => {
  test('has every number, implemented or not, with the kernel\'s prototype', () => {
    expect(x86.length).toBe(383) // rows of syscall_64.tbl that are common or 64
    expect(x86.find((row) => row.nr === 32)).toEqual({
      nr: 32, name: 'dup', entry: 'dup', abi: 'x86_64', category: 'file system control', level: 'full', note: '', args: [{ type: 'unsigned int', name: 'fildes' }],
    })
    expect(x86.find((row) => row.name === 'fcntl')).toMatchObject({ level: 'partial', note: expect.stringMatching(/^no leases; not /), category: 'file system control' })
    expect(x86.find((row) => row.name === 'stat')).toMatchObject({
      entry: 'newstat', level: 'none', args: [{ type: 'const char *', name: 'filename' }, { type: 'struct stat *', name: 'statbuf' }],
    })
    expect(x86.find((row) => row.nr === 134)).toMatchObject({ name: 'uselib', entry: null, level: 'none', note: 'Linux has no entry point; always -ENOSYS' })
  })
  test('full is what a definition says and goldens of Linux show; else the note says what is missing', () => {
    const numbers = unpackTable(tableX86_64)
    const [entry, missing] = Object.entries(UNPROVED).find(([name]) => numbers.rows.some((row) => row.entry === name))!
    const row = numbers.rows.find((candidate) => candidate.entry === entry)!
    const claimed = { ...listen, name: entry }
    expect(supportTable({ numbers, definitions: [claimed] }).find(({ nr }) => nr === row.nr)).toMatchObject({ level: 'partial', note: `not compared with Linux yet: ${missing}` })
    expect(supportTable({ numbers, definitions: [{ ...listen, level: 'partial' }] }).find(({ nr }) => nr === 50)).toMatchObject({ level: 'partial', note: expect.stringMatching(/./) })
  })
  test('shows a call of one\'s own where it is', () => {
    expect(x86.find((row) => row.name === 'audit')).toBeUndefined()
    expect(supportTable({ numbers: unpackTable(tableI386), definitions: [audit] }).find((row) => row.nr === 223)).toEqual({
      nr: 223, name: 'audit', entry: 'audit', abi: 'i386', category: 'process control', level: 'partial', note: '',
      args: [{ type: 'char *', name: 'buf' }, { type: 'size_t', name: 'len' }],
    })
  })
  test('the eight categories of the course, each with calls', () => {
    expect(Object.keys(CATEGORIES)).toEqual([
      'process control', 'file system control', 'system control', 'memory management', 'network management', 'socket control', 'user management',
      'inter-process communication',
    ])
    expect(new Set(x86.map((row) => row.category)).size).toBe(8)
  })
  test('as text it is aligned and counted', () => {
    const text = formatSupport(x86.filter((row) => row.nr === 32 || row.nr === 4))
    expect(text).toBe(`NR  NAME  ENTRY    LEVEL  CATEGORY             ARGUMENTS
 4  stat  newstat  none   file system control  (const char *filename, struct stat *statbuf)
32  dup   dup      full   file system control  (unsigned int fildes)

2 numbers: 1 full, 0 partial, 1 none
`)
  })
})
