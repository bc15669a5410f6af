/**
 * A laboratory on Linux 2.4.18: call 223, `audit(buf, size)`, hands out what a hook behind every call collected. It
 * waits on a queue until the collection is 80 % full, and is empty until a "module" fills its two hooks.
 */
import { bytesOut, sizeT, userSyscall } from 'syscallkit'
import { WaitQueue, type Task } from 'syscallkit/kernel'
import { createLinux } from 'syscallkit/presets/current'
import { labs } from 'syscallkit/presets/labs'

const ENOSYS = -38, EFAULT = -14

/** What a module fills. */
interface Hooks {
  syscallAudit: ((task: Task, name: string) => void) | null
  sysAudit: ((task: Task, buf: number, size: number) => number) | null
}
const hooks: Hooks = { syscallAudit: null, sysAudit: null }

/** What stands in the table; the module does the work. */
const audit = userSyscall('audit', {
  nr: 223, abi: 'i386', category: 'system control', args: [['buf', bytesOut], ['size', sizeT]],
  run: (task, buf, size) => hooks.sysAudit?.(task, buf, size) ?? ENOSYS,
})

/** insmod audit.o */
function loadModule(): void {
  const room = 10
  const records: string[] = []
  const waiting = new WaitQueue()
  const full = (): boolean => records.length >= room * 0.8
  hooks.syscallAudit = (task, name) => {
    if (records.length < room) records.push(`${task.tgid} ${task.comm} ${name}`)
    if (full()) waiting.wakeAll()
  }
  hooks.sysAudit = (task, buf, size) => {
    if (!full()) return task.block('user', {}, [waiting])
    const text = new TextEncoder().encode(`${records.splice(0).join('\n')}\n`).subarray(0, size)
    return task.memory.copyTo(buf, text, 0, text.length) === text.length ? text.length : EFAULT
  }
}

const machine = createLinux({ lab: labs['2.4.18'], syscalls: [audit], timeSlice: 100, stdout: (bytes) => console.log(new TextDecoder().decode(bytes).trimEnd()) })
machine.on('syscall:exit', ({ task, name }) => hooks.syscallAudit?.(task, name ?? '?')) // system_call, behind the call of the table
console.log(`slot 223 of sys_call_table: ${machine.calls.tables.i386?.entries[223]?.name}`)
loadModule()

const BUFFER = 0x8049000, SIZE = 512
const int80 = (eax: number): number[] => [0xb8, ...word(eax), 0xcd, 0x80]
/** auditd: audit(BUFFER, SIZE), then write(1, BUFFER, what it gave), twice; exit(0). */
const round = [0xbb, ...word(BUFFER), 0xb9, ...word(SIZE), ...int80(223), 0x89, 0xc2, 0xb9, ...word(BUFFER), 0xbb, ...word(1), ...int80(4)]
machine.spawn(elf([...round, ...round, 0x31, 0xdb, ...int80(1)]), { path: '/sbin/auditd' })
/** A program to be watched: getpid and getppid for ever. */
const calls = [...int80(20), ...int80(64)]
machine.spawn(elf([...calls, 0xeb, 256 - calls.length - 2]), { path: '/bin/busy' })
console.log(`auditd: exit status ${(await machine.run()).status}`)

function word(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24]
}

/** A static i386 program of one segment, readable, writable and executable, 8 KiB long. */
function elf(code: readonly number[]): Uint8Array {
  const file = new Uint8Array(84 + code.length)
  const view = new DataView(file.buffer)
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]) // ELF, 32 bits, little-endian
  const header: readonly (readonly [offset: number, bytes: 2 | 4, value: number])[] = [
    [16, 2, 2], [18, 2, 3], [20, 4, 1], [24, 4, 0x8048054], [28, 4, 52], [40, 2, 52], [42, 2, 32], [44, 2, 1], // an executable for the 386
    [52, 4, 1], [60, 4, 0x8048000], [68, 4, file.length], [72, 4, 0x2000], [76, 4, 7], [80, 4, 0x1000], // one segment
  ]
  for (const [offset, bytes, value] of header) bytes === 2 ? view.setUint16(offset, value, true) : view.setUint32(offset, value, true)
  file.set(code, 84)
  return file
}
