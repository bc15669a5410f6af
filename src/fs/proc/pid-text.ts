import { RLIMIT } from '../../abi/flags/limits.js'
import { byteString } from '../../base/bytes.js'
import type { Task } from '../../kernel/task.js'
import { PAGE_SIZE } from '../../memory/layout.js'
import { PROT, VM, type Vma } from '../../memory/vma.js'

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

function label(task: Task, vma: Vma): string {
  if (vma.label !== null) return vma.label
  if (vma.backing !== null && vma.backing.name !== '') return vma.backing.name
  const { brkStart, brk } = task.mm
  return brk > brkStart && vma.start < brk && vma.end > brkStart && vma.backing === null ? '[heap]' : ''
}

const hex = (n: number, width: number): string => n.toString(16).padStart(width, '0')

/** /proc/PID/maps. Linux: show_map_vma. */
export function mapsText(task: Task): string {
  return task.mm.vmas.map((vma) => {
    const name = label(task, vma)
    const file = vma.backing !== null && vma.backing.name !== '' && vma.label === null
    const bits = `${(vma.prot & PROT.read) !== 0 ? 'r' : '-'}${(vma.prot & PROT.write) !== 0 ? 'w' : '-'}${(vma.prot & PROT.exec) !== 0 ? 'x' : '-'}${(vma.flags & VM.shared) !== 0 ? 's' : 'p'}`
    const head = `${hex(vma.start, 8)}-${hex(vma.end, 8)} ${bits} ${hex(file ? vma.offset : 0, 8)} 00:00 ${file ? vma.backing!.id : 0} `
    return name === '' ? `${head}\n` : `${head.padEnd(73)}${name}\n`
  }).join('')
}

const STATE = { running: 'R', sleeping: 'S', stopped: 'T', zombie: 'Z', dead: 'X' } as const
const STATE_NAME = { running: 'R (running)', sleeping: 'S (sleeping)', stopped: 'T (stopped)', zombie: 'Z (zombie)', dead: 'X (dead)' } as const

/** Pages that are present. */
function resident(task: Task): number {
  let count = 0
  for (const vma of task.mm.vmas) task.mm.pages.update(vma.start, vma.end, (_page, entry) => (count++, entry))
  return count
}

/** /proc/PID/stat. Linux: do_task_stat. */
export function statText(task: Task): string {
  const { group, mm } = task
  const ticks = (ns: number): number => Math.floor(ns / 1e7)
  const { layout } = mm
  const user = group.tasks.reduce((sum, thread) => sum + thread.userTime, 0)
  const system = group.tasks.reduce((sum, thread) => sum + thread.systemTime, 0)
  const fields = [
    task.pid, `(${task.comm})`, STATE[task.state], group.parent?.tgid ?? 0, group.pgid, group.sid, 0, -1, 0x400000, 0, 0, 0, 0, ticks(user), ticks(system), 0, 0, 20, 0,
    group.tasks.length, 0, ticks(task.startTime), mm.totalBytes, resident(task), '18446744073709551615', layout.startCode, layout.endCode, layout.startStack, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    group.exitSignal, 0, 0, 0, 0, 0, 0, layout.startData, layout.endData, mm.brkStart, layout.argStart, layout.argEnd, layout.envStart, layout.envEnd, 0,
  ]
  return `${fields.join(' ')}\n`
}

/** /proc/PID/statm: pages in all, resident, shared, text, 0, data, 0. */
export function statmText(task: Task): string {
  const { mm } = task
  const pages = (bytes: number): number => Math.ceil(bytes / PAGE_SIZE)
  const data = mm.vmas.reduce((sum, vma) => sum + ((vma.prot & PROT.write) !== 0 && (vma.flags & VM.shared) === 0 ? vma.end - vma.start : 0), 0)
  return `${pages(mm.totalBytes)} ${resident(task)} 0 ${pages(mm.layout.endCode - mm.layout.startCode)} 0 ${pages(data)} 0\n`
}

const caps = (set: readonly [number, number]): string => hex(set[1] >>> 0, 8) + hex(set[0] >>> 0, 8)

/** /proc/PID/status. Linux: proc_pid_status. */
export function statusText(task: Task, umask: number): string {
  const { creds, group, mm } = task
  const kb = (bytes: number): string => `${String(Math.ceil(bytes / 1024)).padStart(8)} kB`
  const stack = mm.vmas.find((vma) => (vma.flags & VM.growsDown) !== 0)
  const lines = [
    `Name:\t${task.comm}`, `Umask:\t${umask.toString(8).padStart(4, '0')}`, `State:\t${STATE_NAME[task.state]}`, `Tgid:\t${task.tgid}`, 'Ngid:\t0', `Pid:\t${task.pid}`,
    `PPid:\t${group.parent?.tgid ?? 0}`, 'TracerPid:\t0', `Uid:\t${creds.uid}\t${creds.euid}\t${creds.suid}\t${creds.fsuid}`, `Gid:\t${creds.gid}\t${creds.egid}\t${creds.sgid}\t${creds.fsgid}`,
    'FDSize:\t64', `Groups:\t${creds.groups.map((gid) => `${gid} `).join('')}`,
    `VmPeak:\t${kb(mm.totalBytes)}`, `VmSize:\t${kb(mm.totalBytes)}`, `VmRSS:\t${kb(resident(task) * PAGE_SIZE)}`, `VmStk:\t${kb(stack === undefined ? 0 : stack.end - stack.start)}`,
    `Threads:\t${group.tasks.length}`, `SigQ:\t0/${group.rlimits[RLIMIT.RLIMIT_SIGPENDING]!.soft}`,
    `CapInh:\t${caps(creds.inheritable)}`, `CapPrm:\t${caps(creds.permitted)}`, `CapEff:\t${caps(creds.effective)}`, `CapBnd:\t${caps(creds.bounding)}`, `CapAmb:\t${caps(creds.ambient)}`,
    `NoNewPrivs:\t${creds.noNewPrivs ? 1 : 0}`, 'Seccomp:\t0', `Cpus_allowed:\t${hex((1 << task.kernel.system.cpus) - 1, 1)}`, `Cpus_allowed_list:\t${task.kernel.system.cpus > 1 ? `0-${task.kernel.system.cpus - 1}` : '0'}`,
  ]
  return `${lines.join('\n')}\n`
}
