import { EINVAL } from '../../abi/errno.js'
import { CLOSE_RANGE } from '../../abi/flags/open.js'
import { unshareFiles } from '../../fs/file-table.js'
import { files } from '../../kernel/ports/files.js'
import { flags, ufd, uint } from '../codecs.js'
import { defineSyscall } from '../define.js'
import { closing } from './linger.js'

const rangeFlags = /* @__PURE__ */ flags('close_range', CLOSE_RANGE, 'unsigned int')

/** close(2). */
export const close = /* @__PURE__ */ defineSyscall('close', {
  args: [['fd', ufd]],
  uses: [files],
  level: 'full',
  run: (task, fd) => closing(task, [fd], () => task.files.close(fd)),
})

/** close_range(2). */
export const closeRange = /* @__PURE__ */ defineSyscall('close_range', {
  args: [['fd', ufd], ['max_fd', uint], ['flags', rangeFlags]],
  uses: [files],
  run(task, first, last, bits) {
    if ((bits & ~(CLOSE_RANGE.CLOSE_RANGE_UNSHARE | CLOSE_RANGE.CLOSE_RANGE_CLOEXEC)) !== 0 || first > last) return -EINVAL
    if ((bits & CLOSE_RANGE.CLOSE_RANGE_UNSHARE) !== 0) unshareFiles(task)
    const range = task.files.descriptors().filter((fd) => fd >= first && fd <= last)
    if ((bits & CLOSE_RANGE.CLOSE_RANGE_CLOEXEC) === 0) {
      return closing(task, range, () => {
        for (const fd of range) task.files.close(fd)
        return 0
      })
    }
    for (const fd of range) task.files.setCloseOnExec(fd, true)
    return 0
  },
})

