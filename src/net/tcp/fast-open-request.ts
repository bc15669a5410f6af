import { TCP } from '../sock.js'
import type { FastOpenQueue, RequestSock } from './request-sock.js'
import type { TcpSock } from './tcp-sock.js'

/** The Fast Open part of a socket, made on first use. */
export function fastOpenQueueOf(sk: TcpSock): FastOpenQueue {
  return (sk.fastOpenQueue ??= { qlen: 0, maxQlen: 0, resets: [], keys: null })
}

/** Sets how many Fast Open requests may be under way: at most somaxconn. Linux: fastopen_queue_tune. */
export function fastopenQueueTune(sk: TcpSock, backlog: number): void {
  fastOpenQueueOf(sk).maxQlen = Math.min(backlog >>> 0, sk.net.sysctl.somaxconn)
}

/**
 * The request of a Fast Open child ends, by the final ACK or otherwise. One that was reset keeps its place for 60 s, so
 * that nobody can flood with spoofed SYNs that reset themselves. Linux: reqsk_fastopen_remove
 */
export function reqskFastopenRemove(sk: TcpSock, req: RequestSock, reset: boolean): void {
  const { listener } = req
  const queue = fastOpenQueueOf(listener)
  sk.ownFastOpen().fastopenReq = null
  queue.qlen--
  req.tfoListener = false
  if (req.sk !== null || !reset || listener.state !== TCP.LISTEN) return
  queue.resets.push({ request: req, expires: sk.net.now + 60_000_000 })
  queue.qlen++
}
