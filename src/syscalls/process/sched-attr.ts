import { E2BIG, EFAULT, EINVAL, EOPNOTSUPP, EPERM } from '../../abi/errno.js'
import { SCHED, SCHED_FLAGS } from '../../abi/flags/clone.js'
import { RLIMIT } from '../../abi/flags/limits.js'
import { readStruct, structBytes, type StructValues } from '../../abi/structs/layout.js'
import { SCHED_ATTR } from '../../abi/structs/process.js'
import { capable } from '../../kernel/creds.js'
import type { Task } from '../../kernel/task.js'
import { PAGE_SIZE } from '../../memory/layout.js'
import { pid, uint } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { CAP_SYS_NICE, find, isKnown, isRealtime, setScheduler } from './schedule.js'

type Attr = StructValues<typeof SCHED_ATTR>

const attrIn = /* @__PURE__ */ pointer('struct sched_attr', 'inout')
const attrOut = /* @__PURE__ */ pointer('struct sched_attr', 'out')
/** Bytes of the first version, and the least that is taken. */
const FIRST_SIZE = 48
const KNOWN_FLAGS = SCHED_FLAGS.SCHED_FLAG_RESET_ON_FORK | SCHED_FLAGS.SCHED_FLAG_RECLAIM | SCHED_FLAGS.SCHED_FLAG_DL_OVERRUN | SCHED_FLAGS.SCHED_FLAG_KEEP_POLICY | SCHED_FLAGS.SCHED_FLAG_KEEP_PARAMS
const CLAMPS = SCHED_FLAGS.SCHED_FLAG_UTIL_CLAMP_MIN | SCHED_FLAGS.SCHED_FLAG_UTIL_CLAMP_MAX
/** Slice of a fair task on one CPU, nanoseconds (sysctl_sched_base_slice). */
const BASE_SLICE = 700_000

/** A child has its parent's policy, unless that asked for the plain one. Linux: sched_fork. */
export function inheritSchedule(parent: Task, child: Task): void {
  const { policy, rtPriority, group } = parent
  const reset = (policy & SCHED_FLAGS.SCHED_RESET_ON_FORK) !== 0
  const bare = policy & ~SCHED_FLAGS.SCHED_RESET_ON_FORK
  child.policy = reset && isRealtime(bare) ? SCHED.SCHED_NORMAL : bare
  child.rtPriority = reset ? 0 : rtPriority
  if (child.group !== group) child.group.nice = reset && (isRealtime(bare) || group.nice < 0) ? 0 : group.nice
}

/** Reads as much as the program says it has; a longer structure must be zero where this kernel knows nothing. Linux: sched_copy_attr. */
function takeAttr(task: Task, address: number): Attr | number {
  const { memory } = task
  const said = memory.getU32(address)
  if (said < 0) return -EFAULT
  const size = said === 0 ? FIRST_SIZE : said
  const tooBig = (): number => (memory.putU32(address, SCHED_ATTR.size), -E2BIG)
  if (size < FIRST_SIZE || size > PAGE_SIZE) return tooBig()
  const bytes = new Uint8Array(Math.max(size, SCHED_ATTR.size))
  if (memory.copyFrom(address, bytes, 0, size) < size) return -EFAULT
  if (bytes.subarray(SCHED_ATTR.size).some((byte) => byte !== 0)) return tooBig()
  const attr = readStruct(SCHED_ATTR, new DataView(bytes.buffer))
  return (attr.sched_flags & CLAMPS) !== 0 && size < SCHED_ATTR.size ? -EINVAL : attr
}

/** Linux: __sched_setscheduler. */
function setAttr(task: Task, target: Task, attr: Attr): number {
  const flags = attr.sched_flags
  const keeps = (flag: number): boolean => (flags & flag) !== 0
  const old = target.policy & ~SCHED_FLAGS.SCHED_RESET_ON_FORK
  const policy = keeps(SCHED_FLAGS.SCHED_FLAG_KEEP_POLICY) ? old : attr.sched_policy
  const priority = keeps(SCHED_FLAGS.SCHED_FLAG_KEEP_PARAMS) ? target.rtPriority : attr.sched_priority
  const nice = keeps(SCHED_FLAGS.SCHED_FLAG_KEEP_PARAMS) ? target.group.nice : Math.max(-20, Math.min(19, attr.sched_nice))
  if (!isKnown(policy) || (flags & ~(KNOWN_FLAGS | CLAMPS)) !== 0) return -EINVAL
  const fair = !isRealtime(policy)
  const lower = fair && nice < target.group.nice && 20 - nice > target.group.rlimits[RLIMIT.RLIMIT_NICE]!.soft
  if (priority <= 99 && fair === (priority === 0) && lower && !capable(task.creds, CAP_SYS_NICE)) return -EPERM
  if ((flags & CLAMPS) !== 0) return -EOPNOTSUPP
  const kept = keeps(SCHED_FLAGS.SCHED_FLAG_KEEP_POLICY) ? target.policy & SCHED_FLAGS.SCHED_RESET_ON_FORK : 0
  const reset = keeps(SCHED_FLAGS.SCHED_FLAG_RESET_ON_FORK) ? SCHED_FLAGS.SCHED_RESET_ON_FORK : kept
  const failed = setScheduler(task, target, policy | reset, priority)
  if (failed === 0 && fair) target.group.nice = nice
  return failed
}

/** sched_setattr(2). */
export const schedSetattr = /* @__PURE__ */ defineSyscall('sched_setattr', {
  args: [['pid', pid], ['uattr', attrIn], ['flags', uint]],
  note: 'as sched_setscheduler',
  run(task, id, address, bits) {
    if (address === 0 || id < 0 || bits !== 0) return -EINVAL
    const attr = takeAttr(task, address)
    if (typeof attr === 'number') return attr
    if (attr.sched_policy > 0x7fffffff) return -EINVAL
    const target = find(task, id)
    return typeof target === 'number' ? target : setAttr(task, target, attr)
  },
})

/** sched_getattr(2). */
export const schedGetattr = /* @__PURE__ */ defineSyscall('sched_getattr', {
  args: [['pid', pid], ['uattr', attrOut], ['usize', uint], ['flags', uint]],
  note: 'as sched_setscheduler',
  run(task, id, address, size, bits) {
    if (address === 0 || id < 0 || size < FIRST_SIZE || size > PAGE_SIZE || bits !== 0) return -EINVAL
    const target = find(task, id)
    if (typeof target === 'number') return target
    const policy = target.policy & ~SCHED_FLAGS.SCHED_RESET_ON_FORK
    const realtime = isRealtime(policy)
    const bytes = new Uint8Array(size)
    const known = Math.min(size, SCHED_ATTR.size)
    bytes.set(structBytes(SCHED_ATTR, {
      size: known, sched_policy: policy, sched_flags: policy === target.policy ? 0 : SCHED_FLAGS.SCHED_FLAG_RESET_ON_FORK,
      sched_nice: realtime ? 0 : target.group.nice, sched_priority: target.rtPriority, sched_runtime: realtime ? 0 : BASE_SLICE,
    }).subarray(0, known))
    return task.memory.copyTo(address, bytes) < size ? -EFAULT : 0
  },
})
