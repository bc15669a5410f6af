/** The machine and the thread: prctl, arch_prctl, thread areas, names, memory statistics, random bytes. */
import { ERRNO } from '../../abi/errno-text.js'
import { CAP } from '../../abi/flags/capability.js'
import { ARCH_PRCTL, PRCTL } from '../../abi/flags/prctl.js'
import { GRND } from '../../abi/flags/random.js'
import { MS_MOUNT, UMOUNT } from '../../abi/flags/mount.js'
import { SOCKETCALL } from '../../abi/flags/sockets.js'
import { SYSLOG } from '../../abi/flags/system.js'
import { SYSINFO_ILP32, SYSINFO_LP64, USER_DESC, UTSNAME } from '../../abi/structs/process.js'
import { address, addressText, hex, hexText, int, out, uint, ulong, type Arg, type CallPrinter, type Print } from './call.js'
import { pointee, struct, structText, type Fields } from './fields.js'
import { all, flags, flags64, nameText, oneOf, pick } from './flags.js'
import { signal } from './signal-structs.js'
import { buffer, path, quote, string, stringText } from './strings.js'

const call = (...args: Arg[]): CallPrinter => ({ args })
const prctlNames = /* @__PURE__ */ all(PRCTL)
const DUMPABLE = [['SUID_DUMP_DISABLE', 0n], ['SUID_DUMP_USER', 1n], ['SUID_DUMP_ROOT', 2n]] as const

/** A name of at most 15 bytes. */
const comm: Print = (c, i) => stringText(c, c.ulong(i), 15)
const option: Print = (c, i) => nameText(BigInt(c.u32(i)), prctlNames, 'PR_???')
const prctlArguments: Readonly<Record<number, readonly Arg[]>> = {
  [PRCTL.PR_SET_NAME]: [comm], [PRCTL.PR_GET_NAME]: [/* @__PURE__ */ out(comm)], [PRCTL.PR_SET_PDEATHSIG]: [signal],
    [PRCTL.PR_GET_PDEATHSIG]: [/* @__PURE__ */ out(/* @__PURE__ */ pointee('i32'))],
  [PRCTL.PR_SET_DUMPABLE]: [/* @__PURE__ */ oneOf(DUMPABLE, 'SUID_DUMP_???')], [PRCTL.PR_GET_DUMPABLE]: [], [PRCTL.PR_GET_KEEPCAPS]: [],
    [PRCTL.PR_SET_KEEPCAPS]: [ulong],
  [PRCTL.PR_CAPBSET_READ]: [/* @__PURE__ */ oneOf(/* @__PURE__ */ all(CAP), 'CAP_???')],
    [PRCTL.PR_CAPBSET_DROP]: [/* @__PURE__ */ oneOf(/* @__PURE__ */ all(CAP), 'CAP_???')],
  [PRCTL.PR_GET_SECCOMP]: [], [PRCTL.PR_GET_SECUREBITS]: [], [PRCTL.PR_GET_TIMERSLACK]: [], [PRCTL.PR_SET_TIMERSLACK]: [ulong],
  [PRCTL.PR_SET_NO_NEW_PRIVS]: [ulong, ulong, ulong, ulong], [PRCTL.PR_GET_NO_NEW_PRIVS]: [ulong, ulong, ulong, ulong],
  [PRCTL.PR_SET_CHILD_SUBREAPER]: [ulong], [PRCTL.PR_GET_CHILD_SUBREAPER]: [/* @__PURE__ */ out(/* @__PURE__ */ pointee('i32'))],
}
const prctl: CallPrinter = {
  args: (c) => [option, ...(prctlArguments[c.u32(0)] ?? [hex, hex, hex, hex])],
  result: (c) => (c.u32(0) === PRCTL.PR_GET_DUMPABLE ? `${c.result} (${DUMPABLE[c.result]?.[0] ?? 'SUID_DUMP_???'})` : String(c.result)),
}

const ARCH_GET: readonly number[] = [ARCH_PRCTL.ARCH_GET_FS, ARCH_PRCTL.ARCH_GET_GS]
const archPrctl: CallPrinter = {
  args: (c) => {
    const code = c.u32(0)
    const name = oneOf(all(ARCH_PRCTL).filter(([n]) => !/SHSTK|TAG|GUEST/.test(n)), 'ARCH_???')
    if (ARCH_GET.includes(code)) return [name, out(pointee('word', addressText))]
    if (code === ARCH_PRCTL.ARCH_GET_CPUID) return [name]
    return [name, hex]
  },
}

/** struct user_desc: the bit field after the limit. */
const userDesc = (f: Fields<'entry_number' | 'base_addr' | 'limit' | 'flags'>, wide: boolean): string => {
  const bits = Number(f.get('flags'))
  const bit = (n: number): number => (bits >> n) & 1
  const number = f.get('entry_number')
  const hex = (value: bigint, digits: number): string => (value === 0n ? '0'.repeat(digits + 2) : `0x${value.toString(16).padStart(digits, '0')}`)
  return `{entry_number=${number === 0xffffffffn ? '-1' : number}, base_addr=${hex(f.get('base_addr'), 6)}, limit=${hex(f.get('limit'), 6)}, ` +
    `seg_32bit=${bit(0)}, contents=${(bits >> 1) & 3}, read_exec_only=${bit(3)}, limit_in_pages=${bit(4)}, seg_not_present=${bit(5)}, useable=${bit(6)}${wide ? `, lm=${bit(7)}` : ''}}`
}
const USER_DESC_BITS = { size: USER_DESC.size, fields: { ...USER_DESC.fields, flags: [12, 'u32'] } } as const
const threadArea: Print = (c, i) => structText(c, c.ulong(i), USER_DESC_BITS, (f) => userDesc(f, c.word === 8))

/** modify_ldt: functions other than those that read have a descriptor; the result is an int, which 64-bit programs get without its sign. */
const modifyLdt: CallPrinter = {
  args: (c) => [int, c.u32(0) !== 0 && c.u32(0) !== 2 && c.ulong(2) === BigInt(USER_DESC.size) ? threadArea : address, ulong],
  result(c) {
    const known = c.word === 8 ? ERRNO[-(c.result | 0)] : undefined
    return known === undefined ? String(c.result) : `${c.result} ${known[0]} (${known[1]})`
  },
}

/** A name with the length that follows. */
const hostName: Print = (c, i) => (c.u32(i + 1) > 64 ? address(c, i) : buffer()(c, i))

/** Flags with which mount(2) looks at no type, and those with which it looks at no data. */
const PLACES = /* @__PURE__ */ BigInt(MS_MOUNT.MS_BIND | MS_MOUNT.MS_MOVE | MS_MOUNT.MS_SHARED | MS_MOUNT.MS_PRIVATE | MS_MOUNT.MS_SLAVE | MS_MOUNT.MS_UNBINDABLE)
const mountNames = /* @__PURE__ */ all(MS_MOUNT)
const mountType: Print = (c, i) => ((c.ulong(i + 1) & (PLACES | BigInt(MS_MOUNT.MS_REMOUNT))) === 0n ? string(c, i) : address(c, i))
const mountData: Print = (c, i) => ((c.ulong(i - 1) & PLACES) === 0n ? string(c, i) : address(c, i))

const uname: Print = /* @__PURE__ */ struct(UTSNAME, (f) => `{sysname=${name(f, 'sysname')}, nodename=${name(f, 'nodename')}, ...}`)
function name(f: Fields<'sysname' | 'nodename'>, field: 'sysname' | 'nodename'): string {
  const bytes = Array.from({ length: 65 }, (_, n) => Number(f.get(field, n)) & 0xff)
  const end = bytes.indexOf(0)
  return quote(Uint8Array.from(end < 0 ? bytes : bytes.slice(0, end)))
}

const sysinfo: Print = /* @__PURE__ */ struct({ lp64: SYSINFO_LP64, ilp32: SYSINFO_ILP32 }, (f) => {
  const loads = [0, 1, 2].map((n) => String(f.get('loads', n))).join(', ')
  const names = ['totalram', 'freeram', 'sharedram', 'bufferram', 'totalswap', 'freeswap', 'procs', 'totalhigh', 'freehigh', 'mem_unit'] as const
  return `{uptime=${f.get('uptime')}, loads=[${loads}], ${names.map((n) => `${n}=${f.get(n)}`).join(', ')}}`
})

const random: Arg = /* @__PURE__ */ out((c, i) => {
  const length = Math.min(c.result, 32)
  const bytes = c.at(i, length)
  if (bytes === null) return address(c, i)
  return `"${[...bytes].map((b) => `\\x${b.toString(16).padStart(2, '0')}`).join('')}"${c.result > 32 ? '...' : ''}`
})


/** Printers of this area, by the name of the number. */
export function systemCalls(): Record<string, CallPrinter> {
  const syslogAction: Print = (c, i) => {
    const action = all(SYSLOG).find(([, value]) => value === BigInt(c.u32(i)))?.[0]
    return action ?? `${c.i32(i)} /* SYSLOG_ACTION_??? */`
  }
  return {
    prctl, arch_prctl: archPrctl, uname: call(out(uname)), olduname: call(address), oldolduname: call(address), sysinfo: call(out(sysinfo)),
    set_thread_area: {
      args: [threadArea],
      result: (c) => structText(c, c.ulong(0), USER_DESC_BITS, (f) => `${c.result} (entry_number=${f.get('entry_number')})`),
    },
    get_thread_area: call({ after: (c, i) => (c.failed ? structText(c, c.ulong(i), USER_DESC_BITS, (f) => `{entry_number=${f.get('entry_number')}, ...}`) : threadArea(c, i)) }), set_tid_address: call(hex), sethostname: call(hostName, uint), setdomainname: call(hostName, uint),
    getrandom: call(random, ulong, flags(pick(GRND, 'GRND_NONBLOCK', 'GRND_RANDOM', 'GRND_INSECURE'), 'GRND_???')),
    syslog: call(syslogAction, (c, i) => addressText(c.ulong(i)), int), iopl: call(int), ioperm: call(hex, hex, int), modify_ldt: modifyLdt,
    socketcall: call((c, i) => all(SOCKETCALL).find(([, value]) => value === BigInt(c.u32(i)))?.[0] ?? String(c.i32(i)), address),
    ipc: call(uint, int, int, int, (c, i) => hexText(c.ulong(i)), int), vm86old: call(address), vm86: call(ulong, address), break: call(),
      gtty: call(), stty: call(), ftime: call(), prof: call(), lock: call(),
    mount: call(path, path, mountType, flags64(mountNames, 'MS_???'), mountData), umount: call(path), umount2: call(path, flags(all(UMOUNT), 'MNT_???')),
  }
}
