import { EINVAL, ENOENT, ENOPROTOOPT, EOPNOTSUPP, EPERM } from '../../abi/errno.js'
import { TCP_OPTIONS as OPT } from '../../abi/flags/sockets.js'
import { byteString, bytesOf } from '../../base/bytes.js'
import { TCP } from '../sock.js'
import { tcpSetCongestionControl } from './congestion.js'
import { inetCskAckScheduled, inetCskEnterPingpongMode, inetCskExitPingpongMode, inetCskInPingpongMode } from './delayed-ack.js'
import { fastopenKeys } from './fast-open-server.js'
import { fastOpenQueueOf, fastopenQueueTune } from './fast-open-request.js'
import { TFO } from './fast-open.js'
import { keepaliveIntvlWhen, keepaliveProbes, keepaliveTimeElapsed, keepaliveTimeWhen } from './keepalive.js'
import { parseMd5Option } from './md5-option.js'
import { tcpSetWindowClamp } from './receive-window.js'
import { tcpCleanupRbuf } from './recvmsg.js'
import { skStreamWriteSpace } from './sndbuf.js'
import { tcpGetInfo } from './tcp-info.js'
import { ACK_PENDING, NAGLE, type TcpSock } from './tcp-sock.js'
import { TCP_MS } from './units.js'
import { tcpPushPendingFrames } from './write.js'
import { inetCskResetKeepaliveTimer } from './xmit-timer.js'

/** Options newer than the headers of this system. Linux: include/uapi/linux/tcp.h of 6.15. */
const NEW = { TCP_IS_MPTCP: 43, TCP_RTO_MAX_MS: 44, TCP_RTO_MIN_US: 45, TCP_DELACK_MAX_US: 46 } as const

const CA_NAME_MAX = 16
const MAX_KEEPALIVE = 32767
const MAX_COUNT = 127
const MIN_MSS = 88
const MAX_TCP_WINDOW = 32767
const FIN_TIMEOUT_MAX = 120_000

const i32 = (value: Uint8Array): number => value[0]! | (value[1]! << 8) | (value[2]! << 16) | (value[3]! << 24)

/** Seconds as a number of retransmissions with doubling timeouts, and back. Linux: secs_to_retrans, retrans_to_secs. */
function secsToRetrans(seconds: number): number {
  if (seconds <= 0) return 0
  let count = 1, timeout = 1, period = 1
  while (seconds > period && count < 255) {
    count++
    timeout = Math.min(timeout * 2, 120)
    period += timeout
  }
  return count
}

function retransToSecs(count: number): number {
  let timeout = 1, period = count > 0 ? 1 : 0
  for (let i = 1; i < count; i++) {
    timeout = Math.min(timeout * 2, 120)
    period += timeout
  }
  return period
}

/** Options whose value is no int. Undefined: it is none of these. */
function setBytes(sk: TcpSock, name: number, value: Uint8Array): number | undefined {
  switch (name) {
    case OPT.TCP_CONGESTION: {
      if (value.length < 1) return -EINVAL
      const text = byteString(value.subarray(0, CA_NAME_MAX - 1))
      const end = text.indexOf('\0')
      return tcpSetCongestionControl(sk, end < 0 ? text : text.slice(0, end)) === 0 ? 0 : -ENOENT
    }
    case OPT.TCP_ULP:
      return value.length < 1 ? -EINVAL : -ENOENT
    case OPT.TCP_FASTOPEN_KEY:
      if (value.length !== 16 && value.length !== 32) return -EINVAL
      fastOpenQueueOf(sk).keys = value.length === 16 ? [value.slice()] : [value.slice(0, 16), value.slice(16)]
      return 0
    default:
      return undefined
  }
}

/** setsockopt(2) of level SOL_TCP. TCP_REPAIR and what belongs to it are refused as without privilege. @returns 0 or -errno. Linux: do_tcp_setsockopt */
export function tcpSetsockopt(sk: TcpSock, name: number, value: Uint8Array): number {
  const result = setBytes(sk, name, value)
  if (result !== undefined) return result
  if (value.length < 4) return -EINVAL
  const n = i32(value)
  return setSending(sk, name, n) ?? setTiming(sk, name, n) ?? setOpening(sk, name, n, value) ?? -ENOPROTOOPT
}

const within = (n: number, low: number, high: number): boolean => n >= low && n <= high

function setFlag(n: number, set: (on: boolean) => void): number {
  if (!within(n, 0, 1)) return -EINVAL
  set(n === 1)
  return 0
}

/** Options about how data is sent and acknowledged. */
function setSending(sk: TcpSock, name: number, n: number): number | undefined {
  switch (name) {
    case OPT.TCP_MAXSEG:
      if (n !== 0 && !within(n, MIN_MSS, MAX_TCP_WINDOW)) return -EINVAL
      sk.ownSettings().userMss = n
      return 0
    case OPT.TCP_NODELAY:
      if (n === 0) sk.nonagle &= ~NAGLE.OFF
      else {
        sk.nonagle |= NAGLE.OFF | NAGLE.PUSH
        tcpPushPendingFrames(sk)
      }
      return 0
    case OPT.TCP_CORK:
      setCork(sk, n !== 0)
      return 0
    case OPT.TCP_THIN_LINEAR_TIMEOUTS:
      return setFlag(n, (on) => { sk.ownSettings().thinLto = on })
    case OPT.TCP_THIN_DUPACK:
      return setFlag(n, () => {})
    case OPT.TCP_QUICKACK:
      setQuickack(sk, n)
      return 0
    case OPT.TCP_WINDOW_CLAMP:
      return tcpSetWindowClamp(sk, n) ? 0 : -EINVAL
    case OPT.TCP_NOTSENT_LOWAT:
      sk.ownSettings().notsentLowat = n >>> 0
      skStreamWriteSpace(sk)
      return 0
    case OPT.TCP_INQ:
      return setFlag(n, (on) => { sk.ownSettings().recvmsgInq = on })
    case OPT.TCP_TX_DELAY:
      sk.ownSettings().txDelayUs = n
      return 0
    default:
      return undefined
  }
}

/** Linux: __tcp_sock_set_cork. */
function setCork(sk: TcpSock, on: boolean): void {
  if (on) {
    sk.nonagle |= NAGLE.CORK
    return
  }
  sk.nonagle &= ~NAGLE.CORK
  if (sk.nonagle & NAGLE.OFF) sk.nonagle |= NAGLE.PUSH
  tcpPushPendingFrames(sk)
}

/** Linux: __tcp_sock_set_quickack. */
function setQuickack(sk: TcpSock, n: number): void {
  sk.ownTcb()
  if (n === 0) {
    inetCskEnterPingpongMode(sk)
    return
  }
  inetCskExitPingpongMode(sk)
  if ((sk.state !== TCP.ESTABLISHED && sk.state !== TCP.CLOSE_WAIT) || !inetCskAckScheduled(sk)) return
  sk.tcb.ackPending |= ACK_PENDING.PUSHED
  tcpCleanupRbuf(sk, 1)
  if ((n & 1) === 0) inetCskEnterPingpongMode(sk)
}

/** Options that are times and counts of attempts. */
function setTiming(sk: TcpSock, name: number, n: number): number | undefined {
  switch (name) {
    case OPT.TCP_KEEPIDLE:
      if (!within(n, 1, MAX_KEEPALIVE)) return -EINVAL
      sk.ownSettings().keepaliveTimeMs = n * 1000
      if (sk.options.keepAlive && sk.state !== TCP.CLOSE && sk.state !== TCP.LISTEN) {
        inetCskResetKeepaliveTimer(sk, Math.max(0, sk.settings.keepaliveTimeMs - keepaliveTimeElapsed(sk)))
      }
      return 0
    case OPT.TCP_KEEPINTVL:
      if (!within(n, 1, MAX_KEEPALIVE)) return -EINVAL
      sk.ownSettings().keepaliveIntvlMs = n * 1000
      return 0
    case OPT.TCP_KEEPCNT:
      if (!within(n, 1, MAX_COUNT)) return -EINVAL
      sk.ownSettings().keepaliveProbes = n
      return 0
    case OPT.TCP_SYNCNT:
      if (!within(n, 1, MAX_COUNT)) return -EINVAL
      sk.ownSettings().synRetries = n
      return 0
    case OPT.TCP_LINGER2:
      sk.ownSettings().linger2 = n < 0 ? -1 : Math.min(n * 1000, FIN_TIMEOUT_MAX)
      return 0
    case OPT.TCP_DEFER_ACCEPT:
      sk.ownSettings().deferAccept = secsToRetrans(n)
      return 0
    case OPT.TCP_USER_TIMEOUT:
      if (n < 0) return -EINVAL
      sk.ownSettings().userTimeoutMs = n
      return 0
    case NEW.TCP_RTO_MAX_MS:
      if (!within(n, 1000, TCP_MS.RTO_MAX)) return -EINVAL
      sk.ownSettings().rtoMaxMs = n
      return 0
    case NEW.TCP_RTO_MIN_US:
      if (!within(Math.ceil(n / 1000), TCP_MS.TIMEOUT_MIN, TCP_MS.RTO_MIN)) return -EINVAL
      sk.ownSettings().rtoMinMs = Math.ceil(n / 1000)
      return 0
    default:
      return undefined
  }
}

/** Options of opening connections: Fast Open, saved SYNs, MD5, repair. */
function setOpening(sk: TcpSock, name: number, n: number, value: Uint8Array): number | undefined {
  const idle = sk.state === TCP.CLOSE || sk.state === TCP.LISTEN
  switch (name) {
    case OPT.TCP_SAVE_SYN:
      if (!within(n, 0, 2)) return -EINVAL
      sk.ownSettings().saveSyn = n
      return 0
    case OPT.TCP_MD5SIG:
    case OPT.TCP_MD5SIG_EXT:
      return parseMd5Option(sk, name === OPT.TCP_MD5SIG_EXT, value)
    case OPT.TCP_FASTOPEN:
      if (n < 0 || !idle) return -EINVAL
      fastopenQueueTune(sk, n)
      return 0
    case OPT.TCP_FASTOPEN_CONNECT:
      if (!within(n, 0, 1)) return -EINVAL
      if ((sk.net.sysctl.tcp_fastopen & TFO.CLIENT_ENABLE) === 0) return -EOPNOTSUPP
      if (sk.state !== TCP.CLOSE) return -EINVAL
      sk.ownSettings().fastopenConnect = n === 1
      return 0
    case OPT.TCP_FASTOPEN_NO_COOKIE:
      return idle ? setFlag(n, (on) => { sk.ownSettings().fastopenNoCookie = on }) : -EINVAL
    case OPT.TCP_REPAIR:
    case OPT.TCP_REPAIR_QUEUE:
    case OPT.TCP_TIMESTAMP:
    case OPT.TCP_REPAIR_WINDOW:
      return -EPERM
    case OPT.TCP_QUEUE_SEQ:
      return sk.state === TCP.CLOSE ? -EINVAL : -EPERM
    case OPT.TCP_REPAIR_OPTIONS:
      return -EINVAL
    default:
      return undefined
  }
}

/** Options that are an int; undefined: none of these. */
function getInt(sk: TcpSock, name: number): number | undefined {
  const { tcb } = sk
  const { sysctl } = sk.net
  switch (name) {
    case OPT.TCP_MAXSEG:
      return sk.settings.userMss !== 0 && (sk.state === TCP.CLOSE || sk.state === TCP.LISTEN) ? sk.settings.userMss : tcb.mssCache
    case OPT.TCP_NODELAY: return sk.nonagle & NAGLE.OFF ? 1 : 0
    case OPT.TCP_CORK: return sk.nonagle & NAGLE.CORK ? 1 : 0
    case OPT.TCP_KEEPIDLE: return Math.floor(keepaliveTimeWhen(sk) / 1000)
    case OPT.TCP_KEEPINTVL: return Math.floor(keepaliveIntvlWhen(sk) / 1000)
    case OPT.TCP_KEEPCNT: return keepaliveProbes(sk)
    case OPT.TCP_SYNCNT: return sk.settings.synRetries !== 0 ? sk.settings.synRetries : sysctl.tcp_syn_retries
    case OPT.TCP_LINGER2: return sk.settings.linger2 < 0 ? -1 : sk.settings.linger2 !== 0 ? sk.settings.linger2 / 1000 : sysctl.tcp_fin_timeout
    case OPT.TCP_DEFER_ACCEPT: return retransToSecs(sk.settings.deferAccept)
    case OPT.TCP_WINDOW_CLAMP: return tcb.windowClamp
    case OPT.TCP_QUICKACK: return inetCskInPingpongMode(sk) ? 0 : 1
    case OPT.TCP_THIN_LINEAR_TIMEOUTS: return sk.settings.thinLto ? 1 : 0
    case OPT.TCP_THIN_DUPACK:
    case OPT.TCP_REPAIR:
    case NEW.TCP_IS_MPTCP: return 0
    case OPT.TCP_USER_TIMEOUT: return sk.settings.userTimeoutMs
    case OPT.TCP_FASTOPEN: return sk.fastOpenQueue?.maxQlen ?? 0
    case OPT.TCP_FASTOPEN_CONNECT: return sk.settings.fastopenConnect ? 1 : 0
    case OPT.TCP_FASTOPEN_NO_COOKIE: return sk.settings.fastopenNoCookie ? 1 : 0
    case OPT.TCP_TX_DELAY: return sk.settings.txDelayUs
    case OPT.TCP_TIMESTAMP: return (Math.floor(sk.net.now / 1000) + tcb.tsOffset) | 0
    case OPT.TCP_NOTSENT_LOWAT: return sk.settings.notsentLowat
    case OPT.TCP_INQ: return sk.settings.recvmsgInq ? 1 : 0
    case OPT.TCP_SAVE_SYN: return sk.settings.saveSyn
    case OPT.TCP_QUEUE_SEQ:
    case OPT.TCP_REPAIR_QUEUE: return -EINVAL
    case NEW.TCP_RTO_MAX_MS: return sk.settings.rtoMaxMs
    case NEW.TCP_RTO_MIN_US: return sk.settings.rtoMinMs * 1000
    case NEW.TCP_DELACK_MAX_US: return TCP_MS.DELACK_MAX * 1000
    default: return undefined
  }
}

const NOTHING = /* @__PURE__ */ new Uint8Array(0)

/** The SYN of an accepted connection, once; too small a buffer is told how much. Linux: TCP_SAVED_SYN of do_tcp_getsockopt. */
function takeSavedSyn(sk: TcpSock, length: number): Uint8Array | number {
  const saved = sk.savedSyn
  if (saved === null) return NOTHING
  if (length < saved.length) return -EINVAL
  sk.savedSyn = null
  return saved
}

/** getsockopt(2) of level SOL_TCP. @returns the bytes, at most `length`, or -errno. Linux: do_tcp_getsockopt */
export function tcpGetsockopt(sk: TcpSock, name: number, length: number): Uint8Array | number {
  if (length < 0) return -EINVAL
  switch (name) {
    case OPT.TCP_INFO: return tcpGetInfo(sk).subarray(0, length)
    case OPT.TCP_CC_INFO: return NOTHING
    case OPT.TCP_CONGESTION: {
      const text = new Uint8Array(CA_NAME_MAX)
      text.set(bytesOf(sk.ca.name))
      return text.subarray(0, length)
    }
    case OPT.TCP_ULP: return NOTHING
    case OPT.TCP_FASTOPEN_KEY: {
      const keys = sk.fastOpenQueue?.keys ?? fastopenKeys(sk.net)
      return Uint8Array.from(keys.flatMap((key) => [...key])).subarray(0, length)
    }
    case OPT.TCP_SAVED_SYN: return takeSavedSyn(sk, length)
    case OPT.TCP_REPAIR_WINDOW: return length !== 20 ? -EINVAL : -EPERM
    default:
  }
  const value = getInt(sk, name)
  if (value === undefined) return -ENOPROTOOPT
  if (value < 0 && (name === OPT.TCP_QUEUE_SEQ || name === OPT.TCP_REPAIR_QUEUE)) return value
  const out = new Uint8Array(4)
  new DataView(out.buffer).setInt32(0, value | 0, true)
  return out.subarray(0, length)
}
