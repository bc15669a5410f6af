/** A TCP stack alone: a server and a client over its loopback, in a time of its own. */
import { NetStack } from 'syscallkit/net'
import type { ByteSink, ByteSource, Sock } from 'syscallkit/net'

let now = 0
const clock = { bootTime: { seconds: 0, nanoseconds: 0 }, virtual: true, monotonic: () => now, advance: (ns: number) => void (now += ns) }
let state = 1
const u32 = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0)
const random = { u32, fill: (bytes: Uint8Array) => void bytes.forEach((_, i) => (bytes[i] = u32() >>> 24)) }

const net = new NetStack({ clock, random })

function made<T>(value: T | number): T {
  if (typeof value === 'number') throw new Error(`error ${value}`)
  return value
}

function send(sock: Sock, text: string): void {
  let bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0))
  const data: ByteSource = {
    get left() {
      return bytes.length
    },
    take(out, to, length) {
      out.set(bytes.subarray(0, length), to)
      bytes = bytes.subarray(length)
      return length
    },
  }
  sock.send({ data, flags: 0, to: null, control: [] })
}

function receive(sock: Sock): string {
  let text = ''
  const data: ByteSink = {
    left: 100,
    put(bytes, from, length) {
      text += String.fromCharCode(...bytes.subarray(from, from + length))
      return length
    },
  }
  sock.receive({ data, flags: 0, wantsControl: false, outFlags: 0, from: null, control: [] })
  return text
}

for (const { address } of net.loopback.addresses) {
  const listener = made(net.socket(address.family, 1, 0)), client = made(net.socket(address.family, 1, 0))
  listener.bind({ address, port: 80 })
  listener.listen(1)
  client.connect({ address, port: 80 }, 0)
  const server = made(listener.accept())
  send(client, 'ping')
  const asked = receive(server)
  send(server, 'pong')
  console.log(`${address}: ${asked}, ${receive(client)}`)
  for (const sock of [client, server, listener]) sock.release()
}
