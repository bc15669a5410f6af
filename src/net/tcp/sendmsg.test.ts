import { describe, expect, it } from 'vitest'
import { type sourceOf, TcpFixture } from '../../../test/net/tcp-fixture.js'
import { EAGAIN, EFAULT, EPIPE } from '../../abi/errno.js'
import { MSG_FLAGS, SO, SOL } from '../../abi/flags/sockets.js'
import { POLL } from '../../abi/flags/poll.js'
import { TCP_FLAG } from '../skb.js'
import { setSockOption } from '../sock-options.js'

const int = (n: number): Uint8Array => new Uint8Array([n, n >> 8, n >> 16, n >> 24])

describe('send', () => {
  it('takes what the send buffer has room for, then -EAGAIN; poll says so and an ACK makes room', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_SOCKET, SO.SO_SNDBUF, int(10_000)))
    const first = t.write(sk, 200_000)
    expect(first).toBeGreaterThan(10_000)
    expect(first).toBeLessThan(200_000)
    expect(t.write(sk, 1)).toBe(-EAGAIN)
    expect(sk.poll() & POLL.POLLOUT).toBe(0)
    for (let i = 0; i < 100 && sk.tcb.sndUna !== sk.tcb.writeSeq; i++) {
      t.arrive({ flags: '.', seq: 1, ack: (sk.tcb.sndNxt - t.iss) | 0 })
      t.sent()
    }
    expect(sk.poll() & POLL.POLLOUT).toBe(POLL.POLLOUT)
    expect(t.write(sk, 1)).toBe(1)
  })

  it('a source that faults gives what it gave, or -EFAULT', () => {
    const t = new TcpFixture()
    const sk = t.established()
    const faulty = (good: number): ReturnType<typeof sourceOf> => {
      let given = 0
      return {
        get left() {
          return 100 - given
        },
        take(_out, _to, length) {
          const part = Math.min(length, good - given)
          given += part
          return part
        },
      }
    }
    expect(sk.send({ data: faulty(40), flags: 0, to: null, control: [] })).toBe(40)
    expect(t.sent()).toEqual(['P. 1:41 ack 1'])
    t.arrive({ flags: '.', seq: 1, ack: 41 })
    expect(sk.send({ data: faulty(0), flags: 0, to: null, control: [] })).toBe(-EFAULT)
    expect(sk.tcb.writeQueue.length).toBe(0)
    expect(sk.wmemQueued).toBe(0)
  })

  it('after shutdown: EPIPE; after a reset its error first', () => {
    const t = new TcpFixture()
    const sk = t.established()
    sk.shutDown(1)
    expect(t.write(sk, 'x')).toBe(-EPIPE)
  })

  it('MSG_OOB: the urgent pointer points behind the byte (RFC 9293 section 3.8.5, tcp(7) without tcp_stdurg)', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 'abc', MSG_FLAGS.MSG_OOB)
    const last = t.packets.at(-1)!
    expect(t.sent()).toEqual(['PU. 1:4 ack 1'])
    expect(last.tcpFlags & TCP_FLAG.URG).toBe(TCP_FLAG.URG)
    expect(last.urgent).toBe(3)
  })

  it('a charge of the send buffer is 832 bytes and the payload, as SO_MEMINFO shows natively', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.arrive({ flags: '.', seq: 1, ack: 1, window: 0 })
    t.write(sk, 1)
    expect(sk.wmemQueued).toBe(833)
    t.write(sk, 10)
    expect(sk.wmemQueued).toBe(843)
  })
})

describe('MSG_ZEROCOPY', () => {
  const notices = (sk: { errors: readonly { info: number; data: number; origin: number }[] }): [number, number][] =>
    sk.errors.filter(({ origin }) => origin === 5).map(({ info, data }) => [info, data])

  it('each send has a number; what is acknowledged together is one notification', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_SOCKET, SO.SO_ZEROCOPY, int(1)))
    t.write(sk, 1000, MSG_FLAGS.MSG_ZEROCOPY)
    t.write(sk, 1460, MSG_FLAGS.MSG_ZEROCOPY)
    expect(notices(sk)).toEqual([])
    t.arrive({ flags: '.', seq: 1, ack: 1001 })
    expect(notices(sk)).toEqual([[0, 0]])
    expect(sk.poll() & POLL.POLLERR).toBe(POLL.POLLERR)
    t.arrive({ flags: '.', seq: 1, ack: 2461 })
    expect(notices(sk)).toEqual([[0, 1]])
  })

  it('without SO_ZEROCOPY the flag does nothing', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.write(sk, 10, MSG_FLAGS.MSG_ZEROCOPY)
    t.arrive({ flags: '.', seq: 1, ack: 11 })
    expect(sk.errors).toEqual([])
  })

  it('a send that fails gives its number back', () => {
    const t = new TcpFixture()
    const sk = t.established()
    t.ok(setSockOption(sk, SOL.SOL_SOCKET, SO.SO_ZEROCOPY, int(1)))
    sk.shutDown(1)
    expect(t.write(sk, 10, MSG_FLAGS.MSG_ZEROCOPY)).toBe(-EPIPE)
    expect(sk.tcb.zerocopyNext).toBe(0)
  })
})
