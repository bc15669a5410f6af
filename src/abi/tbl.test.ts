import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { SyscallkitError } from '../base/errors.js'
import { generateTable, packTable, tableFromRows } from './generate.js'
import { tableI386 } from './generated/table-i386.js'
import { tableX32 } from './generated/table-x32.js'
import { tableX86_64 } from './generated/table-x86_64.js'
import { formatHeader } from './header.js'
import { unpackTable, type PackedTable, type SyscallAbi } from './number-table.js'
import { compareReleases, parseTbl } from './tbl.js'

const facts = (name: string): string => readFileSync(new URL(`../../facts/${name}`, import.meta.url), 'utf8')

describe('parseTbl', () => {
  test("reads the kernel's own three to six columns", () => {
    const rows = parseTbl('# comment\n\n0\tcommon\tread\tsys_read\n60 common exit sys_exit - noreturn # last\n134 64 uselib\n512 x32 rt_sigaction compat_sys_rt_sigaction\n', 'a.tbl')
    expect(rows).toEqual([
      { nr: 0, abi: 'common', name: 'read', entry: 'read', compat: null, noreturn: false, since: null, line: 3 },
      { nr: 60, abi: 'common', name: 'exit', entry: 'exit', compat: null, noreturn: true, since: null, line: 4 },
      { nr: 134, abi: '64', name: 'uselib', entry: null, compat: null, noreturn: false, since: null, line: 5 },
      { nr: 512, abi: 'x32', name: 'rt_sigaction', entry: 'compat_sys_rt_sigaction', compat: null, noreturn: false, since: null, line: 6 },
    ])
  })
  test.each([
    ['x common read sys_read', 'the number is "x"'],
    ['-1 common read sys_read', 'the number is "-1"'],
    ['0x10 common read sys_read', 'the number is "0x10"'],
    ['1073741824 common read sys_read', 'the number 1073741824 is too large'],
    ['5 common', '2 columns, expected at least 3'],
    ['5', '1 column, expected at least 3'],
    ['5 COMMON read sys_read', 'the abi is "COMMON"'],
    ['5 common re-ad sys_read', 'the name is "re-ad"'],
    ['5 common read read', 'the entry point is "read"'],
    ['5 i386 read sys_read read32', 'the entry point is "read32"'],
    ['5 i386 read - compat_sys_read', 'a compat entry point without an entry point'],
    ['5 common read sys_read - never', 'the sixth column is "never"'],
    ['5 common read sys_read - - six', 'since is "six"'],
    ['5 common read sys_read - - 2.6 more', '8 columns, expected at most 7'],
    ['3 common other sys_other', '3 common is already on line 1'],
    ['4 common read sys_other', 'common read is already on line 1'],
  ])('a bad line says where and why: %s', (line, reason) => {
    expect(() => parseTbl(`3 common read sys_read\n\n${line}\n`, 'dir/mine.tbl')).toThrow(SyscallkitError)
    expect(() => parseTbl(`3 common read sys_read\n\n${line}\n`, 'dir/mine.tbl')).toThrow(`dir/mine.tbl:3: ${reason}`)
  })
  test('releases are ordered by number', () => {
    expect(['2.6.9', '3.0', '2.6', '2.6.27', '2.4.18', '6.10', '6.9'].sort(compareReleases)).toEqual(['2.4.18', '2.6', '2.6.9', '2.6.27', '3.0', '6.9', '6.10'])
  })
})

describe('tables', () => {
  const packed: [SyscallAbi, PackedTable, string][] = [['x86_64', tableX86_64, 'syscall_64.tbl'], ['x32', tableX32, 'syscall_64.tbl'], ['i386', tableI386, 'syscall_32.tbl']]
  test.each(packed)('%s: packing loses nothing', (abi, table, file) => {
    const fromFile = tableFromRows(parseTbl(facts(file), file), abi, file)
    expect(unpackTable(table)).toEqual(fromFile)
    expect(packTable(fromFile)).toEqual(table)
  })
  test.each(packed)('%s: every number of the headers of Linux 6.1 has the same name', (abi, table) => {
    const { byName, bit } = unpackTable(table)
    const header = facts(`headers/unistd_${{ x86_64: '64', i386: '32', x32: 'x32' }[abi]}.txt`)
    const defines = [...header.matchAll(/^#define __NR_(\w+) (?:\(__X32_SYSCALL_BIT \+ (\d+)\)|(\d+))$/gm)]
    expect(defines.length).toBeGreaterThan(350)
    for (const [, name, x32, nr] of defines) expect(byName.get(name!)?.nr, name).toBe(Number(x32 ?? nr) + bit)
  })
  test.each(packed)('%s: the header form defines what the headers of Linux 6.1 define', (abi, table) => {
    const header = facts(`headers/unistd_${{ x86_64: '64', i386: '32', x32: 'x32' }[abi]}.txt`)
    const mine = new Set(formatHeader(unpackTable(table)).split('\n'))
    for (const line of header.split('\n')) if (line.startsWith('#define')) expect(mine).toContain(line)
  })
  test('NR_syscalls, and the entry behind a name', () => {
    const x86 = unpackTable(tableX86_64), x32 = unpackTable(tableX32), i386 = unpackTable(tableI386)
    expect([x86.nrSyscalls, x32.nrSyscalls, i386.nrSyscalls]).toEqual([470, 548, 470])
    expect(x86.byName.get('stat')).toMatchObject({ nr: 4, entry: 'newstat' })
    expect(i386.byName.get('mmap')).toMatchObject({ nr: 90, entry: 'old_mmap', compat: 'compat_sys_ia32_mmap' })
    expect(i386.byNumber.get(20)).toMatchObject({ name: 'getpid', entry: 'getpid', compat: 'getpid' })
    expect(i386.byNumber.get(17)).toEqual({ nr: 17, name: 'break', entry: null, compat: null, since: null })
    expect(x32.byName.get('rt_sigaction')).toMatchObject({ nr: 0x40000200, entry: 'compat_sys_rt_sigaction' })
    expect(x32.byName.get('read')?.nr).toBe(0x40000000)
  })
  test('a profile cuts what came later', () => {
    const at = (release: string): ReadonlyMap<string, unknown> => unpackTable(tableI386, release).byName
    expect(at('2.4.18').has('gettid')).toBe(true) // 2.4.11
    expect(at('2.4.18').has('epoll_create')).toBe(false) // 2.6
    expect(at('3.19').has('execveat')).toBe(true) // 3.19
    expect(at('3.19').has('socket')).toBe(false) // i386 has it since 4.3 only
    expect(at('5.4.34').has('clone3')).toBe(true) // 5.3
    expect(at('5.4.34').has('close_range')).toBe(false) // 5.9
    expect(unpackTable(tableX86_64, '3.19').nrSyscalls).toBe(323)
    expect(unpackTable(tableX86_64, '5.4.34').nrSyscalls).toBe(436)
  })
  test('a table of one\'s own becomes a module', () => {
    const source = generateTable('0 common read sys_read\n2 64 mine sys_mine\n5 common later sys_other - - 9.1\n', 'mine.tbl', 'x86_64')
    expect(source).toContain("import type { PackedTable } from 'syscallkit/abi'")
    expect(source).toContain('rows: `0 read\n2 mine\n5 later=other@9.1`')
    expect(() => generateTable('0 i386 read sys_read\n', 'mine.tbl', 'x86_64')).toThrow('mine.tbl: no row of the abi common or 64')
    expect(() => generateTable('0 common read sys_read\n0 64 write sys_write\n', 'mine.tbl', 'x86_64')).toThrow('mine.tbl:2: 0 is already on line 1 for x86_64')
  })
})
