import { EFAULT, EINVAL, EPERM } from '../../abi/errno.js'
import { SYSLOG } from '../../abi/flags/system.js'
import { capable } from '../../kernel/creds.js'
import { enumeration, int } from '../codecs.js'
import { bytesOut } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** syslog READ: nothing has been logged yet. */
    syslog: Record<never, never>
  }
}

const CAP_SYSLOG = 34
const action = /* @__PURE__ */ enumeration('syslog', SYSLOG)
/** CONFIG_LOG_BUF_SHIFT 18. */
const BUFFER_SIZE = 1 << 18

/** syslog(2): the kernel log, which is empty: nothing in this kernel prints. Linux: kernel/printk/printk.c, do_syslog. */
export const syslog = /* @__PURE__ */ defineSyscall('syslog', {
  args: [['type', action], ['buf', bytesOut], ['len', int]],
  note: 'the log is empty; console levels are checked and forgotten',
  run(task, type, buffer, length) {
    const open = type === SYSLOG.SYSLOG_ACTION_READ_ALL || type === SYSLOG.SYSLOG_ACTION_SIZE_BUFFER
    if (type < 0 || type > SYSLOG.SYSLOG_ACTION_SIZE_BUFFER) return open || capable(task.creds, CAP_SYSLOG) ? -EINVAL : -EPERM
    if (!open && !capable(task.creds, CAP_SYSLOG)) return -EPERM
    switch (type) {
      case SYSLOG.SYSLOG_ACTION_READ: case SYSLOG.SYSLOG_ACTION_READ_ALL: case SYSLOG.SYSLOG_ACTION_READ_CLEAR:
        if (buffer === 0 || length < 0) return -EINVAL
        if (length === 0) return 0
        if (!task.memory.accessOk(buffer, length)) return -EFAULT
        return type === SYSLOG.SYSLOG_ACTION_READ ? task.block('syslog', {}, []) : 0
      case SYSLOG.SYSLOG_ACTION_CONSOLE_LEVEL: return length < 1 || length > 8 ? -EINVAL : 0
      case SYSLOG.SYSLOG_ACTION_SIZE_BUFFER: return BUFFER_SIZE
      default: return 0
    }
  },
})
