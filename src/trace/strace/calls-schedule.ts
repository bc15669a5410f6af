/** struct sched_attr and the commands of membarrier. */
import { E2BIG } from '../../abi/errno.js'
import { SCHED, SCHED_FLAGS } from '../../abi/flags/clone.js'
import { MEMBARRIER } from '../../abi/flags/prctl.js'
import { SCHED_ATTR } from '../../abi/structs/process.js'
import { addressText, from, hexText, int, out, readAt, uint, type AfterPrint, type CallPrinter, type Print, type TracedCall } from './call.js'
import { Fields } from './fields.js'
import { all, flagsText, nameText, pick } from './flags.js'

/** Bytes of the first version of struct sched_attr. */
const FIRST_SIZE = 48
const policies = /* @__PURE__ */ pick(SCHED, 'SCHED_NORMAL', 'SCHED_FIFO', 'SCHED_RR', 'SCHED_BATCH', 'SCHED_IDLE', 'SCHED_DEADLINE')
const attrFlags = /* @__PURE__ */ pick(
  SCHED_FLAGS, 'SCHED_FLAG_RESET_ON_FORK', 'SCHED_FLAG_RECLAIM', 'SCHED_FLAG_DL_OVERRUN', 'SCHED_FLAG_KEEP_POLICY', 'SCHED_FLAG_KEEP_PARAMS',
  'SCHED_FLAG_UTIL_CLAMP_MIN', 'SCHED_FLAG_UTIL_CLAMP_MAX',
)

function policyText(value: bigint): string {
  return value === BigInt(SCHED.SCHED_NORMAL) ? 'SCHED_OTHER' : nameText(value, policies, 'SCHED_???')
}

/** The fields of a structure of `size` bytes; a policy that is kept is not shown. */
function fieldsText(call: TracedCall, at: bigint, size: number, keeps: boolean): string {
  const bytes = new Uint8Array(SCHED_ATTR.size)
  const shown = Math.min(size, SCHED_ATTR.size)
  const got = readAt(call, at, shown)
  if (got === null) return addressText(at)
  bytes.set(got)
  const f = new Fields(bytes, SCHED_ATTR)
  const flags = f.get('sched_flags')
  const policy = keeps && (flags & BigInt(SCHED_FLAGS.SCHED_FLAG_KEEP_POLICY)) !== 0n ? [] : [`sched_policy=${policyText(f.get('sched_policy'))}`]
  const names = ['sched_nice', 'sched_priority', 'sched_runtime', 'sched_deadline', 'sched_period', ...(shown === SCHED_ATTR.size ? ['sched_util_min', 'sched_util_max'] as const : [])] as const
  const parts = [`size=${f.get('size')}`, ...policy, `sched_flags=${flagsText(flags, attrFlags, 'SCHED_FLAG_???')}`, ...names.map((name) => `${name}=${f.get(name)}`)]
  return `{${parts.join(', ')}${size > SCHED_ATTR.size ? ', ...' : ''}}`
}

const attrOut: Print = (call, i) => {
  const size = Math.min(call.u32(i + 1), SCHED_ATTR.size)
  return call.ulong(i) === 0n ? 'NULL' : size < FIRST_SIZE ? addressText(call.ulong(i)) : fieldsText(call, call.ulong(i), size, false)
}

const attrIn: Print = (call, i) => {
  const at = call.ulong(i)
  const head = at === 0n ? null : readAt(call, at, 4)
  if (head === null) return addressText(at)
  const size = new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true)
  return size > 0 && size < FIRST_SIZE ? `{size=${size}}` : fieldsText(call, at, size === 0 ? FIRST_SIZE : size, true)
}

/** What the kernel takes at most, which it writes where it was given more. */
const sizeTaken: AfterPrint = {
  glue: true,
  after: (call, i) => {
    const head = call.failed && call.result === -E2BIG ? readAt(call, call.ulong(i), 4) : null
    return head === null ? '' : ` => {size=${new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true)}}`
  },
}

/** Commands that strace 6.1 knows. */
const commands = /* @__PURE__ */ all(MEMBARRIER).filter(([, bit]) => bit < 512n)
const command: Print = (call, i) => nameText(BigInt(call.u32(i)), commands, 'MEMBARRIER_CMD_???')
const barrierFlags: Print = (call, i) => flagsText(BigInt(call.u32(i)), [['MEMBARRIER_CMD_FLAG_CPU', 1n]], 'MEMBARRIER_CMD_FLAG_???')

/** Printers of these calls, by the name of the number. */
export function schedCalls(): Record<string, CallPrinter> {
  return {
    sched_getattr: { args: [int, out(attrOut), uint, uint] },
    sched_setattr: { args: [int, attrIn, from(1, sizeTaken), from(2, uint)] },
    membarrier: {
      args: (call) => [command, barrierFlags, ...((call.u32(1) & 1) !== 0 ? [int] : [])],
      result: (call) => (call.i32(0) === 0 ? `${hexText(call.result)} (${flagsText(BigInt(call.result), commands, 'MEMBARRIER_CMD_???')})` : String(call.result)),
    },
  }
}
