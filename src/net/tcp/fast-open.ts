import { MIB } from '../mib.js'
import { TCP_FLAG } from '../skb.js'
import type { ByteSource } from '../sock.js'
import { tcpFastopenCacheGet } from './metrics.js'
import type { TcpSock } from './tcp-sock.js'

/** Bits of tcp_fastopen; WO_SOCKOPT2 is of the time before 4.9. Linux: TFO_* of include/net/tcp.h. */
export const TFO = {
  CLIENT_ENABLE: 1, SERVER_ENABLE: 2, CLIENT_NO_COOKIE: 4, SERVER_COOKIE_NOT_REQD: 0x200, SERVER_WO_SOCKOPT1: 0x400, SERVER_WO_SOCKOPT2: 0x800,
} as const

/** Why Fast Open failed, in TCP_INFO. Linux: enum tcp_fastopen_client_fail. */
export const TFO_FAIL = { COOKIE_UNAVAILABLE: 1, DATA_NOT_ACKED: 2, SYN_RETRANSMITTED: 3 } as const

/** A cookie of Fast Open (RFC 7413): empty asks for one. */
export interface FastOpenCookie {
  readonly bytes: Uint8Array
  /** The option came with the experimental number 254. */
  readonly experimental: boolean
}

/** What a sending connect holds until the SYN leaves. Linux: struct tcp_fastopen_request. */
export interface FastOpenRequest {
  /** Cookie for the SYN; empty asks for one, null: no option. */
  cookie: FastOpenCookie | null
  /** Data of the sendmsg; null with TCP_FASTOPEN_CONNECT's deferred connect. */
  readonly data: ByteSource | null
  size: number
  /** Bytes that went into the SYN. */
  copied: number
}

/** A cookie option that asks for a cookie. */
export const COOKIE_REQUEST: FastOpenCookie = { bytes: /* @__PURE__ */ new Uint8Array(0), experimental: false }

/**
 * Whether a SYN may carry data. The cookie for its option goes into `sk.fastOpen.cookie`, the peer's MSS as it was told
 * last into `sk.mssClamp`. Linux: tcp_fastopen_cookie_check
 */
export function tcpFastopenCookieCheck(sk: TcpSock): boolean {
  const { net } = sk
  const request = sk.fastOpen.request
  const known = tcpFastopenCacheGet(sk)
  let cookie: FastOpenCookie | null = COOKIE_REQUEST
  if (known !== null) {
    if (known.fastOpenMss !== 0) sk.tcb.mssClamp = known.fastOpenMss
    const experimental = known.cookie === null || known.cookie.bytes.length === 0 ? known.tryExperimental === 1 : known.cookie.experimental
    cookie = { bytes: known.cookie?.bytes ?? COOKIE_REQUEST.bytes, experimental }
  }
  let may = false
  if (tcpFastopenActiveShouldDisable(sk)) cookie = null
  else if ((net.sysctl.tcp_fastopen & TFO.CLIENT_NO_COOKIE) !== 0 || sk.settings.fastopenNoCookie || sk.route?.metrics.fastOpenNoCookie === true) {
    cookie = null
    may = true
  } else if (cookie.bytes.length > 0) may = true
  else sk.ownFastOpen().clientFail = TFO_FAIL.COOKIE_UNAVAILABLE
  if (request !== null) request.cookie = cookie
  return may
}

/** Fast Open goes off for a while: something on the way swallows its packets. Linux: tcp_fastopen_active_disable. */
export function tcpFastopenActiveDisable(sk: TcpSock): void {
  const { net } = sk
  if (net.sysctl.tcp_fastopen_blackhole_timeout_sec === 0) return
  net.tcp.fastOpenDisabledAt = net.now
  net.tcp.fastOpenDisabledTimes++
  net.mib[MIB.TCPFastOpenBlackhole]!++
}

/** Whether it is off now; longer each time, at most 64 times the knob. Linux: tcp_fastopen_active_should_disable. */
export function tcpFastopenActiveShouldDisable(sk: TcpSock): boolean {
  const { tcp, sysctl, now } = sk.net
  const seconds = sysctl.tcp_fastopen_blackhole_timeout_sec
  if (seconds === 0 || tcp.fastOpenDisabledTimes === 0) return false
  const times = 2 ** Math.min(tcp.fastOpenDisabledTimes - 1, 6)
  if (now < tcp.fastOpenDisabledAt + times * seconds * 1_000_000) return true
  sk.ownFastOpen().synFastopenCh = true
  return false
}

/**
 * At the end of a Fast Open connection: only a FIN out of order came: data was swallowed; data came: all is well. Linux:
 * tcp_fastopen_active_disable_ofo_check.
 */
export function tcpFastopenActiveDisableOfoCheck(sk: TcpSock): void {
  if (!sk.fastOpen.synFastopen) return
  const { tcp } = sk.net
  if (sk.tcb.dataSegsIn === 0) {
    const first = sk.outOfOrder.queue?.head ?? null
    if (first !== null && first.next === null && (first.tcpFlags & TCP_FLAG.FIN) !== 0) tcpFastopenActiveDisable(sk)
  } else if (sk.fastOpen.synFastopenCh && sk.route !== null && sk.route.device !== sk.net.loopback) tcp.fastOpenDisabledTimes = 0
}

/** A timeout of a Fast Open connection. @param expired it is given up. Linux: tcp_fastopen_active_detect_blackhole */
export function tcpFastopenActiveDetectBlackhole(sk: TcpSock, expired: boolean): void {
  const timeouts = sk.tcb.retransmits
  if (!sk.fastOpen.synFastopen && !sk.fastOpen.synData && !sk.fastOpen.synDataAcked) return
  if (timeouts !== 2 && !(timeouts < 2 && expired)) return
  tcpFastopenActiveDisable(sk)
  sk.net.mib[MIB.TCPFastOpenActiveFail]!++
}
