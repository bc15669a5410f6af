import { describe, expect, it } from 'vitest'
import { TcpFixture } from '../../../../test/net/tcp-fixture.js'
import { TCP } from '../../sock.js'

/** A connection in TIME-WAIT; everything sent was taken. */
function timeWait(): TcpFixture {
  const t = new TcpFixture()
  t.finWait2()
  t.arrive({ flags: 'F.', seq: 1, ack: 2 })
  t.sent()
  return t
}

describe('TIME-WAIT (RFC 9293 section 3.10.7.4)', () => {
  it('first: answers a segment out of window with an ACK', () => {
    const t = timeWait()
    t.arrive({ flags: '.', seq: 10_000_000, ack: 2, length: 1 })
    expect(t.sent()).toEqual(['. 2:2 ack 2'])
  })

  it('second: a RST ends it', () => {
    const t = timeWait()
    t.arrive({ flags: 'R', seq: 2 })
    expect(t.sent()).toEqual([])
    expect(t.net.tcp.timeWaits).toBe(0)
  })

  it('second: a RST is passed over with tcp_rfc1337', () => {
    const t = timeWait()
    t.net.sysctl.tcp_rfc1337 = 1
    t.arrive({ flags: 'R', seq: 2 })
    expect(t.net.tcp.timeWaits).toBe(1)
  })

  it('fourth: a SYN below what was received is answered with an ACK', () => {
    const t = timeWait()
    t.arrive({ flags: 'S', seq: -5 })
    expect(t.sent()).toEqual(['. 2:2 ack 2'])
  })

  it('fourth: a newer SYN may open the connection again when somebody listens (RFC 6191)', () => {
    const t = timeWait()
    const listener = t.listener()
    t.arrive({ flags: 'S', seq: 100_000 })
    expect(t.sent()[0]).toMatch(/^S\. .* ack 100001$/)
    expect(listener.acceptQueue?.qlen).toBe(1)
    expect(t.net.tcp.timeWaits).toBe(0)
  })

  it('eighth: the FIN again is acknowledged and restarts the 2 MSL timeout', () => {
    const t = timeWait()
    t.advance(50_000)
    t.arrive({ flags: 'F.', seq: 1, ack: 2 })
    expect(t.sent()).toEqual(['. 2:2 ack 2'])
    t.advance(59_000)
    expect(t.net.tcp.timeWaits).toBe(1)
    t.advance(2_000)
    expect(t.net.tcp.timeWaits).toBe(0)
  })

  it('figure 5: ends in CLOSED after 60 s', () => {
    const t = timeWait()
    t.advance(59_000)
    expect(t.net.tcp.timeWaits).toBe(1)
    t.advance(2_000)
    expect(t.net.tcp.timeWaits).toBe(0)
    t.arrive({ flags: '.', seq: 2, ack: 2 })
    expect(t.sent()).toEqual(['R 2:2'])
  })

  it('a port in TIME-WAIT is free for a listener that was bound before', () => {
    const t = timeWait()
    expect(t.listener().state).toBe(TCP.LISTEN)
  })
})
