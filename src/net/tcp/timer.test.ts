import { describe, expect, it } from 'vitest'
import { TcpFixture } from '../../../test/net/tcp-fixture.js'
import { EPIPE, ETIMEDOUT } from '../../abi/errno.js'
import { SO, SOL, TCP_OPTIONS } from '../../abi/flags/sockets.js'
import { MIB } from '../mib.js'
import { setSockOption } from '../sock-options.js'
import { TCP } from '../sock.js'

const int = (n: number): Uint8Array => new Uint8Array([n, n >> 8, n >> 16, n >> 24])

/** Milliseconds at which packets leave until `end`. */
function departures(t: TcpFixture, end: number, step: number): number[] {
  const times: number[] = []
  for (let ms = step; ms <= end; ms += step) {
    t.advance(step)
    for (const _ of t.sent()) times.push(ms)
  }
  return times
}

describe('retransmission (RFC 6298)', () => {
  it('SYNs: four linear timeouts, then doubling; the last of 6 + 4 at 67 s, given up at 131 s (ip-sysctl, tcp_syn_retries)', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    const seconds = departures(t, 130_000, 1000).map((ms) => ms / 1000)
    expect(seconds).toEqual([1, 2, 3, 4, 5, 7, 11, 19, 35, 67])
    expect(sk.state).toBe(TCP.SYN_SENT)
    t.advance(1100)
    expect(sk.state).toBe(TCP.CLOSE)
    expect(sk.error).toBe(ETIMEDOUT)
  })

  it('timeouts of data double', () => {
    const t = new TcpFixture({ tcp_early_retrans: 0 })
    const sk = t.established()
    const rto = sk.tcb.rtoMs
    t.write(sk, 'x')
    t.sent()
    expect(departures(t, rto * 15 + 10, 1)).toEqual([rto, 3 * rto, 7 * rto, 15 * rto])
    expect(t.net.mib[MIB.TCPTimeouts]).toBe(4)
  })

  it('a timeout leaves one segment of congestion window', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 5000)
    t.advance(sk.tcb.rtoMs + 1)
    expect(sk.tcb.sndCwnd).toBe(1)
    expect(sk.tcb.sndSsthresh).toBe(7) // CUBIC: 717/1024 of 10
  })

  it('tcp_retries2 timeouts end the connection with ETIMEDOUT; the next write says so, then EPIPE', () => {
    const t = new TcpFixture({ tcp_retries2: 2, tcp_retries1: 1 })
    const sk = t.established()
    t.write(sk, 'x')
    t.advance(10_000)
    expect(sk.state).toBe(TCP.CLOSE)
    expect(t.write(sk, 'y')).toBe(-ETIMEDOUT)
    expect(t.write(sk, 'y')).toBe(-EPIPE)
  })

  it('TCP_USER_TIMEOUT ends it earlier', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_USER_TIMEOUT, int(3000)))
    t.write(sk, 'x')
    t.advance(2900)
    expect(sk.state).toBe(TCP.ESTABLISHED)
    t.advance(500)
    expect(sk.error).toBe(ETIMEDOUT)
  })

  it('small segments are sent again as one (RFC 1122 section 4.2.2.15)', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_NODELAY, int(1)))
    for (const text of ['aa', 'bb', 'cc']) t.write(sk, text)
    t.sent()
    t.advance(sk.tcb.rtoMs)
    expect(t.sent()).toEqual(['P. 1:7 ack 1'])
  })

  it('without tcp_retrans_collapse they stay apart', () => {
    const t = new TcpFixture({ tcp_retrans_collapse: 0 })
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_NODELAY, int(1)))
    for (const text of ['aa', 'bb']) t.write(sk, text)
    t.sent()
    t.advance(sk.tcb.rtoMs)
    expect(t.sent()).toEqual(['P. 1:3 ack 1'])
  })

  it('a loss probe comes after two round trips where SACK is in use (RFC 8985 section 7.2)', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    t.advance(100)
    t.arrive({ flags: 'S.', seq: 0, ack: 1, options: [2, 4, 5, 180, 4, 2, 1, 1] })
    t.sent()
    t.write(sk, 2920)
    t.sent()
    const [first] = departures(t, 400, 1)
    expect(first).toBe(202) // 2 × 100 ms, and two jiffies for more than one segment in flight
    expect(t.net.mib[MIB.TCPLossProbes]).toBe(1)
  })
})

describe('window probes and keepalive (RFC 9293 sections 3.8.6.1, 3.8.4)', () => {
  it('a closed window is probed with an old sequence number, each time after twice as long', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: '.', seq: 1, ack: 1, window: 0 })
    t.write(sk, 'x')
    expect(t.sent()).toEqual([])
    const base = Math.max(200, sk.tcb.rtoMs)
    t.advance(base)
    expect(t.sent()).toEqual(['. 0:0 ack 1'])
    expect(departures(t, 14 * base, 1)).toEqual([2 * base, 6 * base, 14 * base])
    expect(t.net.mib[MIB.TCPWinProbe]).toBe(4)
  })

  it('a window that opens lets the data go', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: '.', seq: 1, ack: 1, window: 0 })
    t.write(sk, 'x')
    t.arrive({ flags: '.', seq: 1, ack: 1, window: 100 })
    expect(t.sent()).toEqual(['P. 1:2 ack 1'])
    expect(sk.tcb.probesOut).toBe(0)
  })

  it('keepalive: idle time, then probes at intervals, then reset and ETIMEDOUT (tcp(7))', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_KEEPIDLE, int(10)))
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_KEEPINTVL, int(2)))
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_KEEPCNT, int(3)))
    t.ok(setSockOption(sk, SOL.SOL_SOCKET, SO.SO_KEEPALIVE, int(1)))
    expect(departures(t, 15_000, 1000)).toEqual([10_000, 12_000, 14_000])
    t.advance(1000)
    expect(t.sent()).toEqual(['R. 1:1 ack 1'])
    expect(sk.error).toBe(ETIMEDOUT)
    expect(t.net.mib[MIB.TCPKeepAlive]).toBe(3)
  })

  it('an answered keepalive probe starts the idle time anew', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_KEEPIDLE, int(10)))
    t.ok(setSockOption(sk, SOL.SOL_SOCKET, SO.SO_KEEPALIVE, int(1)))
    t.advance(10_000)
    expect(t.sent()).toEqual(['. 0:0 ack 1'])
    t.arrive({ flags: '.', seq: 1, ack: 1 })
    t.advance(9_900)
    expect(t.sent()).toEqual([])
    t.advance(75_000)
    expect(t.sent()[0]).toBe('. 0:0 ack 1')
  })
})
