import { EFAULT } from '../../abi/errno.js'
import { getThreadArea as getArea, setThreadArea as setArea, USER_DESC_SIZE } from '../../arch/x86/tls.js'
import type { Task } from '../../kernel/task.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const userDesc = /* @__PURE__ */ pointer('struct user_desc', 'inout')

/** Runs `change` on the user_desc at an address; 0 writes it back. */
function withDescriptor(task: Task, address: number, change: (view: DataView) => number, writeBack: (before: number, view: DataView) => boolean): number {
  const bytes = new Uint8Array(USER_DESC_SIZE)
  if (task.memory.copyFrom(address, bytes) < USER_DESC_SIZE) return -EFAULT
  const view = new DataView(bytes.buffer)
  const before = view.getInt32(0, true)
  const result = change(view)
  if (result !== 0 || !writeBack(before, view)) return result
  return task.memory.copyTo(address, bytes) < USER_DESC_SIZE ? -EFAULT : 0
}

/** set_thread_area(2): a TLS descriptor of the GDT. Linux: arch/x86/kernel/tls.c. */
export const setThreadArea = /* @__PURE__ */ defineSyscall('set_thread_area', {
  args: [['u_info', userDesc]],
  level: 'full',
  run: (task, address) => withDescriptor(task, address, (view) => setArea(task.kernel.cpuState, task.regs, view), (before) => before === -1),
})

/** get_thread_area(2). */
export const getThreadArea = /* @__PURE__ */ defineSyscall('get_thread_area', {
  args: [['u_info', userDesc]],
  level: 'full',
  run: (task, address) => withDescriptor(task, address, (view) => getArea(task.kernel.cpuState, task.regs, view), () => true),
})
