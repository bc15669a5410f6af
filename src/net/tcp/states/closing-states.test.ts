import { describe, expect, it } from 'vitest'
import { TcpFixture } from '../../../../test/net/tcp-fixture.js'
import { EAGAIN, ECONNRESET, EPIPE } from '../../../abi/errno.js'
import { TCP } from '../../sock.js'
import type { TcpSock } from '../tcp-sock.js'
import { tcpReceiveWindow } from '../window.js'

/** The synchronized states that are still sockets, the next sequence number of the peer and our acknowledged one. */
const STATES: readonly [string, number, (t: TcpFixture) => TcpSock, seq: number, ack: number, errno: number][] = [
  ['FIN-WAIT-1', TCP.FIN_WAIT1, (t) => t.finWait1(), 1, 1, ECONNRESET],
  ['FIN-WAIT-2', TCP.FIN_WAIT2, (t) => t.finWait2(), 1, 2, ECONNRESET],
  ['CLOSE-WAIT', TCP.CLOSE_WAIT, (t) => t.closeWait(), 2, 1, EPIPE],
  ['CLOSING', TCP.CLOSING, (t) => t.closing(), 2, 1, ECONNRESET],
  ['LAST-ACK', TCP.LAST_ACK, (t) => t.lastAck(), 2, 1, ECONNRESET],
]

describe.each(STATES)('%s (RFC 9293 section 3.10.7.4)', (_name, state, enter, seq, ack, errno) => {
  const setup = (): [TcpFixture, TcpSock] => {
    const t = new TcpFixture()
    const sk = enter(t)
    expect(sk.state).toBe(state)
    return [t, sk]
  }

  it('first: answers a segment out of window with an ACK', () => {
    const [t, sk] = setup()
    t.arrive({ flags: '.', seq: seq + 1 + tcpReceiveWindow(sk), ack, length: 1 })
    expect(t.sent()).toHaveLength(1)
    expect(sk.state).toBe(state)
  })

  it('first: drops a RST out of window', () => {
    const [t, sk] = setup()
    t.arrive({ flags: 'R', seq: seq + 1 + tcpReceiveWindow(sk) })
    expect(t.sent()).toEqual([])
    expect(sk.state).toBe(state)
  })

  it('second: a RST at RCV.NXT ends in CLOSED', () => {
    const [t, sk] = setup()
    t.arrive({ flags: 'R', seq })
    expect(sk.state).toBe(TCP.CLOSE)
    expect(sk.error).toBe(errno)
    expect(t.sent()).toEqual([])
  })

  it('second: a RST elsewhere in the window is challenged', () => {
    const [t, sk] = setup()
    t.arrive({ flags: 'R', seq: seq + 1 })
    expect(t.sent()).toHaveLength(1)
    expect(sk.state).toBe(state)
  })

  it('fourth: a SYN is challenged', () => {
    const [t, sk] = setup()
    t.arrive({ flags: 'S', seq: seq + 1 })
    expect(t.sent()).toHaveLength(1)
    expect(sk.state).toBe(state)
  })

  it('fifth: drops a segment without ACK', () => {
    const [t, sk] = setup()
    t.arrive({ flags: 'F', seq })
    expect(t.sent()).toEqual([])
    expect(sk.state).toBe(state)
  })

  it('fifth: an ACK of what was never sent is challenged', () => {
    const [t, sk] = setup()
    t.arrive({ flags: '.', seq, ack: 1000 })
    expect(t.sent()).toHaveLength(1)
    expect(sk.state).toBe(state)
  })
})

describe('FIN-WAIT-1', () => {
  it('fifth: the ACK of our FIN leads to FIN-WAIT-2', () => {
    const t = new TcpFixture()
    const sk = t.finWait1()
    t.arrive({ flags: '.', seq: 1, ack: 2 })
    expect(sk.state).toBe(TCP.FIN_WAIT2)
  })

  it('seventh: data is delivered', () => {
    const t = new TcpFixture()
    const sk = t.finWait1()
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'late' })
    expect(t.read(sk)).toBe('late')
  })

  it('seventh: data after both halves were closed is answered with RST (RFC 1122 section 4.2.2.13)', () => {
    const t = new TcpFixture()
    const sk = t.established()
    sk.release()
    t.sent()
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'late' })
    expect(t.sent()).toEqual(['R 1:1'])
    expect(sk.state).toBe(TCP.CLOSE)
  })

  it('eighth: a FIN before our FIN is acknowledged leads to CLOSING and is acknowledged', () => {
    const t = new TcpFixture()
    const sk = t.finWait1()
    t.arrive({ flags: 'F.', seq: 1, ack: 1 })
    expect(sk.state).toBe(TCP.CLOSING)
    expect(t.sent()).toEqual(['. 2:2 ack 2'])
  })

  it('eighth: a FIN with the ACK of ours leads to TIME-WAIT', () => {
    const t = new TcpFixture()
    const sk = t.finWait1()
    t.arrive({ flags: 'F.', seq: 1, ack: 2 })
    expect(t.sent()).toEqual(['. 2:2 ack 2'])
    expect(t.states.slice(-2)).toEqual([[TCP.FIN_WAIT1, TCP.FIN_WAIT2], [TCP.FIN_WAIT2, TCP.CLOSE]])
    expect(sk.state).toBe(TCP.CLOSE)
    expect(t.net.tcp.timeWaits).toBe(1)
  })

  it('sends the FIN again when it is not acknowledged', () => {
    const t = new TcpFixture()
    t.finWait1()
    t.advance(1000)
    expect(t.sent()[0]).toBe('F. 1:1 ack 1')
  })
})

describe('FIN-WAIT-2', () => {
  it('seventh: data is delivered', () => {
    const t = new TcpFixture()
    const sk = t.finWait2()
    t.arrive({ flags: 'P.', seq: 1, ack: 2, data: 'late' })
    expect(t.read(sk)).toBe('late')
  })

  it('eighth: a FIN leads to TIME-WAIT and is acknowledged', () => {
    const t = new TcpFixture()
    t.finWait2()
    t.arrive({ flags: 'F.', seq: 1, ack: 2 })
    expect(t.sent()).toEqual(['. 2:2 ack 2'])
    expect(t.net.tcp.timeWaits).toBe(1)
  })

  it('without a socket ends after tcp_fin_timeout', () => {
    const t = new TcpFixture()
    const sk = t.established()
    sk.release()
    t.sent()
    t.arrive({ flags: '.', seq: 1, ack: 2 })
    expect(t.net.tcp.timeWaits).toBe(1)
    t.advance(59_000)
    expect(t.net.tcp.timeWaits).toBe(1)
    t.advance(2_000)
    expect(t.net.tcp.timeWaits).toBe(0)
  })
})

describe('CLOSE-WAIT', () => {
  it('fifth: data can still be sent and is acknowledged', () => {
    const t = new TcpFixture()
    const sk = t.closeWait()
    t.write(sk, 'hello')
    expect(t.sent()).toEqual(['P. 1:6 ack 2'])
    t.arrive({ flags: '.', seq: 2, ack: 6 })
    expect(sk.tcb.packetsOut).toBe(0)
  })

  it('seventh: data after the FIN is not delivered', () => {
    const t = new TcpFixture()
    const sk = t.closeWait()
    t.arrive({ flags: 'P.', seq: 2, ack: 1, data: 'late' })
    expect(t.read(sk)).toBe('')
    expect(t.sent()).toEqual([])
  })

  it('eighth: stays on the FIN again, and acknowledges it', () => {
    const t = new TcpFixture()
    const sk = t.closeWait()
    t.arrive({ flags: 'F.', seq: 1, ack: 1 })
    expect(sk.state).toBe(TCP.CLOSE_WAIT)
    expect(t.sent()).toEqual(['. 1:1 ack 2'])
  })

  it('figure 5: CLOSE sends a FIN and leads to LAST-ACK', () => {
    const t = new TcpFixture()
    const sk = t.closeWait()
    sk.shutDown(1)
    expect(sk.state).toBe(TCP.LAST_ACK)
    expect(t.sent()).toEqual(['F. 1:1 ack 2'])
  })
})

describe('CLOSING', () => {
  it('fifth: the ACK of our FIN leads to TIME-WAIT', () => {
    const t = new TcpFixture()
    t.closing()
    t.arrive({ flags: '.', seq: 2, ack: 2 })
    expect(t.net.tcp.timeWaits).toBe(1)
    expect(t.states.at(-1)).toEqual([TCP.CLOSING, TCP.CLOSE])
  })

  it('fifth: another ACK changes nothing', () => {
    const t = new TcpFixture()
    const sk = t.closing()
    t.arrive({ flags: '.', seq: 2, ack: 1 })
    expect(sk.state).toBe(TCP.CLOSING)
  })

  it('eighth: stays on the FIN again, and acknowledges it', () => {
    const t = new TcpFixture()
    const sk = t.closing()
    t.arrive({ flags: 'F.', seq: 1, ack: 1 })
    expect(sk.state).toBe(TCP.CLOSING)
    expect(t.sent()).toEqual(['. 2:2 ack 2'])
  })
})

describe('LAST-ACK', () => {
  it('fifth: the ACK of our FIN leads to CLOSED', () => {
    const t = new TcpFixture()
    const sk = t.lastAck()
    t.arrive({ flags: '.', seq: 2, ack: 2 })
    expect(sk.state).toBe(TCP.CLOSE)
    expect(t.net.tcp.timeWaits).toBe(0)
  })

  it('eighth: stays on the FIN again, and acknowledges it', () => {
    const t = new TcpFixture()
    const sk = t.lastAck()
    t.arrive({ flags: 'F.', seq: 1, ack: 1 })
    expect(sk.state).toBe(TCP.LAST_ACK)
    expect(t.sent()).toEqual(['. 2:2 ack 2'])
  })
})

describe('reads in states after CLOSE', () => {
  it('find nothing in FIN-WAIT-2 until data comes', () => {
    const t = new TcpFixture()
    const sk = t.finWait2()
    expect(t.read(sk)).toBe(-EAGAIN)
  })
})
