/** futex: each operation shows the arguments it uses. */
import { FUTEX, FUTEX_OP, FUTEX_OP_CMP } from '../../abi/flags/futex.js'
import { address, from, hex32, hexText, int, out, uint, ulong, type Arg, type CallPrinter, type Print } from './call.js'
import { pointee } from './fields.js'
import { all } from './flags.js'
import { timespec, timespec64 } from './time-structs.js'

const PRIVATE = 0x80
const CLOCK_REALTIME = 0x100
/** Operations that may name the realtime clock. */
const timed: readonly number[] = [FUTEX.FUTEX_WAIT, FUTEX.FUTEX_WAIT_BITSET, FUTEX.FUTEX_WAIT_REQUEUE_PI]

const operation: Print = (c, i) => {
  const value = c.u32(i)
  const name = all(FUTEX).find(([, known]) => known === BigInt(value & ~(PRIVATE | CLOCK_REALTIME)))?.[0]
  const base = value & ~(PRIVATE | CLOCK_REALTIME)
  if (name === undefined || (value & CLOCK_REALTIME && !timed.includes(base))) return `${hexText(value)} /* FUTEX_??? */`
  const shared = base === FUTEX.FUTEX_FD ? '|FUTEX_PRIVATE_FLAG' : '_PRIVATE'
  return `${name}${value & PRIVATE ? shared : ''}${value & CLOCK_REALTIME ? '|FUTEX_CLOCK_REALTIME' : ''}`
}
const bitset: Print = (c, i) => (c.u32(i) === 0xffffffff ? 'FUTEX_BITSET_MATCH_ANY' : hexText(c.u32(i)))

const wakeOp: Print = (c, i) => {
  const value = c.u32(i)
  const op = (value >>> 28) & 7
  const shift = value & 0x80000000 ? 'FUTEX_OP_OPARG_SHIFT<<28|' : ''
  const named = (known: Readonly<Record<string, number>>, n: number, at: number, unknown: string): string => {
    const name = Object.entries(known).find(([key, v]) => v === n && key !== 'FUTEX_OP_OPARG_SHIFT')?.[0]
    return name === undefined ? `${hexText(n)}<<${at} /* ${unknown} */` : `${name}<<${at}`
  }
  const argument = (value >>> 12) & 0xfff
  const compare = named(FUTEX_OP_CMP, (value >>> 24) & 15, 24, 'FUTEX_OP_CMP_???')
  return `${shift}${named(FUTEX_OP, op, 28, 'FUTEX_OP_???')}|${hexText(argument)}<<12|${compare}|${hexText(value & 0xfff)}`
}

function futex(time: Print): CallPrinter {
  // The fourth argument is a count for operations that wake or requeue; strace shows it as unsigned, low 32 bits.
  const count: Print = uint
  const rest: Readonly<Record<number, readonly Arg[]>> = {
    [FUTEX.FUTEX_WAIT]: [uint, time], [FUTEX.FUTEX_WAKE]: [uint], [FUTEX.FUTEX_FD]: [uint], [FUTEX.FUTEX_REQUEUE]: [uint, count, address],
    [FUTEX.FUTEX_CMP_REQUEUE]: [uint, count, address, uint], [FUTEX.FUTEX_WAKE_OP]: [uint, count, address, wakeOp],
    [FUTEX.FUTEX_LOCK_PI]: [from(3, time)], [FUTEX.FUTEX_LOCK_PI2]: [from(3, time)], [FUTEX.FUTEX_UNLOCK_PI]: [], [FUTEX.FUTEX_TRYLOCK_PI]: [],
    [FUTEX.FUTEX_WAIT_BITSET]: [uint, time, from(5, bitset)], [FUTEX.FUTEX_WAKE_BITSET]: [uint, from(5, bitset)],
    [FUTEX.FUTEX_WAIT_REQUEUE_PI]: [uint, time, address], [FUTEX.FUTEX_CMP_REQUEUE_PI]: [uint, count, address, uint],
  }
  const unknown: readonly Arg[] = [uint, address, address, hex32]
  return {
    args: (c) => [address, operation, ...(rest[c.u32(1) & ~(PRIVATE | CLOCK_REALTIME)] ?? unknown)],
  }
}

const pointerOut = /* @__PURE__ */ out(/* @__PURE__ */ pointee('word', (value) => (value === 0n ? 'NULL' : hexText(value))))
const pointerOutSize = /* @__PURE__ */ out(/* @__PURE__ */ pointee('word'))

/** Printers of this area, by the name of the number. */
export function futexCalls(): Record<string, CallPrinter> {
  return {
    futex: futex(timespec), futex_time64: futex(timespec64), set_robust_list: { args: [address, ulong] },
    get_robust_list: { args: [int, pointerOut, pointerOutSize] },
    rseq: { args: [address, hex32, hex32, hex32] },
  }
}
