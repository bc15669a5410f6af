import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ByteDevice } from '../../src/net/devices/byte-device.js'
import { ANY4 } from '../../src/net/address.js'
import { NO_METRICS } from '../../src/net/ip/route.js'
import { getSockOption, setSockOption } from '../../src/net/sock-options.js'
import type { Sock } from '../../src/net/sock.js'
import type { NetStack } from '../../src/net/stack.js'
import { newStack } from './support.js'

/**
 * Every option of three levels on seven kinds of socket, with 14 values and 8 lengths, as Linux 6.18 answers:
 * goldens/sock-options.txt, renewed by scripts/renew-sock-options.mjs.
 */
const golden = readFileSync(new URL('goldens/sock-options.txt', import.meta.url), 'utf8').trim().split('\n')

const KINDS: Record<string, readonly [4 | 6, number, number]> = {
  tcp4: [4, 1, 0], udp4: [4, 2, 0], raw4: [4, 3, 17], icmp4: [4, 3, 1], tcp6: [6, 1, 0], udp6: [6, 2, 0], raw6: [6, 3, 17],
}

/** Linux answers these by what is no part of a network stack, or this stack says no where Linux would add headers. */
const NOT_COMPARED = new Map([
  ['1 17', 'SO_PEERCRED is the file layer’s'], ['1 57', 'SO_COOKIE counts sockets'], ['1 71', 'SO_NETNS_COOKIE'],
  ['41 54', 'sticky extension headers are refused'], ['41 55', 'sticky extension headers are refused'], ['41 59', 'sticky extension headers are refused'],
  ['41 32', 'flow label manager'],
])

function bytesOf(value: number, length: number): Uint8Array {
  const out = new Uint8Array(Math.max(length, 4))
  new DataView(out.buffer).setInt32(0, value, true)
  return out.subarray(0, length)
}

function shown(sk: Sock, level: number, name: number, length: number): string {
  const value = getSockOption(sk, level, name, length, new Uint8Array(length).fill(0xee))
  return typeof value === 'number' ? String(value) : `${value.length}:${Buffer.from(value).toString('hex')}`
}

function answer(net: NetStack, kind: string, level: number, name: number, question: string): string {
  const sk = net.socket(...KINDS[kind]!)
  if (typeof sk === 'number') throw new Error(`no ${kind} socket: ${sk}`)
  const words = question.split(' ')
  let text: string
  if (words[0] === 'get') text = ['get', ...[0, 1, 2, 4, 8, 12, 16, 20].map((length) => shown(sk, level, name, length))].join(' ')
  else {
    const result = setSockOption(sk, level, name, bytesOf(Number(words[2]), Number(words[1])))
    text = `set ${words[1]} ${words[2]} ${result}${result === 0 ? ` ${shown(sk, level, name, 16)}` : ''}`
  }
  sk.release()
  return text
}

describe('socket options as Linux answers them', () => {
  test('the golden is whole', () => {
    expect(golden.length).toBeGreaterThan(250)
  })

  test.each([1, 0, 41])('level %i', (level) => {
    const net = newStack()
    // the machine of the golden has one device beside loopback, by which everything can be reached
    const device = net.addDevice(new ByteDevice({ name: 'eth0', transmit: () => {} }))
    net.routes.add({ destination: ANY4, prefix: 0, kind: 'unicast', gateway: null, device, source: null, table: 254, metric: 0, scope: 0, origin: 3, metrics: NO_METRICS })
    const wrong: string[] = []
    for (const line of golden) {
      const [head, text] = line.split('|')
      const [at, name, kinds] = head!.split(' ')
      if (Number(at) !== level || NOT_COMPARED.has(`${at} ${name}`)) continue
      for (const kind of kinds!.split(',')) {
        for (const expected of text!.split(';')) {
          const got = answer(net, kind, level, Number(name), expected)
          if (got !== expected) wrong.push(`${level} ${name} ${kind}: ${expected} | ${got}`)
        }
      }
    }
    expect(wrong.join("\n")).toBe("")
  })
})
