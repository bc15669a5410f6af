import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { PROTOTYPES } from '../abi/generated/prototypes.js'
import { fd, int, sizeT, ufd } from './codecs.js'
import { bytesIn } from './codecs-pointers.js'
import { defineSyscall, userSyscall, type AnySyscall } from './define.js'
import { routineSymbol, symbolOf, syscallMetadata } from './metadata.js'

const here = new URL('.', import.meta.url)
const files = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !/\.(test|test-d|long\.test)\.ts$/.test(file))

function isDefinition(value: unknown): value is AnySyscall {
  return typeof value === 'object' && value !== null && 'run' in value && 'args' in value && 'uses' in value && 'level' in value
}

/** Every definition that a module below src/syscalls exports, alone or in a list. */
async function definitions(): Promise<Map<string, { def: AnySyscall; file: string }>> {
  const found = new Map<string, { def: AnySyscall; file: string }>()
  for (const file of files) {
    const module: Record<string, unknown> = await import(new URL(file, here).href)
    for (const value of Object.values(module).flatMap((exported) => (Array.isArray(exported) ? exported : [exported]))) {
      if (isDefinition(value)) found.set(value.name, { def: value, file })
    }
  }
  return found
}

describe('syscallMetadata', () => {
  const write = defineSyscall('write', { args: [['fd', ufd], ['buf', bytesIn], ['count', sizeT]], run: () => 0 })
  test('is what the kernel keeps: symbol, types and names, and no number before a table has one', () => {
    expect(syscallMetadata(write)).toEqual({ name: 'sys_write', syscallNr: -1, nbArgs: 3, types: ['unsigned int', 'const char *', 'size_t'], args: ['fd', 'buf', 'count'] })
    expect(syscallMetadata(write, 1).syscallNr).toBe(1)
  })
  test('compat entry points keep their prefix', () => {
    expect(symbolOf(defineSyscall('compat_sys_fcntl64', { args: [['fd', fd]], run: () => 0 }))).toBe('compat_sys_fcntl64')
    expect(symbolOf(userSyscall('audit', { nr: 223, args: [['n', int]], run: () => 0 }))).toBe('sys_audit')
  })
})

// 6.18, 5.4: arch/x86/include/asm/syscall_wrapper.h; 3.19: include/linux/syscalls.h, compat.h; 2.4.18: arch/i386/kernel/entry.S
test.each([
  ['__x64_sys_', 'x86_64', 'listen', 2, '__x64_sys_listen'], ['__x64_sys_', 'i386', 'getpid', 0, '__ia32_sys_getpid'],
  ['__x64_sys_', 'i386', 'compat_sys_open', 3, '__ia32_compat_sys_open'], ['__x64_sys_', 'x32', 'compat_sys_preadv64', 5, '__x64_compat_sys_preadv64'],
  ['__x64_sys_', 'x86_64', null, 1, '__x64_sys_ni_syscall'],
  ['SyS_', 'x86_64', 'listen', 2, 'SyS_listen'], ['SyS_', 'x86_64', 'getpid', 0, 'sys_getpid'], ['SyS_', 'i386', 'compat_sys_open', 3, 'compat_SyS_open'],
  ['SyS_', 'x86_64', null, 1, 'sys_ni_syscall'], ['sys_', 'i386', 'newuname', 1, 'sys_newuname'],
] as const)('the routine of a slot: %s, %s %s', (prefix, abi, entry, nbArgs, symbol) => {
  expect(routineSymbol(prefix, abi, entry, nbArgs)).toBe(symbol)
})

test('every implemented call is declared as in the kernel', async () => {
  const all = await definitions()
  const prototypes: Readonly<Record<string, readonly (readonly [string, string])[]>> = PROTOTYPES
  const wrong: string[] = []
  for (const { def, file } of all.values()) {
    if (def.nr >= 0) continue
    const mine = def.args.map(([name, codec]) => `${codec.type} ${name}`).join(', ')
    const kernels = (prototypes[def.name] ?? []).map(([type, name]) => `${type} ${name}`).join(', ')
    if (mine !== kernels) wrong.push(`${file}: ${def.name}(${mine}), in the kernel (${kernels})`)
  }
  expect(wrong).toEqual([])
})
