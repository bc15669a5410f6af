/** fcntl and ioctl: arguments and results depend on the command. */
import { FCNTL, FD_FLAGS, F_OWNER, LOCK_TYPES, NOTIFY, SEALS } from '../../abi/flags/fcntl.js'
import { FS_IOCTLS, RANDOM_IOCTLS, SOCKET_IOCTLS, TTY_IOCTLS } from '../../abi/flags/ioctl.js'
import { SEEK } from '../../abi/flags/stat.js'
import { TCFLUSH, TCXONC, TERMIOS_CFLAG, TERMIOS_IFLAG, TERMIOS_LFLAG, TERMIOS_OFLAG, TERMIOS_SPEEDS } from '../../abi/flags/termios.js'
import { FLOCK64, FLOCK_ILP32, FLOCK_LP64, F_OWNER_EX, TERMIOS, WINSIZE } from '../../abi/structs/io.js'
import { address, fd, hexText, int, out, type Arg, type CallPrinter, type Print, type TracedCall } from './call.js'
import { pointee, struct, type Layout, type Layouts } from './fields.js'
import { all, flags, flags64, flagsText, joined, nameText, oneOf, pick, type Names } from './flags.js'
import { configurationLength, interfaceArgument } from './interface-structs.js'
import { openText } from './names.js'
import { signal, signalText } from './signal-structs.js'

const commands: Names = /* @__PURE__ */ pick(FCNTL, 'F_DUPFD', 'F_GETFD', 'F_SETFD', 'F_GETFL', 'F_SETFL', 'F_GETLK', 'F_SETLK', 'F_SETLKW',
  'F_SETOWN', 'F_GETOWN',
  'F_SETSIG', 'F_GETSIG', 'F_GETLK64', 'F_SETLK64', 'F_SETLKW64', 'F_SETOWN_EX', 'F_GETOWN_EX', 'F_GETOWNER_UIDS', 'F_OFD_GETLK', 'F_OFD_SETLK',
  'F_OFD_SETLKW', 'F_SETLEASE', 'F_GETLEASE', 'F_NOTIFY', 'F_CANCELLK', 'F_DUPFD_CLOEXEC', 'F_SETPIPE_SZ', 'F_GETPIPE_SZ', 'F_ADD_SEALS', 'F_GET_SEALS')
const lockTypes = /* @__PURE__ */ all(LOCK_TYPES)
const seeks = /* @__PURE__ */ all(SEEK)
const seals = /* @__PURE__ */ pick(SEALS, 'F_SEAL_SEAL', 'F_SEAL_SHRINK', 'F_SEAL_GROW', 'F_SEAL_WRITE', 'F_SEAL_FUTURE_WRITE')

type LockField = 'l_type' | 'l_whence' | 'l_start' | 'l_len' | 'l_pid'
const lock = (layout: Layout<LockField> | Layouts<LockField>, withPid: boolean): Print => struct(layout, (f) => {
  const type = nameText(f.unsigned('l_type'), lockTypes, 'F_???')
  const pid = withPid ? `, l_pid=${f.get('l_pid')}` : ''
  return `{l_type=${type}, l_whence=${nameText(f.unsigned('l_whence'), seeks, 'SEEK_???')}, l_start=${f.get('l_start')}, l_len=${f.get('l_len')}${pid}}`
})
const locks = { lp64: FLOCK_LP64, ilp32: FLOCK_ILP32 }
const wideLocks = { lp64: FLOCK_LP64, ilp32: FLOCK64 }
const owner = /* @__PURE__ */ struct(F_OWNER_EX, (f) => `{type=${nameText(f.unsigned('type'), all(F_OWNER), 'F_OWNER_???')}, pid=${f.get('pid')}}`)

const fcntlArgument: Readonly<Record<number, Arg | null>> = {
  [FCNTL.F_DUPFD]: int, [FCNTL.F_DUPFD_CLOEXEC]: int, [FCNTL.F_GETFD]: null, [FCNTL.F_GETFL]: null, [FCNTL.F_GETOWN]: null, [FCNTL.F_GETSIG]: null,
  [FCNTL.F_GETLEASE]: null, [FCNTL.F_GETPIPE_SZ]: null, [FCNTL.F_GET_SEALS]: null,
  [FCNTL.F_SETFD]: /* @__PURE__ */ flags(/* @__PURE__ */ all(FD_FLAGS), 'FD_???'), [FCNTL.F_SETFL]: (c, i) => openText(BigInt(c.u32(i))),
  [FCNTL.F_SETOWN]: int, [FCNTL.F_SETPIPE_SZ]: int, [FCNTL.F_SETSIG]: signal, [FCNTL.F_SETLEASE]: /* @__PURE__ */ oneOf(lockTypes, 'F_???'),
  [FCNTL.F_NOTIFY]: /* @__PURE__ */ flags64(/* @__PURE__ */ all(NOTIFY), 'DN_???'), [FCNTL.F_ADD_SEALS]: /* @__PURE__ */ flags64(seals, 'F_SEAL_???'),
  [FCNTL.F_SETLK]: /* @__PURE__ */ lock(locks, false), [FCNTL.F_SETLKW]: /* @__PURE__ */ lock(locks, false),
    [FCNTL.F_GETLK]: /* @__PURE__ */ out(/* @__PURE__ */ lock(locks, true)),
  [FCNTL.F_SETLK64]: /* @__PURE__ */ lock(wideLocks, false), [FCNTL.F_SETLKW64]: /* @__PURE__ */ lock(wideLocks, false),
  [FCNTL.F_GETLK64]: /* @__PURE__ */ out(/* @__PURE__ */ lock(wideLocks, true)), [FCNTL.F_OFD_SETLK]: /* @__PURE__ */ lock(wideLocks, false),
  [FCNTL.F_OFD_SETLKW]: /* @__PURE__ */ lock(wideLocks, false), [FCNTL.F_OFD_GETLK]: /* @__PURE__ */ out(/* @__PURE__ */ lock(wideLocks, true)),
  [FCNTL.F_SETOWN_EX]: owner, [FCNTL.F_GETOWN_EX]: /* @__PURE__ */ out(owner),
}

const fcntl: CallPrinter = {
  args: (c) => {
    const argument = fcntlArgument[c.u32(1)]
    const command: Print = (d, i) => nameText(BigInt(d.u32(i)), commands, 'F_???')
    return argument === null ? [fd, command] : [fd, command, argument ?? ((d, i) => hexText(d.ulong(i)))]
  },
  result: (c) => {
    switch (c.u32(1)) {
      case FCNTL.F_GETFD: return c.result === 0 ? '0' : `${hexText(c.result)} (flags ${flagsText(BigInt(c.result), all(FD_FLAGS), 'FD_???')})`
      case FCNTL.F_GETFL: return `${hexText(c.result)} (flags ${openText(BigInt(c.result))})`
      case FCNTL.F_GETLEASE: return `${hexText(c.result)} (${nameText(BigInt(c.result), lockTypes, 'F_???')})`
      case FCNTL.F_GET_SEALS: return c.result === 0 ? '0' : `${hexText(c.result)} (seals ${flagsText(BigInt(c.result), seals, 'F_SEAL_???')})`
      case FCNTL.F_GETSIG: return c.result === 0 ? '0' : `${c.result} (${signalText(c.result)})`
      default: return String(c.result)
    }
  },
}

const delays = (flag: bigint): string =>
  [`NL${(flag >> 8n) & 1n}`, `CR${(flag >> 9n) & 3n}`, ((flag >> 11n) & 3n) === 3n ? 'XTABS' : `TAB${(flag >> 11n) & 3n}`,
    `BS${(flag >> 13n) & 1n}`, `VT${(flag >> 14n) & 1n}`, `FF${(flag >> 15n) & 1n}`].join('|')
const DELAYS = 0xff00n
const inputNames = /* @__PURE__ */ all(TERMIOS_IFLAG)
const outputNames = /* @__PURE__ */ pick(TERMIOS_OFLAG, 'OPOST', 'OLCUC', 'ONLCR', 'OCRNL', 'ONOCR', 'ONLRET', 'OFILL', 'OFDEL')
const controlNames = /* @__PURE__ */ pick(TERMIOS_CFLAG, 'CSTOPB', 'CREAD', 'PARENB', 'PARODD', 'HUPCL', 'CLOCAL', 'CMSPAR', 'CRTSCTS')
const localNames = /* @__PURE__ */ pick(TERMIOS_LFLAG, 'ISIG', 'ICANON', 'XCASE', 'ECHO', 'ECHOE', 'ECHOK', 'ECHONL', 'NOFLSH', 'IEXTEN', 'ECHOCTL',
  'ECHOPRT', 'ECHOKE',
  'FLUSHO', 'PENDIN', 'TOSTOP', 'EXTPROC')
const more = (value: bigint, names: Names): string => (value === 0n ? '' : `|${flagsText(value, names, '').replace(/ \/\*.*$/, '')}`)

/** struct termios, abbreviated. */
const termios: Print = /* @__PURE__ */ struct(TERMIOS, (f) => {
  const output = f.get('c_oflag')
  const control = f.get('c_cflag')
  const speed = control & 0o10017n
  const inputSpeed = (control >> 16n) & 0o10017n
  const speedName = (value: bigint): string => nameText(value, all(TERMIOS_SPEEDS), 'B???')
  const size = `CS${5n + ((control >> 4n) & 3n)}`
  const rest = control & ~(0o10017n | (0o10017n << 16n) | 0o60n)
  return `{c_iflag=${flagsText(f.get('c_iflag'), inputNames, 'I???')}, c_oflag=${delays(output)}${more(output & ~DELAYS, outputNames)}, ` +
    `c_cflag=${speedName(speed)}${inputSpeed === 0n ? '' : `|${speedName(inputSpeed)}<<IBSHIFT`}|${size}${more(rest, controlNames)}, ` +
    `c_lflag=${flagsText(f.get('c_lflag'), localNames, 'L???')}, ...}`
})
const winsize: Print = /* @__PURE__ */ struct(WINSIZE, (f) =>
  `{${(['ws_row', 'ws_col', 'ws_xpixel', 'ws_ypixel'] as const).map((name) => `${name}=${f.get(name)}`).join(', ')}}`)
const number: Print = /* @__PURE__ */ pointee('i32')

const T = TTY_IOCTLS
const ioctlArgument: Readonly<Record<number, Arg | null>> = {
  [T.TCGETS]: /* @__PURE__ */ out(termios), [T.TCSETS]: termios, [T.TCSETSW]: termios, [T.TCSETSF]: termios,
  [T.TIOCGWINSZ]: /* @__PURE__ */ out(winsize), [T.TIOCSWINSZ]: winsize, [T.TIOCGPGRP]: /* @__PURE__ */ out(number), [T.TIOCSPGRP]: number,
  [T.TIOCGSID]: /* @__PURE__ */ out(number), [T.FIONREAD]: /* @__PURE__ */ out(number), [T.TIOCOUTQ]: /* @__PURE__ */ out(number), [SOCKET_IOCTLS.SIOCATMARK]: /* @__PURE__ */ out(number), [SOCKET_IOCTLS.FIOSETOWN]: number, [SOCKET_IOCTLS.SIOCSPGRP]: number,
  [SOCKET_IOCTLS.FIOGETOWN]: /* @__PURE__ */ out(number), [SOCKET_IOCTLS.SIOCGPGRP]: /* @__PURE__ */ out(number),
    [T.FIONBIO]: number, [T.FIOASYNC]: number,
  [T.TIOCGPTN]: /* @__PURE__ */ out(number), [T.TIOCSPTLCK]: number, [T.TIOCPKT]: number, [T.TIOCGETD]: /* @__PURE__ */ out(number), [T.TIOCSETD]: number,
  [T.TCFLSH]: /* @__PURE__ */ oneOf(/* @__PURE__ */ all(TCFLUSH), 'TC???FLUSH'), [T.TCXONC]: /* @__PURE__ */ oneOf(/* @__PURE__ */ all(TCXONC), 'TC???'),
  [T.TCSBRK]: int, [T.TCSBRKP]: int, [T.TIOCSCTTY]: int, [T.TIOCNOTTY]: null, [T.TIOCEXCL]: null, [T.TIOCNXCL]: null, [T.FIOCLEX]: null, [T.FIONCLEX]: null,
  [T.TIOCSBRK]: null, [T.TIOCCBRK]: null, [T.TIOCCONS]: null, [T.TIOCVHANGUP]: null,
  [FS_IOCTLS.FIGETBSZ]: /* @__PURE__ */ out(number), [FS_IOCTLS.FIFREEZE]: null, [FS_IOCTLS.FITHAW]: null, [FS_IOCTLS.FICLONE]: int,
  [RANDOM_IOCTLS.RNDGETENTCNT]: /* @__PURE__ */ out(number),
}
/** Names that strace shows together with others of the same number. */
const shared: Readonly<Record<number, string>> = {
  [T.TCSETS]: 'SNDCTL_TMR_START or TCSETS', [T.TCSETSW]: 'SNDCTL_TMR_STOP or TCSETSW', [T.TCSETSF]: 'SNDCTL_TMR_CONTINUE or TCSETSF',
  [FS_IOCTLS.FICLONE]: 'BTRFS_IOC_CLONE or FICLONE', [SOCKET_IOCTLS.SIOCGSTAMP]: 'SIOCGSTAMP_OLD', [SOCKET_IOCTLS.SIOCGSTAMPNS]: 'SIOCGSTAMPNS_OLD',
}
const requests: Names = /* @__PURE__ */ joined(/* @__PURE__ */ all(TTY_IOCTLS), /* @__PURE__ */ all(SOCKET_IOCTLS), /* @__PURE__ */ all(FS_IOCTLS),
  /* @__PURE__ */ all(RANDOM_IOCTLS))

function requestText(request: number): string {
  const known = shared[request] ?? requests.find(([, value]) => value === BigInt(request))?.[0]
  if (known !== undefined) return known
  const directions = ['_IOC_NONE', '_IOC_WRITE', '_IOC_READ', '_IOC_READ|_IOC_WRITE']
  return `_IOC(${directions[request >>> 30]!}, ${hexText((request >>> 8) & 0xff)}, ${hexText(request & 0xff)}, ${hexText((request >>> 16) & 0x3fff)})`
}

const ioctl: CallPrinter = {
  entry: (c) => [configurationLength(c)],
  args: (c) => {
    const request: Print = (d, i) => requestText(d.u32(i))
    const plain = ioctlArgument[c.u32(1)]
    if (plain === null) return [fd, request]
    const argument = plain ?? interfaceArgument(c.u32(1))
    const known = requests.some(([, value]) => value === BigInt(c.u32(1)))
    return [fd, request, argument ?? (known ? address : (d: TracedCall, i: number) => hexText(d.ulong(i)))]
  },
}

/** Printers of this area, by the name of the number. */
export function controlCalls(): Record<string, CallPrinter> {
  return { fcntl, fcntl64: fcntl, ioctl }
}
