import { describe, expect, it } from 'vitest'
import { TcpFixture } from '../../../../test/net/tcp-fixture.js'
import { TCP } from '../../sock.js'

describe('CLOSED (RFC 9293 section 3.10.7.1)', () => {
  it('discards an incoming RST', () => {
    const t = new TcpFixture()
    t.arrive({ flags: 'R', seq: 5 })
    expect(t.sent()).toEqual([])
  })

  it('answers a segment without ACK with RST,ACK: SEQ 0, ACK SEG.SEQ+SEG.LEN', () => {
    const t = new TcpFixture()
    t.arrive({ flags: 'S', seq: 7, length: 10 })
    expect(t.sent()).toEqual(['R. 0:0 ack 18'])
  })

  it('answers a segment with ACK with RST: SEQ SEG.ACK', () => {
    const t = new TcpFixture()
    t.arrive({ flags: '.', seq: 7, ack: 1234, length: 10 })
    expect(t.sent()).toEqual(['R 1234:1234'])
  })

  it('figure 5: passive OPEN leads to LISTEN, CLOSE of it to CLOSED', () => {
    const t = new TcpFixture()
    const sk = t.listener()
    expect(sk.state).toBe(TCP.LISTEN)
    sk.release()
    expect(t.states).toEqual([[TCP.CLOSE, TCP.LISTEN], [TCP.LISTEN, TCP.CLOSE]])
  })

  it('figure 5: active OPEN sends a SYN and leads to SYN-SENT, CLOSE of that to CLOSED', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    expect(sk.state).toBe(TCP.SYN_SENT)
    expect(t.packets).toHaveLength(1)
    sk.release()
    expect(t.states).toEqual([[TCP.CLOSE, TCP.SYN_SENT], [TCP.SYN_SENT, TCP.CLOSE]])
  })
})

describe('LISTEN (RFC 9293 section 3.10.7.2)', () => {
  it('first: ignores an incoming RST', () => {
    const t = new TcpFixture()
    const sk = t.listener()
    t.arrive({ flags: 'R', seq: 1 })
    expect(t.sent()).toEqual([])
    expect(sk.state).toBe(TCP.LISTEN)
  })

  it('second: answers any ACK with RST, SEQ SEG.ACK', () => {
    const t = new TcpFixture()
    const sk = t.listener()
    t.arrive({ flags: '.', seq: 1, ack: 77 })
    t.arrive({ flags: 'S.', seq: 1, ack: 78 })
    expect(t.sent()).toEqual(['R 77:77', 'R 78:78'])
    expect(sk.state).toBe(TCP.LISTEN)
  })

  it('third: answers a SYN with SYN,ACK, and the request waits in SYN-RECEIVED', () => {
    const t = new TcpFixture()
    const sk = t.listener()
    t.arrive({ flags: 'S', seq: 0 })
    const [answer] = t.sent()
    expect(answer).toBe(`S. 0:0 ack 1`)
    expect(sk.acceptQueue?.synQueue.map((req) => req.state)).toEqual([TCP.NEW_SYN_RECV])
  })

  it('fourth: drops a segment with neither RST, ACK nor SYN', () => {
    const t = new TcpFixture()
    t.listener()
    t.arrive({ flags: 'P', seq: 1, length: 3 })
    t.arrive({ flags: 'F', seq: 1 })
    expect(t.sent()).toEqual([])
  })

  it('drops a SYN with FIN, as Linux does', () => {
    const t = new TcpFixture()
    t.listener()
    t.arrive({ flags: 'SF', seq: 1 })
    expect(t.sent()).toEqual([])
  })
})
