/** strace lines with process ids named in order of appearance, and without the time that was left of a sleep. */
export function renamed(lines: readonly string[]): string[] {
  const names = new Map<string, string>()
  const nameOf = (pid: string): string => {
    const name = names.get(pid) ?? `PID${names.size + 1}`
    names.set(pid, name)
    return name
  }
  return lines.map((line) => line
    .replace(/^((?:getpid|vfork|clone)\(.*\) += )(\d+)$/, (_, before: string, pid: string) => before + nameOf(pid))
    .replace(/^((?:kill|wait4)\()(\d+)/, (_, before: string, pid: string) => before + nameOf(pid))
    .replace(/^(wait4\(.* = )(\d+)$/, (_, before: string, pid: string) => before + nameOf(pid))
    .replace(/^(kill\(.*\)) +=/, '$1 =')
    .replace(/si_pid=(\d+)/, (_, pid: string) => `si_pid=${nameOf(pid)}`)
    .replace(/, \{tv_sec=0, tv_nsec=\d+\}\)( = \?)/, ', {left})$1')
    .replace(/left \{tv_sec=\d+, tv_nsec=\d+\}/, 'left {time}'))
}
