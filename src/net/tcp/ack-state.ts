import type { AckSample } from './congestion-ops.js'

/** What is known of an ACK while it is processed. Linux: FLAG_* of tcp_input.c. */
export const ACK_FLAG = {
  /** It carried data. */
  DATA: 0x01,
  WIN_UPDATE: 0x02,
  DATA_ACKED: 0x04,
  /** Some of that had been sent again. */
  RETRANS_DATA_ACKED: 0x08,
  SYN_ACKED: 0x10,
  /** New SACK. */
  DATA_SACKED: 0x20,
  ECE: 0x40,
  /** A retransmission was found to be lost. */
  LOST_RETRANS: 0x80,
  /** Every check applies. */
  SLOWPATH: 0x100,
  /** Data that was never sent again was acknowledged or SACKed. */
  ORIG_SACK_ACKED: 0x200,
  SND_UNA_ADVANCED: 0x400,
  DSACKING_ACK: 0x800,
  /** The loss probe or retransmission timer starts again. */
  SET_XMIT_TIMER: 0x1000,
  /** It acknowledges up to SACKed data. */
  SACK_RENEGING: 0x2000,
  UPDATE_TS_RECENT: 0x4000,
  NO_CHALLENGE_ACK: 0x8000,
  /** Probably a delayed ACK. */
  MAYBE_DELAYED: 0x10000,
  /** DSACK of a tail loss probe. */
  DSACK_TLP: 0x20000,
  // groups
  ACKED: 0x14,
  NOT_DUP: 0x17,
  CA_ALERT: 0x860,
  FORWARD_PROGRESS: 0x34,
} as const

/** What to send after an ACK in recovery. Linux: REXMIT_*. */
export const REXMIT = { NONE: 0, LOST: 1, NEW: 2 } as const

/** Scratch of one ACK: tagging state and delivery sample. Linux: struct tcp_sacktag_state and rate_sample. */
export class AckState implements AckSample {
  flag = 0
  rexmit = 0
  /** Send times of the first and last never retransmitted segment that was SACKed; -1: none. */
  firstSackt = -1
  lastSackt = -1
  /** Lowest sequence number that shows reordering. */
  reord = 0
  sackDelivered = 0

  // delivery sample
  priorMstamp = 0
  priorDelivered = 0
  priorDeliveredCe = 0
  delivered = 0
  deliveredCe = 0
  intervalUs = 0
  sndIntervalUs = 0
  rcvIntervalUs = 0
  /** Round trip of the last (S)ACKed segment, µs; -1: none. */
  rttUs = -1
  losses = 0
  ackedSacked = 0
  priorInFlight = 0
  lastEndSeq = 0
  isAppLimited = false
  isRetrans = false
  isAckDelayed = false

  // for the congestion control
  pktsAcked = 0
  inFlight = 0

  /** Ready for the next ACK. */
  reset(flag: number): void {
    this.flag = flag
    this.rexmit = REXMIT.NONE
    this.firstSackt = this.lastSackt = -1
    this.sackDelivered = 0
    this.priorMstamp = this.priorDelivered = this.priorDeliveredCe = 0
    this.delivered = this.intervalUs = 0
    this.rttUs = -1
    this.losses = this.ackedSacked = 0
    this.isAppLimited = this.isRetrans = this.isAckDelayed = false
  }
}
