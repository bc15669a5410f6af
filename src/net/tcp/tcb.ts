import { type SkBuff, SkBuffQueue } from '../skb.js'
import type { NetTimer } from '../timers.js'
import type { WindowedMin } from './windowed-min.js'

/**
 * The transmission control block (RFC 9293 section 3.3.1): what a connection has and a listener or closed socket has not.
 * Sequence numbers are signed 32-bit (seq.ts); times are microseconds of the stack's clock unless named otherwise (`*Ms`);
 * HZ is 1000, so a jiffy is a millisecond. By Linux's names: struct tcp_sock, inet_connection_sock.
 */
export class Tcb {
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

  // round-trip time: µs times 8 and times 4, as Linux scales. RFC 6298
  srtt8 = 0
  mdev4 = 1_000_000
  mdevMax4 = 0
  rttvar4 = 0
  rttSeq = 0
  rtoMs = 1000
  backoff = 0
  retransmits = 0
  probesOut = 0
  probesTstamp = 0
  timeoutRehash = 0
  /** Null without a sample. */
  rttMin: WindowedMin | null = null

  // counts of segments
  packetsOut = 0
  reordering = 3
  /** RACK (RFC 8985). */
  rackMstamp = 0
  rackRttUs = 0
  rackEndSeq = 0
  rackAdvanced = false

  // congestion control
  /** Of TCP_CA. */
  caState = 0
  /** State of the algorithm's own; null until it starts. */
  caPrivate: object | null = null
  caInitialized = false
  sndCwnd = 10
  sndCwndCnt = 0
  sndCwndClamp = 0x7fffffff
  sndCwndUsed = 0
  sndCwndStamp = 0
  sndSsthresh = 0x7fffffff
  /** When the first retransmission of this recovery, or the SYN, was sent; 0: none. */
  retransStamp = 0
  isCwndLimited = false
  cwndUsageSeq = 0
  maxPacketsOut = 0
  ecnFlags = 0

  // delivery rate. Linux: tcp_rate.c
  delivered = 0
  appLimited = 0x7fffffff
  firstTxMstamp = 0
  deliveredMstamp = 0
  rateDelivered = 0
  rateIntervalUs = 0
  rateAppLimited = true
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
  lastOowAckTime = 0

  // user's settings
  /** Packets carry ECT(0). Linux: INET_ECN_xmit on inet->tos. */
  ecnXmit = false
  /** Sequence number that keys of SOF_TIMESTAMPING_OPT_ID count from. Linux: sk_tskey. */
  tsKey = 0

  // urgent data
  urgData = 0
  urgSeq = 0

  // life
  lsndTime = 0
  rcvTstamp = 0
  bytesSent = 0
  bytesAcked = 0
  bytesReceived = 0
  segsIn = 0
  segsOut = 0
  dataSegsIn = 0
  dataSegsOut = 0
  /** Chronographs of TCP_INFO: which one runs (of TCP_CHRONO), since when, and the time of each, µs. */
  chronoType = 0
  chronoStart = 0
  busyTime = 0
  rwndLimitedTime = 0
  sndbufLimitedTime = 0
  /** Memory that was reserved in pages and not yet charged; header prediction takes no more than that. Linux: sk_forward_alloc. */
  forwardAlloc = 0
  /** A writer found no room and wants to hear of it. Linux: SOCK_NOSPACE. */
  noSpace = false

  // Fast Open, listening, MD5, MTU probing
  /** Zero-copy sends whose notification is still to come. */
  zerocopyNext = 0

  // timers: made when they are armed
  retransTimer: NetTimer | null = null
  /** Which of RETRANS, PROBE0, LOSS_PROBE, REO_TIMEOUT the retransmission timer stands for; 0: none. Linux: icsk_pending. */
  pending = 0
  delackTimer: NetTimer | null = null
  keepTimer: NetTimer | null = null
  pacingTimer: NetTimer | null = null

  /** @param reordering net.ipv4.tcp_reordering when the socket was made */
  constructor(reordering: number) {
    this.reordering = reordering
  }
}

/** The block of sockets without a connection: only to be read. */
export const NO_TCB: Tcb = /* @__PURE__ */ closedTcb()

function closedTcb(): Tcb {
  const tcb = new Tcb(3)
  for (const queue of [tcb.writeQueue, tcb.rtxQueue, tcb.receiveQueue]) Object.freeze(queue)
  return Object.freeze(tcb)
}
