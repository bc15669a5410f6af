import { describe, expect, it } from 'vitest'
import { TcpFixture } from '../../../test/net/tcp-fixture.js'

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** Options of the last segment that left, timestamps of ours blotted out. */
function lastOptions(t: TcpFixture): string {
  const bytes = Uint8Array.from(t.packets.at(-1)!.options)
  for (let i = 0; i + 9 < bytes.length; i++) if (bytes[i] === 8 && bytes[i + 1] === 10) bytes.fill(0xee, i + 2, i + 6)
  return hex(bytes)
}

// As tcpdump -x shows them on Linux 6.18: MSS 1460, SACK permitted before the timestamp, one NOP before the scale.
describe('option bytes in the order and padding of Linux', () => {
  it('SYN with everything', () => {
    const t = new TcpFixture({ tcp_timestamps: 1 })
    t.synSent()
    expect(lastOptions(t)).toBe('020405b4' + '0402' + '080aeeeeeeee00000000' + '0103030a')
  })

  it('SYN without timestamps: two NOPs before SACK permitted', () => {
    const t = new TcpFixture()
    t.synSent()
    expect(lastOptions(t)).toBe('020405b4' + '01010402' + '0103030a')
  })

  it('SYN without anything has the MSS alone', () => {
    const t = new TcpFixture({ tcp_sack: 0, tcp_window_scaling: 0 })
    t.synSent()
    expect(lastOptions(t)).toBe('020405b4')
  })

  it('SYN-ACK offers what the SYN asked for', () => {
    const t = new TcpFixture({ tcp_timestamps: 1 })
    t.listener()
    t.arrive({ flags: 'S', seq: 0, options: [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0, 1, 3, 3, 7] })
    expect(lastOptions(t)).toBe('020405b4' + '0402' + '080aeeeeeeee00000007' + '0103030a')
  })

  it('SYN-ACK to a SYN with an MSS only', () => {
    const t = new TcpFixture({ tcp_timestamps: 1 })
    t.listener()
    t.arrive({ flags: 'S', seq: 0, options: [2, 4, 5, 180] })
    expect(lastOptions(t)).toBe('020405b4')
  })

  it('a segment of a connection: two NOPs and the timestamp', () => {
    const t = new TcpFixture({ tcp_timestamps: 1 })
    const sk = t.established([2, 4, 5, 180, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 1])
    t.write(sk, 'x')
    expect(lastOptions(t)).toBe('0101080aeeeeeeee00000009')
  })

  it('SACK: the newest block first; with a duplicate the DSACK before it, once', () => {
    const t = new TcpFixture()
    t.established([2, 4, 5, 180, 4, 2, 1, 1])
    const block = (from: number, to: number): string => (50_000 + from).toString(16).padStart(8, '0') + (50_000 + to).toString(16).padStart(8, '0')
    t.arrive({ flags: '.', seq: 101, ack: 1, length: 10 })
    expect(lastOptions(t)).toBe('0101050a' + block(101, 111))
    t.arrive({ flags: '.', seq: 201, ack: 1, length: 10 })
    expect(lastOptions(t)).toBe('01010512' + block(201, 211) + block(101, 111))
    t.arrive({ flags: '.', seq: 201, ack: 1, length: 10 })
    expect(lastOptions(t)).toBe('0101051a' + block(201, 211) + block(201, 211) + block(101, 111))
  })

  it('options of a segment shrink its payload, those of a SACK too', () => {
    const t = new TcpFixture({ tcp_timestamps: 1 })
    const sk = t.established([2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0])
    t.write(sk, 2000)
    expect(t.sent()).toEqual(['. 1:1449 ack 1', 'P. 1449:2001 ack 1'])
  })
})
