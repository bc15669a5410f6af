import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAddress } from '../../src/net/address.js'
import { PcapngWriter } from '../../src/net/devices/pcapng.js'
import { TcpSocket } from '../../src/net/tcp/socket.js'
import { UdpSock } from '../../src/net/udp.js'
import { newStack, sendTo } from './support.js'

const hasTshark = spawnSync('tshark', ['--version']).status === 0

function capture(): Uint8Array {
  const net = newStack()
  const blocks: Uint8Array[] = []
  new PcapngWriter(net, (bytes) => blocks.push(bytes)).add(net.loopback)
  const listener = new TcpSocket(net, 4), client = new TcpSocket(net, 4)
  listener.bind({ address: parseAddress('127.0.0.1')!, port: 80 })
  listener.listen(1)
  client.connect({ address: parseAddress('127.0.0.1')!, port: 80 })
  sendTo(client, 'GET / HTTP/1.0\r\n\r\n', null)
  sendTo(new UdpSock(net, 6), 'six', { address: parseAddress('::1')!, port: 9 })
  return Buffer.concat(blocks)
}

test('a capture is a sequence of blocks whose lengths agree at both ends', () => {
  const bytes = capture()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const types: number[] = []
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint32(at + 4, true)
    expect(length % 4).toBe(0)
    expect(view.getUint32(at + length - 4, true)).toBe(length)
    types.push(view.getUint32(at, true))
    at += length
  }
  // section, interface, handshake, request, ACK, datagram, ICMPv6
  expect(types).toEqual([0x0a0d0d0a, 1, ...new Array<number>(types.length - 2).fill(6)])
  expect(types.length).toBeGreaterThanOrEqual(8)
})

test.skipIf(!hasTshark)('tshark reads it and finds every checksum right (skipped: tshark is not installed)', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'pcapng-')), 'lo.pcapng')
  writeFileSync(file, capture())
  const fields = ['frame.time_epoch', 'ip.src', 'tcp.flags', 'tcp.checksum.status', 'http.request.method', 'udp.checksum.status', 'icmpv6.type', 'frame.interface_name']
  const out = execFileSync('tshark', ['-r', file, '-o', 'tcp.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE', '-T', 'fields', ...fields.flatMap((field) => ['-e', field])], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()
  const rows = out.trim().split('\n').map((line) => line.split('\t'))
  expect(rows[0]!.slice(1, 4)).toEqual(['127.0.0.1', '0x0002', '1'])
  expect(rows[1]![2]).toBe('0x0012')
  expect(rows.some((row) => row[4] === 'GET')).toBe(true)
  expect(rows.filter((row) => row[2] !== '').every((row) => row[3] === '1')).toBe(true)
  expect(rows.some((row) => row[6] === '1')).toBe(true)
  expect(Number(rows[0]![0])).toBeGreaterThan(1_735_689_600)
  expect(rows[0]![7]).toBe('lo')
})
