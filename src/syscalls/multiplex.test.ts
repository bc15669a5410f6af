import { describe, expect, test } from 'vitest'
import { PROTOTYPES } from '../abi/generated/prototypes.js'
import { CLONE_BACKWARDS, CLONE_BACKWARDS2, CLONE_BACKWARDS3, CLONE_COMPAT, CLONE_PLAIN, cloneArguments, type CloneOrder } from './clone-orders.js'
import { address, int, loffT, ulong } from './codecs.js'
import { defineSyscall, type ArgList } from './define.js'
import { callWithWords, decodeWords, wordsSize } from './multiplex.js'

const mmap = defineSyscall('mmap', {
  args: [['addr', address], ['len', ulong], ['prot', ulong], ['flags', ulong], ['fd', ulong], ['off', ulong]],
  run: (_task, addr, len, prot, flags, fd, off) => addr + len + prot + flags + fd + off,
})
const listen = defineSyscall('listen', { args: [['fd', int], ['backlog', int]], run: (_task, fd, backlog) => fd * 1000 + backlog })

describe('arguments in user memory', () => {
  test('old_mmap: six words of 32 bits', () => {
    const bytes = new Uint8Array(Uint32Array.of(0x1000, 0x2000, 3, 0x22, 0xffffffff, 0).buffer)
    expect(wordsSize(mmap, 4)).toBe(24)
    expect(decodeWords(mmap, bytes, 4)).toEqual([0x1000, 0x2000, 3, 0x22, 0xffffffff, 0])
    expect(callWithWords(mmap, { regs: 0 }, bytes, 4)).toBe(0x1000 + 0x2000 + 3 + 0x22 + 0xffffffff)
  })
  test('socketcall: an int of it is signed, whatever the width', () => {
    expect(decodeWords(listen, new Uint8Array(Int32Array.of(3, -1).buffer), 4)).toEqual([3, -1])
    expect(decodeWords(listen, new Uint8Array(Int32Array.of(3, 77, -1, 77).buffer), 8)).toEqual([3, -1])
    expect(callWithWords(listen, { regs: 0 }, new Uint8Array(Int32Array.of(3, 5).buffer), 4)).toBe(3005)
  })
  test('words of 64 bits keep their high half', () => {
    const off = defineSyscall('ia32_readahead', { args: [['count', loffT]], run: () => 0 })
    expect(decodeWords(off, new Uint8Array(Int32Array.of(-1, -1).buffer), 8)).toEqual([-1])
    expect(decodeWords(off, new Uint8Array(Int32Array.of(-1).buffer), 4)).toEqual([0xffffffff])
  })
  test('too few bytes are refused', () => expect(() => decodeWords(listen, new Uint8Array(7), 4)).toThrow(RangeError))
})

describe('clone', () => {
  const orders: [CloneOrder, ArgList][] = [['plain', CLONE_PLAIN], ['backwards', CLONE_BACKWARDS], ['backwards2', CLONE_BACKWARDS2], ['backwards3', CLONE_BACKWARDS3]]
  const fields = { clone_flags: 'flags', newsp: 'newsp', parent_tidptr: 'parentTid', child_tidptr: 'childTid', tls: 'tls' } as const
  test.each(orders)('%s: each argument arrives where its name says', (order, args) => {
    const [a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0] = args.map((_, i) => i + 10)
    const values = cloneArguments(order, a0, a1, a2, a3, a4, a5)
    args.forEach(([name], i) => {
      if (name !== 'stack_size') expect(values[fields[name as keyof typeof fields]], name).toBe(i + 10)
    })
  })
  test("the plain order is x86_64's, and the backwards one that of compat tasks", () => {
    expect(CLONE_PLAIN.map(([name, codec]) => [codec.type, name])).toEqual(PROTOTYPES.clone)
    expect(CLONE_COMPAT.map(([name, codec]) => [codec.type, name])).toEqual(PROTOTYPES.compat_sys_ia32_clone)
    expect(CLONE_BACKWARDS.map(([name]) => name.replace('tls', 'tls_val'))).toEqual(CLONE_COMPAT.map(([name]) => name))
  })
})
