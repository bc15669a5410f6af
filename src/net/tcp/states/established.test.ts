import { describe, expect, it } from 'vitest'
import { TcpFixture } from '../../../../test/net/tcp-fixture.js'
import { EAGAIN, ECONNRESET } from '../../../abi/errno.js'
import { TCP } from '../../sock.js'
import { tcpReceiveWindow } from '../window.js'

describe('ESTABLISHED, first: sequence number (RFC 9293 section 3.10.7.4, table 6)', () => {
  it('length 0, window open: takes SEG.SEQ at RCV.NXT and within the window', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 'hello')
    t.sent()
    t.arrive({ flags: '.', seq: 1 + tcpReceiveWindow(sk), ack: 6 })
    expect(sk.tcb.packetsOut).toBe(0)
    expect(t.sent()).toEqual([])
  })

  it('length 0, window open: answers SEG.SEQ behind the window with an ACK', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: '.', seq: 2 + tcpReceiveWindow(sk), ack: 1 })
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
  })

  it('length 0, window open: answers a keepalive below RCV.NXT with an ACK', () => {
    const t = new TcpFixture()
    t.established()
    t.arrive({ flags: '.', seq: 0, ack: 1 })
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
  })

  it('length 0, window closed: takes SEG.SEQ at RCV.NXT only', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 'hello')
    t.sent()
    t.closeWindow(sk)
    t.arrive({ flags: '.', seq: 2, ack: 6 })
    expect(sk.tcb.packetsOut).toBe(1)
    t.closeWindow(sk)
    t.arrive({ flags: '.', seq: 1, ack: 6 })
    expect(sk.tcb.packetsOut).toBe(0)
  })

  it('length > 0, window closed: takes nothing, and answers with an ACK', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.closeWindow(sk)
    t.arrive({ flags: 'P.', seq: 1, ack: 1, length: 1 })
    expect(t.read(sk)).toBe(-EAGAIN)
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
  })

  it('length > 0, window open: takes what begins in the window', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'abc' })
    expect(t.read(sk)).toBe('abc')
  })

  it('length > 0, window open: takes the new part of what begins before RCV.NXT', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'abc' })
    t.arrive({ flags: 'P.', seq: 2, ack: 1, data: 'bcdef' })
    expect(t.read(sk)).toBe('abcdef')
  })

  it('length > 0, window open: answers old data with an ACK', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'abc' })
    t.read(sk)
    t.sent()
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'abc' })
    expect(t.sent()).toEqual(['. 1:1 ack 4'])
    expect(t.read(sk)).toBe(-EAGAIN)
  })

  it('length > 0, window open: answers data behind the window with an ACK', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P.', seq: 2 + tcpReceiveWindow(sk), ack: 1, length: 10 })
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
  })

  it('drops an unacceptable RST without an answer', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'R', seq: 2 + tcpReceiveWindow(sk) })
    expect(t.sent()).toEqual([])
    expect(sk.state).toBe(TCP.ESTABLISHED)
  })

  it('answers segments out of window without data once in 500 ms only (tcp_invalid_ratelimit)', () => {
    const t = new TcpFixture()
    t.established()
    t.arrive({ flags: '.', seq: 0, ack: 1 })
    t.arrive({ flags: '.', seq: 0, ack: 1 })
    expect(t.sent()).toHaveLength(1)
    t.advance(500)
    t.arrive({ flags: '.', seq: 0, ack: 1 })
    expect(t.sent()).toHaveLength(1)
  })
})

describe('ESTABLISHED, second: RST (with RFC 5961 section 3.2)', () => {
  it('a RST at RCV.NXT ends in CLOSED with "connection reset"', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'R', seq: 1 })
    expect(sk.state).toBe(TCP.CLOSE)
    expect(t.read(sk)).toBe(-ECONNRESET)
    expect(t.sent()).toEqual([])
  })

  it('a RST elsewhere in the window is challenged', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'R', seq: 2 })
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
    expect(sk.state).toBe(TCP.ESTABLISHED)
  })

  it('a RST at the end of the highest SACKed block is believed, as Linux does', () => {
    const t = new TcpFixture()
    const sk = t.established([2, 4, 5, 180, 4, 2])
    t.arrive({ flags: '.', seq: 11, ack: 1, length: 10 })
    t.arrive({ flags: 'R', seq: 21 })
    expect(sk.state).toBe(TCP.CLOSE)
  })
})

describe('ESTABLISHED, fourth: SYN', () => {
  it('challenges a SYN in the window (RFC 5961 section 4.2)', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'S', seq: 10 })
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
    expect(sk.state).toBe(TCP.ESTABLISHED)
  })

  it('challenges a SYN out of window too', () => {
    const t = new TcpFixture()
    t.established()
    t.arrive({ flags: 'S', seq: 10_000_000 })
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
  })
})

describe('ESTABLISHED, fifth: ACK', () => {
  it('drops a segment without ACK', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P', seq: 1, length: 5 })
    expect(t.read(sk)).toBe(-EAGAIN)
    expect(t.sent()).toEqual([])
  })

  it('SND.UNA < SEG.ACK <= SND.NXT: takes what is acknowledged out of the queue', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 'hello')
    expect(t.sent()).toEqual(['P. 1:6 ack 1'])
    t.arrive({ flags: '.', seq: 1, ack: 6 })
    expect([sk.tcb.packetsOut, sk.wmemQueued]).toEqual([0, 0])
  })

  it('a part of a segment that is acknowledged leaves it in the queue', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 'hello')
    t.arrive({ flags: '.', seq: 1, ack: 3 })
    expect((sk.tcb.sndNxt - sk.tcb.sndUna) | 0).toBe(3)
    expect(sk.tcb.packetsOut).toBe(1)
  })

  it('ignores a duplicate', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 'hello')
    t.sent()
    t.arrive({ flags: '.', seq: 1, ack: 1 })
    expect(sk.tcb.packetsOut).toBe(1)
    expect(t.sent()).toEqual([])
  })

  it('SEG.ACK > SND.NXT: sends an ACK and drops the segment', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P.', seq: 1, ack: 2, data: 'abc' })
    expect(t.read(sk)).toBe(-EAGAIN)
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
  })

  it('an ACK older than the largest window is challenged (RFC 5961 section 5.2)', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P.', seq: 1, ack: -100_000, data: 'abc' })
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
    expect(t.read(sk)).toBe(-EAGAIN)
  })

  it('updates SND.WND by a newer segment, not by an older one (SND.WL1, SND.WL2)', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'abc', window: 5000 })
    expect(sk.tcb.sndWnd).toBe(5000)
    t.arrive({ flags: '.', seq: 1, ack: 1, window: 100 })
    expect(sk.tcb.sndWnd).toBe(5000)
  })
})

describe('ESTABLISHED, sixth: URG', () => {
  it('tells the urgent byte apart from the data', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'PU.', seq: 1, ack: 1, data: 'abc', urgent: 3 })
    expect(t.read(sk, 10, 1)).toBe('c') // MSG_OOB
    expect(t.read(sk)).toBe('ab')
  })

  it('announces urgent data before it comes', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'U.', seq: 1, ack: 1, urgent: 5 })
    expect(t.read(sk, 10, 1)).toBe(-EAGAIN)
  })
})

describe('ESTABLISHED, seventh: segment text', () => {
  it('delivers data in order and acknowledges the first segments at once', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'abc' })
    expect(t.sent()).toEqual(['. 1:1 ack 4'])
    expect(t.read(sk)).toBe('abc')
  })

  it('keeps data out of order until the gap is filled', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P.', seq: 4, ack: 1, data: 'def' })
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
    expect(t.read(sk)).toBe(-EAGAIN)
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'abc' })
    expect(t.sent()).toEqual(['. 1:1 ack 7'])
    expect(t.read(sk)).toBe('abcdef')
  })

  it('delays the ACK of a connection that goes back and forth by 40 ms', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'question' })
    t.read(sk)
    t.write(sk, 'answer')
    t.sent()
    t.arrive({ flags: 'P.', seq: 9, ack: 7, data: 'question' })
    expect(t.sent()).toEqual([])
    t.advance(39)
    expect(t.sent()).toEqual([])
    t.advance(1)
    expect(t.sent()).toEqual(['. 7:7 ack 17'])
  })
})

describe('ESTABLISHED, eighth: FIN', () => {
  it('leads to CLOSE-WAIT, acknowledges, and reads end', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'FP.', seq: 1, ack: 1, data: 'bye' })
    expect(sk.state).toBe(TCP.CLOSE_WAIT)
    expect(t.read(sk)).toBe('bye')
    expect(t.read(sk)).toBe('')
    t.advance(200)
    expect(t.sent().at(-1)).toBe('. 1:1 ack 5')
  })

  it('waits for what is missing before it', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'F.', seq: 4, ack: 1 })
    expect(sk.state).toBe(TCP.ESTABLISHED)
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'abc' })
    expect(sk.state).toBe(TCP.CLOSE_WAIT)
  })

  it('figure 5: CLOSE sends a FIN and leads to FIN-WAIT-1', () => {
    const t = new TcpFixture()
    const sk = t.established()
    sk.shutDown(1)
    expect(sk.state).toBe(TCP.FIN_WAIT1)
    expect(t.sent()).toEqual(['F. 1:1 ack 1'])
  })
})
