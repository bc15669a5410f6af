import type { SkBuff, ZerocopyNotice } from '../skb.js'
import type { TcpSock } from './tcp-sock.js'
import { SO_EE_ORIGIN } from './tx-timestamp.js'
import { skErrorReport } from './wake.js'

/** SO_EE_CODE_ZEROCOPY_COPIED: the bytes were copied after all. */
const COPIED = 1
const NOTHING = /* @__PURE__ */ new Uint8Array(0)

/**
 * The notification of a send with MSG_ZEROCOPY (which copies here, and says so, as over loopback and TUN): a new one, or the
 * tail packet's with one send more. Linux: msg_zerocopy_realloc.
 */
export function msgZerocopyRealloc(sk: TcpSock, size: number, tail: SkBuff | null): ZerocopyNotice {
  const tcb = sk.ownTcb()
  const old = tail === null ? null : tail.zerocopy
  if (old !== null && old.id + old.count === tcb.zerocopyNext && old.bytes + size < 0xffffffff) {
    old.count++
    old.bytes += size
    old.holders++
    tcb.zerocopyNext++
    return old
  }
  return { id: tcb.zerocopyNext++, count: 1, bytes: size, copied: true, holders: 1 }
}

/** One holder less; with the last one the user is told that its memory is free again. Linux: net_zcopy_put, __msg_zerocopy_callback. */
export function zerocopyPut(sk: TcpSock, notice: ZerocopyNotice | null): void {
  if (notice === null || --notice.holders > 0 || notice.count === 0 || sk.dead) return
  const low = notice.id, high = notice.id + notice.count - 1
  const last = sk.errors.at(-1)
  if (last !== undefined && last.origin === SO_EE_ORIGIN.ZEROCOPY && low === last.data + 1) {
    sk.errors[sk.errors.length - 1] = { ...last, data: high }
  } else {
    sk.errors.push({
      errno: 0, origin: SO_EE_ORIGIN.ZEROCOPY, type: 0, code: notice.copied ? COPIED : 0, info: low, data: high, payload: NOTHING, to: null,
      offender: null, timestamp: null,
    })
  }
  skErrorReport(sk)
}

/** The send failed: its number is given back. Linux: net_zcopy_put_abort. */
export function zerocopyAbort(sk: TcpSock, notice: ZerocopyNotice | null): void {
  if (notice === null) return
  sk.tcb.zerocopyNext--
  notice.count--
  zerocopyPut(sk, notice)
}
