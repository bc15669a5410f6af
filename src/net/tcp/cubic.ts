import { MIB } from '../mib.js'
import { after } from '../seq.js'
import { type AckSample, CA_EVENT, type CongestionOps, reno, tcpCongAvoidAi, tcpInSlowStart, tcpIsCwndLimited, tcpSlowStart } from './congestion-ops.js'
import { TCP_CA, type TcpSock } from './tcp-sock.js'
import { GSO_MAX_SIZE, jiffies, usecsToJiffies } from './units.js'

// Constants of RFC 9438 as Linux's tcp_cubic has them: beta 717/1024, C 41/1024 per 2^10 units of time; HyStart's limits.
const BETA = 717, SCALE = 1024, HZ_BITS = 10, CUBE_RTT_SCALE = 410, BETA_SCALE = 15
const HYSTART_LOW_WINDOW = 16, HYSTART_MIN_SAMPLES = 8, ACK_DELTA_US = 2000, DELAY_MIN_US = 4000, DELAY_MAX_US = 16_000
const CUBE_FACTOR = 2 ** (10 + 3 * HZ_BITS) / CUBE_RTT_SCALE

/** State of a connection under CUBIC; times in ms unless they say µs. Linux: struct bictcp. */
class CubicState {
  cnt = 0
  lastMaxCwnd = 0
  lastCwnd = 0
  lastTime = 0
  originPoint = 0
  /** Time to the origin point, in 1/1024 s. */
  k = 0
  delayMinUs = 0
  epochStart = 0
  ackCnt = 0
  tcpCwnd = 0
  sampleCnt = 0
  found = false
  roundStartUs = 0
  endSeq = 0
  lastAckUs = 0
  currRttUs = Infinity

  reset(): void {
    this.cnt = this.lastMaxCwnd = this.lastCwnd = this.lastTime = this.originPoint = this.k = 0
    this.delayMinUs = this.epochStart = this.ackCnt = this.tcpCwnd = 0
    this.found = false
  }
}

function stateOf(sk: TcpSock): CubicState {
  const { tcb } = sk
  if (tcb.caPrivate instanceof CubicState) return tcb.caPrivate
  const ca = new CubicState()
  hystartReset(sk, ca)
  tcb.caPrivate = ca
  return ca
}

/** A new round of HyStart (RFC 9406 section 4.2) begins. Linux: bictcp_hystart_reset. */
function hystartReset(sk: TcpSock, ca: CubicState): void {
  ca.roundStartUs = ca.lastAckUs = sk.net.now
  ca.endSeq = sk.tcb.sndNxt
  ca.currRttUs = Infinity
  ca.sampleCnt = 0
}

/** The cubic curve's target, and from it after how many ACKs the window grows (RFC 9438 section 4.2). Linux: bictcp_update. */
function cubicUpdate(sk: TcpSock, ca: CubicState, acked: number): void {
  const cwnd = sk.tcb.sndCwnd, now = jiffies(sk.net.now)
  ca.ackCnt += acked
  if (ca.lastCwnd === cwnd && now - ca.lastTime <= 31) return
  if (ca.epochStart === 0 || now !== ca.lastTime) {
    ca.lastCwnd = cwnd
    ca.lastTime = now
    if (ca.epochStart === 0) startEpoch(ca, cwnd, now, acked)
    const t = Math.floor(((now - ca.epochStart + usecsToJiffies(ca.delayMinUs)) * 2 ** HZ_BITS) / 1000)
    const offset = Math.abs(t - ca.k)
    const delta = Math.floor((CUBE_RTT_SCALE * offset * offset * offset) / 2 ** (10 + 3 * HZ_BITS))
    const target = t < ca.k ? ca.originPoint - delta : ca.originPoint + delta
    ca.cnt = target > cwnd ? Math.floor(cwnd / (target - cwnd)) : 100 * cwnd
    if (ca.lastMaxCwnd === 0 && ca.cnt > 20) ca.cnt = 20
  }
  renoFriendly(ca, cwnd)
  if (ca.cnt < 2) ca.cnt = 2
}

function startEpoch(ca: CubicState, cwnd: number, now: number, acked: number): void {
  ca.epochStart = now
  ca.ackCnt = acked
  ca.tcpCwnd = cwnd
  const below = ca.lastMaxCwnd > cwnd
  ca.k = below ? Math.floor(Math.cbrt(CUBE_FACTOR * (ca.lastMaxCwnd - cwnd))) : 0
  ca.originPoint = below ? ca.lastMaxCwnd : cwnd
}

/** At least as fast as Reno would be (RFC 9438 section 4.3). */
function renoFriendly(ca: CubicState, cwnd: number): void {
  const delta = (cwnd * BETA_SCALE) >>> 3
  while (ca.ackCnt > delta) {
    ca.ackCnt -= delta
    ca.tcpCwnd++
  }
  if (ca.tcpCwnd > cwnd) ca.cnt = Math.min(ca.cnt, Math.floor(cwnd / (ca.tcpCwnd - cwnd)))
}

/** Bursts of large packets delay ACKs: allowance in µs. Linux: hystart_ack_delay. */
function hystartAckDelay(sk: TcpSock): number {
  if (sk.tcb.pacingRate === 0) return 0
  return Math.min(1000, Math.floor((GSO_MAX_SIZE * 4 * 1_000_000) / sk.tcb.pacingRate))
}

function leaveSlowStart(sk: TcpSock, ca: CubicState): void {
  ca.found = true
  sk.tcb.sndSsthresh = sk.tcb.sndCwnd
}

/** Looks for the end of slow start in trains of ACKs and in growing delay. Linux: hystart_update. */
function hystartUpdate(sk: TcpSock, ca: CubicState, delay: number): void {
  const { tcb } = sk
  if (after(tcb.sndUna, ca.endSeq)) hystartReset(sk, ca)
  if (tcb.sndCwnd < HYSTART_LOW_WINDOW) return
  const mib = sk.net.mib, now = sk.net.now
  if (now - ca.lastAckUs <= ACK_DELTA_US) {
    ca.lastAckUs = now
    let threshold = ca.delayMinUs + hystartAckDelay(sk)
    if (tcb.pacingStatus === 0) threshold = Math.floor(threshold / 2)
    if (now - ca.roundStartUs > threshold) {
      mib[MIB.TCPHystartTrainDetect]!++
      mib[MIB.TCPHystartTrainCwnd]! += tcb.sndCwnd
      leaveSlowStart(sk, ca)
    }
  }
  if (ca.currRttUs > delay) ca.currRttUs = delay
  if (ca.sampleCnt < HYSTART_MIN_SAMPLES) {
    ca.sampleCnt++
  } else if (ca.currRttUs > ca.delayMinUs + Math.min(Math.max(ca.delayMinUs >>> 3, DELAY_MIN_US), DELAY_MAX_US)) {
    mib[MIB.TCPHystartDelayDetect]!++
    mib[MIB.TCPHystartDelayCwnd]! += tcb.sndCwnd
    leaveSlowStart(sk, ca)
  }
}

function cubicAcked(sk: TcpSock, sample: AckSample): void {
  if (sample.rttUs < 0) return
  const ca = stateOf(sk)
  if (ca.epochStart !== 0 && jiffies(sk.net.now) - ca.epochStart < 1000) return
  const delay = sample.rttUs === 0 ? 1 : sample.rttUs
  if (ca.delayMinUs === 0 || ca.delayMinUs > delay) ca.delayMinUs = delay
  if (!ca.found && tcpInSlowStart(sk)) hystartUpdate(sk, ca, delay)
}

/** CUBIC (RFC 9438) with HyStart (RFC 9406's forerunner, trains and delay). Linux: tcp_cubic.c. */
export const cubic: CongestionOps = {
  name: 'cubic',
  needsEcn: false,
  // the first round of HyStart begins with the first ACK: until then there is no state
  init: (sk) => { sk.tcb.caPrivate = null },
  ssthresh: (sk) => {
    const { tcb } = sk
    const ca = stateOf(sk)
    ca.epochStart = 0
    ca.lastMaxCwnd = tcb.sndCwnd < ca.lastMaxCwnd ? Math.floor((tcb.sndCwnd * (SCALE + BETA)) / (2 * SCALE)) : tcb.sndCwnd
    return Math.max(Math.floor((tcb.sndCwnd * BETA) / SCALE), 2)
  },
  congAvoid: (sk, _ack, acked) => {
    if (!tcpIsCwndLimited(sk)) return
    let left = acked
    if (tcpInSlowStart(sk)) {
      left = tcpSlowStart(sk, acked)
      if (left === 0) return
    }
    const ca = stateOf(sk)
    cubicUpdate(sk, ca, left)
    tcpCongAvoidAi(sk, ca.cnt, left)
  },
  undoCwnd: reno.undoCwnd,
  setState: (sk, state) => {
    if (state !== TCP_CA.LOSS) return
    const ca = stateOf(sk)
    ca.reset()
    hystartReset(sk, ca)
  },
  cwndEvent: (sk, event) => {
    if (event !== CA_EVENT.TX_START || sk.tcb.caPrivate === null) return
    const ca = stateOf(sk), now = jiffies(sk.net.now), delta = now - jiffies(sk.tcb.lsndTime)
    if (ca.epochStart !== 0 && delta > 0) ca.epochStart = Math.min(ca.epochStart + delta, now)
  },
  pktsAcked: cubicAcked,
}
