import { EAGAIN, EFAULT, EINVAL, ENOTCONN } from '../../abi/errno.js'
import { MSG_FLAGS, SOL, TCP_OPTIONS } from '../../abi/flags/sockets.js'
import { after } from '../seq.js'
import { type SkBuff, TCP_FLAG } from '../skb.js'
import { type ReceiveMessage, SHUTDOWN, TCP } from '../sock.js'
import { putTimestamps } from '../messages.js'
import { inetCskAckScheduled, inetCskInPingpongMode } from './delayed-ack.js'
import { tcpFastPathCheck } from './fast-path.js'
import { tcpEatRecvSkb } from './receive-queue.js'
import { tcpRcvSpaceAdjust } from './receive-window.js'
import { tcpSendAck } from './send-ack.js'
import { sockError } from './sendmsg.js'
import { ACK_PENDING, type TcpSock } from './tcp-sock.js'
import { TCP_URG } from './urgent.js'
import { __tcpSelectWindow, tcpReceiveWindow } from './window.js'

/** Data was read: an ACK may be due, or the window may have grown enough to say so. Linux: tcp_cleanup_rbuf. @param copied bytes read */
export function tcpCleanupRbuf(sk: TcpSock, copied: number): void {
  const { tcb } = sk
  let ack = false
  if (inetCskAckScheduled(sk)) {
    const emptied = copied > 0 && sk.rmemAlloc === 0
    const pushed = (tcb.ackPending & ACK_PENDING.PUSHED2) !== 0 || ((tcb.ackPending & ACK_PENDING.PUSHED) !== 0 && !inetCskInPingpongMode(sk))
    ack = ((tcb.rcvNxt - tcb.rcvWup) | 0) > tcb.rcvMss || (emptied && pushed)
  }
  if (copied > 0 && !ack && !(sk.shutdown & SHUTDOWN.RCV)) {
    const now = tcpReceiveWindow(sk)
    if (2 * now <= tcb.windowClamp) {
      const next = __tcpSelectWindow(sk)
      if (next !== 0 && next >= 2 * now) ack = true
    }
  }
  if (ack) tcpSendAck(sk)
}

/** The urgent byte by itself; never waits. Linux: tcp_recv_urg. */
function tcpRecvUrg(sk: TcpSock, message: ReceiveMessage): number {
  const { tcb } = sk
  if (sk.options.oobInline || tcb.urgData === 0 || tcb.urgData === TCP_URG.READ) return -EINVAL
  if (sk.state === TCP.CLOSE && !sk.finReceived) return -ENOTCONN
  if (tcb.urgData & TCP_URG.VALID) {
    const byte = new Uint8Array([tcb.urgData & 0xff])
    if (!(message.flags & MSG_FLAGS.MSG_PEEK)) tcb.urgData = TCP_URG.READ
    message.outFlags |= MSG_FLAGS.MSG_OOB
    if (message.data.left === 0) {
      message.outFlags |= MSG_FLAGS.MSG_TRUNC
      return 0
    }
    if (!(message.flags & MSG_FLAGS.MSG_TRUNC) && message.data.put(byte, 0, 1) < 1) return -EFAULT
    return 1
  }
  return sk.state === TCP.CLOSE || sk.shutdown & SHUTDOWN.RCV ? 0 : -EAGAIN
}

/** What a read that finds no data returns. */
function nothingToRead(sk: TcpSock): number {
  if (sk.finReceived) return 0
  if (sk.error !== 0) return sockError(sk)
  if (sk.shutdown & SHUTDOWN.RCV) return 0
  return sk.state === TCP.CLOSE ? -ENOTCONN : -EAGAIN
}

/** A read in progress: where it is, and what it got. */
interface Read {
  readonly sk: TcpSock
  readonly message: ReceiveMessage
  readonly peek: boolean
  seq: number
  /** Bytes that may still be read. */
  left: number
  copied: number
  /** Last packet that data came of, for its time. */
  last: SkBuff | null
}

function advance(read: Read, bytes: number): void {
  read.seq = (read.seq + bytes) | 0
  if (!read.peek) read.sk.tcb.copiedSeq = read.seq
}

/** Reads of one packet. @returns whether to go on with the next: 0 yes, 1 stop (end, urgent data), or -EFAULT */
function readSkb(read: Read, skb: SkBuff): number {
  const { sk, message } = read
  let offset = (read.seq - skb.seq) | 0
  const length = skb.end - skb.start
  while (offset < length && read.left > 0) {
    if (sk.tcb.urgData !== 0 && sk.tcb.urgSeq === read.seq && read.copied > 0) return 1
    let used = Math.min(length - offset, read.left)
    if (sk.tcb.urgData !== 0) {
      const urgent = (sk.tcb.urgSeq - read.seq) >>> 0
      if (urgent === 0 && !sk.options.oobInline) {
        advance(read, 1)
        offset++
        used--
      } else if (urgent > 0 && urgent < used) used = urgent
    }
    if (used > 0) {
      if (!(message.flags & MSG_FLAGS.MSG_TRUNC) && message.data.put(skb.buffer, skb.start + offset, used) < used) return -EFAULT
      advance(read, used)
      offset += used
      read.copied += used
      read.left -= used
      if (!read.peek) tcpRcvSpaceAdjust(sk)
    }
    if (sk.tcb.urgData !== 0 && after(sk.tcb.copiedSeq, sk.tcb.urgSeq)) {
      sk.tcb.urgData = 0
      tcpFastPathCheck(sk)
    }
    read.last = skb
  }
  if (offset < length) return 1
  const fin = (skb.tcpFlags & TCP_FLAG.FIN) !== 0
  if (fin) advance(read, 1)
  if (!read.peek) tcpEatRecvSkb(sk, skb)
  return fin ? 1 : 0
}

/**
 * Receives of a stream, without waiting: what is there, however little. Linux: tcp_recvmsg.
 *
 * @returns bytes, 0 at the end, or a negative errno (-EAGAIN: nothing yet)
 */
export function tcpRecvmsg(sk: TcpSock, message: ReceiveMessage): number {
  const { flags } = message
  if (sk.state === TCP.LISTEN) return -ENOTCONN
  if (flags & MSG_FLAGS.MSG_OOB) return tcpRecvUrg(sk, message)
  const peek = (flags & MSG_FLAGS.MSG_PEEK) !== 0
  const offset = peek && sk.options.peekOffset >= 0 ? sk.options.peekOffset : 0
  const read: Read = { sk, message, peek, seq: (sk.tcb.copiedSeq + offset) | 0, left: message.data.left, copied: 0, last: null }
  let result = 0
  for (let skb = sk.tcb.receiveQueue.head; skb !== null && result === 0;) {
    const next: SkBuff | null = skb.next
    const end = (skb.seq + skb.end - skb.start) | 0
    if (after(end, read.seq)) {
      if (read.left === 0) break
      result = readSkb(read, skb)
    } else if (skb.tcpFlags & TCP_FLAG.FIN) {
      result = readSkb(read, skb)
    }
    skb = next
  }
  const copied = read.copied
  if (peek && copied > 0 && sk.options.peekOffset >= 0) sk.ownOptions().peekOffset += copied
  if (copied === 0 && result < 0) return -EFAULT
  const returned = copied === 0 && result === 0 && message.data.left > 0 ? nothingToRead(sk) : copied
  tcpCleanupRbuf(sk, copied)
  if (returned >= 0) addControl(sk, message, read.last)
  return returned
}

/** Times and bytes left, where the user asked for them. Linux: tcp_recv_timestamp, tcp_inq_hint. */
function addControl(sk: TcpSock, message: ReceiveMessage, last: SkBuff | null): void {
  if (last !== null && (sk.options.timestamp !== 0 || sk.options.timestamping !== 0)) putTimestamps(sk, message, last.receivedAt)
  if (!sk.settings.recvmsgInq) return
  const waiting = (sk.tcb.rcvNxt - sk.tcb.copiedSeq) | 0
  const inq = waiting === 0 && sk.finReceived ? 1 : waiting
  message.control.push({ level: SOL.SOL_TCP, type: TCP_OPTIONS.TCP_INQ, data: new Uint8Array([inq, inq >> 8, inq >> 16, inq >> 24]) })
}
