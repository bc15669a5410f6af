import { EBADF, EFAULT, EINVAL } from '../../abi/errno.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { SFD } from '../../abi/flags/signals.js'
import { anonInode } from '../../fs/anonymous.js'
import { nofile } from '../../fs/file-table.js'
import { SignalFd } from '../../fs/signalfd.js'
import { withoutUnblockable } from '../../kernel/signals/sigset.js'
import { files } from '../../kernel/ports/files.js'
import { fd, flags, sizeT, typed } from '../codecs.js'
import { compatSizeT } from '../codecs-compat.js'
import { sigsetIn } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { takeSigset } from '../signal/sigset-io.js'
import type { FilesTask } from './io.js'

const sfdFlags = /* @__PURE__ */ flags('signalfd4', SFD)
const compatMask = /* @__PURE__ */ typed(sigsetIn, 'const compat_sigset_t *')

/** Linux: do_signalfd4. */
function signalfdOf(task: FilesTask, ufd: number, address: number, size: number, bits: number): number {
  if (size !== 8) return -EINVAL
  const set = takeSigset(task, address)
  if (set === null) return -EFAULT
  if ((bits & ~(SFD.SFD_CLOEXEC | SFD.SFD_NONBLOCK)) !== 0) return -EINVAL
  const mask = withoutUnblockable(set.low, set.high)
  if (ufd !== -1) {
    const file = task.files.get(ufd)
    if (file === null) return -EBADF
    if (!(file.ops instanceof SignalFd)) return -EINVAL
    file.ops.mask = mask
    file.ops.queue.wakeAll()
    return ufd
  }
  const file = anonInode(task.kernel, '[signalfd]', OPEN_FLAGS.O_RDWR | (bits & OPEN_FLAGS.O_NONBLOCK), new SignalFd(mask))
  const made = task.files.install(file, nofile(task), 0, (bits & SFD.SFD_CLOEXEC) !== 0)
  if (made < 0) file.release()
  return made
}

/** signalfd(2) of the kernel: without flags. */
export const signalfd = /* @__PURE__ */ defineSyscall('signalfd', {
  args: [['ufd', fd], ['user_mask', sigsetIn], ['sizemask', sizeT]],
  uses: [files],
  level: 'full',
  run: (task, ufd, mask, size) => signalfdOf(task, ufd, mask, size, 0),
})

/** signalfd4(2). */
export const signalfd4 = /* @__PURE__ */ defineSyscall('signalfd4', {
  args: [['ufd', fd], ['user_mask', sigsetIn], ['sizemask', sizeT], ['flags', sfdFlags]],
  uses: [files],
  level: 'full',
  run: (task, ufd, mask, size, bits) => signalfdOf(task, ufd, mask, size, bits),
})

/** signalfd(2) of 32-bit programs. */
export const compatSignalfd = /* @__PURE__ */ defineSyscall('compat_sys_signalfd', {
  args: [['ufd', fd], ['user_mask', compatMask], ['sigsetsize', compatSizeT]],
  uses: [files],
  level: 'full',
  run: (task, ufd, mask, size) => signalfdOf(task, ufd, mask, size, 0),
})

/** signalfd4(2) of 32-bit programs. */
export const compatSignalfd4 = /* @__PURE__ */ defineSyscall('compat_sys_signalfd4', {
  args: [['ufd', fd], ['user_mask', compatMask], ['sigsetsize', compatSizeT], ['flags', sfdFlags]],
  uses: [files],
  level: 'full',
  run: (task, ufd, mask, size, bits) => signalfdOf(task, ufd, mask, size, bits),
})
