import { EINVAL, ESRCH } from '../abi/errno.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import { POLL } from '../abi/flags/poll.js'
import { SIGNALS, SI_CODES } from '../abi/flags/signals.js'
import type { Kernel } from '../kernel/kernel.js'
import type { File } from '../kernel/ports/files.js'
import type { SignalInfo } from '../kernel/ports/signals.js'
import type { Task } from '../kernel/task.js'

/** Why a file's owner is signalled: si_code of SIGIO. Linux: POLL_IN and its kin of siginfo. */
export const SIGIO_REASON = { IN: 1, OUT: 2, MSG: 3, ERR: 4, PRI: 5, HUP: 6 } as const

/** si_band by reason. Linux: band_table. */
const BANDS: readonly number[] = [
  0, POLL.POLLIN | POLL.POLLRDNORM, POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLWRBAND, POLL.POLLIN | POLL.POLLRDNORM | POLL.POLLMSG, POLL.POLLERR,
  POLL.POLLPRI | POLL.POLLRDBAND, POLL.POLLHUP | POLL.POLLERR,
]

/** Signals whose positive si_code means something of their own: the reason goes unsaid. Linux: sig_specific_sicodes. */
const SPECIFIC: readonly number[] = [SIGNALS.SIGILL, SIGNALS.SIGFPE, SIGNALS.SIGSEGV, SIGNALS.SIGBUS, SIGNALS.SIGTRAP, SIGNALS.SIGCHLD, SIGNALS.SIGSYS]

/** Gives a file an owner: a process by a positive number, a group by a negative one. @returns 0, -EINVAL or -ESRCH. Linux: f_setown */
export function setOwner(task: Task, file: File, who: number): number {
  if (who === -2147483648) return -EINVAL
  const group = Math.abs(who)
  const known = who === 0 || [...task.kernel.tasks.values()].some((other) => (who < 0 ? other.group.pgid === group : other.pid === who))
  if (!known) return -ESRCH
  file.owner = who
  file.ownerIds = { uid: task.creds.uid, euid: task.creds.euid }
  return 0
}

/** Turns O_ASYNC on or off, where the file has it. @param fd that the signals tell. Linux: fasync_helper */
export function setAsync(file: File, fd: number, on: boolean): void {
  if (((file.flags & OPEN_FLAGS.FASYNC) !== 0) === on || file.ops.async === undefined) return
  file.flags = on ? file.flags | OPEN_FLAGS.FASYNC : file.flags & ~OPEN_FLAGS.FASYNC
  file.asyncFd = fd
  file.ops.async(file, on)
}

/** Whether the file's owner may send its signals there. Linux: sigio_perm. */
function permitted({ ownerIds }: File, { creds }: Task): boolean {
  if (ownerIds === null) return false
  const { uid, euid } = ownerIds
  return euid === 0 || [creds.uid, creds.suid].some((other) => other === uid || other === euid)
}

function send(kernel: Kernel, file: File, info: SignalInfo): void {
  const to = [...kernel.tasks.values()].filter((task) => task.pid === task.tgid && (file.owner > 0 ? task.pid === file.owner : task.group.pgid === -file.owner))
  for (const leader of to) {
    if (!permitted(file, leader)) continue
    const full = kernel.signals?.sendProcess(leader, info) ?? 0
    if (full < 0) kernel.signals?.sendProcess(leader, { signo: SIGNALS.SIGIO, code: SI_CODES.SI_KERNEL })
  }
}

/** Signals the owner of a file with O_ASYNC: SIGIO, or F_SETSIG's signal, which says why. Linux: kill_fasync, send_sigio. */
export function signalOwner(kernel: Kernel, file: File, reason: number): void {
  if ((file.flags & OPEN_FLAGS.FASYNC) === 0 || file.owner === 0) return
  const { ownerSignal } = file
  if (ownerSignal === 0) send(kernel, file, { signo: SIGNALS.SIGIO, code: SI_CODES.SI_KERNEL })
  else send(kernel, file, { signo: ownerSignal, code: SPECIFIC.includes(ownerSignal) ? SI_CODES.SI_SIGIO : reason, band: BANDS[reason] ?? 0, fd: file.asyncFd })
}

/** Urgent data came: SIGURG for the owner, O_ASYNC or not; with F_SETSIG and O_ASYNC its signal, too. Linux: send_sigurg, SOCK_WAKE_URG. */
export function signalUrgent(kernel: Kernel, file: File): void {
  if (file.owner === 0) return
  send(kernel, file, { signo: SIGNALS.SIGURG, code: SI_CODES.SI_KERNEL })
  if (file.ownerSignal !== 0) signalOwner(kernel, file, SIGIO_REASON.PRI)
}
