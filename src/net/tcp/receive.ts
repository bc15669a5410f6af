import { MIB } from '../mib.js'
import { TCP_FLAG, type SkBuff } from '../skb.js'
import { TCP } from '../sock.js'
import type { NetStack } from '../stack.js'
import { tcpCheckReq } from './check-req.js'
import { tcpRcvEstablished } from './established.js'
import { inetLookupEstablished, inetLookupListener } from './lookup.js'
import { tcpInboundMd5Hash } from './md5.js'
import { tcpChildProcess } from './child-process.js'
import { inetCskReqskQueueDrop } from './request-queue.js'
import { RequestSock } from './request-sock.js'
import { tcpSendReset, tcpTimewaitAck } from './reset.js'
import { tcpRcvStateProcess } from './state-process.js'
import { cookieCheck } from './syn-cookies.js'
import { TcpSock } from './tcp-sock.js'
import { tcpTimewaitStateProcess, TW } from './time-wait.js'
import { inetTwskDeschedule, TimeWaitSock } from './time-wait-sock.js'

/** A TCP segment came in: finds whom it is for, and lets that process it. Linux: tcp_v4_rcv, tcp_v6_rcv. */
export function tcpRcv(net: NetStack, skb: SkBuff): void {
  net.mib[MIB.TcpInSegs]!++
  const found = inetLookupEstablished(net, skb.dst, skb.dport, skb.src, skb.sport, skb.ifindex)
  if (found === null) deliver(net, skb, listenerOf(net, skb))
  else if (found instanceof TcpSock) deliver(net, skb, found)
  else if (found instanceof RequestSock) toRequest(net, skb, found)
  else if (found instanceof TimeWaitSock) toTimeWait(net, skb, found)
}

const listenerOf = (net: NetStack, skb: SkBuff): TcpSock | null =>
  inetLookupListener(net, skb.src, skb.sport, skb.dst, skb.dport, skb.ifindex)

/** Gives a segment to a socket; to nobody: RST. */
function deliver(net: NetStack, skb: SkBuff, sk: TcpSock | null): void {
  if (sk === null) {
    tcpSendReset(net, null, skb)
    return
  }
  const minTtl = skb.family === 4 ? sk.options.minTtl : sk.options.minHopCount
  if (skb.ttl < minTtl) {
    net.mib[MIB.TCPMinTTLDrop]!++
    return
  }
  if (!tcpInboundMd5Hash(net, sk.md5, skb, sk.boundDevice)) return
  if (sk.state !== TCP.LISTEN) {
    sk.tcb.segsIn += Math.max(1, skb.gsoSegs)
    if (skb.length > 0) sk.tcb.dataSegsIn += Math.max(1, skb.gsoSegs)
  }
  tcpDoRcv(sk, skb)
}

/**
 * Processes a segment by the socket's state; a listener looks for a SYN cookie first. Linux: tcp_v4_do_rcv, tcp_v6_do_rcv.
 */
export function tcpDoRcv(sk: TcpSock, skb: SkBuff): void {
  const { net } = sk
  if (sk.state === TCP.ESTABLISHED) {
    tcpRcvEstablished(sk, skb)
    return
  }
  if (sk.state === TCP.LISTEN) {
    const child = (skb.tcpFlags & TCP_FLAG.SYN) === 0 ? cookieCheck(sk, skb) : sk
    if (child === null) return
    if (child !== sk) {
      if (tcpChildProcess(sk, child, skb) !== 0) tcpSendReset(net, child, skb)
      return
    }
  }
  if (tcpRcvStateProcess(sk, skb) !== 0) tcpSendReset(net, sk, skb)
}

/** A segment for a request: its listener decides. */
function toRequest(net: NetStack, skb: SkBuff, req: RequestSock): void {
  const sk = req.listener
  if (!tcpInboundMd5Hash(net, sk.md5, skb, req.boundDevice)) return
  if (sk.state !== TCP.LISTEN) {
    inetCskReqskQueueDrop(sk, req)
    deliver(net, skb, listenerOf(net, skb))
    return
  }
  const child = tcpCheckReq(sk, skb, req, false)
  if (child === null) return
  if (child === sk) deliver(net, skb, sk)
  else if (tcpChildProcess(sk, child, skb) !== 0) tcpSendReset(net, child, skb)
}

function toTimeWait(net: NetStack, skb: SkBuff, tw: TimeWaitSock): void {
  switch (tcpTimewaitStateProcess(tw, skb)) {
    case TW.SYN: {
      const sk = listenerOf(net, skb)
      if (sk !== null) {
        inetTwskDeschedule(tw)
        deliver(net, skb, sk)
        break
      }
      tcpTimewaitAck(tw, skb)
      break
    }
    case TW.ACK:
      tcpTimewaitAck(tw, skb)
      break
    case TW.RST:
      tcpSendReset(net, null, skb)
      inetTwskDeschedule(tw)
      break
    default:
  }
}

