import { describe, expect, it } from 'vitest'
import { TcpFixture } from '../../../../test/net/tcp-fixture.js'
import { EAGAIN, ECONNRESET } from '../../../abi/errno.js'
import { TCP } from '../../sock.js'

/** A listener with one request in SYN-RECEIVED, whose SYN,ACK was taken. */
function requested(t: TcpFixture) {
  const sk = t.listener()
  t.arrive({ flags: 'S', seq: 0 })
  t.sent()
  return sk
}

/** A socket that came from SYN-SENT by a crossing SYN. */
function crossed(t: TcpFixture) {
  const sk = t.synSent()
  t.arrive({ flags: 'S', seq: 0 })
  t.sent()
  return sk
}

describe('SYN-RECEIVED by passive open (RFC 9293 section 3.10.7.4)', () => {
  it('first: answers a segment out of window with an ACK', () => {
    const t = new TcpFixture()
    const sk = requested(t)
    t.arrive({ flags: '.', seq: 100_000, ack: 1, length: 1 })
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
    expect(sk.acceptQueue?.qlen).toBe(1)
  })

  it('first: drops a RST out of window', () => {
    const t = new TcpFixture()
    const sk = requested(t)
    t.arrive({ flags: 'R', seq: 100_000 })
    expect(t.sent()).toEqual([])
    expect(sk.acceptQueue?.qlen).toBe(1)
  })

  it('second: a RST at RCV.NXT returns to LISTEN: the request goes', () => {
    const t = new TcpFixture()
    const sk = requested(t)
    t.arrive({ flags: 'R', seq: 1 })
    expect(sk.acceptQueue?.qlen).toBe(0)
    expect(sk.state).toBe(TCP.LISTEN)
    expect(sk.accept()).toBe(-EAGAIN)
  })

  it('second: a RST elsewhere in the window is challenged (RFC 5961 section 3.2)', () => {
    const t = new TcpFixture()
    const sk = requested(t)
    t.arrive({ flags: 'R', seq: 100 })
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
    expect(sk.acceptQueue?.qlen).toBe(1)
  })

  it('fourth: the SYN again is answered with the SYN,ACK again', () => {
    const t = new TcpFixture()
    requested(t)
    t.arrive({ flags: 'S', seq: 0 })
    expect(t.sent()).toEqual(['S. 0:0 ack 1'])
  })

  it('fifth: answers an unacceptable ACK with RST, SEQ SEG.ACK', () => {
    const t = new TcpFixture()
    requested(t)
    t.arrive({ flags: '.', seq: 1, ack: 99 })
    expect(t.sent()).toEqual(['R 99:99'])
  })

  it('fifth: drops a segment without ACK', () => {
    const t = new TcpFixture()
    const sk = requested(t)
    t.arrive({ flags: 'P', seq: 1, length: 4 })
    expect(t.sent()).toEqual([])
    expect(sk.acceptQueue?.qlen).toBe(1)
  })

  it('fifth: the ACK of the SYN leads to ESTABLISHED, and the connection can be accepted', () => {
    const t = new TcpFixture()
    const sk = requested(t)
    t.arrive({ flags: '.', seq: 1, ack: 1 })
    expect(sk.acceptQueue?.qlen).toBe(0)
    const child = sk.accept()
    expect(typeof child === 'number' ? child : child.state).toBe(TCP.ESTABLISHED)
    expect(t.states.slice(-2)).toEqual([[TCP.LISTEN, TCP.SYN_RECV], [TCP.SYN_RECV, TCP.ESTABLISHED]])
  })

  it('eighth: a FIN with the ACK of the SYN leads through ESTABLISHED to CLOSE-WAIT', () => {
    const t = new TcpFixture()
    const sk = requested(t)
    t.arrive({ flags: 'F.', seq: 1, ack: 1 })
    const child = sk.accept()
    expect(typeof child === 'number' ? child : child.state).toBe(TCP.CLOSE_WAIT)
    t.advance(200)
    expect(t.sent()).toEqual(['. 1:1 ack 2'])
  })

  it('sends the SYN,ACK again after 1, 2 and 4 s', () => {
    const t = new TcpFixture()
    requested(t)
    t.advance(999)
    expect(t.sent()).toEqual([])
    t.advance(1)
    expect(t.sent()).toEqual(['S. 0:0 ack 1'])
    t.advance(2000)
    expect(t.sent()).toEqual(['S. 0:0 ack 1'])
    t.advance(4000)
    expect(t.sent()).toEqual(['S. 0:0 ack 1'])
  })
})

describe('SYN-RECEIVED by simultaneous open', () => {
  it('first: answers a segment out of window with an ACK', () => {
    const t = new TcpFixture()
    const sk = crossed(t)
    t.arrive({ flags: '.', seq: 100_000, ack: 1, length: 1 })
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
    expect(sk.state).toBe(TCP.SYN_RECV)
  })

  it('second: a RST at RCV.NXT ends in CLOSED with "connection reset"', () => {
    const t = new TcpFixture()
    const sk = crossed(t)
    t.arrive({ flags: 'R', seq: 1 })
    expect(sk.state).toBe(TCP.CLOSE)
    expect(sk.error).toBe(ECONNRESET)
  })

  it('fourth: another SYN is challenged (RFC 5961 section 4.2)', () => {
    const t = new TcpFixture()
    const sk = crossed(t)
    t.arrive({ flags: 'S', seq: 10 })
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
    expect(sk.state).toBe(TCP.SYN_RECV)
  })

  it('fifth: the ACK of the SYN leads to ESTABLISHED', () => {
    const t = new TcpFixture()
    const sk = crossed(t)
    t.arrive({ flags: '.', seq: 1, ack: 1 })
    expect(sk.state).toBe(TCP.ESTABLISHED)
    expect(t.sent()).toEqual([])
  })

  it('fifth: answers an ACK of what was not sent with RST', () => {
    const t = new TcpFixture()
    const sk = crossed(t)
    t.arrive({ flags: '.', seq: 1, ack: 5 })
    expect(t.sent()).toEqual(['R 5:5'])
    expect(sk.state).toBe(TCP.SYN_RECV)
  })

  it('figure 5: CLOSE sends a FIN once the SYN is acknowledged and leads to FIN-WAIT-1', () => {
    const t = new TcpFixture()
    const sk = crossed(t)
    sk.release()
    expect(sk.state).toBe(TCP.FIN_WAIT1)
    expect(t.sent()).toEqual(['F. 1:1 ack 1'])
  })
})
