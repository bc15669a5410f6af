/**
 * Makes two strace logs of the same program comparable: what differs from run to run gets a name, the same value the
 * same name. Only addresses of mappings, stack and heap, process ids, times, random bytes, file system ids and the
 * size of the machine, slices included, are renamed; everything else must be equal, addresses inside the program file included.
 */

/** Where mappings and the stack of a process lie when addresses are not randomised, with room to both sides. */
const regions = {
  x86_64: { low: 0x7f0000000000, stack: 0x7fffff000000, high: 0x800000000000 },
  i386: { low: 0xf0000000, stack: 0xff000000, high: 0xffffe000 },
} as const

/** How far above its start an address counts as heap. */
const HEAP = 64 << 20

/** Calls whose result is a process id of the machine around the program. */
const foreignIds = /^(getppid|getpgrp|getpgid|getsid)\(([^)]*)\) +=\s+\d+$/

/** Calls that return or fill in the time of day, of the machine or of the process. */
const clocks = /^(clock_gettime(64)?|gettimeofday|times|time|getrusage|adjtimex|clock_adjtime)\(/
/** Calls whose last structure is the time that is left. */
const remaining = /^(nanosleep|clock_nanosleep(_time64)?|getitimer|setitimer|timer_gettime(64)?|timer_settime(64)?|timerfd_gettime(64)?|timerfd_settime(64)?)\(/

function timeless(line: string): string {
  if (clocks.test(line)) {
    return line
      .replace(/((?:tv|tms)_\w+=)\d+/g, '$1<time>')
      .replace(/^(times\(.*\)) += \d+/, '$1 = <time>')
      .replace(/^time\(\[\d+ .*? \*\/\]\)/, 'time([<time>])')
      .replace(/ += \d{9,} \(.*\)$/, ' = <time>')
  }
  if (remaining.test(line)) {
    const split = /^(getitimer|timer_gettime|timerfd_gettime)/.test(line) ? 0 : line.search(/\}\}?, \{/)
    if (split < 0) return line
    // Zero is no time: a timer that is not armed.
    const blank = (text: string): string => text.replace(/tv_sec=(\d+), tv_([un])sec=(\d+)/g, (all, s: string, u: string, f: string) => (s === '0' && f === '0' ? all : `tv_sec=<time>, tv_${u}sec=<time>`))
    const tail = line.slice(split)
    const value = tail.indexOf('it_value=')
    return line.slice(0, split) + (value < 0 ? blank(tail) : tail.slice(0, value) + blank(tail.slice(value)))
  }
  return line.replace(/left \{tv_sec=\d+, tv_([un])sec=\d+\}/, 'left {tv_sec=<time>, tv_$1sec=<time>}')
}

/** strace's lines with everything renamed that may differ; see the head of this file. */
export function normaliseStrace(lines: readonly string[], arch: 'x86_64' | 'i386'): string[] {
  const region = regions[arch]
  const names = new Map<number, string>()
  let stacks = 0
  let maps = 0
  let heap = -1
  const self = ownId(lines)
  const children = new Map(childIds(lines).map((id, i) => [id, `<child${i + 1}>`]))
  const address = (text: string): string => {
    const value = parseInt(text, 16)
    if (heap >= 0 && value >= heap && value < heap + HEAP) return `<heap+0x${(value - heap).toString(16)}>`
    if (value < region.low || value >= region.high) return text
    if (value >= region.stack) {
      if (!names.has(value)) names.set(value, `<stack${++stacks}>`)
      return names.get(value)!
    }
    const page = Math.floor(value / 4096)
    if (!names.has(page)) names.set(page, `<map${++maps}>`)
    return value % 4096 === 0 ? names.get(page)! : `${names.get(page)!}+0x${(value % 4096).toString(16)}`
  }
  return lines.map((raw) => {
    if (heap < 0) {
      const start = /^brk\((?:NULL|0)\) += 0x([0-9a-f]+)$/.exec(raw)
      if (start) heap = parseInt(start[1]!, 16)
    }
    let line = timeless(raw)
    line = line.replace(/(getrandom\()"(?:\\.|[^"\\])+"(?:\.\.\.)?/, '$1"<random>"')
    line = line.replace(/\b(d_ino|stx_ino|st_ino)=\d+/g, '$1=<ino>')
    line = line.replace(/f_fsid=\{val=\[[^\]]*\]\}/, 'f_fsid=<fsid>')
    line = line.replace(/(f_blocks|f_bfree|f_bavail|f_files|f_ffree)=\d+/g, '$1=<size>')
    line = line.replace(/\b(sched_runtime)=[1-9]\d*/g, '$1=<slice>')
    line = line.replace(/^(sysinfo\()\{.*\}/, '$1{<machine>}')
    line = line.replace(foreignIds, '$1($2) = <pid>')
    line = line.replace(/0x[0-9a-f]+( \/\* \d+ vars? \*\/)/, '<envp>$1')
    if (self !== null) line = withoutId(line, self)
    line = withoutChildren(line, children)
    // Not the hex inside strings and longer words; a flag nobody knows is followed by a comment.
    line = line.replace(/(?<![\w"\\])0x[0-9a-f]+(?![\w"]| \/\* [A-Z])/g, address)
    return line.replace(/\) +=/, ') =')
  })
}

function ownId(lines: readonly string[]): string | null {
  for (const line of lines) {
    const found = /^(?:set_tid_address|getpid|gettid)\(.*\) += (\d+)$/.exec(line)
    if (found) return found[1]!
  }
  return null
}

/** Processes that it made, in order. */
function childIds(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^(?:fork|vfork|clone|clone3)\(.*\) += (\d+)$/.exec(line)?.[1] ?? [])
}

const takesId = /^((?:kill|tkill|tgkill|rt_sigqueueinfo|rt_tgsigqueueinfo|wait4|waitpid|setpgid|getpgid|getsid|prlimit64|pidfd_open|get_robust_list|process_vm_readv|process_vm_writev|sched_\w+)\(-?|(?:waitid\((?:P_PID|P_PGID)|[gs]etpriority\(\w+), )(\d+)\b/

/** The same process has the same name wherever a call is given its id or gives it. */
function withoutChildren(line: string, children: ReadonlyMap<string, string>): string {
  const named = (id: string): string => children.get(id) ?? id
  return line
    .replace(takesId, (_all, before: string, id: string) => before + named(id))
    .replace(/^((?:tgkill|rt_tgsigqueueinfo)\((?:<child\d+>|-1), )(\d+)\b/, (_all, before: string, id: string) => before + named(id))
    .replace(/^((?:fork|vfork|clone|clone3|wait4|waitpid)\(.*\) +=) (\d+)$/, (_all, before: string, id: string) => `${before} ${named(id)}`)
    .replace(/\{pid=(\d+), uid=/, (_all, id: string) => `{pid=${named(id)}, uid=`)
    .replace(/\bsi_pid=(\d+)\b/, (_all, id: string) => `si_pid=${named(id)}`)
}

function withoutId(line: string, id: string): string {
  return line
    .replace(new RegExp(`^((?:set_tid_address|getpid|gettid)\\(.*\\) +=) ${id}$`), '$1 <self>')
    .replace(new RegExp(`^((?:kill|tkill|rt_sigqueueinfo|process_vm_readv|process_vm_writev)\\()${id}\\b`), '$1<self>')
    .replace(new RegExp(`^((?:tgkill|rt_tgsigqueueinfo)\\()${id}, ${id}\\b`), '$1<self>, <self>')
    .replace(new RegExp(`^((?:tgkill|rt_tgsigqueueinfo)\\()${id}\\b`), '$1<self>')
    .replace(new RegExp(`^((?:tgkill|rt_tgsigqueueinfo)\\(-1, )${id}\\b`), '$1<self>')
    .replace(new RegExp(`si_pid=${id}\\b`), 'si_pid=<self>')
    .replace(new RegExp(`\\{pid=${id},`), '{pid=<self>,')
    .replace(new RegExp(`^(fcntl(?:64)?\\(\\d+, F_SETOWN, )${id}\\b`), '$1<self>')
    .replace(new RegExp(`\\{type=F_OWNER_PID, pid=${id}\\}`), '{type=F_OWNER_PID, pid=<self>}')
    .replace(new RegExp(`^(ioctl\\(\\d+, FIOGETOWN, )\\[${id}\\]`), '$1[<self>]')
    .replace(/^\[ Process PID=\d+ /, '[ Process PID=<self> ')
}
