/** Calls on sockets. */
import { AF, SHUT, SOCK, SOCK_FLAGS } from '../../abi/flags/sockets.js'
import { TIMESPEC } from '../../abi/structs/time.js'
import { address, addressText, fd, int, out, uint, ulong, TracedCall, type Arg, type CallPrinter, type Print } from './call.js'
import { structText } from './fields.js'
import { all, flags, flagsText, nameText, oneOf } from './flags.js'
import { addressAt, familyNames, intAt, lengthText } from './socket-address.js'
import { elementAt, messageNames, messagesText, messageText, nameLengthOf } from './socket-messages.js'
import { levelNames, netlinkNames, protocolNames } from './socket-names.js'
import { option, optionText, readOption } from './socket-options.js'
import { buffer, bytesText } from './strings.js'
import { showTimespec, timespec, timespec64, timespecs } from './time-structs.js'

const call = (...args: Arg[]): CallPrinter => ({ args })
const family = /* @__PURE__ */ oneOf(familyNames, 'AF_???')
const messageFlags = /* @__PURE__ */ flags(messageNames, 'MSG_???')
const flagNames = /* @__PURE__ */ all(SOCK_FLAGS)
const typeNames = /* @__PURE__ */ all(SOCK)
const TYPE_MASK = 0xf

const type: Print = (c, i) => {
  const value = c.u32(i)
  const kind = typeNames.find(([, known]) => known === BigInt(value & TYPE_MASK))
  if (kind === undefined) return nameText(BigInt(value), [], 'SOCK_???')
  const rest = value & ~TYPE_MASK
  return rest === 0 ? kind[0] : `${kind[0]}|${flagsText(BigInt(rest >>> 0), flagNames, 'SOCK_???')}`
}

const protocol: Print = (c, i) => {
  switch (c.u32(0)) {
    case AF.AF_INET: case AF.AF_INET6: return nameText(BigInt(c.u32(i)), protocolNames, 'IPPROTO_???')
    case AF.AF_NETLINK: return nameText(BigInt(c.u32(i)), netlinkNames, 'NETLINK_???')
    default: return String(c.u32(i))
  }
}

const pair: Arg = /* @__PURE__ */ out((c, i) => {
  const first = intAt(c, c.ulong(i))
  const second = intAt(c, c.ulong(i) + 4n)
  return first === null || second === null ? address(c, i) : `[${first}, ${second}]`
})

/** An address that a call reads, its length in the next argument. */
const addressIn: Print = (c, i) => addressAt(c, c.ulong(i), c.i32(i + 1))

const noted = (c: TracedCall, n = 0): number | null => {
  const value = c.noted[n]
  return typeof value === 'number' ? value : null
}

/** An address that a call writes, with its length: two arguments. */
const addressOut = (i: number): readonly [Arg, Arg] => {
  const before = (c: TracedCall): number | null => noted(c)
  const after = (c: TracedCall): number | null => (c.failed ? null : intAt(c, c.ulong(i + 1)))
  return [
    { after: (c) => {
      const [room, length] = [before(c), after(c)]
      return room === null || length === null ? addressText(c.ulong(i)) : addressAt(c, c.ulong(i), Math.min(room, length))
    } },
    { after: (c) => lengthText(before(c), after(c), c.ulong(i + 1)) },
  ]
}

const lengthEntry = (i: number) => (c: TracedCall): readonly (number | null)[] => [intAt(c, c.ulong(i))]
const named = (...rest: Arg[]): CallPrinter => ({ args: [fd, ...addressOut(1), ...rest], entry: lengthEntry(2) })

const received: Arg = /* @__PURE__ */ out((c, i) => bytesText(c, c.ulong(i), Math.min(c.result, c.ulong(i + 1) > 0xffffffn ? 0xffffff : Number(c.ulong(i + 1)))))

const optionIn: Print = (c, i) => optionText(c, c.ulong(i), c.i32(i + 1), false)
const getsockopt: CallPrinter = {
  entry: /* @__PURE__ */ lengthEntry(4),
  args: [fd, /* @__PURE__ */ oneOf(levelNames, 'SOL_??'), readOption,
    { after: (c, i) => {
      const length = intAt(c, c.ulong(4))
      return c.failed || noted(c) === null || length === null ? addressText(c.ulong(i)) : optionText(c, c.ulong(i), length, true)
    } },
    { after: (c, i) => lengthText(noted(c), c.failed ? null : intAt(c, c.ulong(i)), c.ulong(i)) },
  ],
}

const recvmsg: CallPrinter = {
  entry: (c) => [nameLengthOf(c, c.ulong(1))],
  args: [fd,
    { after: (c, i) => {
      const length = noted(c)
      if (!c.failed) return messageText(c, c.ulong(i), c.result, length)
      return length === null ? address(c, i) : `{msg_namelen=${length}}`
    } },
    messageFlags,
  ],
}

const sendmmsg: CallPrinter = {
  args: [fd,
    { after: (c, i) => messagesText(c, c.ulong(i), c.failed ? Math.min(c.u32(2), 1) : Math.min(c.u32(2), c.result), c.failed ? 0 : c.result, (at) => messageText(c, at, null, null)) },
    uint, messageFlags,
  ],
}

const recvmmsg = (layout: typeof TIMESPEC | typeof timespecs, time: Print): CallPrinter => ({
  entry: (c) => [time(c, 4), ...Array.from({ length: Math.min(c.u32(2), 32) }, (_, n) => nameLengthOf(c, elementAt(c, c.ulong(1), n)))],
  args: [fd,
    { after: (c, i) => (c.failed ? address(c, i) : messagesText(c, c.ulong(i), c.result, c.result, (at, moved, n) => messageText(c, at, moved, noted(c, n + 1)))) },
    uint, messageFlags, (c) => String(c.noted[0]),
  ],
  result: (c) => (c.result === 0 ? '0 (Timeout)' : c.ulong(4) === 0n ? String(c.result) : `${c.result} (left ${structText(c, c.ulong(4), layout, showTimespec)})`),
})

/** Calls of socketcall(2) by their number: the name, and how many arguments are read. */
const MULTIPLEXED: readonly (readonly [string, number])[] = [
  ['socket', 3], ['bind', 3], ['connect', 3], ['listen', 2], ['accept', 3], ['getsockname', 3], ['getpeername', 3], ['socketpair', 4], ['send', 4], ['recv', 4],
  ['sendto', 6], ['recvfrom', 6], ['shutdown', 2], ['setsockopt', 5], ['getsockopt', 5], ['sendmsg', 3], ['recvmsg', 3], ['accept4', 4], ['recvmmsg', 5], ['sendmmsg', 4],
]

/** The call behind a socketcall(2), as strace shows it; null when its number or its arguments are not to be had. */
export function demultiplexed(call: TracedCall): { readonly name: string; readonly call: TracedCall } | null {
  const known = MULTIPLEXED[call.i32(0) - 1]
  const bytes = known === undefined ? null : call.at(1, 4 * known[1])
  if (known === undefined || bytes === null) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const halves = new Int32Array(12)
  for (let i = 0; i < known[1]; i++) halves[2 * i] = view.getInt32(4 * i, true)
  return { name: known[0], call: new TracedCall(halves, call.word, call.read, call.sp) }
}

/** Printers of this area, by the name of the number. */
export function socketCalls(): Record<string, CallPrinter> {
  return {
    socket: call(family, type, protocol), socketpair: call(family, type, uint, pair),
    bind: call(fd, addressIn, int), connect: call(fd, addressIn, int), listen: call(fd, int), shutdown: call(fd, oneOf(all(SHUT), 'SHUT_???')),
    accept: named(), accept4: named(flags(flagNames, 'SOCK_???')), getsockname: named(), getpeername: named(),
    setsockopt: call(fd, oneOf(levelNames, 'SOL_??'), option, optionIn, int), getsockopt,
    send: call(fd, buffer(), ulong, messageFlags), recv: call(fd, received, ulong, messageFlags),
    sendto: call(fd, buffer(), ulong, messageFlags, addressIn, int),
    recvfrom: { args: [fd, received, ulong, messageFlags, ...addressOut(4)], entry: lengthEntry(5) },
    sendmsg: call(fd, (c, i) => messageText(c, c.ulong(i), null, null), messageFlags), recvmsg,
    sendmmsg, recvmmsg: recvmmsg(timespecs, timespec), recvmmsg_time64: recvmmsg(TIMESPEC, timespec64),
  }
}
