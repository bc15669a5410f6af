import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EINPROGRESS } from '../../src/abi/errno.js'
import { IPPROTO, IP_OPTIONS, IPV6_OPTIONS, SO, SOL } from '../../src/abi/flags/sockets.js'
import { type Endpoint, parseAddress } from '../../src/net/address.js'
import { setSockOption } from '../../src/net/sock-options.js'
import type { NetStack } from '../../src/net/stack.js'
import { TcpSocket } from '../../src/net/tcp/socket.js'
import { advance, newStack } from './support.js'

/** What Linux 6.18 answered to 3000 scenarios of bind, listen and connect; scripts/renew-bind-conflicts.mjs renews them. */
const golden = readFileSync(new URL('goldens/bind-conflicts.txt', import.meta.url), 'utf8').trim().split('\n')

const ONE = Uint8Array.of(1, 0, 0, 0), ZERO = new Uint8Array(4)

function make(net: NetStack, word: string): TcpSocket {
  const sk = new TcpSocket(net, word[1] === '4' ? 4 : 6)
  for (const flag of word.slice(2)) {
    if (flag === 'a') setSockOption(sk, SOL.SOL_SOCKET, SO.SO_REUSEADDR, ONE)
    if (flag === 'p') setSockOption(sk, SOL.SOL_SOCKET, SO.SO_REUSEPORT, ONE)
    if (flag === 'o') setSockOption(sk, IPPROTO.IPPROTO_IPV6, IPV6_OPTIONS.IPV6_V6ONLY, ONE)
    if (flag === 'n') setSockOption(sk, SOL.SOL_IP, IP_OPTIONS.IP_BIND_ADDRESS_NO_PORT, ONE)
    if (flag === 'd') setSockOption(sk, SOL.SOL_SOCKET, SO.SO_BINDTODEVICE, Uint8Array.from([...'lo\0'].map((c) => c.charCodeAt(0))))
  }
  return sk
}

/** connect(2) that waits; over loopback it has ended at once. */
function connect(sk: TcpSocket, to: Endpoint): number {
  const result = sk.connect(to)
  return result === -EINPROGRESS ? sk.connect(to) : result
}

function run(net: NetStack, scenario: string, port: number): string {
  const socks: TcpSocket[] = []
  const closed = new Set<TcpSocket>()
  const results = scenario.split(' ').map((word) => {
    if (word[0] === 's') {
      socks.push(make(net, word))
      return 0
    }
    const sk = socks[Number(word[1])]!
    const [, address, number] = word.split('-')
    const to = { address: parseAddress(address ?? '::')!, port: word[0] === 'c' || number === 'P' ? port : 0 }
    if (closed.has(sk)) return 9
    switch (word[0]) {
      case 'b': return -sk.bind(to)
      case 'c': return -connect(sk, to)
      case 'l': return -sk.listen(5)
      case 'a': return -setSockOption(sk, SOL.SOL_SOCKET, SO.SO_REUSEADDR, ZERO)
      case 'A': return -setSockOption(sk, SOL.SOL_SOCKET, SO.SO_REUSEADDR, ONE)
      case 'p': return -setSockOption(sk, SOL.SOL_SOCKET, SO.SO_REUSEPORT, ONE)
      case 'd': return -sk.connect(null)
      default:
        closed.add(sk)
        sk.release()
        return 0
    }
  })
  for (const sk of socks) if (!closed.has(sk)) sk.release()
  return results.map((n) => Math.abs(n)).join(' ')
}

test('bind, listen and connect let in and refuse whom Linux does', () => {
  const net = newStack()
  const wrong: string[] = []
  golden.forEach((line, i) => {
    const [scenario, expected] = line.split(' => ')
    const got = run(net, scenario!, 10000 + i)
    if (got !== expected) wrong.push(`${scenario}\n  linux ${expected}\n  here  ${got}`)
  })
  expect(wrong.slice(0, 20).join('\n'), `${wrong.length} of ${golden.length}`).toBe('')
  advance(net, 200_000)
  expect([net.tcp.ports.buckets.size, net.tcp.timeWaits, net.tcp.listenerCount, net.tcp.sockets, net.tcp.establishedCount]).toEqual([0, 0, 0, 0, 0])
})
