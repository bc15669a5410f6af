import { byteString } from '../../base/bytes.js'
import type { Path } from '../../kernel/ports/fs.js'
import type { Task } from '../../kernel/task.js'
import { PAGE_SIZE } from '../../memory/layout.js'
import { PROT, VM, type Vma } from '../../memory/vma.js'
import { pathName } from '../dentry.js'
import { FileBacking } from '../page-cache.js'
import { memorySizes, signalSets } from './status.js'

/** Bytes of a task's memory as far as they are there. */
function memoryText(task: Task, start: number, end: number): string {
  if (task.state === 'zombie' || end <= start) return ''
  const bytes = new Uint8Array(Math.min(end - start, 1 << 20))
  return byteString(bytes, 0, task.memory.copyFrom(start, bytes))
}

/** /proc/PID/cmdline. */
export function cmdline(task: Task): string {
  return memoryText(task, task.mm.layout.argStart, task.mm.layout.argEnd)
}

/** /proc/PID/environ. */
export function environ(task: Task): string {
  return memoryText(task, task.mm.layout.envStart, task.mm.layout.envEnd)
}

/** /proc/PID/auxv: it follows the environment's pointers, which nothing records here; empty. */
export function auxvText(_task: Task): string {
  return ''
}

function label(task: Task, vma: Vma, root: Path | null): string {
  if (vma.label !== null) return vma.label
  if (vma.backing instanceof FileBacking) return root === null ? vma.backing.name : pathName(vma.backing.file.path, root)
  if (vma.backing !== null && vma.backing.name !== '') return vma.backing.name
  const { brkStart, brk } = task.mm
  return brk > brkStart && vma.start < brk && vma.end > brkStart && vma.backing === null ? '[heap]' : ''
}

const hex = (n: number, width: number): string => n.toString(16).padStart(width, '0')

/**
 * /proc/PID/maps. Linux: show_map_vma.
 *
 * @param root the root that paths are seen from
 */
export function mapsText(task: Task, root: Path | null): string {
  if (task.state === 'zombie') return ''
  return task.mm.vmas.map((vma) => {
    const name = label(task, vma, root)
    const inode = vma.backing instanceof FileBacking ? vma.backing.file.inode : null
    const bits = `${(vma.prot & PROT.read) !== 0 ? 'r' : '-'}${(vma.prot & PROT.write) !== 0 ? 'w' : '-'}${(vma.prot & PROT.exec) !== 0 ? 'x' : '-'}${(vma.flags & VM.shared) !== 0 ? 's' : 'p'}`
    const dev = inode === null ? '00:00' : `${hex(Math.floor(inode.sb.dev / 0x100000), 2)}:${hex(inode.sb.dev & 0xfffff, 2)}`
    const head = `${hex(vma.start, 8)}-${hex(vma.end, 8)} ${bits} ${hex(vma.backing === null ? 0 : vma.offset, 8)} ${dev} ${inode?.ino ?? 0} `
    return name === '' ? `${head}\n` : `${head.padEnd(73)}${name}\n`
  }).join('') + (task.is64 && task.kernel.cpuState.profile.kernel === 'x86_64' ? VSYSCALL : '')
}

/** The page that 64-bit programs may call and not read. Linux: gate_vma, with vsyscall=xonly. */
const VSYSCALL = 'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n'

const STATE = { running: 'R', sleeping: 'S', stopped: 'T', zombie: 'Z', dead: 'X' } as const

/** Pages that are present. */
function resident(task: Task): number {
  const { anonymous, shared } = memorySizes(task)
  return anonymous + shared
}

/** /proc/PID/stat. Linux: do_task_stat. */
export function statText(task: Task): string {
  const { group, mm } = task
  const signals = signalSets(task)
  const ticks = (ns: number): number => Math.floor(ns / 1e7)
  const { layout } = mm
  const user = group.tasks.reduce((sum, thread) => sum + thread.userTime, 0)
  const system = group.tasks.reduce((sum, thread) => sum + thread.systemTime, 0)
  const fields = [
    task.pid, `(${task.comm})`, STATE[task.state], group.parentPid, group.pgid, group.sid, 0, -1, 0x400000, 0, 0, 0, 0, ticks(user), ticks(system), 0, 0, 20 + group.nice, group.nice,
    group.tasks.length, 0, ticks(task.startTime), mm.totalBytes, resident(task), '18446744073709551615', layout.startCode, layout.endCode, layout.startStack, 0, 0,
    signals.pending.low & 0x7fffffff, signals.blocked.low & 0x7fffffff, signals.ignored.low & 0x7fffffff, signals.caught.low & 0x7fffffff, 0, 0, 0,
    group.exitSignal, 0, 0, 0, 0, 0, 0, layout.startData, layout.endData, mm.brkStart, layout.argStart, layout.argEnd, layout.envStart, layout.envEnd, 0,
  ]
  return `${fields.join(' ')}\n`
}

/** /proc/PID/statm: pages in all, resident, shared, text, 0, data and stack, 0. */
export function statmText(task: Task): string {
  const { mm } = task
  const { anonymous, shared, data, stack, exec } = memorySizes(task)
  return `${mm.totalBytes / PAGE_SIZE} ${anonymous + shared} ${shared} ${exec / PAGE_SIZE} 0 ${(data + stack) / PAGE_SIZE} 0\n`
}
