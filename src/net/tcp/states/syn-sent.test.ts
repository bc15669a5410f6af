import { describe, expect, it } from 'vitest'
import { TcpFixture } from '../../../../test/net/tcp-fixture.js'
import { ECONNREFUSED } from '../../../abi/errno.js'
import { TCP } from '../../sock.js'

describe('SYN-SENT (RFC 9293 section 3.10.7.3)', () => {
  it('first: answers an ACK at or below ISS with RST, SEQ SEG.ACK, and stays', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    t.arrive({ flags: 'S.', seq: 0, ack: 0 })
    expect(t.sent()).toEqual(['R 0:0'])
    expect(sk.state).toBe(TCP.SYN_SENT)
  })

  it('first: answers an ACK beyond SND.NXT with RST, SEQ SEG.ACK, and stays', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    t.arrive({ flags: '.', seq: 0, ack: 2 })
    expect(t.sent()).toEqual(['R 2:2'])
    expect(sk.state).toBe(TCP.SYN_SENT)
  })

  it('first: drops a RST with an unacceptable ACK without an answer', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    t.arrive({ flags: 'R.', seq: 0, ack: 2 })
    expect(t.sent()).toEqual([])
    expect(sk.state).toBe(TCP.SYN_SENT)
  })

  it('second: a RST with an acceptable ACK ends in CLOSED with "connection refused"', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    t.arrive({ flags: 'R.', seq: 0, ack: 1 })
    expect(sk.state).toBe(TCP.CLOSE)
    expect(sk.error).toBe(ECONNREFUSED)
    expect(t.sent()).toEqual([])
  })

  it('second: drops a RST without ACK', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    t.arrive({ flags: 'R', seq: 0 })
    expect(sk.state).toBe(TCP.SYN_SENT)
  })

  it('fourth: a SYN,ACK leads to ESTABLISHED and is acknowledged', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    t.arrive({ flags: 'S.', seq: 0, ack: 1 })
    expect(sk.state).toBe(TCP.ESTABLISHED)
    expect(t.sent()).toEqual(['. 1:1 ack 1'])
    expect(t.states).toEqual([[TCP.CLOSE, TCP.SYN_SENT], [TCP.SYN_SENT, TCP.ESTABLISHED]])
  })

  it('fourth: a SYN without ACK leads to SYN-RECEIVED and is answered with SYN,ACK of the same SEQ', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    t.arrive({ flags: 'S', seq: 0 })
    expect(sk.state).toBe(TCP.SYN_RECV)
    expect(t.sent()).toEqual(['S. 0:0 ack 1'])
  })

  it('simultaneous open: the SYN,ACK that answers ours leads on to ESTABLISHED', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    t.arrive({ flags: 'S', seq: 0 })
    t.sent()
    t.arrive({ flags: 'S.', seq: 0, ack: 1 })
    expect(sk.state).toBe(TCP.ESTABLISHED)
    expect(t.states.slice(1)).toEqual([[TCP.SYN_SENT, TCP.SYN_RECV], [TCP.SYN_RECV, TCP.ESTABLISHED]])
  })

  it('fifth: drops a segment with neither SYN nor RST', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    t.arrive({ flags: '.', seq: 0, ack: 1 })
    t.arrive({ flags: 'P', seq: 0, length: 3 })
    expect(t.sent()).toEqual([])
    expect(sk.state).toBe(TCP.SYN_SENT)
  })

  it('sends the SYN again after 1 s and the next ones a second apart (tcp_syn_linear_timeouts)', () => {
    const t = new TcpFixture()
    t.synSent()
    t.advance(999)
    expect(t.sent()).toEqual([])
    t.advance(1)
    expect(t.sent()).toEqual(['S 0:0'])
    t.advance(1000)
    expect(t.sent()).toEqual(['S 0:0'])
  })
})
