import { Sock } from '../sock.js'
import { type SkBuff, SkBuffQueue } from '../skb.js'
import type { NetTimer, TimerOwner } from '../timers.js'
import type { NetStack } from '../stack.js'
import type { CongestionOps } from './congestion.js'
import type { FastOpenRequest } from './fast-open.js'
import type { Md5Keys } from './md5.js'
import type { BindBucket, BindOwner } from './ports.js'
import type { AcceptQueue, FastOpenQueue, RequestSock } from './request-sock.js'
import type { ReuseportGroup } from './reuseport.js'
import type { Hashed } from './tables.js'

/** Timers of a TCP socket. Linux: ICSK_TIME_*, sk_timer, and the hrtimers of pacing and compressed ACKs. */
export const TCP_TIMER = { RETRANS: 1, PROBE0: 3, LOSS_PROBE: 5, REO_TIMEOUT: 6, DACK: 7, KEEP: 8, PACING: 9, COMPRESSED_ACK: 10 } as const

/** Congestion avoidance states. Linux: enum tcp_ca_state. */
export const TCP_CA = { OPEN: 0, DISORDER: 1, CWR: 2, RECOVERY: 3, LOSS: 4 } as const

/** Bits of {@link TcpSock.ecnFlags}. */
export const TCP_ECN = { OK: 1, QUEUE_CWR: 2, DEMAND_CWR: 4, SEEN: 8 } as const

/** Bits of {@link TcpSock.ackPending}. Linux: enum inet_csk_ack_state_t. */
export const ACK_PENDING = { SCHED: 1, TIMER: 2, PUSHED: 4, PUSHED2: 8, NOW: 16, NOMEM: 32 } as const

/** Bits of {@link TcpSock.nonagle}. */
export const NAGLE = { OFF: 1, CORK: 2, PUSH: 4 } as const

/** A block of sequence space. */
export interface SackBlock {
  start: number
  end: number
}

/**
 * The state of one TCP connection or listener, by Linux's names: struct tcp_sock, inet_connection_sock, request_sock_queue.
 * Sequence numbers are signed 32-bit (seq.ts); times are microseconds of the stack's clock unless named otherwise (`*Ms`);
 * HZ is 1000, so a jiffy is a millisecond. What only some connections need is null until then: an idle one stays under 2 kB.
 * The functions over it live one concern per file in this folder.
 */
export abstract class TcpSock extends Sock implements TimerOwner {
  // receive sequence variables (RFC 9293 section 3.3.1)
  rcvNxt = 0
  /** First byte not yet read by the user. */
  copiedSeq = 0
  /** rcvNxt when the last window was sent. */
  rcvWup = 0
  rcvWnd = 0
  windowClamp = 0
  rcvSsthresh = 0
  /** scalingRatio of 256ths: payload to truesize. */
  scalingRatio = 128
  advMss = 536
  /** TCP_INFO's and autotuning's estimates. */
  rcvRttUs = 0
  rcvRttSeq = 0
  rcvRttTime = 0
  rcvRttLastTsecr = 0
  rcvqSpace = 0
  rcvqSeq = 0
  rcvqTime = 0

  // send sequence variables
  sndUna = 0
  sndNxt = 0
  /** End of what was written by the user. */
  writeSeq = 0
  /** Window update: sequence number of the segment that set sndWnd. */
  sndWl1 = 0
  sndWnd = 0
  maxWindow = 0
  sndUp = 0
  sndSml = 0
  /** Last byte pushed by PSH. */
  pushedSeq = 0
  /** TCP_MAXSEG of the user, 0: none. */
  userMss = 0
  mssCache = 536
  /** Bytes that options take in every segment. */
  tcpHeaderLen = 20
  /** Largest segment burst, in bytes of mss (size goal in segments). */
  gsoSegs = 0
  pmtuCookie = 0
  extHdrLen = 0

  // options of this connection. Linux: tcp_options_received
  tstampOk = false
  sackOk = false
  wscaleOk = false
  sndWscale = 0
  rcvWscale = 0
  mssClamp = 536
  sawTstamp = false
  rcvTsval = 0
  rcvTsecr = 0
  tsRecent = 0
  /** Seconds of the stack's clock. */
  tsRecentStamp = 0
  tsOffset = 0
  /** Header prediction: 1 and the unscaled window that the next segment should carry; 0: every segment takes the slow path. Linux: pred_flags. */
  predFlags = 0
  /** DSACK and SACK blocks to send. */
  dsackPending = false
  duplicateSack: SackBlock | null = null
  /** Blocks to send, newest first; empty without out-of-order data. */
  selectiveAcks: SackBlock[] = []
  /** What the last ACK told, to skip over. Linux: recv_sack_cache. */
  recvSackCache: SackBlock[] = []

  // round-trip time: µs times 8 and times 4, as Linux scales. RFC 6298
  srtt8 = 0
  mdev4 = 0
  mdevMax4 = 0
  rttvar4 = 0
  rttSeq = 0
  rtoMs = 1000
  rtoMinMs = 200
  rtoMaxMs = 120_000
  backoff = 0
  retransmits = 0
  probesOut = 0
  probesTstamp = 0
  /** Windowed minimum: value in µs and time in ms of three samples, best first; empty without a sample. Linux: minmax. */
  rttMin: number[] = []
  timeoutRehash = 0

  // counts of segments
  packetsOut = 0
  retransOut = 0
  sackedOut = 0
  lostOut = 0
  reordering = 3
  reordSeen = 0
  /** RACK (RFC 8985). */
  rackMstamp = 0
  rackRttUs = 0
  rackEndSeq = 0
  rackLastDelivered = 0
  rackReoWndSteps = 1
  rackReoWndPersist = 0
  rackDsackSeen = false
  rackAdvanced = false
  /** The receiver took SACKs back; until this loss recovery ends. */
  isSackReneg = false
  tlpHighSeq = 0
  tlpRetrans = false

  // congestion control
  caState: number = TCP_CA.OPEN
  ca: CongestionOps
  /** State of the algorithm's own; null until it starts. */
  caPrivate: object | null = null
  caInitialized = false
  caSetsockopt = false
  sndCwnd = 10
  sndCwndCnt = 0
  sndCwndClamp = 0xffffffff
  sndCwndUsed = 0
  sndCwndStamp = 0
  sndSsthresh = 0x7fffffff
  priorCwnd = 0
  priorSsthresh = 0
  prrDelivered = 0
  prrOut = 0
  highSeq = 0
  undoMarker = 0
  undoRetrans = -1
  /** When the first retransmission of this recovery, or the SYN, was sent; 0: none. */
  retransStamp = 0
  frto = false
  isCwndLimited = false
  cwndUsageSeq = 0
  maxPacketsOut = 0
  ecnFlags = 0
  /** TLP, loss and Fast Open bookkeeping */
  totalRetrans = 0
  totalRto = 0
  totalRtoRecoveries = 0
  totalRtoTimeMs = 0
  rtoStamp = 0
  retransHigh = 0
  lossCwnd = 0

  // delivery rate. Linux: tcp_rate.c
  delivered = 0
  deliveredCe = 0
  lost = 0
  appLimited = 0
  firstTxMstamp = 0
  deliveredMstamp = 0
  rateDelivered = 0
  rateIntervalUs = 0
  rateAppLimited = false
  pacingRate = Infinity
  pacingStatus = 0
  /** Earliest departure of the next packet, ns as Linux (tcp_wstamp_ns). */
  wstampNs = 0

  // queues
  /** Not yet sent. */
  readonly writeQueue = new SkBuffQueue()
  /** Sent and not acknowledged, by sequence. Linux: tcp_rtx_queue (a tree there). */
  readonly rtxQueue = new SkBuffQueue()
  readonly receiveQueue = new SkBuffQueue()
  /** Out of order, by sequence; null until needed. */
  outOfOrder: SkBuffQueue | null = null
  lostSkbHint: SkBuff | null = null
  retransmitSkbHint: SkBuff | null = null
  highestSack: SkBuff | null = null

  // acknowledging. Linux: icsk_ack
  ackPending = 0
  quickAcks = 0
  pingpong = 0
  ackAtoMs = 0
  ackRetry = 0
  lrcvTime = 0
  rcvMss = 536
  lastSegSize = 0
  compressedAck = 0
  compressedAckRcvNxt = 0
  dupAckCounter = 0
  lastOowAckTime = 0
  challengeAckTime = 0

  // user's settings
  nonagle = 0
  thinLto = false
  keepaliveTimeMs = 0
  keepaliveIntvlMs = 0
  keepaliveProbes = 0
  userTimeoutMs = 0
  synRetries = 0
  /** Retransmissions of SYN-ACK before the listener gives a silent client up. Linux: rskq_defer_accept. */
  deferAccept = 0
  linger2 = 0
  /** TCP_NOTSENT_LOWAT; 0: the system's. */
  notsentLowat = 0
  /** Packets carry ECT(0). Linux: INET_ECN_xmit on inet->tos. */
  ecnXmit = false
  /** Sequence number that keys of SOF_TIMESTAMPING_OPT_ID count from. Linux: sk_tskey. */
  tsKey = 0
  recvmsgInq = false
  saveSyn = 0
  txDelayUs = 0
  /** Quick ACK mode was asked for by the user. */
  quickAckLock = false

  // urgent data
  urgData = 0
  urgSeq = 0

  // life
  lsndTime = 0
  rcvTstamp = 0
  bytesSent = 0
  bytesRetrans = 0
  bytesAcked = 0
  bytesReceived = 0
  segsIn = 0
  segsOut = 0
  dataSegsIn = 0
  dataSegsOut = 0
  dsackDups = 0
  rcvOooPack = 0
  /** Times of TCP_INFO's busy, rwnd-limited and sndbuf-limited chronographs. */
  chronoType = 0
  chronoStart = 0
  readonly chronoStat: number[] = [0, 0, 0]

  /** A FIN came: reading ends behind it. Linux: SOCK_DONE. */
  finReceived = false
  /** A file (a user) has it: not yet of a connection that waits for accept. Linux: sk_socket. */
  attached = true
  /** Writers that wait, for the connection or for room. Linux: sk_write_pending. */
  writePending = 0
  /** Memory that was reserved in pages and not yet charged; header prediction takes no more than that. Linux: sk_forward_alloc. */
  forwardAlloc = 0
  /** A writer found no room and wants to hear of it. Linux: SOCK_NOSPACE. */
  noSpace = false

  // Fast Open, listening, MD5, MTU probing
  fastOpen: FastOpenRequest | null = null
  synFastopen = false
  synFastopenExp = false
  synFastopenCh = false
  synData = false
  synDataAcked = false
  isCookieReqExp = false
  fastopenNoCookie = false
  fastopenConnect = false
  fastopenClientFail = 0
  /** TCP_FASTOPEN_CONNECT: connect succeeded at once, the SYN waits for the first data. */
  deferConnect = false
  /** TCP_FASTOPEN and TCP_FASTOPEN_KEY of a listener; null: never set. */
  fastOpenQueue: FastOpenQueue | null = null
  /** The file's state: 1 SS_UNCONNECTED, 2 SS_CONNECTING, 3 SS_CONNECTED, 4 SS_DISCONNECTING. Linux: socket.state. */
  socketState = 1
  /** The request that a Fast Open child was made of, until the handshake ends. */
  fastopenReq: RequestSock | null = null
  savedSyn: Uint8Array | null = null
  /** A listener's queues; null for others. */
  acceptQueue: AcceptQueue | null = null
  /** backlog and connections waiting for accept. Linux: sk_max_ack_backlog, sk_ack_backlog. */
  maxAckBacklog = 0
  ackBacklog = 0
  md5: Md5Keys | null = null
  /** Places in the established hash and among the owners of its port (tables.ts, ports.ts). */
  hashNext: Hashed | null = null
  hashed = false
  bindBucket: BindBucket | null = null
  bindNext: BindOwner | null = null
  bindPrev: BindOwner | null = null
  /** Sockets that share its port and address with SO_REUSEPORT. */
  reuseportGroup: ReuseportGroup | null = null
  /** SOCK_BINDADDR_LOCK (4) and SOCK_BINDPORT_LOCK (8); Linux: sk_userlocks. */
  bindLock = 0
  mtupEnabled = false
  mtupSearchHigh = 0
  mtupSearchLow = 0
  mtupProbeSize = 0
  mtupProbeSeqStart = 0
  mtupProbeSeqEnd = 0
  mtupProbeTimestamp = 0
  /** Zero-copy sends whose notification is still to come. */
  zerocopyNext = 0

  // timers: made when first armed
  retransTimer: NetTimer | null = null
  /** Which of RETRANS, PROBE0, LOSS_PROBE, REO_TIMEOUT the retransmission timer stands for; 0: none. Linux: icsk_pending. */
  pending = 0
  delackTimer: NetTimer | null = null
  keepTimer: NetTimer | null = null
  pacingTimer: NetTimer | null = null
  compressedAckTimer: NetTimer | null = null

  constructor(net: NetStack, family: 4 | 6, protocol: number, ca: CongestionOps) {
    super(net, family, 1, protocol)
    this.ca = ca
  }

  /** Of a holder of a port (ports.ts). */
  get v6Only(): boolean {
    return this.options.v6Only
  }

  get reuseAddress(): boolean {
    return this.options.reuseAddress
  }

  get reusePort(): boolean {
    return this.options.reusePort
  }

  /** One of the connection's timers is due. */
  abstract onTimer(kind: number): void
  /** A new socket of the same kind, as accept will give it. */
  abstract makeChild(): TcpSock
}
