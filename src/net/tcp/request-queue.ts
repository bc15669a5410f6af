import { ehashInsert, ehashRemove } from './tables.js'
import { inetChildForget } from './disconnect.js'
import type { RequestSock } from './request-sock.js'
import { TCP } from '../sock.js'
import type { TcpSock } from './tcp-sock.js'

/** Whether a listener's SYN queue is full; the table's size decides before 4.4. Linux: inet_csk_reqsk_queue_is_full. */
export function inetCskReqskQueueIsFull(sk: TcpSock): boolean {
  const queue = sk.acceptQueue
  if (queue === null) return true
  if (queue.synTableEntries !== 0) return queue.qlen >= queue.synTableEntries
  return queue.qlen > sk.maxAckBacklog
}

/** Whether more connections wait for accept than listen asked for. Linux: sk_acceptq_is_full. */
export function skAcceptqIsFull(sk: TcpSock): boolean {
  return sk.net.differences.acceptQueueFullAtBacklog ? sk.ackBacklog >= sk.maxAckBacklog : sk.ackBacklog > sk.maxAckBacklog
}

/** Queues a new request and arms its timer. Linux: inet_csk_reqsk_queue_hash_add. */
export function inetCskReqskQueueHashAdd(sk: TcpSock, req: RequestSock): void {
  const { net } = sk
  ehashInsert(net.tcp, req)
  net.timers.arm(req.timer, net.now + req.timeoutMs * 1000)
  sk.acceptQueue!.added(req)
}

/** Takes a request out of the hash and the SYN queue; false when somebody did before. Linux: inet_csk_reqsk_queue_drop. */
export function inetCskReqskQueueDrop(sk: TcpSock, req: RequestSock): boolean {
  const { net } = sk
  net.timers.cancel(req.timer)
  if (!ehashRemove(net.tcp, req)) return false
  sk.acceptQueue!.removed(req)
  return true
}

/** Puts a connection into the accept queue; false (and the child is gone) when the listener is. Linux: inet_csk_reqsk_queue_add. */
export function inetCskReqskQueueAdd(sk: TcpSock, req: RequestSock, child: TcpSock): boolean {
  if (sk.state !== TCP.LISTEN) {
    inetChildForget(child, req)
    return false
  }
  req.sk = child
  sk.acceptQueue!.push(req)
  sk.ackBacklog++
  return true
}
