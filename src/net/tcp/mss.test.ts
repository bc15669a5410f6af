import { describe, expect, it } from 'vitest'
import { TcpFixture } from '../../../test/net/tcp-fixture.js'
import { SOL, TCP_OPTIONS } from '../../abi/flags/sockets.js'
import { ipv4 } from '../address.js'
import { MIB } from '../mib.js'
import { tcpSelectInitialWindow } from './window.js'
import { setSockOption } from '../sock-options.js'

const int = (n: number): Uint8Array => new Uint8Array([n, n >> 8, n >> 16, n >> 24])

describe('MSS (RFC 9293 section 3.7.1)', () => {
  it('the SYN tells the MTU less 40; the peer with a smaller one decides', () => {
    const t = new TcpFixture()
    const sk = t.established([2, 4, 2, 24]) // 536
    t.write(sk, 1000)
    expect(t.sent()).toEqual(['. 1:537 ack 1', 'P. 537:1001 ack 1'])
  })

  it('TCP_MAXSEG before connect lowers both directions', () => {
    const t = new TcpFixture()
    const sk = t.socket()
    t.ok(setSockOption(sk, SOL.SOL_TCP, TCP_OPTIONS.TCP_MAXSEG, int(700)))
    t.ok(sk.bind({ address: t.device.addresses[0]!.address, port: 8000 }))
    sk.connect({ address: ipv4(0x0a000002), port: 9000 }, 0)
    expect([...t.packets.at(-1)!.options.subarray(0, 4)]).toEqual([2, 4, 700 >> 8, 700 & 255])
    t.sent()
    t.arrive({ flags: 'S.', seq: 0, ack: 1, options: [2, 4, 5, 180] })
    t.sent()
    t.write(sk, 800)
    expect(t.sent()).toEqual(['. 1:701 ack 1', 'P. 701:801 ack 1'])
  })

  it('without the option segments have at most 536 bytes', () => {
    const t = new TcpFixture()
    const sk = t.established([])
    t.write(sk, 600)
    expect(t.sent()).toEqual(['. 1:537 ack 1', 'P. 537:601 ack 1'])
  })
})

describe('packetization layer MTU discovery (RFC 4821)', () => {
  it('repeated loss of large segments makes them small (black hole, tcp_mtu_probing 1)', () => {
    const t = new TcpFixture({ tcp_mtu_probing: 1, tcp_retries1: 2 })
    const sk = t.established()
    t.write(sk, 1460)
    t.sent()
    t.advance(4000)
    expect(sk.mtuProbe.enabled).toBe(true)
    expect(sk.tcb.mssCache).toBe(1024) // tcp_base_mss
    t.advance(4000)
    expect(sk.tcb.mssCache).toBe(512) // and half of that
  })

  it('a probe between the known and the possible size leaves when there is data for it', () => {
    const t = new TcpFixture({ tcp_mtu_probing: 2, tcp_base_mss: 512 })
    const sk = t.established()
    sk.tcb.sndCwnd = 20
    sk.tcb.mssCache = 512
    t.write(sk, 20_000)
    const [probe] = t.sent()
    expect(probe).toBe('. 1:987 ack 1') // (552 + 1500) / 2 - 40
    t.arrive({ flags: '.', seq: 1, ack: 987 })
    expect(t.net.mib[MIB.TCPMTUPSuccess]).toBe(1)
    expect(sk.tcb.mssCache).toBe(986)
  })
})

describe('the first window (Linux: tcp_select_initial_window)', () => {
  const net = new TcpFixture().net

  it('is a multiple of the MSS, and the scale fits the largest window that may come', () => {
    expect(tcpSelectInitialWindow(net, 65_536, 1460, 0, true, 0)).toEqual({ rcvWnd: 64_240, windowClamp: 65_535 * 1024, rcvWscale: 10 })
  })

  it('without scaling it is bounded by 65535 through the clamp', () => {
    expect(tcpSelectInitialWindow(net, 65_536, 1460, 0, false, 0).windowClamp).toBe(65_535)
  })

  it("a route's initrwnd bounds it", () => {
    expect(tcpSelectInitialWindow(net, 65_536, 1460, 0, true, 4).rcvWnd).toBe(5840)
  })
})
