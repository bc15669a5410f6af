import { MSG_FLAGS } from '../../src/abi/flags/sockets.js'
import { byteString, bytesOf } from '../../src/base/bytes.js'
import { VirtualClock } from '../../src/base/clock.js'
import { SeededRandom } from '../../src/base/random.js'
import type { Endpoint } from '../../src/net/address.js'
import { BytesSink, BytesSource } from '../../src/net/byte-io.js'
import { COMPLETE } from '../../src/net/complete.js'
import { receiveError } from '../../src/net/receive-error.js'
import type { ControlMessage, ReceiveMessage, Sock } from '../../src/net/sock.js'
import { NetStack } from '../../src/net/stack.js'
import type { NetSysctl } from '../../src/net/sysctl-defaults.js'

/** A stack whose time only {@link advance} moves. */
export function newStack(sysctl: Partial<NetSysctl> = {}, clock = new VirtualClock(), seed = 1): NetStack {
  if (clock.now === 0) clock.now = 1e12
  return new NetStack({ clock, random: new SeededRandom(seed), sysctl, ...COMPLETE })
}

/** Lets `ms` go by, with every timer at its time. */
export function advance(net: NetStack, ms: number): void {
  const end = net.clock.monotonic() / 1000 + ms * 1000
  for (;;) {
    const next = net.nextTimer()
    if (next > end) break
    net.clock.advance(Math.max(0, next * 1000 - net.clock.monotonic()))
    net.runTimers()
  }
  net.clock.advance(Math.max(0, end * 1000 - net.clock.monotonic()))
  net.runTimers()
}

/** send(2) of a text. */
export function sendTo(sk: Sock, text: string, to: Endpoint | null, flags = 0, control: ControlMessage[] = []): number {
  return sk.send({ data: new BytesSource(bytesOf(text)), flags, to, control })
}

/** What a receive brought. */
export interface Received {
  readonly result: number
  readonly text: string
  readonly flags: number
  readonly from: Endpoint | null
  readonly control: readonly ControlMessage[]
}

/** recvmsg(2) of up to `size` bytes. */
export function received(sk: Sock, size: number, flags = 0): Received {
  const data = new BytesSink(new Uint8Array(size))
  const message: ReceiveMessage = { data, flags, wantsControl: true, outFlags: 0, from: null, control: [] }
  const result = (flags & MSG_FLAGS.MSG_ERRQUEUE) !== 0 ? receiveError(sk, message) : sk.receive(message)
  return { result, text: byteString(data.bytes.subarray(0, data.length)), flags: message.outFlags, from: message.from, control: message.control }
}
