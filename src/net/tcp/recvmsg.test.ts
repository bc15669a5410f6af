import { describe, expect, it } from 'vitest'
import { TcpFixture } from '../../../test/net/tcp-fixture.js'
import { EAGAIN, EINVAL, ENOTCONN } from '../../abi/errno.js'
import { MSG_FLAGS, SO, SOL } from '../../abi/flags/sockets.js'
import { POLL } from '../../abi/flags/poll.js'
import { setSockOption } from '../sock-options.js'

const int = (n: number): Uint8Array => new Uint8Array([n, n >> 8, n >> 16, n >> 24])

describe('receive', () => {
  it('in pieces, across packets, to the end of file', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'hello ' })
    t.arrive({ flags: 'FP.', seq: 7, ack: 1, data: 'world' })
    expect(t.read(sk, 3)).toBe('hel')
    expect(t.read(sk, 5)).toBe('lo wo')
    expect(t.read(sk)).toBe('rld')
    expect(t.read(sk)).toBe('')
    expect(sk.rmemAlloc).toBe(0)
  })

  it('nothing yet: -EAGAIN; never connected: -ENOTCONN', () => {
    const t = new TcpFixture()
    expect(t.read(t.established())).toBe(-EAGAIN)
    const other = new TcpFixture()
    expect(other.read(other.socket())).toBe(-ENOTCONN)
    expect(other.read(other.listener())).toBe(-ENOTCONN)
  })

  it('MSG_PEEK leaves the data, MSG_TRUNC throws it away uncopied', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'abcdef' })
    expect(t.read(sk, 4, MSG_FLAGS.MSG_PEEK)).toBe('abcd')
    expect(t.read(sk, 4, MSG_FLAGS.MSG_TRUNC)).toBe('')
    expect(t.read(sk)).toBe('ef')
  })

  it('reading stops in front of the urgent byte and skips it; MSG_OOB gets it once', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: 'PU.', seq: 1, ack: 1, data: 'ab!cd', urgent: 3 })
    expect(sk.poll() & POLL.POLLPRI).toBe(POLL.POLLPRI)
    expect(t.read(sk)).toBe('ab')
    expect(t.read(sk, 1, MSG_FLAGS.MSG_OOB)).toBe('!')
    expect(t.read(sk, 1, MSG_FLAGS.MSG_OOB)).toBe(-EINVAL)
    expect(t.read(sk)).toBe('cd')
  })

  it('SO_OOBINLINE keeps it in the stream', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_SOCKET, SO.SO_OOBINLINE, int(1)))
    t.arrive({ flags: 'PU.', seq: 1, ack: 1, data: 'ab!cd', urgent: 3 })
    expect(t.read(sk)).toBe('ab')
    expect(t.read(sk)).toBe('!cd')
    expect(t.read(sk, 1, MSG_FLAGS.MSG_OOB)).toBe(-EINVAL)
  })

  it('reading what had closed the window tells the peer that it is open again', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_SOCKET, SO.SO_RCVBUF, int(4096)))
    let seq = 1
    for (let i = 0; i < 60 && sk.tcb.rcvWnd !== 0; i++, seq += 500) t.arrive({ flags: '.', seq, ack: 1, length: 500 })
    t.advance(300)
    t.sent()
    expect(t.read(sk)).not.toBe(-EAGAIN)
    expect(t.sent().length).toBeGreaterThan(0)
    expect(t.packets.at(-1)!.window).toBeGreaterThan(0)
  })
})

describe('poll', () => {
  it('readable with SO_RCVLOWAT bytes', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_SOCKET, SO.SO_RCVLOWAT, int(5)))
    t.arrive({ flags: 'P.', seq: 1, ack: 1, data: 'abcd' })
    expect(sk.poll() & POLL.POLLIN).toBe(0)
    t.arrive({ flags: 'P.', seq: 5, ack: 1, data: 'e' })
    expect(sk.poll() & POLL.POLLIN).toBe(POLL.POLLIN)
  })

  it('the end of the peer: readable and POLLRDHUP; of both: POLLHUP', () => {
    const t = new TcpFixture()
    const sk = t.closeWait()
    expect(sk.poll() & (POLL.POLLIN | POLL.POLLRDHUP | POLL.POLLHUP)).toBe(POLL.POLLIN | POLL.POLLRDHUP)
    sk.shutDown(1)
    expect(sk.poll() & POLL.POLLHUP).toBe(POLL.POLLHUP)
  })
})
