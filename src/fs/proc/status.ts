import { RLIMIT } from '../../abi/flags/limits.js'
import type { Sigset } from '../../kernel/signals/sigset.js'
import type { Task } from '../../kernel/task.js'
import { PAGE_SIZE } from '../../memory/layout.js'
import { PROT, VM } from '../../memory/vma.js'
import { signalsOf } from '../signalfd.js'
import { tableOf } from '../file-table.js'

const hex = (n: number, width: number): string => n.toString(16).padStart(width, '0')

/** Letter and word of a state. Linux: task_state_array. */
export const STATE_NAME = { running: 'R (running)', sleeping: 'S (sleeping)', stopped: 'T (stopped)', zombie: 'Z (zombie)', dead: 'X (dead)' } as const

/** Signal sets of a task as /proc shows them. Linux: render_sigset_t, collect_sigign_sigcatch. */
export function signalSets(task: Task): { pending: Sigset; shared: Sigset; blocked: Sigset; ignored: Sigset; caught: Sigset; queued: number } {
  const state = signalsOf(task)
  const none: Sigset = { low: 0, high: 0 }
  const ignored = { low: 0, high: 0 }
  const caught = { low: 0, high: 0 }
  state?.table.actions.forEach(({ handler }, signal) => {
    if (signal === 0 || handler === 0) return
    const set = handler === 1 ? ignored : caught
    if (signal <= 32) set.low |= 1 << (signal - 1)
    else set.high |= 1 << (signal - 33)
  })
  const queued = state === null ? 0 : state.pending.queue.length + state.shared.pending.queue.length
  return { pending: state?.pending.set ?? none, shared: state?.shared.pending.set ?? none, blocked: state?.blocked ?? none, ignored, caught, queued }
}

/** Sizes of an address space in bytes, but for pages. Linux: task_mem. */
export function memorySizes({ mm }: Task): { data: number; stack: number; exec: number; lib: number; locked: number; anonymous: number; shared: number; tables: number } {
  const { layout } = mm
  const sizes = { data: 0, stack: 0, exec: 0, lib: 0, locked: 0, anonymous: 0, shared: 0, tables: 0 }
  let code = 0
  for (const { start, end, prot, flags, backing } of mm.vmas) {
    const size = end - start
    if ((flags & VM.locked) !== 0) sizes.locked += size
    if ((flags & VM.growsDown) !== 0) sizes.stack += size
    else if ((prot & (PROT.write | PROT.exec)) === PROT.exec) code += size
    else if ((prot & PROT.write) !== 0 && (flags & VM.shared) === 0) sizes.data += size
    mm.pages.update(start, end, (_page, entry) => {
      if (backing === null) sizes.anonymous++
      else sizes.shared++
      return entry
    })
  }
  sizes.exec = Math.min(code, Math.ceil(layout.endCode / PAGE_SIZE) * PAGE_SIZE - Math.floor(layout.startCode / PAGE_SIZE) * PAGE_SIZE)
  sizes.lib = code - sizes.exec
  // a page for each 2 MiB that hold something, and three levels above
  sizes.tables = (3 + new Set(mm.vmas.map(({ start }) => Math.floor(start / 0x200000))).size) * PAGE_SIZE
  return sizes
}

const setText = ({ low, high }: Sigset): string => hex(high >>> 0, 8) + hex(low >>> 0, 8)
const caps = (set: readonly [number, number]): string => hex(set[1] >>> 0, 8) + hex(set[0] >>> 0, 8)

function memoryLines(task: Task): string[] {
  if (task.state === 'zombie') return []
  const { mm } = task
  const sizes = memorySizes(task)
  const kb = (bytes: number): string => `${String(Math.ceil(bytes / 1024)).padStart(8)} kB`
  const resident = kb((sizes.anonymous + sizes.shared) * PAGE_SIZE)
  return [
    `VmPeak:\t${kb(mm.totalBytes)}`, `VmSize:\t${kb(mm.totalBytes)}`, `VmLck:\t${kb(sizes.locked)}`, `VmPin:\t${kb(0)}`, `VmHWM:\t${resident}`, `VmRSS:\t${resident}`,
    `RssAnon:\t${kb(sizes.anonymous * PAGE_SIZE)}`, `RssFile:\t${kb(0)}`, `RssShmem:\t${kb(sizes.shared * PAGE_SIZE)}`, `VmData:\t${kb(sizes.data)}`, `VmStk:\t${kb(sizes.stack)}`,
    `VmExe:\t${kb(sizes.exec)}`, `VmLib:\t${kb(sizes.lib)}`, `VmPTE:\t${kb(sizes.tables)}`, `VmSwap:\t${kb(0)}`, `HugetlbPages:\t${kb(0)}`, 'CoreDumping:\t0', 'THP_enabled:\t1',
    'untag_mask:\t0xffffffffffffffff',
  ]
}

/** /proc/PID/status. Linux: proc_pid_status. */
export function statusText(task: Task, umask: number): string {
  const { creds, group } = task
  const signals = signalSets(task)
  const { cpus } = task.kernel.system
  const list = cpus > 1 ? `0-${cpus - 1}` : '0'
  const descriptors = tableOf(task)?.descriptors().at(-1) ?? -1
  const lines = [
    `Name:\t${task.comm}`, `Umask:\t${umask.toString(8).padStart(4, '0')}`, `State:\t${STATE_NAME[task.state]}`, `Tgid:\t${task.tgid}`, 'Ngid:\t0', `Pid:\t${task.pid}`,
    `PPid:\t${group.parentPid}`, 'TracerPid:\t0', `Uid:\t${creds.uid}\t${creds.euid}\t${creds.suid}\t${creds.fsuid}`, `Gid:\t${creds.gid}\t${creds.egid}\t${creds.sgid}\t${creds.fsgid}`,
    `FDSize:\t${Math.max(64, 2 ** Math.ceil(Math.log2(descriptors + 1 || 1)))}`, `Groups:\t${creds.groups.map((gid) => `${gid} `).join('') || ' '}`,
    `NStgid:\t${task.tgid}`, `NSpid:\t${task.pid}`, `NSpgid:\t${group.pgid}`, `NSsid:\t${group.sid}`, 'Kthread:\t0', ...memoryLines(task),
    `Threads:\t${group.tasks.length}`, `SigQ:\t${signals.queued}/${group.rlimits[RLIMIT.RLIMIT_SIGPENDING]!.soft}`,
    `SigPnd:\t${setText(signals.pending)}`, `ShdPnd:\t${setText(signals.shared)}`, `SigBlk:\t${setText(signals.blocked)}`, `SigIgn:\t${setText(signals.ignored)}`, `SigCgt:\t${setText(signals.caught)}`,
    `CapInh:\t${caps(creds.inheritable)}`, `CapPrm:\t${caps(creds.permitted)}`, `CapEff:\t${caps(creds.effective)}`, `CapBnd:\t${caps(creds.bounding)}`, `CapAmb:\t${caps(creds.ambient)}`,
    `NoNewPrivs:\t${creds.noNewPrivs ? 1 : 0}`, 'Seccomp:\t0', 'Seccomp_filters:\t0', 'Speculation_Store_Bypass:\tvulnerable', 'SpeculationIndirectBranch:\talways enabled',
    `Cpus_allowed:\t${hex((1 << cpus) - 1, 1)}`, `Cpus_allowed_list:\t${list}`, 'Mems_allowed:\t00000001', 'Mems_allowed_list:\t0', 'voluntary_ctxt_switches:\t0', 'nonvoluntary_ctxt_switches:\t0',
  ]
  return `${lines.join('\n')}\n`
}

const LIMITS = [
  ['Max cpu time', 'seconds', RLIMIT.RLIMIT_CPU], ['Max file size', 'bytes', RLIMIT.RLIMIT_FSIZE], ['Max data size', 'bytes', RLIMIT.RLIMIT_DATA], ['Max stack size', 'bytes', RLIMIT.RLIMIT_STACK],
  ['Max core file size', 'bytes', RLIMIT.RLIMIT_CORE], ['Max resident set', 'bytes', RLIMIT.RLIMIT_RSS], ['Max processes', 'processes', RLIMIT.RLIMIT_NPROC], ['Max open files', 'files', RLIMIT.RLIMIT_NOFILE],
  ['Max locked memory', 'bytes', RLIMIT.RLIMIT_MEMLOCK], ['Max address space', 'bytes', RLIMIT.RLIMIT_AS], ['Max file locks', 'locks', RLIMIT.RLIMIT_LOCKS], ['Max pending signals', 'signals', RLIMIT.RLIMIT_SIGPENDING],
  ['Max msgqueue size', 'bytes', RLIMIT.RLIMIT_MSGQUEUE], ['Max nice priority', '', RLIMIT.RLIMIT_NICE], ['Max realtime priority', '', RLIMIT.RLIMIT_RTPRIO], ['Max realtime timeout', 'us', RLIMIT.RLIMIT_RTTIME],
] as const

/** /proc/PID/limits. Linux: proc_pid_limits. */
export function limitsText({ group }: Task): string {
  const row = (name: string, soft: string, hard: string, unit: string): string => `${name.padEnd(25)} ${soft.padEnd(20)} ${hard.padEnd(20)} ${unit.padEnd(10)}\n`
  const value = (n: number): string => (n === Infinity ? 'unlimited' : String(n))
  const rows = LIMITS.map(([name, unit, which]) => {
    const { soft, hard } = group.rlimits[which]!
    return unit === '' ? `${name.padEnd(25)} ${value(soft).padEnd(20)} ${value(hard).padEnd(20)} \n` : row(name, value(soft), value(hard), unit)
  })
  return row('Limit', 'Soft Limit', 'Hard Limit', 'Units') + rows.join('')
}
