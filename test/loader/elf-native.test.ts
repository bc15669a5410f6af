import { describe, expect, test } from 'vitest'
import { PT_REGS, THREAD } from '../../src/arch/x86/context-layout.js'
import type { LoadedImage } from '../../src/kernel/ports/binfmt.js'
import { createCpu } from '../../src/cpu/index.js'
import { createElf } from '../../src/loader/index.js'
import { UserMemory } from '../../src/memory/user-memory.js'
import { fileOf, nativeStarts, newKernel, requestFor, type NativeStart } from './harness.js'

const starts = nativeStarts()
// what this processor and kernel said natively; programs here see what the composed CPU says
const elf = createElf({ hardware: { hwcap: 0x178bfbff, hwcap2: 2, minSigStackSize: 1776 } })

function load(start: NativeStart) {
  const kernel = newKernel()
  const image = elf.load(requestFor(kernel, start.program, start.path, {
    open: (path) => {
      const found = Object.values(starts).find((s) => s.path === path)
      return found === undefined ? -2 : fileOf(found.program, path)
    },
  }))
  if (typeof image === 'number' || 'fatal' in image) throw new Error(`load: ${JSON.stringify(image)}`)
  return { kernel, image }
}

const maps = (image: LoadedImage) =>
  image.space.vmas.map(({ start, end, prot, label }) => {
    const rights = `${prot & 1 ? 'r' : '-'}${prot & 2 ? 'w' : '-'}${prot & 4 ? 'x' : '-'}`
    return `${start.toString(16)}-${end.toString(16)} ${rights} ${label ?? ''}`.trim()
  })
const nativeMaps = (start: NativeStart) =>
  start.maps.filter((l) => !l.includes('[vsyscall]')).map((line) => {
    const [range, prot, , , , name = ''] = line.split(/\s+/)
    return `${range!.split('-').map((a) => Number.parseInt(a, 16).toString(16)).join('-')} ${prot!.slice(0, 3)} ${name}`.trim()
  })

describe.each(Object.entries(starts))('%s starts as it does natively', (_name, start) => {
  const { kernel, image } = load(start)
  const wide = 'rsp' in start.registers

  test('mappings', () => {
    expect(maps(image)).toEqual(nativeMaps(start))
  })

  test('the stack, byte for byte', () => {
    const found = new UserMemory(image.space).read(image.stackPointer, start.stack.length)
    const expected = Uint8Array.from(start.stack)
    // the 16 random bytes, and where in its page __kernel_vsyscall lies, are this kernel's own
    const word = wide ? 8 : 4
    const low = (bytes: Uint8Array, at: number) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true)
    for (let at = 8 * word; low(expected, at) !== 0; at += 2 * word) { // argc, 3 + 1 arguments, 2 + 1 variables, then pairs
      if (low(expected, at) === 25) {
        const random = low(expected, at + word) - (image.stackPointer >>> 0)
        expect(found.subarray(random, random + 16).some((b) => b !== 0)).toBe(true)
        expected.set(found.subarray(random, random + 16), random)
      }
      if (low(expected, at) === 32) {
        expect(low(found, at + word) & ~0xfff).toBe(low(expected, at + word) & ~0xfff)
        expected.set(found.subarray(at + word, at + 2 * word), at + word)
      }
    }
    expect(image.stackPointer).toBe(start.sp)
    expect(Buffer.from(found).toString('latin1')).toBe(Buffer.from(expected).toString('latin1'))
  })

  test('registers', () => {
    const task = kernel.createTask({ parent: null, group: null, space: image.space, flags: 0 })
    if (typeof task === 'number') throw new Error('createTask')
    kernel.memory.u8.fill(0xa5, task.regs, task.regs + THREAD.fpu)
    image.start(task)
    const { view } = kernel.memory
    const get = (offset: number) => (view.getBigUint64(task.regs + offset, true)).toString(16)
    const rows: [string, string][] = []
    for (const r of ['ax', 'bx', 'cx', 'dx', 'si', 'di', 'bp', 'sp', 'ip'] as const) rows.push([wide ? `r${r}` : `e${r}`, get(PT_REGS[`r${r}`])])
    if (wide) for (const r of ['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'] as const) rows.push([r, get(PT_REGS[r])])
    rows.push(['eflags', get(PT_REGS.rflags)], ['cs', get(PT_REGS.cs)], ['ss', get(PT_REGS.ss)])
    for (const s of ['ds', 'es', 'fs', 'gs'] as const) rows.push([s, view.getUint16(task.regs + THREAD[s], true).toString(16)])
    expect([get(THREAD.fsBase), get(THREAD.gsBase)]).toEqual(['0', '0']) // start_thread; gdb shows none for 32-bit programs
    for (const [name, value] of rows) expect([name, value]).toEqual([name, start.registers[name]])
    expect(image.entry.toString(16)).toBe(start.registers[wide ? 'rip' : 'eip'])
  })

  test('file contents, zeros behind them, and a heap behind that', () => {
    const user = new UserMemory(image.space)
    const data = image.space.vmas.filter((v) => (v.prot & 3) === 3 && v.label === start.path)
    expect(data.length).toBe(1)
    const bss = image.space.vmas.find((v) => v.start === data[0]!.end)!
    expect(user.read(bss.start, bss.end - bss.start).every((b) => b === 0)).toBe(true)
    const tail = user.read(data[0]!.end - 4096, 4096) // the last file page: zeros after the last datum
    expect(tail.subarray(3000).every((b) => b === 0)).toBe(true)
    const code = image.space.vmaAt(image.entry)!
    expect(user.read(image.entry, 1)).toHaveLength(1)
    expect(code.prot & 4).toBe(4)
    image.space.dispose()
  })
})

test('a program that says nothing of its stack asks for executable memory throughout, if it is a 32-bit one', () => {
  const personalityOf = (name: string) => {
    const { kernel, image } = load(starts[name]!)
    const task = kernel.createTask({ parent: null, group: null, space: image.space, flags: 0 })
    if (typeof task === 'number') throw new Error('createTask')
    image.start(task)
    return task.group.personality
  }
  // READ_IMPLIES_EXEC of /proc/PID/personality
  expect([personalityOf('nostack32'), personalityOf('exec32'), personalityOf('nostack64')]).toEqual([0x0400000, 0, 0])
})

test('on an i386 kernel: 3 GiB of addresses, its selectors, and the same order of things on the stack', () => {
  // page_types.h, segment.h and elf.h of arch/x86 (Linux 5.4, 32 bits): no such kernel can be asked here
  const kernel = newKernel('i686')
  const start = starts['exec32']!
  const image = elf.load(requestFor(kernel, start.program, start.path))
  if (typeof image === 'number' || 'fatal' in image) throw new Error(`load: ${JSON.stringify(image)}`)
  const task = kernel.createTask({ parent: null, group: null, space: image.space, flags: 0 })
  if (typeof task === 'number') throw new Error('createTask')
  image.start(task)
  const { view } = kernel.memory
  expect([PT_REGS.cs, PT_REGS.ss].map((at) => view.getUint32(task.regs + at, true))).toEqual([0x73, 0x7b])
  expect([THREAD.ds, THREAD.es].map((at) => view.getUint16(task.regs + at, true))).toEqual([0x7b, 0x7b])
  expect(image.space.limit).toBe(0xc0000000)
  expect(image.space.vmas.at(-1)).toMatchObject({ end: 0xc0000000, label: '[stack]' })
  expect(new UserMemory(image.space).cstring(0xc0000000 - 4 - start.path.length - 1)).toBe(start.path)
  expect(elf.load(requestFor(kernel, starts['exec64']!.program, '/p'))).toBe(-8)
})

test('AT_HWCAP is what CPUID says of the reference CPU', () => {
  const start = starts['exec64']!
  const image = createElf().load(requestFor(newKernel(), start.program, start.path))
  if (typeof image === 'number' || 'fatal' in image) throw new Error(`load: ${JSON.stringify(image)}`)
  const words = new BigUint64Array(new UserMemory(image.space).read(image.stackPointer + 8 * 8, 64).buffer)
  expect([words[4], Number(words[5])]).toEqual([16n, createCpu().cpuid.find(([leaf]) => leaf === 1)![5]])
})
