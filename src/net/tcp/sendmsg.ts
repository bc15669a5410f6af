import { EAGAIN, EALREADY, EFAULT, EINVAL, EOPNOTSUPP, EPIPE } from '../../abi/errno.js'
import { MSG_FLAGS, SO, SOL } from '../../abi/flags/sockets.js'
import { after } from '../seq.js'
import { releasePayload, SkBuff, TCP_FLAG, type ZerocopyNotice } from '../skb.js'
import { type ByteSource, type SendMessage, SHUTDOWN, TCP } from '../sock.js'
import { TCP_CHRONO, tcpChronoStart, tcpChronoStop } from './chrono.js'
import { tcpConnect } from './connect-out.js'
import { inetStreamConnect } from './connect.js'
import { tcpSlowStartAfterIdleCheck } from './cwnd.js'
import { TFO } from './fast-open.js'
import { tcpBoundToHalfWnd, tcpCurrentMss } from './mss.js'
import { tcpRateCheckAppLimited } from './rate.js'
import { tcpQueueSkb, tcpWmemFreeSkb } from './send-queue.js'
import { skStreamMemoryFree, skStreamWriteSpace } from './sndbuf.js'
import { tcpSetState } from './state.js'
import { NAGLE, type TcpSock } from './tcp-sock.js'
import { SOF_TIMESTAMPING } from './tx-timestamp.js'
import { GSO_MAX_SEGS, GSO_MAX_SIZE } from './units.js'
import { __tcpPushPendingFrames, tcpPushOne } from './write.js'
import { msgZerocopyRealloc, zerocopyAbort, zerocopyPut } from './zerocopy.js'

/** Pages that one packet may hold. Linux: MAX_SKB_FRAGS. */
const MAX_FRAGS = 17

/** Payload that a packet should get before another is begun: whole segments, as many as a large packet has. Linux: tcp_xmit_size_goal. */
export function tcpXmitSizeGoal(sk: TcpSock, mss: number, large: boolean): number {
  const { tcb } = sk
  if (!large) return mss
  const wanted = tcpBoundToHalfWnd(sk, GSO_MAX_SIZE)
  let goal = tcb.gsoSegs * mss
  if (wanted < goal || wanted >= goal + mss) {
    tcb.gsoSegs = Math.min(Math.floor(wanted / mss), GSO_MAX_SEGS)
    goal = tcb.gsoSegs * mss
  }
  return Math.max(goal, mss)
}

/** Half of the peer's largest window is unpushed: the receiver shall read. Linux: forced_push. */
const forcedPush = (sk: TcpSock): boolean => after(sk.tcb.writeSeq, (sk.tcb.pushedSeq + Math.floor(sk.tcb.maxWindow / 2)) | 0)

/** Linux: tcp_mark_push. */
function tcpMarkPush(sk: TcpSock, skb: SkBuff): void {
  skb.tcpFlags |= TCP_FLAG.PSH
  sk.tcb.pushedSeq = sk.tcb.writeSeq
}

/** Begins a packet at the end of the send queue. Linux: tcp_skb_entail. */
function tcpSkbEntail(sk: TcpSock): SkBuff {
  const { tcb } = sk
  const skb = new SkBuff()
  skb.seq = skb.endSeq = tcb.writeSeq
  skb.tcpFlags = TCP_FLAG.ACK
  const first = tcb.writeQueue.head === null && tcb.rtxQueue.head === null
  tcpQueueSkb(sk, skb)
  if (first) tcpChronoStart(sk, TCP_CHRONO.BUSY)
  sk.nonagle &= ~NAGLE.PUSH
  tcpSlowStartAfterIdleCheck(sk)
  return skb
}

/**
 * Bytes of a send that make it a long one, and what is allocated then for it and those that follow: packets that lie behind
 * each other are joined without copying.
 */
const LONG = 131_072, SLAB = 1_048_576

/** Makes room behind a packet's payload. A long send has one buffer for all its packets, which follow each other there; large ones come of the pool. */
function makeRoom(sk: TcpSock, skb: SkBuff, before: SkBuff | null, length: number, left: number, goal: number): void {
  const have = skb.end - skb.start
  if (skb.ownsTail && skb.buffer.length - skb.end >= length) return
  if (have === 0 && before !== null && before.ownsTail && before.buffer.length - before.end >= length) {
    skb.buffer = before.buffer
    skb.page = before.page
    if (skb.page !== null) skb.page.holders++
    skb.start = skb.end = before.end
    before.ownsTail = false
  } else {
    const wanted = have + length
    const size = have !== 0 ? Math.max(wanted, Math.min(2 * wanted, goal)) : left >= LONG ? SLAB : Math.max(wanted, left)
    const page = sk.net.payload.take(size)
    const buffer = page === null ? new Uint8Array(size) : page.bytes
    if (have !== 0) buffer.set(skb.buffer.subarray(skb.start, skb.end))
    releasePayload(skb)
    skb.page = page
    skb.buffer = buffer
    skb.start = 0
    skb.end = have
  }
  skb.ownsTail = true
}

/**
 * Copies `length` bytes of the source behind a packet's payload.
 *
 * @param before the packet of the same send before this one, or null
 * @returns bytes copied; fewer mean a fault
 */
function append(sk: TcpSock, skb: SkBuff, before: SkBuff | null, source: ByteSource, length: number, goal: number): number {
  makeRoom(sk, skb, before, length, source.left, goal)
  const copied = source.take(skb.buffer, skb.end, length)
  skb.end += copied
  return copied
}

/** The same with MSG_ZEROCOPY: the packet takes pages of the user's, at most 17. @returns -1: it can take none */
function appendZerocopy(sk: TcpSock, skb: SkBuff, source: ByteSource, length: number, goal: number, notice: ZerocopyNotice): number {
  if (skb.zerocopy !== null && skb.zerocopy !== notice) return -1
  if (skb.zerocopy === null && skb.end !== skb.start) return -1
  let copied = 0
  while (copied < length && skb.zerocopyFrags < MAX_FRAGS) {
    const piece = Math.min(length - copied, source.segment ?? length, 4096)
    const n = append(sk, skb, null, source, piece, Math.min(goal, skb.end - skb.start + length - copied))
    copied += n
    skb.zerocopyFrags++
    if (n < piece) break
  }
  if (copied === 0) return -1
  if (skb.zerocopy === null) {
    skb.zerocopy = notice
    notice.holders++
  }
  return copied
}

/** Sends what was written, unless it should wait for more. Linux: tcp_push. */
function tcpPush(sk: TcpSock, flags: number, mss: number, nonagle: number): void {
  const { tcb } = sk
  const skb = tcb.writeQueue.tail
  if (skb === null) return
  if (!(flags & MSG_FLAGS.MSG_MORE) || forcedPush(sk)) tcpMarkPush(sk, skb)
  if (flags & MSG_FLAGS.MSG_OOB) tcb.sndUp = tcb.writeSeq
  __tcpPushPendingFrames(sk, mss, flags & MSG_FLAGS.MSG_MORE ? NAGLE.CORK : nonagle)
}

/** Notes on the packet with the last byte that timestamps of it are wanted. Linux: tcp_tx_timestamp. */
function tcpTxTimestamp(sk: TcpSock, timestamping: number): void {
  const skb = sk.tcb.writeQueue.tail ?? sk.tcb.rtxQueue.tail
  const wanted = timestamping & (SOF_TIMESTAMPING.TX_SOFTWARE | SOF_TIMESTAMPING.TX_SCHED | SOF_TIMESTAMPING.TX_ACK)
  if (wanted === 0 || skb === null) return
  skb.txTimestampFlags = wanted
  skb.txTimestampKey = (skb.seq + skb.end - skb.start - 1) | 0
}

/** SOF_TIMESTAMPING flags of this send: the socket's, or its control message's; -1: a control message makes no sense. Linux: sock_cmsg_send. */
function timestampingOf(sk: TcpSock, message: SendMessage): number {
  let flags = sk.options.timestamping
  for (const { level, type, data } of message.control) {
    if (level !== SOL.SOL_SOCKET) continue
    if (type !== SO.SO_TIMESTAMPING_OLD && type !== SO.SO_TIMESTAMPING_NEW) continue
    if (data.length !== 4) return -1
    const recordMask = SOF_TIMESTAMPING.TX_HARDWARE | SOF_TIMESTAMPING.TX_SOFTWARE | SOF_TIMESTAMPING.TX_SCHED | SOF_TIMESTAMPING.TX_ACK
    const asked = data[0]! | (data[1]! << 8) | (data[2]! << 16) | (data[3]! << 24)
    if (asked & ~recordMask) return -1
    flags = (flags & ~recordMask) | asked
  }
  return flags
}

/** The pending error as a result, once; 0 without. Linux: sock_error. */
export function sockError(sk: TcpSock): number {
  const { error } = sk
  sk.error = 0
  return -error
}

/** A send with Fast Open: connects with data. Linux: tcp_sendmsg_fastopen. */
function tcpSendmsgFastopen(sk: TcpSock, message: SendMessage): { error: number; copied: number } {
  if (!(sk.net.sysctl.tcp_fastopen & TFO.CLIENT_ENABLE)) return { error: -EOPNOTSUPP, copied: 0 }
  if (sk.fastOpen.request !== null) return { error: -EALREADY, copied: 0 }
  const request = { cookie: null, data: message.data, size: message.data.left, copied: 0 }
  sk.ownFastOpen().request = request
  if (sk.fastOpen.deferConnect) {
    const error = tcpConnect(sk)
    if (error !== 0) {
      tcpSetState(sk, TCP.CLOSE)
      sk.remotePort = 0
    }
  }
  const error = inetStreamConnect(sk, message.to, true)
  sk.ownFastOpen().request = null
  sk.ownFastOpen().deferConnect = false
  return { error, copied: request.copied }
}

/** Whether data may be written in this state, else -EAGAIN or an error. Linux: sk_stream_wait_connect without waiting. */
function waitConnect(sk: TcpSock): number {
  if (sk.state === TCP.ESTABLISHED || sk.state === TCP.CLOSE_WAIT || sk.fastOpen.fastopenReq !== null) return 0
  if (sk.error !== 0) return sockError(sk)
  return sk.state === TCP.SYN_SENT || sk.state === TCP.SYN_RECV ? -EAGAIN : -EPIPE
}

/** A failed send: EPIPE gives way to the socket's error; a writer that polls for edges is woken. Linux: the end of tcp_sendmsg_locked. */
function sendError(sk: TcpSock, error: number): number {
  let result = error
  if (result === -EPIPE && sk.error !== 0) result = sockError(sk)
  if (result === -EAGAIN && sk.tcb.rtxQueue.head === null && sk.tcb.writeQueue.head === null) {
    skStreamWriteSpace(sk)
    tcpChronoStop(sk, TCP_CHRONO.SNDBUF_LIMITED)
  }
  return result
}

/** An empty packet at the end was begun in vain. Linux: tcp_remove_empty_skb. */
function tcpRemoveEmptySkb(sk: TcpSock): void {
  const { tcb } = sk
  const skb = tcb.writeQueue.tail
  if (skb === null || skb.seq !== skb.endSeq) return
  tcb.writeQueue.remove(skb)
  if (tcb.writeQueue.head === null) tcpChronoStop(sk, TCP_CHRONO.BUSY)
  tcpWmemFreeSkb(sk, skb)
}

/** A write in progress. */
interface Write {
  readonly sk: TcpSock
  readonly source: ByteSource
  readonly flags: number
  readonly notice: ZerocopyNotice | null
  mss: number
  goal: number
  copied: number
}

/** Puts everything into the send queue that has room there. @returns 0 or -errno */
function queueData(write: Write): number {
  const { sk, source, flags } = write
  let full = false
  let before: SkBuff | null = null, last = sk.tcb.writeQueue.tail ?? sk.tcb.rtxQueue.tail
  while (source.left > 0) {
    let skb = sk.tcb.writeQueue.tail
    let room = skb === null || full ? 0 : write.goal - (skb.end - skb.start)
    if (room <= 0 || skb === null || skb.eor) {
      if (!skStreamMemoryFree(sk)) {
        sk.tcb.noSpace = true
        if (write.copied > 0) tcpPush(sk, flags & ~MSG_FLAGS.MSG_MORE, write.mss, NAGLE.PUSH)
        return -EAGAIN
      }
      skb = tcpSkbEntail(sk)
      room = write.goal
    }
    const wanted = Math.min(room, source.left)
    if (skb !== last) {
      before = last
      last = skb
    }
    const done = write.notice === null ? append(sk, skb, before, source, wanted, write.goal) : appendZerocopy(sk, skb, source, wanted, write.goal, write.notice)
    full = done < 0
    if (full) {
      tcpMarkPush(sk, skb)
      continue
    }
    if (write.copied === 0) skb.tcpFlags &= ~TCP_FLAG.PSH
    sk.tcb.writeSeq = (sk.tcb.writeSeq + done) | 0
    skb.endSeq = (skb.endSeq + done) | 0
    sk.wmemQueued += done
    skb.gsoSegs = 0
    write.copied += done
    if (write.notice === null && done < wanted) return -EFAULT
    if (source.left === 0) {
      if (flags & MSG_FLAGS.MSG_EOR) skb.eor = true
      return 0
    }
    if (skb.end - skb.start < write.goal || flags & MSG_FLAGS.MSG_OOB) continue
    if (forcedPush(sk)) {
      tcpMarkPush(sk, skb)
      __tcpPushPendingFrames(sk, write.mss, NAGLE.PUSH)
    } else if (skb === sk.tcb.writeQueue.head) tcpPushOne(sk, write.mss)
  }
  return 0
}

/**
 * Sends data of a stream, without waiting. Linux: tcp_sendmsg_locked.
 *
 * @returns bytes taken, which are fewer where there is no room for more; or a negative errno. The caller raises SIGPIPE
 */
export function tcpSendmsg(sk: TcpSock, message: SendMessage): number {
  const { flags, data } = message
  let copiedSyn = 0
  const tail = sk.tcb.writeQueue.tail
  const notice = flags & MSG_FLAGS.MSG_ZEROCOPY && data.left > 0 && sk.options.zeroCopy ? msgZerocopyRealloc(sk, data.left, tail) : null
  const fail = (error: number): number => {
    zerocopyAbort(sk, notice)
    return sendError(sk, error)
  }
  if (flags & MSG_FLAGS.MSG_FASTOPEN || sk.fastOpen.deferConnect) {
    const { error, copied } = tcpSendmsgFastopen(sk, message)
    copiedSyn = copied
    if (error < 0 && copied > 0 && sk.state === TCP.SYN_SENT) {
      zerocopyPut(sk, notice)
      return copied
    }
    if (error !== 0) return fail(error)
  }
  tcpRateCheckAppLimited(sk)
  const waiting = waitConnect(sk)
  if (waiting !== 0) return fail(waiting)
  const timestamping = timestampingOf(sk, message)
  if (timestamping < 0) return fail(-EINVAL)
  const mss = tcpCurrentMss(sk)
  const write: Write = { sk, source: data, flags, notice, mss, goal: tcpXmitSizeGoal(sk, mss, !(flags & MSG_FLAGS.MSG_OOB)), copied: 0 }
  const error = sk.error !== 0 || sk.shutdown & SHUTDOWN.SEND ? -EPIPE : queueData(write)
  if (error !== 0) {
    tcpRemoveEmptySkb(sk)
    if (write.copied + copiedSyn === 0) return fail(error)
  }
  if (write.copied > 0) {
    tcpTxTimestamp(sk, timestamping)
    tcpPush(sk, flags, write.mss, sk.nonagle)
  }
  zerocopyPut(sk, notice)
  return write.copied + copiedSyn
}
