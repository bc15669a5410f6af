/** Reading, writing, waiting for readiness, pipes and the descriptors that are no files. */
import { IN_EVENTS, IN_FLAGS } from '../../abi/flags/inotify.js'
import { EFD, EPOLL_CTL, EPOLL_FLAGS } from '../../abi/flags/poll.js'
import { RWF, SPLICE } from '../../abi/flags/rw.js'
import { EPOLL_EVENT, IOVEC_ILP32, IOVEC_LP64, POLLFD } from '../../abi/structs/io.js'
import { address, addressText, fd, from, hexText, int, out, readAt, uint, TracedCall, ulong, type Arg, type CallPrinter, type Print } from './call.js'
import { arrayText, struct, structText, type Fields, type Layout, type Layouts } from './fields.js'
import { all, flags, flagsText, oneOf } from './flags.js'
import { epollNames, openNames, pollNames } from './names.js'
import { signalSet, signalSetText } from './signal-structs.js'
import { buffer, bytesText, filled, path } from './strings.js'
import { showTimespec, showTimeval, timespec, timespec64, timespecs, timeval, timevals } from './time-structs.js'
import { TIMESPEC } from '../../abi/structs/time.js'

const call = (...args: Arg[]): CallPrinter => ({ args })
const iovecs = { lp64: IOVEC_LP64, ilp32: IOVEC_ILP32 }
type TimeLayout = Layout<'tv_sec' | 'tv_nsec'> | Layouts<'tv_sec' | 'tv_nsec'>
const loff: Print = (c, i) => String(BigInt.asIntN(64, c.wide(i)))
/** preadv's offset: low and high register. */
const split: Print = (c, i) => String(BigInt.asIntN(64, c.word === 8 ? c.ulong(i) : (BigInt(c.u32(i + 1)) << 32n) | BigInt(c.u32(i))))

const count = (c: TracedCall, i: number): number => (c.ulong(i) > 0xffffffn ? -1 : Number(c.ulong(i)))

const written: Print = (c, i) => {
  const n = count(c, i + 1)
  return n < 0 ? address(c, i) : arrayText(c, c.ulong(i), n, iovecs,
    (f) => `{iov_base=${bytesText(c, f.get('iov_base'), clamp(f.get('iov_len')))}, iov_len=${f.get('iov_len')}}`)
}
const clamp = (n: bigint): number => (n > 0xffffffn ? 0xffffff : Number(n))

const readInto: Arg = {
  after: (c, i) => {
    const n = count(c, i + 1)
    let left = c.failed ? -1 : c.result
    if (n < 0) return address(c, i)
    return arrayText(c, c.ulong(i), n, iovecs, (f) => {
      const length = Math.min(clamp(f.get('iov_len')), Math.max(0, left))
      const base = left < 0 ? addressText(f.get('iov_base')) : bytesText(c, f.get('iov_base'), length)
      left -= left < 0 ? 0 : length
      return `{iov_base=${base}, iov_len=${f.get('iov_len')}}`
    })
  },
}

const pollFds: Print = (c, i) => {
  const n = c.u32(i + 1)
  return arrayText(c, c.ulong(i), n, POLLFD, (f) =>
    f.get('fd') < 0n ? `{fd=${f.get('fd')}}` : `{fd=${f.get('fd')}, events=${flagsText(f.unsigned('events'), pollNames, 'POLL???')}}`)
}
const left = <F extends string>(c: TracedCall, i: number, layout: Layout<F> | Layouts<F>, show: (f: Fields<F>) => string): string =>
  c.ulong(i) === 0n ? '' : `left ${structText(c, c.ulong(i), layout, show)}`

function polled(c: TracedCall, rest: string): string {
  if (c.result === 0) return '0 (Timeout)'
  const ready: string[] = []
  for (let n = 0; n < c.u32(1); n++) {
    const text = structText(c, c.ulong(0) + BigInt(8 * n), POLLFD, (f) =>
      f.get('revents') === 0n || f.get('fd') < 0n ? '' : `{fd=${f.get('fd')}, revents=${flagsText(f.unsigned('revents'), pollNames, 'POLL???')}}`)
    if (text !== '') ready.push(text)
  }
  return `${c.result} ([${ready.join(', ')}]${rest === '' ? '' : `, ${rest}`})`
}

const setSize = (c: TracedCall): number => {
  const n = c.i32(0)
  return n < 0 ? -1 : Math.ceil(Math.min(n, 1 << 20) / 8 / c.word) * c.word
}
function setBits(c: TracedCall, at: bigint): number[] | null {
  const size = setSize(c)
  const bytes = size < 0 || at === 0n ? null : readAt(c, at, size)
  if (bytes === null) return null
  const found: number[] = []
  for (let n = 0; n < c.i32(0); n++) if ((bytes[n >> 3]! >> (n & 7)) & 1) found.push(n)
  return found
}
const fdSet: Print = (c, i) => {
  const bits = setBits(c, c.ulong(i))
  return bits === null ? address(c, i) : `[${bits.join(' ')}]`
}
function selected(c: TracedCall, rest: string): string {
  if (c.result === 0) return '0 (Timeout)'
  const parts: string[] = []
  for (const [i, name] of [[1, 'in'], [2, 'out'], [3, 'except']] as const) {
    const bits = setBits(c, c.ulong(i))
    if (bits !== null && bits.length > 0) parts.push(`${name} [${bits.join(' ')}]`)
  }
  if (rest !== '') parts.push(rest)
  return `${c.result} (${parts.join(', ')})`
}
const sigmaskPair: Print = (c, i) => {
  const bytes = c.ulong(i) === 0n ? null : c.at(i, 2 * c.word)
  if (bytes === null) return address(c, i)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const set = c.word === 8 ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true))
  const size = c.word === 8 ? view.getBigUint64(8, true) : BigInt(view.getUint32(4, true))
  return `{sigmask=${signalSetText(c, set, size)}, sigsetsize=${size}}`
}
/** i386's first select: one structure holds the arguments. */
function oldSelect(c: TracedCall): TracedCall | null {
  const bytes = c.at(0, 20)
  if (bytes === null) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const halves = new Int32Array(12)
  for (let n = 0; n < 5; n++) halves[2 * n] = view.getInt32(4 * n, true)
  const inner = new TracedCall(halves, 4, c.read, c.sp)
  inner.result = c.result
  inner.failed = c.failed
  return inner
}
const select5: readonly Print[] = [int, fdSet, fdSet, fdSet, timeval]
const select: CallPrinter = { args: select5, result: (c) => selected(c, left(c, 4, timevals, showTimeval)) }

const epollEvent = (f: Fields<'events' | 'data'>): string =>
  `{events=${flagsText(f.get('events'), epollNames, 'EPOLL???')}, data={u32=${f.get('data') & 0xffffffffn}, u64=${f.get('data')}}}`
const epollArgument: Print = (c, i) => (c.i32(1) === EPOLL_CTL_DEL ? address(c, i) : struct(EPOLL_EVENT, epollEvent)(c, i))
const epollEvents: Arg = /* @__PURE__ */ out((c, i) => arrayText(c, c.ulong(i), c.result, EPOLL_EVENT, epollEvent))
const EPOLL_CTL_DEL = 2

const pipeFds: Arg = /* @__PURE__ */ out((c, i) => {
  const bytes = c.at(i, 8)
  if (bytes === null) return address(c, i)
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8)
  return `[${view.getInt32(0, true)}, ${view.getInt32(4, true)}]`
})
const plainFlags = (unknown: string): Print => flags(openNames, unknown)

/** An offset that the call moves on: `[10] => [16]`; sendfile has it with an arrow and without a sign. */
const moved = (type: 'i64' | 'word', arrow: boolean): readonly [Print, (c: TracedCall, i: number) => string] => {
  const text = (c: TracedCall, i: number): string => {
    const size = type === 'i64' ? 8 : c.word
    const bytes = c.ulong(i) === 0n ? null : c.at(i, size)
    if (bytes === null) return address(c, i)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    if (arrow) return `[${size === 8 ? view.getBigUint64(0, true) : view.getUint32(0, true)}]`
    return `[${size === 8 ? view.getBigInt64(0, true) : view.getInt32(0, true)}]`
  }
  return [text, (c, i) => (arrow && !c.failed && c.result !== 0 && c.ulong(i) !== 0n ? ` => ${text(c, i)}` : '')]
}
const sendfile = (type: 'i64' | 'word'): CallPrinter => {
  const [before, after] = moved(type, true)
  return { args: [fd, fd, before, { after: (c) => after(c, 2), glue: true }, from(3, ulong)] }
}
const splice = /* @__PURE__ */ flags(/* @__PURE__ */ all(SPLICE), 'SPLICE_F_???')
const [offsetIn] = /* @__PURE__ */ moved('i64', false)

/** Printers of this area, by the name of the number. */
export function ioCalls(): Record<string, CallPrinter> {
  const read = call(fd, out(filled), ulong)
  const write = call(fd, buffer(), ulong)
  const rwf = flags(all(RWF).slice(0, 5), 'RWF_???')
  const wait = [fd, epollEvents, int, int]
  const pselect = (time: Print, layout: TimeLayout): CallPrinter =>
    ({ args: [int, fdSet, fdSet, fdSet, time, sigmaskPair], result: (c) => selected(c, left(c, 4, layout, showTimespec)) })
  const ppoll = (time: Print, layout: TimeLayout): CallPrinter =>
    ({ args: [pollFds, uint, time, signalSet(4), ulong], result: (c) => polled(c, left(c, 2, layout, showTimespec)) })
  return {
    read, write, pread64: call(fd, out(filled), ulong, loff), pwrite64: call(fd, buffer(), ulong, loff),
    readv: call(fd, readInto, ulong), writev: call(fd, written, ulong), preadv: call(fd, readInto, ulong, split), pwritev: call(fd, written, ulong, split),
    preadv2: call(fd, readInto, ulong, split, from(5, rwf)), pwritev2: call(fd, written, ulong, split, from(5, rwf)),
    dup: call(fd), dup2: call(fd, fd), dup3: call(fd, fd, plainFlags('O_???')), pipe: call(pipeFds), pipe2: call(pipeFds, plainFlags('O_???')),
    poll: { args: [pollFds, uint, int], result: (c) => polled(c, '') },
    ppoll: ppoll(timespec, timespecs), ppoll_time64: ppoll(timespec64, TIMESPEC),
    select: {
      args: (c) => {
        const inner = c.word === 4 ? oldSelect(c) : c
        return inner === null ? [address] : inner === c ? select5 : select5.map((print, n) => () => print(inner, n))
      },
      result: (c) => {
        const inner = c.word === 4 ? oldSelect(c) : c
        return inner === null ? String(c.result) : selected(inner, left(inner, 4, timevals, showTimeval))
      },
    },
    _newselect: select, pselect6: pselect(timespec, timespecs), pselect6_time64: pselect(timespec64, TIMESPEC),
    epoll_create: call(int), epoll_create1: call(flags(all(EPOLL_FLAGS), 'EPOLL_???')),
    epoll_ctl: call(fd, oneOf(all(EPOLL_CTL), 'EPOLL_CTL_???'), fd, epollArgument),
    epoll_wait: { args: wait }, epoll_pwait: call(...wait, signalSet(5), ulong), epoll_pwait2: call(fd, epollEvents, int, out(timespec64), signalSet(5), ulong),
    eventfd: call(uint), eventfd2: call(uint, flags(all(EFD), 'EFD_???')),
    inotify_init1: call(flags(all({ IN_NONBLOCK: IN_FLAGS.IN_NONBLOCK, IN_CLOEXEC: IN_FLAGS.IN_CLOEXEC }), 'IN_???')), inotify_add_watch: call(fd, path, flags(all(IN_EVENTS), 'IN_???')), inotify_rm_watch: call(fd, int),
    sendfile: sendfile('word'), sendfile64: sendfile('i64'),
    splice: call(fd, offsetIn, fd, offsetIn, ulong, splice), tee: call(fd, fd, ulong, splice), vmsplice: call(fd, written, ulong, splice),
    copy_file_range: call(fd, offsetIn, fd, offsetIn, ulong, uint), pause: call(), io_destroy: call((c, i) => hexText(c.ulong(i))),
  }
}
