import type { SkBuff, SkBuffQueue } from '../skb.js'
import type { NetTimer } from '../timers.js'
import type { FastOpenRequest } from './fast-open.js'
import type { RequestSock } from './request-sock.js'

// Parts of a connection's state that most connections never have. Each begins as one shared object, only to be read;
// who writes asks the socket for one of its own (ownRecovery and so on).

/** A block of sequence space. */
export interface SackBlock {
  start: number
  end: number
}

/** What a connection knows of losses: counts of segments, RACK and TLP (RFC 8985), PRR, undo. */
export class LossRecovery {
  /** What the last ACK told, to skip over. Linux: recv_sack_cache. */
  recvSackCache: SackBlock[] = []
  retransOut = 0
  sackedOut = 0
  lostOut = 0
  reordSeen = 0
  rackLastDelivered = 0
  rackReoWndSteps = 1
  rackReoWndPersist = 0
  rackDsackSeen = false
  /** The receiver took SACKs back; until this loss recovery ends. */
  isSackReneg = false
  tlpHighSeq = 0
  tlpRetrans = false
  priorCwnd = 0
  priorSsthresh = 0
  prrDelivered = 0
  prrOut = 0
  highSeq = 0
  undoMarker = 0
  undoRetrans = -1
  frto = false
  /** TLP, loss and Fast Open bookkeeping */
  totalRetrans = 0
  totalRto = 0
  totalRtoRecoveries = 0
  totalRtoTimeMs = 0
  rtoStamp = 0
  deliveredCe = 0
  lost = 0
  lostSkbHint: SkBuff | null = null
  retransmitSkbHint: SkBuff | null = null
  bytesRetrans = 0
  dsackDups = 0
}

/** What came out of order, and what is told about it. */
export class OutOfOrder {
  /** DSACK and SACK blocks to send. */
  dsackPending = false
  duplicateSack: SackBlock | null = null
  /** Blocks to send, newest first; empty without out-of-order data. */
  selectiveAcks: SackBlock[] = []
  /** Out of order, by sequence; null until needed. */
  queue: SkBuffQueue | null = null
  compressedAck = 0
  compressedAckRcvNxt = 0
  dupAckCounter = 0
  rcvOooPack = 0
  compressedAckTimer: NetTimer | null = null
}

/** The search for a larger MTU (RFC 4821). Linux: icsk_mtup. */
export class MtuProbe {
  enabled = false
  searchHigh = 0
  searchLow = 0
  size = 0
  seqStart = 0
  seqEnd = 0
  startedAt = 0
}

/** Fast Open of a connection (RFC 7413). */
export class FastOpenState {
  request: FastOpenRequest | null = null
  synFastopen = false
  synFastopenExp = false
  synFastopenCh = false
  synData = false
  synDataAcked = false
  clientFail = 0
  /** TCP_FASTOPEN_CONNECT: connect succeeded at once, the SYN waits for the first data. */
  deferConnect = false
  /** The request that a Fast Open child was made of, until the handshake ends. */
  fastopenReq: RequestSock | null = null
}

/** The shared beginning of {@link LossRecovery}. */
export const NO_RECOVERY: Readonly<LossRecovery> = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ new LossRecovery())
/** The shared beginning of {@link OutOfOrder}. */
export const NO_OUT_OF_ORDER: Readonly<OutOfOrder> = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ new OutOfOrder())
/** The shared beginning of {@link MtuProbe}. */
export const NO_MTU_PROBE: Readonly<MtuProbe> = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ new MtuProbe())
/** The shared beginning of {@link FastOpenState}. */
export const NO_FAST_OPEN: Readonly<FastOpenState> = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ new FastOpenState())
