import type { IpAddress } from '../address.js'
import { TCP } from '../sock.js'
import { NetTimer, type TimerOwner } from '../timers.js'
import type { NetStack } from '../stack.js'
import type { Md5Keys } from './md5.js'
import { type BindBucket, type BindOwner, inetPutPort } from './ports.js'
import { ehashRemove, type Hashed } from './tables.js'
import type { TcpSock } from './tcp-sock.js'

/**
 * What remains of a connection in TIME_WAIT, or in FIN_WAIT2 without a file: enough to answer late segments.
 * Linux: struct inet_timewait_sock, tcp_timewait_sock.
 */
export class TimeWaitSock implements TimerOwner, Hashed, BindOwner {
  readonly net: NetStack
  readonly id: number
  readonly state: number = TCP.TIME_WAIT
  /** FIN_WAIT2 or TIME_WAIT. */
  substate: number
  readonly family: 4 | 6
  readonly local: IpAddress
  readonly boundAddress: IpAddress
  readonly remote: IpAddress
  readonly localPort: number
  readonly remotePort: number
  readonly boundDevice: number
  readonly mark: number
  readonly v6Only: boolean
  readonly reuseAddress: boolean
  readonly reusePort: boolean
  readonly uid: number
  hashNext: Hashed | null = null
  hashed = false
  bindBucket: BindBucket | null = null
  bindNext: BindOwner | null = null
  bindPrev: BindOwner | null = null

  rcvNxt: number
  sndNxt: number
  readonly rcvWnd: number
  readonly rcvWscale: number
  tsRecent: number
  tsRecentStamp: number
  readonly tsOffset: number
  readonly transparent: boolean
  readonly tos: number
  readonly flowLabel: number
  /** When it entered, µs. */
  entryStamp = 0
  lastOowAckTime = 0
  readonly md5: Md5Keys | null
  readonly timer: NetTimer = new NetTimer(this, 1)

  /** @param rcvWnd the window offered now */
  constructor(sk: TcpSock, substate: number, rcvWnd: number) {
    const { options } = sk
    this.net = sk.net
    this.id = sk.id
    this.substate = substate
    this.family = sk.family
    this.local = sk.local
    this.boundAddress = sk.boundAddress
    this.remote = sk.remote
    this.localPort = sk.localPort
    this.remotePort = sk.remotePort
    this.boundDevice = sk.boundDevice
    this.mark = options.mark
    this.v6Only = options.v6Only
    this.reuseAddress = options.reuseAddress
    this.reusePort = options.reusePort
    this.uid = sk.uid
    this.rcvNxt = sk.tcb.rcvNxt
    this.sndNxt = sk.tcb.sndNxt
    this.rcvWnd = rcvWnd
    this.rcvWscale = sk.tcb.rcvWscale
    this.tsRecent = sk.tcb.tsRecent
    this.tsRecentStamp = sk.tcb.tsRecentStamp
    this.tsOffset = sk.tcb.tsOffset
    this.transparent = options.transparent
    this.tos = sk.remote.isV4 ? options.tos : options.trafficClass
    this.flowLabel = 0
    this.md5 = sk.md5
  }

  /** The state ends. */
  onTimer(): void {
    inetTwskKill(this)
  }
}

/** Takes TIME_WAIT remains out of the tables. Linux: inet_twsk_kill. */
function inetTwskKill(tw: TimeWaitSock): void {
  const { tcp } = tw.net
  if (!ehashRemove(tcp, tw)) return
  inetPutPort(tcp.ports, tw)
  tcp.timeWaits--
}

/** Ends before its time. Linux: inet_twsk_deschedule_put. */
export function inetTwskDeschedule(tw: TimeWaitSock): void {
  tw.net.timers.cancel(tw.timer)
  inetTwskKill(tw)
}
