import { describe, expect, test } from 'vitest'
import { StraceLog } from './strace.js'

/** A log of one call, with memory made of the given pieces. Expected lines are those of strace 6.1 on Linux 6.18. */
function line(name: string | null, args: readonly (number | bigint)[], result: number, options: Options = {}): string {
  const { memory = {}, after = {}, word = 8, nr = 0 } = options
  const lines: string[] = []
  const log = new StraceLog((text) => lines.push(text), true)
  const halves = new Int32Array(12)
  args.forEach((value, i) => {
    const bits = BigInt.asUintN(64, BigInt(value))
    halves[2 * i] = Number(BigInt.asIntN(32, bits))
    halves[2 * i + 1] = word === 4 ? 0 : Number(BigInt.asIntN(32, bits >> 32n))
  })
  let pieces = memory
  const read = (address: number, length: number): Uint8Array | null => {
    for (const [start, bytes] of Object.entries(pieces)) {
      const at = address - Number(start)
      if (at >= 0 && at + length <= bytes.length + 64) return Uint8Array.from({ length }, (_, i) => bytes[at + i] ?? 0)
    }
    return null
  }
  log.enter({ name, nr, word, args: halves, read, sp: 0 })
  pieces = { ...memory, ...after }
  log.exit(result, result < 0 && result >= -4095)
  return lines[0]!
}
interface Options {
  memory?: Record<number, readonly number[]>
  after?: Record<number, readonly number[]>
  word?: 4 | 8
  nr?: number
}
const text = (s: string): number[] => [...s].map((c) => c.charCodeAt(0))
const words = (...values: number[]): number[] => values.flatMap((v) => [v & 255, (v >> 8) & 255, (v >> 16) & 255, (v >>> 24) & 255])
const longs = (...values: number[]): number[] => values.flatMap((v) => words(v, v < 0 ? -1 : 0))

describe('a line of strace', () => {
  test('the result stands in column 40, or after a blank where the call is longer', () => {
    expect(line('brk', [0x40d710], 0x40d710)).toBe('brk(0x40d710)                           = 0x40d710')
    expect(line('munmap', [0x7ffff7ff6000, 4096], 0)).toBe('munmap(0x7ffff7ff6000, 4096)            = 0')
  })
  test('errors have a name and a text; a call to be restarted has no result', () => {
    expect(line('dup', [99], -9)).toBe('dup(99)                                 = -1 EBADF (Bad file descriptor)')
    expect(line('pause', [], -514)).toBe('pause()                                 = ? ERESTARTNOHAND (To be restarted if no handler)')
    expect(line('rt_sigsuspend', [0x10, 3], -22)).toBe('rt_sigsuspend(0x10, 3)                  = -1 EINVAL (Invalid argument)')
  })
  test('a number of no table shows six raw registers', () => {
    expect(line(null, [1, 2, 3, 4, 5, 6], -38, { nr: -1 })).toBe('syscall_0xffffffffffffffff(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS (Function not implemented)')
  })
})

describe('strings', () => {
  const write = (s: string): string => line('write', [1, 0x1000, s.length], s.length, { memory: { 0x1000: text(s) } })
  test('are cut after 32 bytes', () => {
    expect(write('syscall: rcx, r11 and the others as they should be\n')).toBe('write(1, "syscall: rcx, r11 and the others"..., 51) = 51')
    expect(write('x'.repeat(32))).toBe(`write(1, "${'x'.repeat(32)}", 32) = 32`)
  })
  test('escapes are C\'s; octal is as short as what follows allows', () => {
    expect(write('\x00\x01\x0028')).toContain('"\\0\\1\\00028"')
    expect(write('"\\\n\x0b\xff')).toContain('"\\"\\\\\\n\\v\\377"')
  })
  test('an address that cannot be read is shown as it is', () => {
    expect(line('write', [3, 8, 10], -14)).toBe('write(3, 0x8, 10)                       = -1 EFAULT (Bad address)')
    expect(line('open', [0, 0], -14)).toBe('open(NULL, O_RDONLY)                    = -1 EFAULT (Bad address)')
  })
  test('what a call fills is read when it returns', () => {
    const options = { memory: { 0x1000: text('before') }, after: { 0x1000: text('into') } }
    expect(line('read', [5, 0x1000, 4], 4, options)).toBe('read(5, "into", 4)                      = 4')
    expect(line('read', [5, 0x1000, 4], -11, options)).toBe('read(5, 0x1000, 4)                      = -1 EAGAIN (Resource temporarily unavailable)')
  })
})

describe('flags', () => {
  test.each([
    ['open: no mode without O_CREAT', 'open', [0x1000, 0o100002, 0o644], 3, 'open("f", O_RDWR|O_LARGEFILE)           = 3'],
    ['open: with it', 'open', [0x1000, 0o302, 0o644], 3, 'open("f", O_RDWR|O_CREAT|O_EXCL, 0644)  = 3'],
    ['fcntl: by command', 'fcntl', [3, 3], 0x8002, 'fcntl(3, F_GETFL)                       = 0x8002 (flags O_RDWR|O_LARGEFILE)'],
    ['unknown commands', 'fcntl', [3, 9999, 0], -22, 'fcntl(3, 0x270f /* F_??? */, 0)         = -1 EINVAL (Invalid argument)'],
    ['unknown bits alone', 'mprotect', [0x1000, 4096, 0x100], -22, 'mprotect(0x1000, 4096, 0x100 /* PROT_??? */) = -1 EINVAL (Invalid argument)'],
    ['unknown bits with others', 'access', [0x1000, 9], -22, 'access("f", X_OK|0x8)                   = -1 EINVAL (Invalid argument)'],
    ['mmap', 'mmap', [0, 0, -1, -1, -1, 0], -22,
      'mmap(NULL, 0, PROT_READ|PROT_WRITE|PROT_EXEC|PROT_SEM|PROT_GROWSDOWN|PROT_GROWSUP|0xfffffffffcfffff0, 0xf /* MAP_??? */|MAP_FIXED|' +
      'MAP_ANONYMOUS|MAP_32BIT|MAP_NORESERVE|MAP_POPULATE|MAP_NONBLOCK|MAP_GROWSDOWN|MAP_DENYWRITE|MAP_EXECUTABLE|MAP_LOCKED|MAP_STACK|' +
      'MAP_HUGETLB|MAP_SYNC|MAP_FIXED_NOREPLACE|0x3e00680|63<<MAP_HUGE_SHIFT, -1, 0) = -1 EINVAL (Invalid argument)'],
    ['futex: operations with flags', 'futex', [8, 137, 5, 0, 0, -1], -14, 'futex(0x8, FUTEX_WAIT_BITSET_PRIVATE, 5, NULL, FUTEX_BITSET_MATCH_ANY) = -1 EFAULT (Bad address)'],
    ['ioctl: unknown requests', 'ioctl', [3, 0x12345678, 0], -25, 'ioctl(3, _IOC(_IOC_NONE, 0x56, 0x78, 0x1234), 0) = -1 ENOTTY (Inappropriate ioctl for device)'],
    ['wait4', 'wait4', [-1, 0, 3, 0], -10, 'wait4(-1, NULL, WNOHANG|WSTOPPED, NULL) = -1 ECHILD (No child processes)'],
    ['clone', 'clone', [0x1200011, 0, 0, 0, 0], 9, 'clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=NULL) = 9'],
    ['umask', 'umask', [0o77], 0o22, 'umask(077)                              = 022'],
  ] as const)('%s', (_title, name, args, result, expected) => expect(line(name, args, result, { memory: { 0x1000: text('f') } })).toBe(expected))
})

describe('structures', () => {
  test('times', () => {
    const memory = { 0x2000: longs(1000000000, 5, 1100000000, 999999999) }
    expect(line('utimensat', [-100, 0, 0x2000, 0], -14, { memory })).toContain('[{tv_sec=1000000000, tv_nsec=5} /* 2001-09-09T01:46:40.000000005+0000 */, {tv_sec=1100000000, tv_nsec=999999999} /* 2004-11-09T11:33:20.999999999+0000 */]')
    expect(line('nanosleep', [0x2000, 0], -22, { memory: { 0x2000: longs(-1, 0) } })).toBe('nanosleep({tv_sec=-1, tv_nsec=0}, NULL) = -1 EINVAL (Invalid argument)')
  })
  test('the same structure with the other size of long', () => {
    const options = { memory: { 0x2000: words(0, -5) }, word: 4 } as const
    expect(line('nanosleep', [0x2000, 0], -22, options)).toBe('nanosleep({tv_sec=0, tv_nsec=4294967291}, NULL) = -1 EINVAL (Invalid argument)')
  })
  test('vectors, with what the call took of them', () => {
    const memory = { 0x2000: longs(0x3000, 4, 0x3010, 8), 0x3000: text('one two thr') }
    expect(line('writev', [3, 0x2000, 1], 4, { memory })).toBe('writev(3, [{iov_base="one ", iov_len=4}], 1) = 4')
    expect(line('readv', [3, 0x2000, 2], 4, { memory })).toBe('readv(3, [{iov_base="one ", iov_len=4}, {iov_base="", iov_len=8}], 2) = 4')
  })
  test('poll: what is ready stands behind the result', () => {
    const memory = { 0x2000: words(5, 1, 77, 1) }
    const after = { 0x2000: words(5, 0x110001, 77, 0x200001) }
    expect(line('poll', [0x2000, 2, 0], 2, { memory, after })).toBe(
      'poll([{fd=5, events=POLLIN}, {fd=77, events=POLLIN}], 2, 0) = 2 ([{fd=5, revents=POLLIN|POLLHUP}, {fd=77, revents=POLLNVAL}])')
    expect(line('poll', [0, 0, 1], 0)).toBe('poll(NULL, 0, 1)                        = 0 (Timeout)')
  })
  test('signal sets: the complement when most are in it', () => {
    expect(line('rt_sigprocmask', [0, 0x2000, 0, 8], 0, { memory: { 0x2000: words(0x100, 4) } })).toBe('rt_sigprocmask(SIG_BLOCK, [KILL RT_3], NULL, 8) = 0')
    expect(line('rt_sigprocmask', [0, 0x2000, 0, 8], 0, { memory: { 0x2000: words(0x7fffffff, -4) } })).toBe('rt_sigprocmask(SIG_BLOCK, ~[RTMIN RT_1 RT_2], NULL, 8) = 0')
  })
  test('limits', () => {
    const after = { 0x2000: longs(8388608, -1) }
    expect(line('prlimit64', [0, 3, 0, 0x2000], 0, { after })).toBe('prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0')
  })
})

describe('what is no call', () => {
  const lines = (act: (log: StraceLog) => void): string[] => {
    const out: string[] = []
    act(new StraceLog((l) => out.push(l)))
    return out
  }
  test('signals', () => {
    expect(lines((log) => log.signal({ signo: 11, code: 1, addr: 0n }))).toEqual(['--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL} ---'])
    expect(lines((log) => log.signal({ signo: 14, code: 128 }))).toEqual(['--- SIGALRM {si_signo=SIGALRM, si_code=SI_KERNEL} ---'])
    expect(lines((log) => log.signal({ signo: 17, code: 2, pid: 7, uid: 0, status: 9 }))).toEqual([
      '--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=7, si_uid=0, si_status=SIGKILL, si_utime=0, si_stime=0} ---'])
  })
  test('the end of the process, in a call that does not return', () => {
    const call = { name: 'exit_group', nr: 231, word: 8, args: new Int32Array(12), read: () => null, sp: 0 } as const
    expect(lines((log) => (log.enter(call), log.exited(0)))).toEqual(['exit_group(0)                           = ?', '+++ exited with 0 +++'])
    expect(lines((log) => log.killed(11, true))).toEqual(['+++ killed by SIGSEGV (core dumped) +++'])
  })
  test('execve, and that a program is a 32-bit one', () => {
    const exec = { path: '/bin/hello', argv: ['hello', 'x'], environment: 1, envp: 0x7fffffffe000, pid: 30, is32: true }
    expect(lines((log) => log.exec(exec))).toEqual([
      'execve("/bin/hello", ["hello", "x"], 0x7fffffffe000 /* 1 var */) = 0', '[ Process PID=30 runs in 32 bit mode. ]'])
  })
})
