import type { FileSystem, InodeBase } from '../inode.js'
import { ProcLink, ProcText } from './nodes.js'
import { sysTree } from './sysctl.js'

/** A name and its text. */
type Entry = readonly [name: string, text: () => string]

const FILESYSTEMS = 'nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\nnodev\tpipefs\nnodev\tsockfs\nnodev\tanon_inodefs\n'

/** The files of /proc that concern the whole system; inode numbers from `ino`. */
export function systemFiles(sb: FileSystem, ino: number): [string, InodeBase][] {
  const { kernel } = sb
  const kib = (pages: number): string => String(pages * 4).padStart(8)
  const seconds = (ns: number): string => (Math.floor(ns / 1e7) / 100).toFixed(2)
  const busy = (): number => [...kernel.tasks.values()].reduce((sum, task) => sum + task.userTime + task.systemTime, 0)
  const idle = (): number => Math.max(0, kernel.clock.monotonic() - busy())
  const loaded = (): string => {
    const tasks = [...kernel.tasks.values()]
    return `0.00 0.00 0.00 ${tasks.filter((task) => task.state === 'running').length}/${tasks.length} ${Math.max(0, ...tasks.map((task) => task.pid))}\n`
  }
  const cpus = Array.from({ length: kernel.system.cpus }, (_, i) => i)
  const texts: Entry[] = [
    ['cmdline', () => '\n'],
    ['devices', () => 'Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n136 pts\n\nBlock devices:\n'],
    ['partitions', () => 'major minor  #blocks  name\n\n'],
    ['swaps', () => 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'],
    ['cpuinfo', () => cpus.map(cpuInfo).join('')],
    ['filesystems', () => FILESYSTEMS],
    ['loadavg', loaded],
    ['meminfo', () => {
      const { total, used } = kernel.memory
      const free = total - used
      const rows = [['MemTotal:', total], ['MemFree:', free], ['MemAvailable:', free], ['Buffers:', 0], ['Cached:', 0], ['SwapTotal:', 0], ['SwapFree:', 0]] as const
      return rows.map(([name, pages]) => `${name.padEnd(15)} ${kib(pages)} kB\n`).join('')
    }],
    ['stat', () => {
      const ticks = (ns: number): number => Math.floor(ns / 1e7)
      const tasks = [...kernel.tasks.values()]
      const user = ticks(tasks.reduce((sum, task) => sum + task.userTime, 0))
      const system = ticks(tasks.reduce((sum, task) => sum + task.systemTime, 0))
      const line = `${user} 0 ${system} ${ticks(idle())} 0 0 0 0 0 0\n`
      const running = tasks.filter((task) => task.state === 'running').length
      const head = `cpu  ${line}${cpus.map((i) => `cpu${i} ${line}`).join('')}intr 0\nctxt 0\nbtime ${kernel.clock.bootTime.seconds}\n`
      return `${head}processes ${tasks.length}\nprocs_running ${running}\nprocs_blocked 0\n`
    }],
    ['uptime', () => `${seconds(kernel.clock.monotonic())} ${seconds(idle())}\n`],
    ['version', () => `${kernel.system.sysname} version ${kernel.system.release} (build@${kernel.system.nodename}) ${kernel.system.version}\n`],
  ]
  const files = texts.map(([name, text], i): [string, InodeBase] => [name, new ProcText(sb, ino + i, text)])
  return [...files, ['mounts', new ProcLink(sb, ino + 20, () => 'self/mounts')], ['sys', sysTree(sb, ino + 32)]]
}

function cpuInfo(i: number): string {
  const head = `processor\t: ${i}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 6\nmodel name\t: syscallkit\nstepping\t: 3\n`
  const flags = 'fpu tsc msr cx8 sep cmov mmx fxsr sse sse2 syscall nx lm'
  const tail = 'address sizes\t: 40 bits physical, 48 bits virtual\npower management:\n\n'
  return `${head}fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: 1\nwp\t\t: yes\nflags\t\t: ${flags}\n${tail}`
}
