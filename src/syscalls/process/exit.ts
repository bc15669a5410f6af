import { int } from '../codecs.js'
import { defineSyscall } from '../define.js'

/** exit(2): ends one thread. Linux: kernel/exit.c, do_exit. */
export const exit = /* @__PURE__ */ defineSyscall('exit', {
  args: [['error_code', int]],
  level: 'full',
  run(task, code) {
    task.kernel.exitTask(task, (code & 0xff) << 8)
    return 0
  },
})

/** exit_group(2): ends the process. Linux: do_group_exit. */
export const exitGroup = /* @__PURE__ */ defineSyscall('exit_group', {
  args: [['error_code', int]],
  level: 'full',
  run(task, code) {
    task.kernel.exitGroup(task.group, (code & 0xff) << 8)
    return 0
  },
})
