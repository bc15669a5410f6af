import { ANY4, type IpAddress } from '../address.js'
import { TCP } from '../sock.js'
import { NetTimer, type TimerOwner } from '../timers.js'
import type { NetStack } from '../stack.js'
import type { FastOpenCookie } from './fast-open.js'
import type { Hashed } from './tables.js'
import type { TcpSock } from './tcp-sock.js'
import { reqskTimerHandler } from './synack-timer.js'

/**
 * A connection that a SYN asked for and that has no socket yet: state NEW_SYN_RECV in the established hash (since 4.4).
 * Linux: struct request_sock, inet_request_sock, tcp_request_sock.
 */
export class RequestSock implements TimerOwner, Hashed {
  readonly net: NetStack
  readonly listener: TcpSock
  readonly state: number = TCP.NEW_SYN_RECV
  /** Family of the socket that it will become; the packets' family is that of the addresses. */
  readonly family: 4 | 6
  hashNext: Hashed | null = null
  hashed = false
  local: IpAddress = ANY4
  remote: IpAddress = ANY4
  localPort = 0
  remotePort = 0
  /** Interface that it is bound to (ir_iif); 0: any. */
  boundDevice = 0
  mark = 0

  /** Sequence numbers: the client's SYN, ours, what is expected next. */
  rcvIsn = 0
  sntIsn = 0
  rcvNxt = 0
  /** When the SYN-ACK was first sent, µs; 0: not yet. */
  sntSynack = 0
  /** Option MSS of the client's SYN; 536 without. */
  mss = 536
  tsRecent = 0
  /** Our timestamps' offset. */
  tsOffset = 0
  tstampOk = false
  sackOk = false
  wscaleOk = false
  sndWscale = 0
  rcvWscale = 0
  ecnOk = false
  rcvWnd = 0
  windowClamp = 0
  /** Timestamp to echo through a cookie: the request is not kept. */
  cookieTs = false
  /** SYN-ACKs sent again, and timeouts. */
  numRetrans = 0
  numTimeout = 0
  /** Times of the retransmission timer, ms. */
  timeoutMs = 1000
  /** Fast Open cookie for the SYN-ACK. */
  synackCookie: FastOpenCookie | null = null
  /** It came by a listener with Fast Open. */
  tfoListener = false
  /** The final ACK was seen (defer accept, accept queue full). */
  acked = false
  /** The child: while a Fast Open handshake goes on, and while waiting for accept. */
  sk: TcpSock | null = null
  lastOowAckTime = 0
  synTos = 0
  /** SYN's headers for TCP_SAVED_SYN. */
  savedSyn: Uint8Array | null = null
  /** TCP MD5 key applies. */
  usesMd5 = false
  /** First and last timestamps sent in SYN-ACKs, with the offset in them. */
  tsvalFirst = 0
  tsvalLast = 0
  readonly timer: NetTimer = new NetTimer(this, 1)
  /** Next in the listener's SYN queue (inspection) or accept queue. */
  next: RequestSock | null = null
  prev: RequestSock | null = null

  constructor(listener: TcpSock) {
    this.net = listener.net
    this.listener = listener
    this.family = listener.family
  }

  /** Time to send the SYN-ACK again, or to give up. */
  onTimer(): void {
    reqskTimerHandler(this)
  }
}

/** The Fast Open part of a listener's queue. Linux: struct fastopen_queue. */
export interface FastOpenQueue {
  /** Requests whose handshake goes on, and how many may. */
  qlen: number
  maxQlen: number
  /** Requests that were reset lately; they count until 60 s have passed. */
  readonly resets: { readonly request: RequestSock; readonly expires: number }[]
  /** Keys of TCP_FASTOPEN_KEY, the primary first; null: the stack's. */
  keys: readonly Uint8Array[] | null
}

/**
 * Both queues of a listener, open to inspection. Linux: struct request_sock_queue; since 4.4 the SYN queue exists only as
 * a count over the established hash, here also as a list.
 */
export class AcceptQueue {
  /** Requests without a final ACK, oldest first. */
  synHead: RequestSock | null = null
  synTail: RequestSock | null = null
  /** How many, and how many of them never timed out. */
  qlen = 0
  young = 0
  /** Connections that wait for accept, oldest first. */
  head: RequestSock | null = null
  tail: RequestSock | null = null
  /** A warning about SYN cookies was given (once per listener). */
  synfloodWarned = false
  /** When a SYN was last answered with a cookie, µs; -Infinity: never. Linux: tcp_synq_overflow. */
  lastOverflow = -Infinity
  /** Entries of the SYN table allocated at listen before 4.4; 0 since. */
  synTableEntries = 0

  /** The SYN queue as an array. */
  get synQueue(): RequestSock[] {
    return listOf(this.synHead)
  }

  /** The accept queue as an array. */
  get waiting(): RequestSock[] {
    return listOf(this.head)
  }

  get isEmpty(): boolean {
    return this.head === null
  }

  /** Counts a new request. Linux: reqsk_queue_added. */
  added(req: RequestSock): void {
    req.prev = this.synTail
    req.next = null
    if (this.synTail === null) this.synHead = req
    else this.synTail.next = req
    this.synTail = req
    this.qlen++
    this.young++
  }

  /** Linux: reqsk_queue_removed. */
  removed(req: RequestSock): void {
    if (req.prev === null) this.synHead = req.next
    else req.prev.next = req.next
    if (req.next === null) this.synTail = req.prev
    else req.next.prev = req.prev
    req.next = null
    req.prev = null
    this.qlen--
    if (req.numTimeout === 0) this.young--
  }

  /** Puts a finished request behind the others. */
  push(req: RequestSock): void {
    req.next = null
    if (this.tail === null) this.head = req
    else this.tail.next = req
    this.tail = req
  }

  /** Linux: reqsk_queue_remove. */
  shift(): RequestSock | null {
    const req = this.head
    if (req === null) return null
    this.head = req.next
    if (this.head === null) this.tail = null
    req.next = null
    return req
  }
}

function listOf(head: RequestSock | null): RequestSock[] {
  const out: RequestSock[] = []
  for (let req = head; req !== null; req = req.next) out.push(req)
  return out
}

