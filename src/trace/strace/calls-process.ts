/** Processes: life and death, identity, limits, scheduling. */
import { CLONE, IOPRIO_WHO, KCMP, PRIO, SCHED, UNSHARE, WAIT_ID } from '../../abi/flags/clone.js'
import { RLIMIT, RUSAGE } from '../../abi/flags/limits.js'
import { PERSONALITIES, PERSONALITY } from '../../abi/flags/prctl.js'
import { RLIMIT64, RLIMIT_ILP32, RLIMIT_LP64, RUSAGE_ILP32, RUSAGE_LP64 } from '../../abi/structs/process.js'
import {
  address, addressText, dirfd, fd, from, hexText, id, id16, int, out, uint, ulong, type Arg, type CallPrinter, type Print,
  type TracedCall,
  hex32,
} from './call.js'
import { pointee, struct, type Fields } from './fields.js'
import { capData, capHeader, cloneArgs } from './extensible-structs.js'
import { all, flags, flagsText, nameText, oneOf, pick, joined, type Names } from './flags.js'
import { atNames, waitNames } from './names.js'
import { siginfo, signalText } from './signal-structs.js'
import { environment, path, strings } from './strings.js'

const call = (...args: Arg[]): CallPrinter => ({ args })
const oldId: Print = (c, i) => (c.word === 4 ? id16 : id)(c, i)

/** A wait status: `[{WIFEXITED(s) && WEXITSTATUS(s) == 2}]`. */
function statusText(status: number): string {
  const low = status & 0x7f
  const core = status & 0x80 ? ' && WCOREDUMP(s)' : ''
  if ((status & 0xffff) === 0xffff) return '{WIFCONTINUED(s)}'
  if ((status & 0xff) === 0x7f) return `{WIFSTOPPED(s) && WSTOPSIG(s) == ${signalText((status >> 8) & 0xff)}}`
  if (low !== 0) return `{WIFSIGNALED(s) && WTERMSIG(s) == ${signalText(low)}${core}}`
  return `{WIFEXITED(s) && WEXITSTATUS(s) == ${(status >> 8) & 0xff}}`
}
const status: Arg = { after: (c, i) => (c.failed || c.result === 0 ? address(c, i) : pointee('i32', (v) => statusText(Number(v)))(c, i)) }

/** struct rusage, abbreviated. */
const rusage: Print = /* @__PURE__ */ struct({ lp64: RUSAGE_LP64, ilp32: RUSAGE_ILP32 }, (f) => {
  const time = (name: 'ru_utime' | 'ru_stime'): string => `{tv_sec=${f.get(`${name}_tv_sec`)}, tv_usec=${f.unsigned(`${name}_tv_usec`)}}`
  return `{ru_utime=${time('ru_utime')}, ru_stime=${time('ru_stime')}, ...}`
})

/** A limit: in units of 1024 where that is exact. */
function limitText(value: bigint, infinity: bigint, name: string): string {
  if (value === infinity) return name
  return value > 1024n && value % 1024n === 0n ? `${value / 1024n}*1024` : String(value)
}
const showLimit = (infinity: bigint, name: string) => (f: Fields<'rlim_cur' | 'rlim_max'>): string =>
  `{rlim_cur=${limitText(f.get('rlim_cur'), infinity, name)}, rlim_max=${limitText(f.get('rlim_max'), infinity, name)}}`
const limit64: Print = /* @__PURE__ */ struct(RLIMIT64, /* @__PURE__ */ showLimit(0xffffffffffffffffn, 'RLIM64_INFINITY'))
const limit32: Print = /* @__PURE__ */ struct({ lp64: RLIMIT_LP64, ilp32: RLIMIT_ILP32 }, /* @__PURE__ */ showLimit(0xffffffffn, 'RLIM_INFINITY'))
const limit: Print = (c, i) => (c.word === 8 ? limit64 : limit32)(c, i)
const resource = /* @__PURE__ */ oneOf(/* @__PURE__ */ all(RLIMIT), 'RLIMIT_???')
const who = /* @__PURE__ */ oneOf(/* @__PURE__ */ pick(RUSAGE, 'RUSAGE_SELF', 'RUSAGE_CHILDREN', 'RUSAGE_BOTH', 'RUSAGE_THREAD'), 'RUSAGE_???')

const policies: Names = /* @__PURE__ */ joined(/* @__PURE__ */ pick(SCHED, 'SCHED_NORMAL', 'SCHED_FIFO', 'SCHED_RR', 'SCHED_BATCH', 'SCHED_IDLE', 'SCHED_DEADLINE'), [['SCHED_ISO', 4n]])
const policy: Print = (c, i) => nameText(BigInt(c.u32(i)), policies, 'SCHED_???').replace('SCHED_NORMAL', 'SCHED_OTHER')
const priority: Print = /* @__PURE__ */ pointee('i32')
const cpuMask = (length: (c: TracedCall) => number): Print => (c, i) => {
  const bytes = c.ulong(i) === 0n ? null : c.at(i, length(c))
  if (bytes === null) return address(c, i)
  const cpus: number[] = []
  for (let n = 0; n < bytes.length * 8; n++) if ((bytes[n >> 3]! >> (n & 7)) & 1) cpus.push(n)
  return `[${cpus.join(' ')}]`
}

const groups = (width: 2 | 4, length: (c: TracedCall) => number, before: boolean): Arg => {
  const show: Print = (c, i) => {
    const n = length(c)
    if (c.ulong(i) === 0n) return 'NULL'
    if (n === 0) return '[]'
    const bytes = n > 65536 ? null : c.at(i, n * width)
    if (bytes === null) return address(c, i)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const texts = Array.from({ length: Math.min(n, 32) }, (_, k) => String(width === 2 ? view.getUint16(2 * k, true) : view.getUint32(4 * k, true)))
    return `[${texts.join(', ')}${n > 32 ? ', ...' : ''}]`
  }
  return before ? show : out((c, i) => (c.result === 0 || c.u32(0) === 0 ? address(c, i) : show(c, i)))
}

const cloneNames = /* @__PURE__ */ all(CLONE)
const cloneFlags = (value: bigint): string => {
  const exit = Number(value & 0xffn)
  const rest = value & ~0xffn
  const names = rest === 0n ? '' : flagsText(rest, cloneNames, 'CLONE_???')
  return [...(names === '' ? [] : [names]), ...(exit === 0 ? [] : [signalText(exit)])].join('|') || '0'
}
/** x86_64: clone(flags, stack, parent_tid, child_tid, tls); i386 has tls before child_tid. */
const clone: CallPrinter = {
  args: (c) => {
    const value = c.ulong(0)
    const has = (bit: number): boolean => (value & BigInt(bit)) !== 0n
    const [child, tls] = c.word === 8 ? [3, 4] : [4, 3]
    const named = (name: string, i: number): Arg => (d) => `${name}=${addressText(d.ulong(i))}`
    const parent: Arg = { after: (d) => `parent_tid=${d.failed ? address(d, 2) : pointee('i32')(d, 2)}` }
    return [
      named('child_stack', 1), (d) => `flags=${cloneFlags(d.ulong(0))}`, ...(has(CLONE.CLONE_PARENT_SETTID) || has(CLONE.CLONE_PIDFD) ? [parent] : []),
      ...(has(CLONE.CLONE_SETTLS) ? [named('tls', tls)] : []),
        ...(has(CLONE.CLONE_CHILD_SETTID) || has(CLONE.CLONE_CHILD_CLEARTID) ? [named('child_tidptr', child)] : []),
    ]
  },
}

const personality: CallPrinter = {
  args: [(c, i) => (c.u32(i) === 0xffffffff ? '0xffffffff' : personalityText(c.u32(i)))],
  result: (c) => `${hexText(c.result)} (${personalityText(c.result)})`,
}
function personalityText(value: number): string {
  const domain = nameText(BigInt(value & 0xff), pick(PERSONALITIES, 'PER_LINUX', 'PER_LINUX32'), 'PER_???')
  const rest = value & ~0xff
  return rest === 0 ? domain : `${domain}|${flagsText(BigInt(rest >>> 0), all(PERSONALITY), '')}`
}

const idsOut = (type: 'u32' | 'u16' | 'both'): Arg => out((c, i) => pointee(type === 'both' ? (c.word === 4 ? 'u16' : 'u32') : type)(c, i))

/** Printers of this area, by the name of the number. */
export function processCalls(): Record<string, CallPrinter> {
  const none = call()
  const one = call(oldId), two = call(oldId, oldId), three = call(oldId, oldId, oldId)
  const idPrinters: Record<string, CallPrinter> = {}
  for (const [name, printer, wide] of [
    ['setuid', one, call(id)], ['setgid', one, call(id)], ['setfsuid', one, call(id)], ['setfsgid', one, call(id)], ['setreuid', two, call(id, id)],
    ['setregid', two, call(id, id)], ['setresuid', three, call(id, id, id)], ['setresgid', three, call(id, id, id)],
  ] as const) {
    idPrinters[name] = printer
    idPrinters[`${name}32`] = wide
  }
  for (const name of ['getuid', 'geteuid', 'getgid', 'getegid', 'getuid32', 'geteuid32', 'getgid32', 'getegid32', 'getpid', 'gettid', 'getppid',
    'getpgrp', 'setsid',
    'sched_yield', 'fork', 'vfork', 'vhangup', 'inotify_init', 'restart_syscall']) idPrinters[name] = none
  const byResult = (c: TracedCall): number => c.result
  const byArgument = (c: TracedCall): number => c.u32(0)
  const resids = (type: 'u32' | 'both'): CallPrinter => call(idsOut(type), idsOut(type), idsOut(type))
  return {
    ...idPrinters,
    execve: call(path, strings, environment), execveat: call(dirfd, path, strings, environment, flags(atNames, 'AT_???')),
    exit: call(int), exit_group: call(int), clone, clone3: call(cloneArgs, ulong), capget: call(capHeader, out(capData)), capset: call(capHeader, capData),
    pidfd_getfd: call(int, int, hex32),
    wait4: call(int, status, flags(waitNames, 'W???'), { after: (c, i) => (c.failed || c.result === 0 ? address(c, i) : rusage(c, i)) }),
    waitpid: call(int, status, flags(waitNames, 'W???')),
    waitid: call(oneOf(all(WAIT_ID), 'P_???'), int, out(siginfo), flags(waitNames, 'W???'), out(rusage)),
    getpgid: call(int), getsid: call(int), setpgid: call(int, int), getgroups: call(int, groupsOf(byResult, false)),
    setgroups: call(uint, groupsOf(byArgument, true)),
    getgroups32: call(int, groups(4, byResult, false)), setgroups32: call(uint, groups(4, byArgument, true)),
    getresuid: resids('both'), getresgid: resids('both'), getresuid32: resids('u32'), getresgid32: resids('u32'),
    getrlimit: call(resource, out(limit)), ugetrlimit: call(resource, out(limit)), setrlimit: call(resource, limit),
    prlimit64: call(int, resource, limit64, out(limit64)), getrusage: call(who, out(rusage)),
    sched_getscheduler: { args: [int], result: (c) => `${c.result} (${policyName(c.result)})` }, sched_setscheduler: call(int, policy, priority),
    sched_getparam: call(int, out(priority)), sched_setparam: call(int, priority), sched_get_priority_max: call(policy), sched_get_priority_min: call(policy),
    sched_getaffinity: call(int, ulong, out(cpuMask(byResult))), sched_setaffinity: call(int, ulong, cpuMask((c) => Math.min(c.u32(1), 128))),
    getpriority: call(oneOf(all(PRIO), 'PRIO_???'), int), setpriority: call(oneOf(all(PRIO), 'PRIO_???'), int, int), nice: call(int),
    getcpu: call(out(pointee('u32')), out(pointee('u32')), address), personality, unshare: call(flags(all(UNSHARE), 'CLONE_???')),
    setns: call(fd, flags(all(UNSHARE), 'CLONE_???')),
    kcmp: call(int, int, oneOf(all(KCMP), 'KCMP_???'), from(3, (c, i) => hexText(c.ulong(i))), (c, i) => hexText(c.ulong(i))),
    ioprio_get: call(oneOf(all(IOPRIO_WHO), 'IOPRIO_WHO_???'), int), pidfd_open: call(int, flags([['PIDFD_NONBLOCK', 0x800n]], 'PIDFD_???')),
  }
}

function policyName(value: number): string {
  return nameText(BigInt(value), policies, 'SCHED_???').replace('SCHED_NORMAL', 'SCHED_OTHER')
}
/** Lists of groups: 16 bits each in i386's first calls. */
function groupsOf(length: (c: TracedCall) => number, before: boolean): Arg {
  const narrow = groups(2, length, before), wide = groups(4, length, before)
  const pickOne = (c: TracedCall, i: number): string => {
    const arg = c.word === 4 ? narrow : wide
    return typeof arg === 'function' ? arg(c, i) : arg.after(c, i)
  }
  return before ? pickOne : { after: pickOne }
}
