/**
 * What calls want beyond what their codecs say: by call and argument, a value that makes sense. Numbers are passed as
 * they are; bytes and strings are put into user memory and passed as a pointer.
 */
import { structBytes } from '../../src/abi/structs/layout.js'
import { EPOLL_EVENT, OPEN_HOW } from '../../src/abi/structs/io.js'
import { SELECT_ARG } from '../../src/abi/structs/ipc.js'
import { CLONE_ARGS, SCHED_ATTR } from '../../src/abi/structs/process.js'
import type { SeededRandom } from '../../src/base/random.js'
import { MAP } from './map.js'
import { SOCKET_RECIPES } from './socket-recipes.js'
import type { World } from './world.js'

/** What a recipe may use. */
export interface Kitchen {
  readonly random: SeededRandom
  readonly is32: boolean
  readonly pid: number
  readonly world: World
  /** Low halves of the arguments before, and how long what was placed last is. */
  readonly drawn: readonly number[]
  readonly lastLength: number
  /** Puts what a structure points to into user memory. */
  readonly place: (bytes: Uint8Array) => number
}

/** A value for an argument. */
export type Ingredient = number | string | Uint8Array
/** Values by the name of the argument. */
export type Recipe = Readonly<Record<string, (kitchen: Kitchen) => Ingredient>>

const any = <T extends Ingredient>(...values: readonly T[]) => ({ random }: Kitchen): T => values[random.u32() % values.length]!
const below = (limit: number, from = 0) => ({ random }: Kitchen): number => from + (random.u32() % limit)
const fd = (...kinds: readonly Parameters<World['descriptor']>[0][]) => ({ random, world }: Kitchen): number => world.descriptor(kinds[random.u32() % kinds.length]!)
const path = (...kinds: readonly Parameters<World['path']>[0][]) => ({ random, world }: Kitchen): string => world.path(kinds[random.u32() % kinds.length]!)
const u32s = (...values: readonly number[]) => (): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer)
const self = ({ pid }: Kitchen): number => pid
const scratch = ({ random }: Kitchen): number => MAP.scratch + 0x2c000 + (random.u32() % 64) * 8
const page = ({ random }: Kitchen): number => MAP.play + (random.u32() % 200) * 4096
const zero = (): number => 0

/** `long` or 32-bit words, as the ABI has them. */
function longs({ is32 }: Kitchen, ...values: readonly number[]): Uint8Array {
  return new Uint8Array(is32 ? Int32Array.from(values).buffer : BigInt64Array.from(values, BigInt).buffer)
}

const time = (seconds: number) => (kitchen: Kitchen): Uint8Array => longs(kitchen, seconds, kitchen.random.u32() % 100_000, seconds, 5)
const time64 = (seconds: number) => (kitchen: Kitchen): Uint8Array => longs({ ...kitchen, is32: false }, seconds, kitchen.random.u32() % 100_000, seconds, 5)
const harmless = any(0, 17, 23, 28)
const queued = u32s(17, 0, 0xffffffff, 0, 0, 0)
const attribute = any('user.a', 'user.a', 'user.a', 'user.__proto__', 'user.toString')
const capabilities = u32s(0x20080522, 0)
const threadArea = ({ random }: Kitchen): Uint8Array => u32s(12 + (random.u32() % 3), MAP.scratch, 0xfffff, 0x51)()
const nobody = any(0, 0, 0, -1)

/** The first whose pattern fits the call's name (without `compat_sys_` and `ia32_`) is taken. */
const recipes: readonly (readonly [RegExp, Recipe])[] = [
  [/^mkdir|^mknod/, { pathname: path('new'), filename: path('new'), dfd: () => -100, mode: any(0o755, 0o10644, 0o100644), dev: zero }],
  [/^symlink/, { newname: path('new'), newdfd: () => -100 }],
  [/^(link|linkat|rename.*)$/, { oldname: path('file', 'file', 'any'), newname: path('new'), olddfd: () => -100, newdfd: () => -100, flags: any(0, 0, 1) }],
  [/^rmdir/, { pathname: path('empty') }],
  [/^unlink/, { pathname: path('file', 'link'), dfd: () => -100, flag: zero }],
  [/^(open|openat|creat)$/, { filename: path('file', 'new'), pathname: path('file', 'new'), dfd: () => -100, flags: any(2, 0o102, 0o4002, 0o102) }],
  [/^openat2$/, { filename: path('file', 'any'), dfd: () => -100, usize: () => 24, how: () => structBytes(OPEN_HOW, { flags: 0o4000, mode: 0, resolve: 0 }) }],
  [/^readlink/, { path: path('link'), pathname: path('link'), dfd: () => -100, bufsiz: () => 128 }],
  [/^chroot/, { filename: () => '/' }],
  [/^chdir/, { filename: path('directory') }],
  [/^fchdir|^getdents|^old_readdir/, { fd: fd('directory'), count: () => 4096 }],
  [/^u?mount|^oldumount/, { dir_name: () => '/mnt', name: () => '/mnt', type: () => 'tmpfs', dev_name: () => 'none', flags: zero, data: zero }],
  [/^f(set|get|remove)xattr/, { fd: () => 1, name: attribute, size: below(64, 8), flags: zero }],
  [/^l?(set|get|remove)xattr/, { pathname: any('/tmp/x', '/tmp/x', '/tmp/y'), name: attribute, size: below(64, 8), flags: zero }],
  [/^(truncate|truncate64)$/, { path: path('file'), filename: path('file'), length: below(20_000), offset_low: below(20_000), offset_high: zero }],
  [/^(ftruncate|ftruncate64|fallocate|fadvise64|fadvise64_64|readahead|sync_file_range|fsync|fdatasync)$/, {
    fd: fd('file'), length: below(20_000), offset: below(8000), offset_low: below(8000), offset_high: zero, offset_lo: below(8000), offset_hi: zero, off_low: below(8000), off_lo: below(8000),
    off_hi: zero, n_low: below(4000), n_hi: zero, len: below(4000, 1), len_lo: below(4000, 1), len_low: below(4000, 1), len_hi: zero, len_high: zero, nbytes: below(4000), count: below(4000),
    mode: any(0, 1, 3), advice: below(6), flags: below(8),
  }],
  [/^(p?read|p?readv|preadv2|pread64)$/, { fd: fd('file', 'readable'), count: below(512), vlen: below(4, 1), pos: below(4096), poslo: below(4096), pos_l: below(4096), pos_low: below(4096), poshi: zero, pos_h: zero, pos_high: zero, flags: any(0, 8) }],
  [/^(p?write|p?writev|pwritev2|pwrite64)$/, { fd: fd('file', 'writable'), count: below(512), vlen: below(4, 1), pos: below(4096), poslo: below(4096), pos_l: below(4096), pos_low: below(4096), poshi: zero, pos_h: zero, pos_high: zero, flags: any(0, 16) }],
  [/^l?lseek|^llseek/, { fd: fd('file'), offset: below(4096), offset_low: below(4096), offset_high: zero, whence: below(3) }],
  [/^sendfile/, { in_fd: fd('file'), out_fd: fd('file'), offset: zero, count: below(4096) }],
  [/^copy_file_range/, { fd_in: fd('file'), fd_out: fd('file'), off_in: any(u32s(0, 0)(), u32s(50, 0)()), off_out: any(u32s(9000, 0)(), u32s(20_000, 0)()), len: below(2000, 1), flags: zero }],
  [/^splice/, { fd_in: fd('file'), fd_out: fd('output'), off_in: zero, off_out: zero, len: below(2000, 1), flags: any(2, 3) }],
  [/^tee/, { fdin: fd('input'), fdout: fd('output'), len: below(2000, 1), flags: () => 2 }],
  [/^vmsplice/, { fd: fd('output', 'input'), nr_segs: below(4, 1), flags: () => 2 }],
  [/^close$/, { fd: ({ world }) => world.last }],
  [/^close_range/, { fd: below(10, 30), max_fd: below(10, 40), flags: any(0, 4) }],
  [/^dup[23]/, { oldfd: fd('file', 'directory'), newfd: below(20, 30), flags: any(0, 0o2000000) }],
  [/^flock/, { fd: fd('file', 'directory'), cmd: any(5, 8, 4, 6) }],
  [/^fcntl/, { fd: fd('file', 'input'), cmd: any(0, 1, 2, 3, 4, 1030, 1031, 1032, 6, 5), arg: any(0, 1, 2048, scratchAt(0)) }],
  [/^ioctl/, { fd: fd('input', 'file', 'timerfd'), cmd: any(0x541b, 0x5421, 0x5451, 0x5450), arg: scratch }],
  [/^epoll_ctl/, { epfd: fd('epoll'), fd: fd('pollable'), op: any(1, 1, 3, 2), event: ({ random }) => structBytes(EPOLL_EVENT, { events: 1 + (random.u32() % 5), data: 7 }) }],
  [/^epoll_pwait2/, { epfd: fd('epoll'), maxevents: below(8, 1), sigmask: zero, sigsetsize: () => 8 }],
  [/^epoll_p?wait/, { epfd: fd('epoll'), maxevents: below(8, 1), timeout: below(20), sigmask: zero, sigsetsize: () => 8 }],
  [/^epoll_create/, { size: below(5, 1), flags: any(0, 0o2000000) }],
  [/^inotify_add_watch/, { fd: fd('inotify'), pathname: path('file', 'directory', 'any'), mask: any(0xfff, 2, 0x100, 0x80000002, 0x20000fff) }],
  [/^inotify_rm_watch/, { fd: fd('inotify'), wd: ({ world, drawn }) => world.watch(drawn[0] ?? -1) }],
  [/^timerfd_create/, { clockid: any(0, 1, 7), flags: any(0, 0o4000) }],
  [/^timerfd_/, { ufd: fd('timerfd'), flags: any(0, 0, 1) }],
  [/^signalfd/, { ufd: ({ random, world }) => (random.u32() % 2 === 0 ? -1 : world.descriptor('signalfd')), sizemask: () => 8, sigsetsize: () => 8, flags: any(0, 0o4000) }],
  [/^old_select/, { arg: ({ random }) => structBytes(SELECT_ARG, { n: random.u32() % 6, inp: MAP.scratch + 0x2c000, outp: 0, exp: 0, tvp: MAP.scratch + 0x2d000 }) }],
  [/^p?select/, { n: below(6), sig: zero }],
  [/^(chown|lchown|fchownat|chmod|fchmodat2?|utimensat|newfstatat|fstatat64|faccessat2?|statx)/, { filename: path('file', 'any', 'directory'), dfd: () => -100, flag: zero, flags: zero, mask: () => 0x7ff, user: nobody, group: nobody, mode: any(0, 4, 0o644, 0o755) }],
  [/^futimesat|^utimes?$/, { filename: path('file', 'any'), dfd: () => -100, utimes: time(1_700_000_000), t: time(1_700_000_000) }],
  [/^f?statfs64/, { pathname: path('any'), sz: () => 84 }],
  [/^ustat/, { dev: ({ world }) => world.device }],
  [/^process_vm/, { pid: self, liovcnt: below(4, 1), riovcnt: below(4, 1), flags: zero }],
  [/^capget/, { header: capabilities }],
  [/^capset/, { header: capabilities, data: u32s(0xffffffff, 0xffffffff, 0, 0x1ff, 0x1ff, 0) }],
  [/^set(re|res|fs)?[ug]id/, { uid: nobody, gid: nobody, ruid: nobody, euid: nobody, suid: nobody, rgid: nobody, egid: nobody, sgid: nobody }],
  [/^(set|get)groups/, { gidsetsize: ({ random }) => random.u32() % 8 }],
  [/^setpgid/, { pid: zero, pgid: zero }],
  [/^(set|prlimit|get|old_get)r?limit/, { pid: zero, resource: any(4, 5, 11, 12, 13, 14, 15), new_rlim: any(0, 0) }],
  [/^prlimit64/, { pid: zero, resource: any(4, 5, 11, 12), new_rlim: zero }],
  [/^sched_(get|set)affinity/, { pid: zero, len: any(8, 16, 128), user_mask_ptr: u32s(1, 0, 0, 0) }],
  [/^modify_ldt/, { func: any(0, 1, 2, 0x11), ptr: ({ random }) => u32s(random.u32() % 8192, 0x1000, 0xfff, 1)(), bytecount: () => 16 }],
  [/^sched_setattr/, { pid: zero, uattr: () => structBytes(SCHED_ATTR, { size: 48 }), flags: zero }],
  [/^sched_getattr/, { pid: zero, usize: any(48, 56), flags: zero }],
  [/^sched_set|^sched_get(scheduler|param)|^sched_rr/, { pid: zero, policy: zero, param: u32s(0) }],
  [/^(get|set)priority/, { which: zero, who: zero, niceval: below(10) }],
  [/^prctl/, { option: any(3, 4, 7, 8, 15, 16, 21, 23, 27, 29, 30, 38, 39), arg2: any(scratchAt(0), scratchAt(64), 1, 0), arg3: zero, arg4: zero, arg5: zero }],
  [/^compat_sys_arch_prctl/, { option: any(0x1011, 0x1011, 0x1012), arg2: any(0, 1) }],
  [/^arch_prctl/, { option: any(0x1001, 0x1002, 0x1003, 0x1004), arg2: scratch }],
  [/^[gs]et_thread_area/, { u_info: threadArea }],
  [/^(settimeofday)/, { tv: time(1_700_000_000), tz: zero }],
  [/^stime/, { tptr: u32s(1_700_000_000, 0) }],
  [/^clock_settime32/, { which_clock: zero, tp: time(1_700_000_000) }],
  [/^clock_settime/, { which_clock: zero, tp: time64(1_700_000_000) }],
  [/^setitimer/, { which: below(3), value: (k) => longs(k, 0, 0, k.random.u32() % 2 === 0 ? 0 : 5000, 0) }],
  [/^getitimer/, { which: below(3) }],
  [/^timer_create/, { which_clock: any(0, 1), timer_event_spec: zero }],
  [/^timer_(settime|gettime|delete|getoverrun)/, { timer_id: ({ world }) => world.timer, flags: any(0, 0, 1) }],
  [/^clock_nanosleep/, { which_clock: any(0, 1), flags: zero }],
  [/^clone3/, { uargs: () => structBytes(CLONE_ARGS, { exit_signal: 17 }), size: any(64, 80, 88) }],
  [/^clone/, { clone_flags: any(17, 17, 0, 0x10f00, 0x411, 0x1200011), newsp: any(0, MAP.stack - 4096), tls: () => MAP.scratch, tls_val: () => MAP.scratch }],
  [/^execve/, { filename: () => '/bin/prog', fd: () => -100, flags: zero, argv: () => new Uint8Array(16), envp: () => new Uint8Array(16) }],
  [/^(wait4|waitpid)/, { upid: any(-1, 0), pid: any(-1, 0), options: any(1, 1, 3) }],
  [/^pidfd_send_signal/, { pidfd: fd('pidfd'), sig: harmless, info: any<Ingredient>(0, 0, queued()), flags: zero }],
  [/^pidfd_getfd/, { pidfd: fd('pidfd'), fd: fd('file', 'directory', 'input', 'eventfd'), flags: zero }],
  [/^waitid/, { which: zero, upid: zero, pid: zero, options: any(5, 5, 7) }],
  [/^(rt_|tg|t)?(kill|sigqueueinfo|tgsigqueueinfo)/, { pid: self, tgid: self, sig: harmless, uinfo: queued }],
  [/^rt_sigaction|^sigaction|^signal$/, { sig: any(10, 12, 17, 23, 28, 34, 40), sigsetsize: () => 8, handler: any(0, 1) }],
  [/^rt_sig/, { sigsetsize: () => 8, how: below(3) }],
  [/^futex/, { op: any(1, 129, 3, 131, 5, 9, 10), val: any(0, 1, 7), uaddr: scratch, uaddr2: scratch, val3: any(-1, 0, 0x10000000) }],
  [/^rseq/, { rseq: () => MAP.scratch + 0x2e000, rseq_len: () => 32, flags: any(0, 1), sig: () => 0x53053053 }],
  [/^mremap/, { addr: page, old_len: () => 4096, new_len: any(4096, 8192), flags: () => 1, new_addr: zero }],
  [/^pkey_mprotect/, { start: page, len: any(4096, 8192), prot: any(1, 3), pkey: () => -1 }],
  [/^(madvise|mincore|msync|mlock2?|munlock|mprotect|munmap)/, { start: page, addr: page, len: any(4096, 8192), len_in: any(4096, 8192), behavior: any(0, 1, 2, 3, 4), flags: any(1, 0, 4), prot: any(1, 3, 3) }],
  [/^set(host|domain)name/, { len: below(60, 1) }],
  [/^getcwd/, { size: () => 4096 }],
  [/^(read|pread|poll|ppoll)/, { nfds: below(4), timeout_msecs: below(20) }],
  [/^sched_get_priority/, { policy: any(0, 1, 2, 3) }],
  [/^memfd_create/, { uname: any('m', '__proto__'), flags: any(0, 1, 2, 3) }],
]

function scratchAt(offset: number): number {
  return MAP.scratch + 0x2c800 + offset
}

const found = new Map<string, Recipe>()

/** The recipe of a call. */
export function recipeOf(call: string): Recipe {
  let recipe = found.get(call)
  if (recipe === undefined) {
    const name = call === 'compat_sys_arch_prctl' ? call : call.replace(/^compat_sys_/, '').replace(/^ia32_/, '')
    found.set(call, (recipe = [...SOCKET_RECIPES, ...recipes].find(([pattern]) => pattern.test(name))?.[1] ?? {}))
  }
  return recipe
}
