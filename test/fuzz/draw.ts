/** Arguments for random system calls, drawn from the codecs of a definition: mostly sensible, sometimes at an edge, sometimes wrong. */
import { CLOCKS } from '../../src/abi/flags/time.js'
import { structBytes } from '../../src/abi/structs/layout.js'
import { FLOCK64, FLOCK_LP64, IOVEC_ILP32, IOVEC_LP64, OPEN_HOW, POLLFD } from '../../src/abi/structs/io.js'
import { MMAP_ARG } from '../../src/abi/structs/ipc.js'
import { RLIMIT64, RLIMIT_ILP32, RLIMIT_LP64 } from '../../src/abi/structs/process.js'
import { SIGACTION_ILP32, SIGACTION_LP64, STACK_T_ILP32, STACK_T_LP64 } from '../../src/abi/structs/signal.js'
import { ITIMERSPEC, OLD_ITIMERSPEC_ILP32, OLD_TIMESPEC_ILP32, TIMESPEC } from '../../src/abi/structs/time.js'
import type { SeededRandom } from '../../src/base/random.js'
import type { Codec } from '../../src/syscalls/codec.js'
import type { AnySyscall } from '../../src/syscalls/define.js'
import { MAP } from './map.js'
import { recipeOf, type Ingredient, type Kitchen } from './recipes.js'
import type { World } from './world.js'

/** An argument register's two halves. */
export type Halves = readonly [low: number, high: number]

/** What drawing needs to know of the task. */
export interface DrawContext {
  readonly random: SeededRandom
  /** Arguments for the i386 table. */
  readonly is32: boolean
  readonly pid: number
  /** Values that should do, such values but for one, or whatever comes. */
  readonly aim: 'right' | 'wrong' | 'any'
  /** Whether the program may still lose what it needs: its rights, its root. */
  readonly careful: boolean
  readonly world: World
  /** Writes to user memory; what cannot be written is left out. */
  readonly write: (address: number, bytes: Uint8Array) => void
}

/** The same while arguments are drawn. */
type Drawing = DrawContext & Kitchen & {
  readonly drawn: number[]
  lastLength: number
}

/** Where what structures point to is put, in turn. */
const LARDER = { at: MAP.scratch + 0x34000, size: 0x6000, step: 0x200 }

const PATHS = ['/', '.', '..', '/tmp', '/tmp/a', '/tmp/b', '/tmp/dir', '/tmp/dir/x', '/tmp/link', '/tmp/../tmp/./a', '/dev/null', '/dev/zero', '/dev/full', '/dev/tty', '/proc/self', 'a', 'dir/', '', '/nowhere/x', '/tmp/a/b', 'n'.repeat(300)]
const SIZES = [0, 1, 2, 7, 8, 12, 16, 20, 24, 32, 64, 128, 256, 512, 4096, 8192, 16384, 65536]
const EDGES = [0x7fffffff, 0x80000000, 0xffffffff]
/** Values that calls insist on, by the name of the argument or by call and argument; drawn nearly always. */
const EXACT: Readonly<Record<string, readonly number[]>> = {
  sigsetsize: [8], usize: [24], rseq_len: [32], off: [0, 0, 0x1000], pgoff: [0], addr_len: [16], pos_h: [0], offset_high: [0], poshi: [0], pos_hi: [0],
  'mmap.flags': [0x22, 0x22, 0x32, 0x21, 0x02, 0x01, 0x4022], 'mmap_pgoff.flags': [0x22, 0x22, 0x32, 0x21, 0x02, 0x01], 'mmap.prot': [0, 1, 3, 5, 7],
  'linkat.flags': [0, 0, 0x400, 0x1000], 'unlinkat.flag': [0, 0, 0x200], 'renameat2.flags': [0, 1, 2],
  'set_robust_list.len': [24], 'compat_sys_set_robust_list.len': [12], 'pkey_mprotect.pkey': [-1, -1, 0],
  'preadv2.flags': [0, 0, 8], 'pwritev2.flags': [0, 0, 16], 'compat_sys_preadv2.flags': [0, 0, 8], 'compat_sys_pwritev2.flags': [0, 0, 16],
  'fallocate.mode': [0, 1, 3], 'open.flags': [0, 1, 2, 0o102, 0o1102, 0o200000, 0o2000, 0o302], 'openat.flags': [0, 1, 2, 0o102, 0o1102, 0o200000, 0o302],
}

/** Calls that work through a size without user memory: 2 GiB would take them seconds, natively too. */
const TIRELESS = /sendfile|copy_file_range|splice|tee/

const pick = <T>(random: SeededRandom, list: readonly T[]): T => list[random.u32() % list.length]!
const chance = (random: SeededRandom, one: number): boolean => random.u32() % one === 0
const small = (random: SeededRandom, below: number): number => random.u32() % below
const pages = (random: SeededRandom): number => MAP.play + small(random, 64) * 4096

function structOf(of: string, { random, is32 }: Drawing): Uint8Array {
  const nanoseconds = (): number => (chance(random, 8) ? 1e9 : small(random, 50_000_000))
  const limit = (): number => pick(random, [0, 64, 1024, 1 << 20, 8 << 20, is32 ? 0xffffffff : 2 ** 64])
  switch (of) {
    case 'struct __kernel_timespec': return structBytes(TIMESPEC, { tv_sec: chance(random, 10) ? -1 : 0, tv_nsec: nanoseconds() })
    case 'struct old_timespec32': return structBytes(OLD_TIMESPEC_ILP32, { tv_sec: 0, tv_nsec: nanoseconds() })
    case 'struct old_itimerspec32': return structBytes(OLD_ITIMERSPEC_ILP32, { it_value_tv_nsec: nanoseconds() })
    case 'struct __kernel_itimerspec': return structBytes(ITIMERSPEC, { it_value_tv_nsec: nanoseconds() })
    case 'struct sigaction': case 'struct compat_sigaction': {
      const values = { handler: pick(random, [0, 1, 1, MAP.handler]), flags: small(random, 8) === 0 ? random.u32() : 0x14000000, restorer: MAP.code }
      return is32 ? structBytes(SIGACTION_ILP32, { ...values, mask: [random.u32(), 0] }) : structBytes(SIGACTION_LP64, { ...values, mask: [random.u32()] })
    }
    case 'struct rlimit': return structBytes(is32 ? RLIMIT_ILP32 : RLIMIT_LP64, { rlim_cur: limit(), rlim_max: limit() })
    case 'struct rlimit64': return structBytes(RLIMIT64, { rlim_cur: limit(), rlim_max: limit() })
    case 'stack_t': case 'compat_stack_t': {
      const values = { ss_sp: MAP.scratch + 0x30000, ss_flags: pick(random, [0, 0, 2, 1]), ss_size: pick(random, [0x4000, 2048, 100]) }
      return structBytes(is32 ? STACK_T_ILP32 : STACK_T_LP64, values)
    }
    case 'struct open_how': return structBytes(OPEN_HOW, { flags: pick(random, [0, 1, 2, 0o102, 0o200000]), mode: 0, resolve: pick(random, [0, 0, 8, 16]) })
    case 'struct flock': case 'struct flock64': return structBytes(is32 ? FLOCK64 : FLOCK_LP64, { l_type: small(random, 3), l_whence: 0, l_start: small(random, 100), l_len: small(random, 100) })
    case 'loff_t': case 'compat_loff_t': return Uint8Array.of(small(random, 200), 0, 0, 0, 0, 0, 0, 0)
    case 'struct mmap_arg_struct32': return structBytes(MMAP_ARG, { addr: pages(random), len: 4096 * small(random, 5), prot: small(random, 8), flags: pick(random, [0x22, 0x32, 0x02]), fd: small(random, 10) })
    default: {
      const bytes = new Uint8Array(256)
      for (let i = 0; i < bytes.length; i += is32 ? 4 : 8) bytes[i] = small(random, 6)
      return bytes
    }
  }
}

function iovecs({ random, is32 }: Drawing): Uint8Array {
  const layout = is32 ? IOVEC_ILP32 : IOVEC_LP64
  const bytes = new Uint8Array(layout.size * 8)
  for (let i = 0; i < 8; i++) {
    const base = chance(random, 12) ? 0x666000 : MAP.scratch + 0x28000 + small(random, 0x4000)
    bytes.set(structBytes(layout, { iov_base: base, iov_len: chance(random, 30) ? -1 : small(random, 600) }), i * layout.size)
  }
  return bytes
}

/** Puts what a pointer points to into the argument's own part of the scratch area, at its end now and then. */
function place(bytes: Uint8Array, slot: number, context: Drawing): number {
  const address = chance(context.random, 8) ? MAP.edge - bytes.length : MAP.scratch + slot * 0x4000 + small(context.random, 64) * 16
  context.lastLength = bytes.length
  context.write(address, bytes)
  return address
}

function drawPointer(codec: Codec<number | bigint>, slot: number, context: Drawing): Halves {
  const { random, is32 } = context
  if (chance(random, 8)) {
    return pick<Halves>(random, [[0, 0], [0, 0], [0, 0], [MAP.edge - 2, 0], [MAP.readOnly, 0], [0xfffff000, is32 ? 0 : 0xffffffff], [0, is32 ? 0 : 0x8000], [1, 0]])
  }
  switch (codec.kind) {
    case 'path': case 'string': return [place(new TextEncoder().encode(`${pick(random, PATHS)}\0`), slot, context), 0]
    case 'iovec': return [place(iovecs(context), slot, context), 0]
    case 'sigset': return [place(Uint8Array.of(small(random, 256), small(random, 256), 0, 0, 0, 0, 0, 0), slot, context), 0]
    case 'strings': return [place(new Uint8Array(16), slot, context), 0]
    case 'array': {
      const bytes = new Uint8Array(POLLFD.size * 8)
      for (let i = 0; i < 8; i++) bytes.set(structBytes(POLLFD, { fd: small(random, 12) - 1, events: small(random, 8) }), i * POLLFD.size)
      return [place(bytes, slot, context), 0]
    }
    case 'bytes': return [place(new Uint8Array(64).fill(97 + small(random, 26)), slot, context), 0]
    default: return [place(structOf(codec.of ?? '', context), slot, context), 0]
  }
}

function drawFlags(values: Readonly<Record<string, number>>, random: SeededRandom): number {
  const all = Object.values(values)
  if (all.length === 0 || chance(random, 12)) return chance(random, 2) ? 0 : random.u32()
  let flags = 0
  for (let n = small(random, 4); n > 0; n--) flags |= pick(random, all)
  return flags
}

function draw(call: string, codec: Codec<number | bigint>, name: string, slot: number, context: Drawing): Halves {
  const { random, is32, pid } = context
  const signed = (value: number): Halves => [value >>> 0, value < 0 && !is32 ? 0xffffffff : 0]
  const exact = EXACT[`${call}.${name}`] ?? EXACT[name]
  if (exact !== undefined && !chance(random, 12)) return signed(pick(random, exact))
  if (codec.dir !== undefined) return drawPointer(codec, slot, context)
  if (codec.kind === 'size' && TIRELESS.test(call)) return [pick(random, SIZES), 0]
  if (chance(random, 40)) return [random.u32(), is32 ? 0 : random.u32()]
  switch (codec.kind) {
    case 'fd': return signed(chance(random, 10) ? pick(random, [-1, 1000, -100]) : small(random, 14))
    case 'dirfd': return signed(chance(random, 3) ? small(random, 14) : -100)
    case 'flags': return signed(drawFlags(codec.values ?? {}, random))
    case 'enum': return signed(chance(random, 12) ? small(random, 100) : pick(random, Object.values(codec.values ?? { none: 0 })))
    case 'size': return chance(random, 20) ? [pick(random, EDGES), is32 ? 0 : pick(random, [0, 0xffffffff, 0x7fffffff])] : [pick(random, SIZES), 0]
    case 'offset': return signed(chance(random, 12) ? -1 : small(random, 5000))
    case 'address': return chance(random, 4) ? [0, 0] : [pages(random) + (chance(random, 10) ? 1 : 0), 0]
    case 'signal': return signed(chance(random, 10) ? 65 : pick(random, [0, 10, 12, 17, 18, 23, 28, 34, 64]))
    case 'pid': return signed(pick(random, [pid, pid, pid, 0, 99999, -1, -pid]))
    case 'uid': case 'gid': return signed(pick(random, [0, 0, 1000, -1, 65534]))
    case 'mode': return [pick(random, [0o644, 0o755, 0o777, 0, 0o100644, 0o10644, 0o20666]), 0]
    case 'clock': return signed(pick(random, Object.values(CLOCKS)))
    case 'device': return [pick(random, [0, 0x103, 0x501]), 0]
    default: return chance(random, 20) ? signed(pick(random, [-1, 1 << 30, -(2 ** 31)])) : signed(small(random, 8))
  }
}

/** A value that cannot do for the argument, or null when there is none that is wrong for certain. */
function spoil(codec: Codec<number | bigint>, slot: number, context: Drawing): Halves | null {
  const { random, is32 } = context
  const signed = (value: number): Halves => [value >>> 0, value < 0 && !is32 ? 0xffffffff : 0]
  if (codec.kind === 'path') return chance(random, 2) ? [place(new TextEncoder().encode('/nowhere/x\0'), slot, context), 0] : [MAP.edge, 0]
  if (codec.dir !== undefined) return pick<Halves>(random, [[MAP.edge, 0], [MAP.edge - 1, 0], [0xfffff000, is32 ? 0 : 0xffffffff], [0x666000, 0]])
  switch (codec.kind) {
    case 'fd': case 'dirfd': return signed(pick(random, [-1, 1000, 99_999]))
    case 'flags': return [random.u32() | 0x40000000, 0]
    case 'enum': return [0x7777, 0]
    case 'pid': return signed(pick(random, [99_999, -99_999]))
    case 'signal': return signed(pick(random, [65, -1, 1000]))
    case 'clock': return signed(pick(random, [99, 50]))
    case 'uid': case 'gid': return signed(pick(random, codec.kind === 'gid' || !context.careful ? [-1, 12_345] : [-1]))
    case 'size': case 'offset': return signed(-1)
    case 'address': return signed(pick(random, [MAP.play + 1, MAP.edge, -4095]))
    case 'device': return [0x12345, 0]
    case 'integer': return signed(pick(random, [-1, 0x7fffffff, -(2 ** 31), 99_999]))
    default: return null
  }
}

function serve(value: Ingredient, slot: number, context: Drawing): Halves {
  if (typeof value === 'string') return [place(new TextEncoder().encode(`${value}\0`), slot, context), 0]
  if (typeof value !== 'number') return [place(value, slot, context), 0]
  return [value >>> 0, value < 0 && !context.is32 ? 0xffffffff : 0]
}

/** The value that the call's recipe has for an argument, else one drawn from the codec, twice if it is a bad pointer. */
function sensible(def: AnySyscall, codec: Codec<number | bigint>, name: string, slot: number, context: Drawing): Halves {
  const from = recipeOf(def.name)[name]
  if (from !== undefined) return serve(from(context), slot, context)
  let drawn = draw(def.name, codec, name, slot, context)
  for (let tries = 0; tries < 3 && codec.dir !== undefined && (drawn[1] !== 0 || drawn[0] < MAP.scratch || drawn[0] >= MAP.edge - 8); tries++) drawn = draw(def.name, codec, name, slot, context)
  return drawn
}

/** Calls whose success takes away what the program needs; early on they are only made with care. */
const FATEFUL = /^(compat_sys_)?(chroot|set(re|res|fs)?[ug]id(16)?|setrlimit|prlimit64|capset|setgroups(16)?|unshare)$/

/** Adds what is known while arguments are drawn. */
export function drawing(given: DrawContext): Drawing {
  let put = small(given.random, 8)
  const place = (bytes: Uint8Array): number => {
    const address = LARDER.at + (put++ * LARDER.step) % LARDER.size
    given.write(address, bytes.subarray(0, LARDER.step))
    return address
  }
  return { ...given, drawn: [], lastLength: 0, place }
}

/** Draws the arguments of a call; missing ones are garbage, as registers are. */
export function drawArguments(def: AnySyscall, given: DrawContext): Halves[] {
  const aim = given.aim === 'any' && given.careful && FATEFUL.test(def.name) ? 'right' : given.aim
  const context = drawing(given)
  const out: Halves[] = def.args.map(([name, codec], i) => {
    const value = aim === 'any' && !chance(given.random, 3) ? draw(def.name, codec, name, i, context) : sensible(def, codec, name, i, context)
    context.drawn.push(value[0] | 0)
    return value
  })
  if (aim === 'wrong' && out.length > 0) {
    const at = /clone$/.test(def.name) ? 0 : small(context.random, out.length)
    for (let i = 0; i < out.length; i++) {
      const slot = (at + i) % out.length
      const bad = spoil(def.args[slot]![1], slot, context)
      if (bad === null) continue
      out[slot] = def.args[slot]![0] === 'clone_flags' ? [0x10000, 0] : bad
      break
    }
  }
  while (out.length < 6) out.push([context.random.u32(), context.is32 ? 0 : context.random.u32()])
  return out
}
