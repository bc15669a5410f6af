/**
 * An article on adding a call to Linux 2.4.18 (i386), in its order: kinds of calls, wrappers, the gate, the way of getpid
 * through the kernel, what happens on the way out, /proc, and call 223. docs/course-errata.md says where it errs.
 * Oracle: arch/i386/kernel/{entry.S,traps.c} of 2.4.18.
 */
import { describe, expect, it, test } from 'vitest'
import { formatHeader, tableI386, unpackTable } from 'syscallkit/abi'
import { int, userSyscall } from 'syscallkit'
import { createLinux } from 'syscallkit/presets/current'
import { labs } from 'syscallkit/presets/labs'
import { netOf } from 'syscallkit/sockets'
import { allSyscalls, supportTable } from 'syscallkit/syscalls'
import { fetchGate, inlineSyscall, libcSyscall, PT_REGS, symbolAddress } from 'syscallkit/x86_64'
import { elf32 } from '../system/elf32.js'
import { asUserCode } from './user-code.js'
import { boot, courseMachine, nextTrap, pushes, symbols, wayTo } from './walk.js'

const KERNEL = '2.4.18'
const lab = labs[KERNEL]
const NR = { exit: 1, getpid: 20, kill: 37 } as const
const word = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24]
const movEax = (value: number): number[] => [0xb8, ...word(value)]
const movEbx = (value: number): number[] => [0xbb, ...word(value)]
const int80 = (nr: number): number[] => [...movEax(nr), 0xcd, 0x80]
const exit = (status: number): number[] => [...movEbx(status), ...int80(NR.exit)]

describe('2: the calls', () => {
  const numbers = unpackTable(tableI386, KERNEL)
  it('fall into eight kinds', () => {
    const kinds = new Set(supportTable({ numbers, definitions: allSyscalls, compat: true }).map(({ category }) => category))
    expect([...kinds].sort()).toEqual([
      'file system control', 'inter-process communication', 'memory management', 'network management', 'process control', 'socket control', 'system control',
      'user management',
    ])
  })
  it('are about 250, and a program finds their numbers in asm/unistd.h', () => {
    const called = numbers.rows.filter(({ entry }) => entry !== null).length
    expect(called).toBeGreaterThan(200)
    expect(numbers.nrSyscalls).toBeLessThan(256) // the table of 2.4 has 256 slots
    expect(formatHeader(numbers)).toContain('#define __NR_getpid 20\n')
  })
})

describe('3: a call through the C library and without it', () => {
  test('syscall(SYS_getpid) and getpid() give the same', async () => {
    const [direct, wrapped] = await asUserCode({ lab }, (caller) => [libcSyscall(caller, 'i386', NR.getpid), inlineSyscall(caller, 'i386', NR.getpid, [])])
    expect(direct).toEqual({ result: 2n, errno: 0 })
    expect(wrapped).toEqual(direct)
  })
  test('a negative result is -1 and errno in C: -1 to -4095 only', async () => {
    const results = await asUserCode({ lab }, (caller) => [inlineSyscall(caller, 'i386', NR.kill, [99, 0]), inlineSyscall(caller, 'i386', 222, [])])
    expect(results).toEqual([{ result: -1n, errno: 3 }, { result: -1n, errno: 38 }]) // ESRCH; ENOSYS of a free slot
  })
})

describe('4: the gate', () => {
  it('is number 128 of the IDT, a trap gate open to ring 3, and leads to system_call', () => {
    const machine = courseMachine(KERNEL)
    expect(boot(machine).map(({ symbol }) => symbol)).toContain('trap_init')
    const gate = fetchGate(machine.cpuState, 0x80)
    expect(gate).toMatchObject({ offset: symbolAddress(machine.cpuState.profile, 'system_call'), selector: 0x10, type: 15, dpl: 3, present: true })
    const open = Array.from({ length: 256 }, (_, vector) => vector).filter((vector) => fetchGate(machine.cpuState, vector)?.dpl === 3)
    expect(open).toEqual([3, 4, 5, 0x80])
  })

  /** How a program ends: the signal and the trap number that the kernel noted. */
  async function endOf(code: readonly number[], current = false): Promise<readonly [signal: number | null, trapNr: number]> {
    const machine = createLinux({ ...(current ? {} : { lab }), stdout: () => {} })
    const task = machine.spawn(elf32([...code, ...exit(0)]), { path: '/program' })
    const { signal } = await machine.run({ maxInstructions: 100 })
    return [signal, task.lastFault.trapNr]
  }
  // 2.4: arch/i386/kernel/traps.c (gates of trap_init, signals of DO_ERROR); the second column natively, by SA_SIGINFO and REG_TRAPNO
  test.each([
    ['int3', [0xcc], [5, 3], [5, 3]],
    ['into, with OF', [0xb0, 0x7f, 0x04, 1, 0xce], [11, 4], [11, 4]],
    ['int $5', [0xcd, 5], [11, 5], [11, 13]],
    ['bound, out of bounds', [0xb8, 9, 0, 0, 0, 0x68, 1, 0, 0, 0, 0x6a, 0, 0x62, 0x04, 0x24], [11, 5], [11, 5]],
    ['int $6, closed to ring 3', [0xcd, 6], [11, 13], [11, 13]],
    ['ud2, which no gate closes', [0x0f, 0x0b], [4, 6], [4, 6]],
  ] as const)('%s', async (_name, code, old, current) => {
    expect(await endOf(code)).toEqual(old)
    expect(await endOf(code, true)).toEqual(current)
  })
})

describe('4: getpid on its way through the kernel', () => {
  /** ebx to edi are 1 to 5, ebp is 6. */
  const registers = [...movEbx(1), 0xb9, ...word(2), 0xba, ...word(3), 0xbe, ...word(4), 0xbf, ...word(5), 0xbd, ...word(6)]
  const walk = () => {
    const machine = courseMachine(KERNEL)
    const task = machine.spawn(elf32([...registers, ...int80(NR.getpid), ...exit(0)]), { path: '/getpid' })
    return { machine, task, steps: wayTo(machine, 'sys_getpid') }
  }
  it('goes from system_call to ret_from_sys_call, and leaves by restore_all', () => {
    expect(symbols(walk().steps)).toEqual(['hardware', 'system_call', 'ret_from_sys_call', 'restore_all'])
  })
  it('SAVE_ALL pushes the number, es, ds, eax, and what carries arguments in reverse order', () => {
    expect(pushes(walk().steps, 4)).toEqual([NR.getpid, 0x2b, 0x2b, NR.getpid, 6, 5, 4, 3, 2, 1])
  })
  it('the routine is called inside system_call, whose number is 20 = 0x14; then comes ret_from_sys_call', () => {
    const { steps } = walk()
    const at = steps.findIndex(({ routine }) => routine === 'sys_getpid')
    expect(steps[at]!.symbol).toMatch(/^system_call\+/)
    expect(steps[at + 1]!.symbol).toBe('ret_from_sys_call+0')
    expect(pushes(steps, 4)[0]).toBe(0x14)
  })
  it('the result stands where eax was saved; RESTORE_ALL and IRET give all else back', () => {
    const { machine, task, steps } = walk()
    const register = (at: number): number => machine.memory.view.getInt32(task.regs + at, true)
    expect(register(PT_REGS.rax)).toBe(task.tgid)
    expect([PT_REGS.rbx, PT_REGS.rcx, PT_REGS.rdx, PT_REGS.rsi, PT_REGS.rdi, PT_REGS.rbp].map(register)).toEqual([1, 2, 3, 4, 5, 6])
    expect(steps.at(-1)!.what).toMatch(/^iret/)
  })
})

describe('5.1: a call runs in its process', () => {
  test('a signal is looked for in ret_from_sys_call: here it ends the process', () => {
    const machine = courseMachine(KERNEL)
    const killSelf = [...int80(NR.getpid), 0x89, 0xc3, 0xb9, ...word(15), ...int80(NR.kill)] // kill(getpid(), SIGTERM)
    const task = machine.spawn(elf32([...killSelf, ...exit(0)]), { path: '/program' })
    const steps = wayTo(machine, 'sys_kill')
    expect(steps.at(-1)!.symbol).toMatch(/^ret_from_sys_call\+/)
    expect(task.group.exitStatus).toBe(15)
  })
})

describe('5.3: /proc instead of a call', () => {
  /** open(path, O_WRONLY), write(3, "1", 1), exit(-what the last gave): the text lies behind the code, at 0x8048100. */
  const echo = (path: string): Uint8Array => {
    const at = 0x8048100
    const code = [
      ...movEbx(at), 0xb9, ...word(1), ...int80(5),
      0x85, 0xc0, 0x78, 19, 0x89, 0xc3, 0xb9, ...word(at + 64), 0xba, ...word(1), ...int80(4),
      0x89, 0xc3, 0xf7, 0xdb, ...int80(NR.exit),
    ]
    const zeros = (count: number): number[] => new Array<number>(count).fill(0)
    return elf32([...code, ...zeros(at - 0x8048054 - code.length), ...Buffer.from(path), ...zeros(64 - path.length), 0x31])
  }
  test('ip_forward is turned on in ipv4, not in ip_v4', async () => {
    for (const [folder, status, on] of [['ipv4', 255, 1], ['ip_v4', 2, 0]] as const) { // write gave 1; ENOENT
      const machine = createLinux({ lab, stdout: () => {} })
      machine.spawn(echo(`/proc/sys/net/${folder}/ip_forward`), { path: '/echo' })
      expect((await machine.run()).status).toBe(status)
      expect(netOf(machine.kernel)?.sysctl.ip_forward).toBe(on)
    }
  })
})

describe('6: a call of one’s own', () => {
  const audit = userSyscall('audit', { nr: 223, abi: 'i386', category: 'system control', args: [['n', int]], run: (_task, n) => 2 * n })
  it('223 is free, and then stands in table, listing and symbol table', async () => {
    const numbers = unpackTable(tableI386, KERNEL)
    expect(numbers.byNumber.get(223)?.entry ?? null).toBe(null)
    expect(numbers.byNumber.get(224)?.name).toBe('gettid') // so it is not the table's end
    const row = supportTable({ numbers, definitions: [...allSyscalls, audit], compat: true }).find(({ nr }) => nr === 223)
    expect(row).toMatchObject({ name: 'audit', category: 'system control', args: [{ type: 'int', name: 'n' }] })
    const machine = courseMachine(KERNEL, { syscalls: [audit] })
    machine.spawn(elf32([...movEbx(21), ...int80(223), 0x89, 0xc3, ...int80(NR.exit)]), { path: '/auditd' })
    expect(wayTo(machine, 'sys_audit').some(({ routine }) => routine === 'sys_audit')).toBe(true)
    expect((await machine.run()).status).toBe(42)
  })
  it('a slot that nobody fills is sys_ni_syscall', () => {
    const machine = courseMachine(KERNEL)
    machine.spawn(elf32([...int80(223), ...exit(0)]), { path: '/auditd' })
    boot(machine)
    expect(nextTrap(machine).find(({ routine }) => routine !== undefined)?.routine).toBe('sys_ni_syscall')
  })
})
