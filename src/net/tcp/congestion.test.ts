import { describe, expect, it } from 'vitest'
import { TcpFixture } from '../../../test/net/tcp-fixture.js'
import { SOL, TCP_OPTIONS } from '../../abi/flags/sockets.js'
import { congestionByName } from './congestion.js'
import type { TcpSock } from './tcp-sock.js'
import { getSockOption, setSockOption } from '../sock-options.js'

const SACK = [2, 4, 5, 180, 4, 2, 1, 1]

/** A connection with a round trip of 100 ms. */
function connection(t: TcpFixture): TcpSock {
  const sk = t.synSent()
  t.advance(100)
  t.arrive({ flags: 'S.', seq: 0, ack: 1, options: SACK })
  t.sent()
  return sk
}

/** Sends full windows for `rounds` round trips, each acknowledged segment by segment, and returns the window after each. */
function grow(t: TcpFixture, sk: TcpSock, rounds: number): number[] {
  const windows: number[] = []
  for (let i = 0; i < rounds; i++) {
    while (t.write(sk, 65_536) > 0);
    t.sent()
    t.advance(100)
    const end = (sk.tcb.sndNxt - t.iss) | 0
    for (let ack = ((sk.tcb.sndUna - t.iss) | 0) + 1460; ack <= end; ack += 1460) t.arrive({ flags: '.', seq: 1, ack })
    if (((sk.tcb.sndUna - t.iss) | 0) !== end) t.arrive({ flags: '.', seq: 1, ack: end })
    windows.push(sk.tcb.sndCwnd)
  }
  return windows
}

describe('slow start and congestion avoidance', () => {
  it('slow start doubles in each round trip (RFC 5681 section 3.1)', () => {
    const t = new TcpFixture({ tcp_congestion_control: 'reno' })
    const sk = connection(t)
    expect(sk.tcb.sndCwnd).toBe(10)
    expect(grow(t, sk, 2)).toEqual([20, 40])
  })

  it('Reno grows by a segment in each round trip above the threshold', () => {
    const t = new TcpFixture({ tcp_congestion_control: 'reno' })
    const sk = connection(t)
    sk.tcb.sndSsthresh = 10
    expect(grow(t, sk, 3)).toEqual([11, 12, 13])
  })

  it('Reno halves, CUBIC takes 0.7 (RFC 5681, RFC 9438 section 4.6)', () => {
    const t = new TcpFixture()
    const sk = connection(t)
    sk.tcb.sndCwnd = 100
    expect(congestionByName('reno')!.ssthresh(sk)).toBe(50)
    expect(congestionByName('cubic')!.ssthresh(sk)).toBe(70)
  })

  it('CUBIC with fast convergence remembers less of a window that shrank', () => {
    const t = new TcpFixture()
    const sk = connection(t), cubic = congestionByName('cubic')!
    sk.tcb.sndCwnd = 100
    cubic.ssthresh(sk)
    sk.tcb.sndCwnd = 70
    cubic.ssthresh(sk)
    expect(Reflect.get(sk.tcb.caPrivate!, 'lastMaxCwnd')).toBe(59) // 70 × (1 + 0.7) / 2, RFC 9438 section 4.7
  })

  it('CUBIC comes back to the old window, slowly near it, and beyond (RFC 9438 section 4.2)', () => {
    const t = new TcpFixture({ tcp_slow_start_after_idle: 0 })
    const sk = connection(t)
    sk.tcb.sndCwnd = 40
    sk.tcb.sndSsthresh = sk.ca.ssthresh(sk)
    sk.tcb.sndCwnd = sk.tcb.sndSsthresh
    expect(sk.tcb.sndCwnd).toBe(28)
    sk.sndbuf = 4_194_304
    sk.tcb.sndWnd = 65_535
    const windows = grow(t, sk, 60)
    expect(windows.some((window) => window >= 40)).toBe(true)
    for (const [i, window] of windows.entries()) expect(window).toBeGreaterThanOrEqual(i === 0 ? 28 : windows[i - 1]!)
  })

  it('an application that sends little does not grow its window (RFC 7661)', () => {
    const t = new TcpFixture()
    const sk = connection(t)
    for (let i = 0; i < 20; i++) {
      t.write(sk, 100)
      t.sent()
      t.advance(100)
      t.arrive({ flags: '.', seq: 1, ack: 1 + 100 * (i + 1) })
    }
    expect(sk.tcb.sndCwnd).toBe(10)
  })

  it('after idleness of several timeouts the window starts over (RFC 2861), unless tcp_slow_start_after_idle is 0', () => {
    for (const [knob, expected] of [[1, 10], [0, 40]] as const) {
      const t = new TcpFixture({ tcp_slow_start_after_idle: knob, tcp_congestion_control: 'reno' })
      const sk = connection(t)
      sk.tcb.sndCwnd = 40
      sk.tcb.lsndTime = t.net.now
      t.advance(60_000)
      t.write(sk, 'x')
      expect(sk.tcb.sndCwnd).toBe(expected)
    }
  })

  it('TCP_CONGESTION changes the algorithm and tells it', () => {
    const t = new TcpFixture()
    const sk = connection(t)
    const name = (): string => new TextDecoder().decode(getSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_CONGESTION, 16) as Uint8Array).replaceAll('\0', '')
    expect(name()).toBe('cubic')
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_CONGESTION, new TextEncoder().encode('reno')))
    expect(name()).toBe('reno')
    expect(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_CONGESTION, new TextEncoder().encode('nosuch'))).toBe(-2)
  })
})
