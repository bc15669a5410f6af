import { EFAULT, EINVAL, EPERM, ESRCH } from '../../abi/errno.js'
import { mayInspect } from '../../kernel/creds.js'
import type { Task } from '../../kernel/task.js'
import { int, sizeT } from '../codecs.js'
import { compatSizeT } from '../codecs-compat.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const headIn = /* @__PURE__ */ pointer('struct robust_list_head', 'in')
const compatHeadIn = /* @__PURE__ */ pointer('struct compat_robust_list_head', 'in')
const headOut = /* @__PURE__ */ pointer('struct robust_list_head *', 'out')
const compatHeadOut = /* @__PURE__ */ pointer('compat_uptr_t', 'out')
const sizeOut = /* @__PURE__ */ pointer('size_t', 'out')
const compatSizeOut = /* @__PURE__ */ pointer('compat_size_t', 'out')

/** The task whose list may be read, or -errno (ptrace_may_access with real credentials). */
function target(task: Task, id: number): Task | number {
  const found = id === 0 ? task : task.kernel.tasks.get(id)
  if (found === undefined) return -ESRCH
  return mayInspect(task, found, 'real') ? found : -EPERM
}

/** set_robust_list(2): `sizeof(struct robust_list_head)` is 24. */
export const setRobustList = /* @__PURE__ */ defineSyscall('set_robust_list', {
  args: [['head', headIn], ['len', sizeT]],
  level: 'full',
  run(task, head, length) {
    if (length !== 24) return -EINVAL
    task.robustList = head
    return 0
  },
})

/** set_robust_list(2) of 32-bit programs: the head has 12 bytes. */
export const compatSetRobustList = /* @__PURE__ */ defineSyscall('compat_sys_set_robust_list', {
  args: [['head', compatHeadIn], ['len', compatSizeT]],
  level: 'full',
  run(task, head, length) {
    if (length !== 12) return -EINVAL
    task.compatRobustList = head
    return 0
  },
})

/** get_robust_list(2). */
export const getRobustList = /* @__PURE__ */ defineSyscall('get_robust_list', {
  args: [['pid', int], ['head_ptr', headOut], ['len_ptr', sizeOut]],
  level: 'full',
  run(task, id, headPointer, lengthPointer) {
    const found = target(task, id)
    if (typeof found === 'number') return found
    if (task.memory.putU64(lengthPointer, 24, 0) !== 0) return -EFAULT
    return task.memory.putU64(headPointer, found.robustList, Math.floor(found.robustList / 4294967296))
  },
})

/** get_robust_list(2) of 32-bit programs. */
export const compatGetRobustList = /* @__PURE__ */ defineSyscall('compat_sys_get_robust_list', {
  args: [['pid', int], ['head_ptr', compatHeadOut], ['len_ptr', compatSizeOut]],
  level: 'full',
  run(task, id, headPointer, lengthPointer) {
    const found = target(task, id)
    if (typeof found === 'number') return found
    if (task.memory.putU32(lengthPointer, 12) !== 0) return -EFAULT
    return task.memory.putU32(headPointer, found.compatRobustList)
  },
})
