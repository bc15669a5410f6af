import { describe, expect, it } from 'vitest'
import { TcpFixture } from '../../../test/net/tcp-fixture.js'
import { MSG_FLAGS, SOL, TCP_OPTIONS } from '../../abi/flags/sockets.js'
import { setSockOption } from '../sock-options.js'

const one = new Uint8Array([1, 0, 0, 0]), zero = new Uint8Array(4)

describe('Nagle, cork and PSH (RFC 9293 section 3.7.4, tcp(7))', () => {
  it('a small segment waits while another is in flight, and takes what was written meanwhile along', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 'a')
    t.write(sk, 'b')
    t.write(sk, 'c')
    expect(t.sent()).toEqual(['P. 1:2 ack 1'])
    t.arrive({ flags: '.', seq: 1, ack: 2 })
    expect(t.sent()).toEqual(['P. 2:4 ack 1'])
  })

  it('a full segment never waits, and only the rest of a write does (Minshall)', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 'a')
    t.write(sk, 1500)
    expect(t.sent()).toEqual(['P. 1:2 ack 1', '. 2:1462 ack 1'])
    t.arrive({ flags: '.', seq: 1, ack: 1462 })
    expect(t.sent()).toEqual(['P. 1462:1502 ack 1'])
  })

  it('TCP_NODELAY sends each write at once', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_NODELAY, one))
    t.write(sk, 'a')
    t.write(sk, 'b')
    expect(t.sent()).toEqual(['P. 1:2 ack 1', 'P. 2:3 ack 1'])
  })

  it('TCP_CORK holds a partial segment until it is taken off', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_CORK, one))
    t.write(sk, 'head')
    t.write(sk, 'body')
    expect(t.sent()).toEqual([])
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_CORK, zero))
    expect(t.sent()).toEqual(['P. 1:9 ack 1'])
  })

  it('corked data leaves after 200 ms at the latest', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_CORK, one))
    t.write(sk, 'x')
    t.advance(199)
    expect(t.sent()).toEqual([])
    t.advance(2)
    expect(t.sent()).toEqual(['P. 1:2 ack 1'])
  })

  it('MSG_MORE holds a send until one comes without it', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 'ab', MSG_FLAGS.MSG_MORE)
    expect(t.sent()).toEqual([])
    t.write(sk, 'cd')
    expect(t.sent()).toEqual(['P. 1:5 ack 1'])
  })

  it('MSG_EOR ends a packet: later bytes do not join it', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_NODELAY, one))
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_CORK, one))
    t.write(sk, 'ab', MSG_FLAGS.MSG_EOR)
    t.write(sk, 'cd')
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_CORK, zero))
    expect(t.sent()).toEqual(['P. 1:3 ack 1', 'P. 3:5 ack 1'])
  })

  it('only the last segment of a write carries PSH', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 3000)
    expect(t.sent()).toEqual(['. 1:1461 ack 1', '. 1461:2921 ack 1', 'P. 2921:3001 ack 1'])
  })

  it('FIN goes with the last unsent byte', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_CORK, one))
    t.write(sk, 'bye')
    sk.shutDown(1)
    expect(t.sent()).toEqual(['FP. 1:4 ack 1'])
  })
})

describe('windows bound what is sent', () => {
  it('the first window is 10 segments (RFC 6928)', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 30_000)
    const sent = t.sent()
    expect(sent).toHaveLength(10)
    expect(sent.at(-1)).toBe('P. 13141:14601 ack 1')
  })

  it("the peer's window is never exceeded", () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: '.', seq: 1, ack: 1, window: 2000 })
    t.write(sk, 5000)
    expect(t.sent().at(-1)).toMatch(/:2001 ack 1$/)
  })

  it('segments are at most half of the largest window the peer ever offered', () => {
    const t = new TcpFixture()
    const sk = t.synSent()
    t.arrive({ flags: 'S.', seq: 0, ack: 1, window: 1000, options: [2, 4, 5, 180] })
    t.sent()
    t.write(sk, 600)
    expect(t.sent()).toEqual(['. 1:501 ack 1', 'P. 501:601 ack 1'])
  })
})
