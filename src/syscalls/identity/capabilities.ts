import { EFAULT, EINVAL, EPERM, ESRCH } from '../../abi/errno.js'
import { CAP_FULL, capable } from '../../kernel/creds.js'
import type { Task } from '../../kernel/task.js'
import { pointer } from '../codecs-pointers.js'
import { typed } from '../codecs.js'
import { defineSyscall } from '../define.js'

const VERSIONS: Readonly<Record<number, 1 | 2>> = { 0x19980330: 1, 0x20071026: 2, 0x20080522: 2 }
const CURRENT = 0x20080522
const CAP_SETPCAP = 8
const header = /* @__PURE__ */ typed(/* @__PURE__ */ pointer('struct __user_cap_header_struct', 'inout'), 'cap_user_header_t')
const dataOut = /* @__PURE__ */ typed(/* @__PURE__ */ pointer('struct __user_cap_data_struct', 'out'), 'cap_user_data_t')
const dataIn = /* @__PURE__ */ typed(/* @__PURE__ */ pointer('const struct __user_cap_data_struct', 'in'), 'const cap_user_data_t')

/** Words per set of the caller's version; on an unknown one the kernel writes its own back. Linux: cap_validate_magic. */
function validate(task: Task, at: number): number {
  const version = task.memory.getU32(at)
  if (version < 0) return -EFAULT
  const words = VERSIONS[version]
  if (words !== undefined) return words
  return task.memory.putU32(at, CURRENT) !== 0 ? -EFAULT : -EINVAL
}

/** capget(2). A null data pointer with a wrong version is how one asks for the version. */
export const capget = /* @__PURE__ */ defineSyscall('capget', {
  args: [['header', header], ['dataptr', dataOut]],
  level: 'full',
  run(task, at, data) {
    const words = validate(task, at)
    if (data === 0 || words < 0) return data === 0 && words === -EINVAL ? 0 : words < 0 ? words : 0
    const id = task.memory.getU32(at + 4)
    if (id < 0) return -EFAULT
    if ((id | 0) < 0) return -EINVAL
    const target = id === 0 ? task : task.kernel.tasks.get(id)
    if (target === undefined) return -ESRCH
    const { effective, permitted, inheritable } = target.creds
    const view = new DataView(new ArrayBuffer(12 * words))
    for (let i = 0; i < words; i++) [effective, permitted, inheritable].forEach((set, j) => view.setInt32(12 * i + 4 * j, (set[i] ?? 0) & (CAP_FULL[i] ?? 0), true))
    return task.memory.copyTo(data, new Uint8Array(view.buffer)) < view.byteLength ? -EFAULT : 0
  },
})

/** capset(2). Linux: cap_capset. */
export const capset = /* @__PURE__ */ defineSyscall('capset', {
  args: [['header', header], ['data', dataIn]],
  level: 'full',
  run(task, at, data) {
    const words = validate(task, at)
    if (words < 0) return words
    const id = task.memory.getU32(at + 4)
    if (id < 0) return -EFAULT
    if (id !== 0 && id !== task.pid) return -EPERM
    const bytes = new Uint8Array(12 * words)
    if (task.memory.copyFrom(data, bytes) < bytes.length) return -EFAULT
    const view = new DataView(bytes.buffer)
    const set = (j: number): [number, number] => [view.getInt32(4 * j, true), words === 2 ? view.getInt32(12 + 4 * j, true) & CAP_FULL[1] : 0]
    const effective = set(0), permitted = set(1), inheritable = set(2)
    const { creds } = task
    const within = (a: readonly [number, number], b: readonly [number, number]): boolean => (a[0] & ~b[0]) === 0 && (a[1] & ~b[1]) === 0
    const union = (a: readonly [number, number], b: readonly [number, number]): [number, number] => [a[0] | b[0], a[1] | b[1]]
    if (!capable(creds, CAP_SETPCAP) && !within(inheritable, union(creds.inheritable, creds.permitted))) return -EPERM
    if (!within(inheritable, union(creds.inheritable, creds.bounding))) return -EPERM
    if (!within(permitted, creds.permitted) || !within(effective, permitted)) return -EPERM
    const ambient: [number, number] = [creds.ambient[0] & permitted[0] & inheritable[0], creds.ambient[1] & permitted[1] & inheritable[1]]
    task.creds = { ...creds, effective, permitted, inheritable, ambient }
    return 0
  },
})
