import type { SkBuff } from '../skb.js'
import { TCP } from '../sock.js'
import { tcpRcvStateProcess } from './state-process.js'
import type { TcpSock } from './tcp-sock.js'
import { skDataReady } from './wake.js'

/** Feeds the segment that made the child to it, and wakes who accepts. @returns nonzero: answer with RST. Linux: tcp_child_process */
export function tcpChildProcess(parent: TcpSock, child: TcpSock, skb: SkBuff): number {
  const state = child.state
  child.tcb.segsIn += Math.max(1, skb.gsoSegs)
  if (skb.length > 0) child.tcb.dataSegsIn += Math.max(1, skb.gsoSegs)
  const result = tcpRcvStateProcess(child, skb)
  if (state === TCP.SYN_RECV && child.state !== state) skDataReady(parent)
  return result
}
