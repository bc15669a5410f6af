import type { SkBuff } from '../skb.js'
import type { ByteSource } from '../sock.js'
import type { TcpSock } from './tcp-sock.js'

/** Bits of tcp_fastopen. Linux: include/net/tcp.h. */
export const TFO = { CLIENT_ENABLE: 1, SERVER_ENABLE: 2, CLIENT_NO_COOKIE: 4, SERVER_COOKIE_NOT_REQD: 0x200, SERVER_WO_SOCKOPT1: 0x400, SERVER_WO_SOCKOPT2: 0x800 } as const

/** A cookie of Fast Open (RFC 7413): empty asks for one. */
export interface FastOpenCookie {
  readonly bytes: Uint8Array
  /** The option came with the experimental number 254. */
  readonly experimental: boolean
}

/** What a sending connect holds until the SYN leaves. Linux: struct tcp_fastopen_request. */
export interface FastOpenRequest {
  /** Cookie for the SYN; null: none is known. */
  cookie: FastOpenCookie | null
  /** Data of the sendmsg; null with TCP_FASTOPEN_CONNECT's deferred connect. */
  readonly data: ByteSource | null
  size: number
  /** Bytes that went into the SYN. */
  copied: number
}

/** Whether a SYN may carry data, and its cookie in `sk.fastOpen`; sets sk.fastopenClientFail. Linux: tcp_fastopen_cookie_check. */
export function tcpFastopenCookieCheck(_sk: TcpSock): boolean {
  return false
}

/** The SYN-ACK that answers a Fast Open SYN: cookie kept, data that was not accepted sent again. @returns true: the caller stops. Linux: tcp_rcv_fastopen_synack */
export function tcpRcvFastopenSynack(_sk: TcpSock, _synack: SkBuff, _cookie: FastOpenCookie | null): boolean {
  return false
}

/** Fast Open is off for a while: middleboxes dropped its packets. Linux: tcp_fastopen_active_should_disable. */
export function tcpFastopenActiveShouldDisable(_sk: TcpSock): boolean {
  return false
}

/** A reset or FIN out of order may mean that Fast Open's data is dropped. Linux: tcp_fastopen_active_disable_ofo_check. */
export function tcpFastopenActiveDisableOfoCheck(_sk: TcpSock): void {
  // filled in below
}

/** A timeout of a Fast Open connection. @param expired it is given up. Linux: tcp_fastopen_active_detect_blackhole */
export function tcpFastopenActiveDetectBlackhole(_sk: TcpSock, _expired: boolean): void {
  // filled in below
}

/** The request of a Fast Open child ends: by its final ACK or by a reset. Linux: reqsk_fastopen_remove. */
export function reqskFastopenRemove(_sk: TcpSock, _reset: boolean): void {
  // filled in below
}
