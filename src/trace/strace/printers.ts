/** Which printer a call gets: its own by name, or one made from its definition's codecs. */
import type { Codec, PrinterKey } from '../../syscalls/codec.js'
import { address, dirfd, fd, from, hex, id, int, long, mode, out, uint, ulong, type Arg, type CallPrinter, type Print } from './call.js'
import { controlCalls } from './calls-control.js'
import { fileCalls } from './calls-files.js'
import { futexCalls } from './calls-futex.js'
import { ioCalls } from './calls-io.js'
import { memoryCalls } from './calls-memory.js'
import { processCalls } from './calls-process.js'
import { schedCalls } from './calls-schedule.js'
import { signalCalls } from './calls-signals.js'
import { socketCalls } from './calls-sockets.js'
import { systemCalls } from './calls-system.js'
import { timeCalls } from './calls-time.js'
import { all, flags, oneOf } from './flags.js'
import { signal, signalSet } from './signal-structs.js'
import { deviceText } from './stat-structs.js'
import { buffer, filled, path, string, strings } from './strings.js'
import { clock } from './time-structs.js'

/** Printers of whole calls by the name of the number, in every ABI. */
export function callPrinters(): ReadonlyMap<string, CallPrinter> {
  return new Map(Object.entries({
    ...fileCalls(), ...ioCalls(), ...controlCalls(), ...memoryCalls(), ...signalCalls(), ...timeCalls(), ...processCalls(), ...schedCalls(), ...futexCalls(), ...systemCalls(), ...socketCalls(),
  }))
}

type AnyCodec = Codec<number | bigint>

/** One printer for each key a codec can have. */
const codecPrinters: Readonly<Record<PrinterKey, (codec: AnyCodec) => Arg>> = {
  int: () => int,
  uint: () => uint,
  long: () => long,
  ulong: () => ulong,
  hex: () => hex,
  octal: () => mode,
  u64: () => ulong,
  size: () => ulong,
  offset: () => long,
  address: () => address,
  fd: () => fd,
  dirfd: () => dirfd,
  path: () => path,
  string: () => string,
  strings: () => strings,
  bytes: (codec) => (codec.dir === 'out' ? out(filled) : buffer(codec.length ?? 1)),
  iovec: () => address,
  struct: () => address,
  array: () => address,
  flags: (codec) => flags(all(codec.values ?? {}), `${codec.set ?? ''}???`),
  enum: (codec) => oneOf(all(codec.values ?? {}), `${codec.set ?? ''}???`),
  mode: () => mode,
  device: () => (call, i) => deviceText(BigInt(call.u32(i))),
  signal: () => signal,
  sigset: () => (call, i) => signalSet(i + 1)(call, i),
  pid: () => int,
  uid: () => id,
  gid: () => id,
  clock: () => clock,
}

/** The printer of an argument's codec; a codec of one's own brings its printer along. */
export function codecPrinter(codec: AnyCodec): Arg {
  const { print } = codec
  if (typeof print !== 'function') return codecPrinters[print](codec)
  const own: Print = (call, i) =>
    print({ low: call.halves[2 * i]!, high: call.halves[2 * i + 1]! }, {
      args: Array.from({ length: 6 }, (_, n) => ({ low: call.halves[2 * n]!, high: call.halves[2 * n + 1]! })),
      result: call.result, bytes: call.read,
    })
  return codec.dir === 'out' ? out(own) : own
}

/** The printer of a call that has none of its own. */
export function definitionPrinter(args: readonly (readonly [string, AnyCodec])[]): CallPrinter {
  return { args: args.map(([, codec], i) => from(i, codecPrinter(codec))) }
}
