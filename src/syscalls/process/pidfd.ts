import { EBADF, EFAULT, EINVAL, ENOENT, EPERM, ESRCH } from '../../abi/errno.js'
import { PIDFD, PIDFD_SIGNAL } from '../../abi/flags/clone.js'
import { SI_CODES } from '../../abi/flags/signals.js'
import { nofile, tableOf } from '../../fs/file-table.js'
import { openPidFd, processOf } from '../../fs/pidfd.js'
import { mayInspect } from '../../kernel/creds.js'
import { files } from '../../kernel/ports/files.js'
import { signals } from '../../kernel/signals/state.js'
import { fd, flags, pid, signal, uint } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from '../files/io.js'
import { forgedInfo, signalProcess, takeInfo } from '../signal/kill.js'

const openFlags = /* @__PURE__ */ flags('pidfd', PIDFD, 'unsigned int')
const signalFlags = /* @__PURE__ */ flags('pidfd_signal', PIDFD_SIGNAL, 'unsigned int')
const infoIn = /* @__PURE__ */ pointer('siginfo_t', 'in')

/** pidfd_open(2). Linux: kernel/pid.c. */
export const pidfdOpen = /* @__PURE__ */ defineSyscall('pidfd_open', {
  args: [['pid', pid], ['flags', openFlags]],
  uses: [files],
  note: 'PIDFD_THREAD gives -EINVAL',
  run(task, id, bits) {
    if ((bits & ~PIDFD.PIDFD_NONBLOCK) !== 0 || id <= 0) return -EINVAL
    const target = task.kernel.tasks.get(id)
    if (target === undefined) return -ESRCH
    if (target !== target.group.leader) return -ENOENT
    const file = openPidFd(task, target.group, (bits & PIDFD.PIDFD_NONBLOCK) !== 0)
    const made = task.files.install(file, nofile(task), 0, true)
    if (made < 0) file.release()
    return made
  },
})

/** pidfd_send_signal(2). Linux: kernel/signal.c. */
export const pidfdSendSignal = /* @__PURE__ */ defineSyscall('pidfd_send_signal', {
  args: [['pidfd', fd], ['sig', signal], ['info', infoIn], ['flags', signalFlags]],
  uses: [files, signals],
  note: 'signals go to the whole process; directories of /proc are no process',
  run(task, descriptor, signo, address, bits) {
    if ((bits & ~PIDFD_SIGNAL.PIDFD_SIGNAL_THREAD_GROUP) !== 0) return -EINVAL
    const process = processOf(task.files.get(descriptor))
    if (process === null) return -EBADF
    const { leader } = process.group
    if (address === 0) {
      if (process.reaped) return -ESRCH
      return signalProcess(task, leader, { signo, code: SI_CODES.SI_USER, pid: task.tgid, uid: task.creds.uid })
    }
    const info = takeInfo(task, address, signo, task.syscallAbi === 'x86_64')
    if (info === null) return -EFAULT
    if ((task.memory.getU32(address) | 0) !== signo) return -EINVAL
    if (forgedInfo(task, leader.tgid, info)) return -EPERM
    return process.reaped ? -ESRCH : signalProcess(task, leader, info)
  },
})

function fetch(task: FilesTask, descriptor: number, target: number): number {
  const process = processOf(task.files.get(descriptor))
  if (process === null) return -EBADF
  const { leader } = process.group
  if (process.reaped) return -ESRCH
  if (!mayInspect(task, leader, 'real')) return -EPERM
  const table = tableOf(leader)
  if (table === null) return -ESRCH
  const file = table.get(target)
  if (file === null) return -EBADF
  file.hold()
  const made = task.files.install(file, nofile(task), 0, true)
  if (made < 0) file.release()
  return made
}

/** pidfd_getfd(2): a descriptor of another process. Linux: kernel/pid.c. */
export const pidfdGetfd = /* @__PURE__ */ defineSyscall('pidfd_getfd', {
  args: [['pidfd', fd], ['fd', fd], ['flags', uint]],
  uses: [files],
  level: 'full',
  run: (task, descriptor, target, bits) => (bits !== 0 ? -EINVAL : fetch(task, descriptor, target)),
})
