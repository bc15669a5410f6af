import { EDOM, EINVAL, ENODATA, ENODEV, ENOENT, ENOPROTOOPT, ENOTCONN, EBADF, EOPNOTSUPP } from '../abi/errno.js'
import { SO } from '../abi/flags/sockets.js'
import { byteString } from '../base/bytes.js'
import { type OptionRule, getByRule, intBytes, keep, ruleOf, setByRule } from './option-table.js'
import { STAMP, intOf, sockaddr, words } from './messages.js'
import { type Sock, TCP } from './sock.js'

/** TCP_SKB_MIN_TRUESIZE of a 6.18 kernel: the least receive buffer, twice that to send. */
const MIN_BUFFER = 2304
/** Options of 6.16 and 6.17 that the headers of the constants lack. */
const SO_DEVMEM_DONTNEED = 80
const SO_RCVPRIORITY = 82
const SO_PASSRIGHTS = 83
const ALL = 0x7fffffff

/** Linux: sk_setsockopt's plain ones. Key of the kept ones: the option's number. */
const RULES: readonly OptionRule[] = [
  [SO.SO_DEBUG, 'flag', ''], [SO.SO_REUSEADDR, 'flag', 'reuseAddress'], [SO.SO_DONTROUTE, 'flag', ''], [SO.SO_BROADCAST, 'flag', 'broadcast'],
  [SO.SO_KEEPALIVE, 'flag', 'keepAlive'], [SO.SO_OOBINLINE, 'flag', 'oobInline'], [SO.SO_NO_CHECK, 'flag', 'noCheck'], [SO.SO_REUSEPORT, 'flag', 'reusePort'],
  [SO.SO_RXQ_OVFL, 'flag', ''], [SO.SO_WIFI_STATUS, 'flag', ''], [SO.SO_NOFCS, 'flag', ''], [SO.SO_LOCK_FILTER, 'flag', ''],
  [SO.SO_SELECT_ERR_QUEUE, 'flag', ''], [SO.SO_PREFER_BUSY_POLL, 'flag', ''], [SO.SO_RCVMARK, 'flag', ''], [SO_RCVPRIORITY, 'flag', ''],
  [SO.SO_PRIORITY, 'count', 'priority', -ALL - 1, ALL], [SO.SO_MARK, 'count', 'mark', -ALL - 1, ALL], [SO.SO_INCOMING_CPU, 'count', '', -ALL - 1, ALL, -1],
  [SO.SO_BUSY_POLL, 'count', '', 0, ALL], [SO.SO_BUF_LOCK, 'count', 'bufferLock', 0, 3], [SO.SO_CNX_ADVICE, 'count', '', -ALL - 1, ALL],
  [SO.SO_BUSY_POLL_BUDGET, 'count', '', 0, 0xffff],
]

/** SO_TIMESTAMP and its kin: [option, STAMP bits]. */
const STAMPS: readonly (readonly [number, number])[] = [
  [SO.SO_TIMESTAMP_OLD, STAMP.MICRO], [SO.SO_TIMESTAMPNS_OLD, STAMP.NANO],
  [SO.SO_TIMESTAMP_NEW, STAMP.MICRO | STAMP.NEW], [SO.SO_TIMESTAMPNS_NEW, STAMP.NANO | STAMP.NEW],
]

/** What SO_MEMINFO tells, in its order. Linux: sk_get_meminfo. */
function memoryInfo(sk: Sock): Uint8Array {
  return words(sk.rmemAlloc, sk.rcvbuf, 0, sk.sndbuf, 0, sk.wmemQueued, 0, 0, sk.dropCount)
}

const isTcp = (sk: Sock): boolean => sk.type === 1

/** setsockopt(SOL_SOCKET). Linux: sk_setsockopt. Privileges are the caller's to check. */
export function setSocketOption(sk: Sock, name: number, value: Uint8Array): number {
  if (name === SO.SO_BINDTODEVICE) return bindToDevice(sk, value)
  if (value.length < 4) return -EINVAL
  const n = intOf(value)
  sk.optionChanging(1, name, n)
  const rule = ruleOf(RULES, name)
  if (rule !== null) return setByRule(sk, rule, name, n)
  const stamp = STAMPS.find((entry) => entry[0] === name)
  if (stamp !== undefined) {
    const options = sk.ownOptions()
    options.timestamp = n === 0 ? options.timestamp & STAMP.NEW : stamp[1]
    return 0
  }
  switch (name) {
    case SO.SO_SNDBUF: case SO.SO_SNDBUFFORCE:
      sk.ownOptions().bufferLock |= 1
      sk.sndbuf = Math.max(2 * Math.min(name === SO.SO_SNDBUF ? Math.min(n >>> 0, sk.net.sysctl.wmem_max) : Math.max(n, 0), ALL >> 1), 2 * MIN_BUFFER)
      sk.net.onReady(sk, 0x304)
      return 0
    case SO.SO_RCVBUF: case SO.SO_RCVBUFFORCE:
      sk.ownOptions().bufferLock |= 2
      sk.rcvbuf = Math.max(2 * Math.min(name === SO.SO_RCVBUF ? Math.min(n >>> 0, sk.net.sysctl.rmem_max) : Math.max(n, 0), ALL >> 1), MIN_BUFFER)
      return 0
    case SO.SO_LINGER:
      if (value.length < 8) return -EINVAL
      if (n === 0) {
        keep(sk, SO.SO_LINGER, sk.options.linger >= 0 ? sk.options.linger : (sk.options.others?.get(SO.SO_LINGER) ?? 0))
        sk.ownOptions().linger = -1
      } else sk.ownOptions().linger = intOf(value.subarray(4)) >>> 0
      return 0
    case SO.SO_RCVLOWAT: {
      const low = n < 0 ? ALL : n === 0 ? 1 : n
      // Linux: tcp_set_rcvlowat
      const cap = (sk.options.bufferLock & 2) !== 0 ? sk.rcvbuf >> 1 : sk.net.sysctl.tcp_rmem[2] >> 1
      sk.ownOptions().receiveLowWater = isTcp(sk) ? Math.max(1, Math.min(low, cap)) : low
      return 0
    }
    case SO.SO_RCVTIMEO_OLD: case SO.SO_RCVTIMEO_NEW: case SO.SO_SNDTIMEO_OLD: case SO.SO_SNDTIMEO_NEW: return setTimeoutOption(sk, name, value)
    case SO.SO_PEEK_OFF:
      if (sk.type === 3) return -EOPNOTSUPP
      sk.ownOptions().peekOffset = n
      return 0
    case SO.SO_ZEROCOPY:
      if (sk.type === 3) return -EOPNOTSUPP
      if (n < 0 || n > 1) return -EINVAL
      sk.ownOptions().zeroCopy = n === 1
      return 0
    case SO.SO_TIMESTAMPING_OLD: case SO.SO_TIMESTAMPING_NEW: return setTimestamping(sk, name, n)
    case SO.SO_MAX_PACING_RATE: {
      const high = value.length >= 8 ? intOf(value.subarray(4)) >>> 0 : 0
      const all = value.length >= 8 ? high === 0xffffffff && n === -1 : n === -1
      sk.ownOptions().maxPacingRate = all ? Infinity : high * 4294967296 + (n >>> 0)
      return 0
    }
    case SO.SO_BINDTOIFINDEX:
      if (n < 0) return -EINVAL
      sk.boundDevice = n
      sk.route = null
      return 0
    case SO.SO_TXTIME:
      if (value.length !== 8 || (intOf(value.subarray(4)) & ~3) !== 0) return -EINVAL
      if (n > 11) return -EINVAL
      keep(sk, SO.SO_TXTIME, n)
      return 0
    case SO.SO_TXREHASH:
      if (!isTcp(sk)) return -EOPNOTSUPP
      if (n < -1 || n > 1) return -EINVAL
      keep(sk, SO.SO_TXREHASH, n === -1 ? 1 : n)
      return 0
    case SO.SO_RESERVE_MEM: return n < 0 ? -EINVAL : -EOPNOTSUPP
    case SO.SO_BSDCOMPAT: return 0
    case SO.SO_DETACH_FILTER: return -ENOENT
    case SO.SO_ATTACH_BPF: case SO.SO_ATTACH_REUSEPORT_EBPF: return value.length === 4 ? (n >= 0 && n <= 2 ? -EINVAL : -EBADF) : -EINVAL
    case SO.SO_ATTACH_FILTER: case SO.SO_ATTACH_REUSEPORT_CBPF: case SO.SO_DETACH_REUSEPORT_BPF: return -EINVAL
    case SO_DEVMEM_DONTNEED: return isTcp(sk) ? (value.length % 8 !== 0 || value.length > 1024 ? -EINVAL : 0) : -EBADF
    case SO.SO_PASSCRED: case SO.SO_PASSSEC: case SO.SO_PASSPIDFD: case SO_PASSRIGHTS: return -EOPNOTSUPP
    default: return -ENOPROTOOPT
  }
}

/** Linux: sock_setbindtodevice. */
function bindToDevice(sk: Sock, value: Uint8Array): number {
  const name = byteString(value.subarray(0, 15)).split('\0')[0]!
  if (name === '') sk.boundDevice = 0
  else {
    const device = sk.net.devices.find((other) => other.name === name)
    if (device === undefined) return -ENODEV
    sk.boundDevice = device.index
  }
  sk.route = null
  return 0
}

/** Whether a stamp is on; of two of 64 bits SO_TIMESTAMP_NEW does not ask for the unit. Linux: sk_getsockopt. */
function hasStamp(set: number, name: number, bits: number): boolean {
  return set === bits || (name === SO.SO_TIMESTAMP_NEW && set === (STAMP.NANO | STAMP.NEW))
}

/** Linux: sock_set_timestamping. */
function setTimestamping(sk: Sock, name: number, flags: number): number {
  if ((flags & ~0x7ffff) !== 0 || flags < 0) return -EINVAL
  const id = (flags & 0x80) !== 0, idTcp = (flags & 0x10000) !== 0
  if (idTcp && !id) return -EINVAL
  if (id && (sk.options.timestamping & 0x80) === 0) {
    if (isTcp(sk) && (sk.state === TCP.CLOSE || sk.state === TCP.LISTEN)) return -EINVAL
    sk.optionChanging(1, SO.SO_TIMESTAMPING_OLD, flags)
  }
  if ((flags & 0x1000) !== 0 && (flags & 0x800) === 0) return -EINVAL
  const options = sk.ownOptions()
  options.timestamping = flags
  options.timestamp = name === SO.SO_TIMESTAMPING_NEW ? options.timestamp | STAMP.NEW : options.timestamp & ~STAMP.NEW
  return 0
}

/** Linux: sock_set_timeout, with 64-bit fields. Zero waits for ever, negative seconds not at all. */
function setTimeoutOption(sk: Sock, name: number, value: Uint8Array): number {
  if (value.length < 16) return -EINVAL
  const seconds = intOf(value.subarray(4)) * 4294967296 + (intOf(value) >>> 0)
  const micros = intOf(value.subarray(12)) * 4294967296 + (intOf(value.subarray(8)) >>> 0)
  if (micros < 0 || micros >= 1_000_000) return -EDOM
  // kept in µs; -1 stands for "do not wait", 0 for "for ever"
  const time = seconds < 0 ? -1 : seconds * 1e6 + Math.ceil(micros / 1000) * 1000
  if (name === SO.SO_RCVTIMEO_OLD || name === SO.SO_RCVTIMEO_NEW) sk.ownOptions().receiveTimeout = time
  else sk.ownOptions().sendTimeout = time
  return 0
}

function timeoutBytes(us: number): Uint8Array {
  const time = Math.max(0, us)
  const seconds = Math.floor(time / 1e6)
  return words(seconds, Math.floor(seconds / 4294967296), time % 1e6, 0)
}

/** getsockopt(SOL_SOCKET). Linux: sk_getsockopt. */
export function getSocketOption(sk: Sock, name: number, length: number): Uint8Array | number {
  const value = readSocketOption(sk, name, length)
  return typeof value === 'number' ? value : value.subarray(0, Math.max(0, length))
}

function readSocketOption(sk: Sock, name: number, length: number): Uint8Array | number {
  const rule = ruleOf(RULES, name)
  if (rule !== null && rule[0] !== SO.SO_CNX_ADVICE && rule[0] !== SO.SO_BUSY_POLL_BUDGET) {
    return name === SO.SO_NO_CHECK ? words(sk.options.noCheck ? 1 : 0) : intBytes(getByRule(sk, rule, name), 4)
  }
  const stamp = STAMPS.find((entry) => entry[0] === name)
  if (stamp !== undefined) return words(hasStamp(sk.options.timestamp, stamp[0], stamp[1]) ? 1 : 0)
  switch (name) {
    case SO.SO_TYPE: return words(sk.type)
    case SO.SO_ERROR: return words(takeError(sk))
    case SO.SO_SNDBUF: return words(sk.sndbuf)
    case SO.SO_RCVBUF: return words(sk.rcvbuf)
    case SO.SO_LINGER: return words(sk.options.linger >= 0 ? 1 : 0, sk.options.linger >= 0 ? sk.options.linger : (sk.options.others?.get(SO.SO_LINGER) ?? 0))
    case SO.SO_RCVLOWAT: return words(sk.options.receiveLowWater)
    case SO.SO_SNDLOWAT: return words(1)
    case SO.SO_RCVTIMEO_OLD: case SO.SO_RCVTIMEO_NEW: return timeoutBytes(sk.options.receiveTimeout)
    case SO.SO_SNDTIMEO_OLD: case SO.SO_SNDTIMEO_NEW: return timeoutBytes(sk.options.sendTimeout)
    case SO.SO_ACCEPTCONN: return words(sk.state === TCP.LISTEN ? 1 : 0)
    case SO.SO_PROTOCOL: return words(sk.protocol)
    case SO.SO_DOMAIN: return words(sk.family === 4 ? 2 : 10)
    case SO.SO_BINDTODEVICE: return deviceName(sk, length)
    case SO.SO_PEERNAME: {
      const peer = sk.getPeer()
      if (typeof peer === 'number') return -ENOTCONN
      const bytes = sockaddr(sk.family, peer.address, peer.port, peer.scope)
      return bytes.length < length ? -EINVAL : bytes
    }
    case SO.SO_PEERCRED: return words(0, -1, -1)
    case SO.SO_PEERGROUPS: case SO.SO_PEERPIDFD: return -ENODATA
    case SO.SO_TIMESTAMPING_OLD: case SO.SO_TIMESTAMPING_NEW: return words(sk.options.timestamping, 0)
    case SO.SO_PEEK_OFF: return sk.type === 3 ? -EOPNOTSUPP : words(sk.options.peekOffset)
    case SO.SO_MAX_PACING_RATE: return pacingBytes(sk.options.maxPacingRate, length)
    case SO.SO_MEMINFO: return memoryInfo(sk)
    case SO.SO_COOKIE: return length < 8 ? -EINVAL : words(sk.id, 0)
    case SO.SO_NETNS_COOKIE: return length === 8 ? words(1, 0) : -EINVAL
    case SO.SO_ZEROCOPY: return words(sk.options.zeroCopy ? 1 : 0)
    case SO.SO_TXTIME: return words(sk.options.others?.get(SO.SO_TXTIME) ?? 0, 0)
    case SO.SO_BINDTOIFINDEX: return words(sk.boundDevice)
    case SO.SO_TXREHASH: return isTcp(sk) ? words(sk.options.others?.get(SO.SO_TXREHASH) ?? sk.net.sysctl.txrehash) : -EOPNOTSUPP
    case SO.SO_BPF_EXTENSIONS: return words(64)
    case SO.SO_BSDCOMPAT: case SO.SO_INCOMING_NAPI_ID: case SO.SO_RESERVE_MEM: return words(0)
    case SO.SO_ATTACH_FILTER: return words()
    case SO.SO_PASSCRED: case SO.SO_PASSSEC: case SO.SO_PASSPIDFD: case SO_PASSRIGHTS: return -EOPNOTSUPP
    default: return -ENOPROTOOPT
  }
}

/** Takes the pending error, or the soft one. Linux: sock_error in SO_ERROR. */
function takeError(sk: Sock): number {
  const { error } = sk
  sk.error = 0
  if (error !== 0) return error
  const soft = sk.softError
  sk.softError = 0
  return soft
}

function pacingBytes(rate: number, length: number): Uint8Array {
  if (length >= 8) return rate === Infinity ? words(-1, -1) : words(rate, Math.floor(rate / 4294967296))
  return words(rate > 0xffffffff ? -1 : rate)
}

/** Linux: sock_getbindtodevice. */
function deviceName(sk: Sock, length: number): Uint8Array | number {
  const device = sk.boundDevice === 0 ? null : sk.net.device(sk.boundDevice)
  if (device === null) return words()
  if (length < 16) return -EINVAL
  const out = new Uint8Array(device.name.length + 1)
  for (let i = 0; i < device.name.length; i++) out[i] = device.name.charCodeAt(i)
  return out
}
