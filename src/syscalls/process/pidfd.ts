import { EBADF, EFAULT, EINVAL, ENOENT, EPERM, ESRCH } from '../../abi/errno.js'
import { PIDFD, PIDFD_SIGNAL } from '../../abi/flags/clone.js'
import { SI_CODES } from '../../abi/flags/signals.js'
import { nofile, tableOf } from '../../fs/file-table.js'
import { openPidFd, processOf, type PidFd } from '../../fs/pidfd.js'
import { mayInspect } from '../../kernel/creds.js'
import { files } from '../../kernel/ports/files.js'
import type { SignalInfo } from '../../kernel/ports/signals.js'
import { signals } from '../../kernel/signals/state.js'
import type { Task } from '../../kernel/task.js'
import { INIT_PID } from '../../kernel/thread-group.js'
import { fd, flags, pid, signal, uint } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import type { FilesTask } from '../files/io.js'
import { forgedInfo, signalInit, signalProcess, takeInfo } from '../signal/kill.js'

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
    if (target === undefined && id !== INIT_PID) return -ESRCH
    if (target !== target?.group.leader) return -ENOENT
    const file = openPidFd(task, target?.group ?? null, (bits & PIDFD.PIDFD_NONBLOCK) !== 0)
    const made = task.files.install(file, nofile(task), 0, true)
    if (made < 0) file.release()
    return made
  },
})

function send(task: Task, process: PidFd, info: SignalInfo): number {
  if (process.group === null) return signalInit(task, info.signo)
  return process.reaped ? -ESRCH : signalProcess(task, process.group.leader, info)
}

/** pidfd_send_signal(2). Linux: kernel/signal.c. */
export const pidfdSendSignal = /* @__PURE__ */ defineSyscall('pidfd_send_signal', {
  args: [['pidfd', fd], ['sig', signal], ['info', infoIn], ['flags', signalFlags]],
  uses: [files, signals],
  note: 'signals go to the whole process; directories of /proc are no process',
  run(task, descriptor, signo, address, bits) {
    if ((bits & ~PIDFD_SIGNAL.PIDFD_SIGNAL_THREAD_GROUP) !== 0) return -EINVAL
    const process = processOf(task.files.get(descriptor))
    if (process === null) return -EBADF
    if (address === 0) return send(task, process, { signo, code: SI_CODES.SI_USER, pid: task.tgid, uid: task.creds.uid })
    const info = takeInfo(task, address, signo, task.syscallAbi === 'x86_64')
    if (info === null) return -EFAULT
    if ((task.memory.getU32(address) | 0) !== signo) return -EINVAL
    if (forgedInfo(task, process.group?.tgid ?? INIT_PID, info)) return -EPERM
    return send(task, process, info)
  },
})

function fetch(task: FilesTask, descriptor: number, target: number): number {
  const process = processOf(task.files.get(descriptor))
  if (process === null) return -EBADF
  if (process.group === null) return -EPERM // what init has open is nobody's business
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
