import { EFAULT, EINVAL, EIO, ENOTTY, EPERM, ESRCH } from '../abi/errno.js'
import { TTY_IOCTLS } from '../abi/flags/ioctl.js'
import { SIGNALS } from '../abi/flags/signals.js'
import type { Task } from '../kernel/task.js'
import { checkChange } from './tty-job-control.js'
import type { Termios, Tty } from './tty.js'

/** Bytes of struct termios of the kernel: four words, c_line, c_cc[19]. */
const TERMIOS_SIZE = 36

function putTermios(task: Task, address: number, { iflag, oflag, cflag, lflag, line, cc }: Termios, speeds: boolean): number {
  const bytes = new Uint8Array(speeds ? TERMIOS_SIZE + 8 : TERMIOS_SIZE)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, iflag, true)
  view.setUint32(4, oflag, true)
  view.setUint32(8, cflag, true)
  view.setUint32(12, lflag, true)
  bytes[16] = line
  bytes.set(cc, 17)
  if (speeds) {
    view.setUint32(36, 38_400, true)
    view.setUint32(40, 38_400, true)
  }
  return task.memory.copyTo(address, bytes) < bytes.length ? -EFAULT : 0
}

function setTermios(task: Task, address: number, termios: Termios): number {
  const bytes = new Uint8Array(TERMIOS_SIZE)
  if (task.memory.copyFrom(address, bytes) < TERMIOS_SIZE) return -EFAULT
  const view = new DataView(bytes.buffer)
  termios.iflag = view.getUint32(0, true)
  termios.oflag = view.getUint32(4, true)
  termios.cflag = view.getUint32(8, true)
  termios.lflag = view.getUint32(12, true)
  termios.line = bytes[16]!
  termios.cc.set(bytes.subarray(17))
  return 0
}

function putWinsize(task: Task, address: number, rows: number, columns: number): number {
  return task.memory.putU64(address, rows | (columns << 16), 0)
}

/** Requests that change a terminal, or wait for its output: not from the background. */
const CHANGES = /* @__PURE__ */ new Set<number>([
  TTY_IOCTLS.TCSETS, TTY_IOCTLS.TCSETSW, TTY_IOCTLS.TCSETSF, TTY_IOCTLS.TCSETS2, TTY_IOCTLS.TCSETSW2, TTY_IOCTLS.TCSETSF2, TTY_IOCTLS.TIOCSPGRP, TTY_IOCTLS.TCFLSH,
  TTY_IOCTLS.TCSBRK, TTY_IOCTLS.TCSBRKP, TTY_IOCTLS.TCXONC,
])

/** A terminal's requests. Linux: tty_ioctl, tty_mode_ioctl, n_tty_ioctl, tty_jobctrl_ioctl. */
export function ttyIoctl(tty: Tty, command: number, argument: number, task: Task): number {
  const { memory, group } = task
  const background = CHANGES.has(command) ? checkChange(tty, task, SIGNALS.SIGTTOU) : 0
  if (background !== 0) return background === -EIO && command === TTY_IOCTLS.TIOCSPGRP ? -ENOTTY : background
  switch (command) {
    case TTY_IOCTLS.TCGETS: return putTermios(task, argument, tty.termios, false)
    case TTY_IOCTLS.TCGETS2: return putTermios(task, argument, tty.termios, true)
    case TTY_IOCTLS.TCSETSF: case TTY_IOCTLS.TCSETSF2:
      tty.flush(0)
      return setTermios(task, argument, tty.termios)
    case TTY_IOCTLS.TCSETS: case TTY_IOCTLS.TCSETSW: case TTY_IOCTLS.TCSETS2: case TTY_IOCTLS.TCSETSW2: return setTermios(task, argument, tty.termios)
    case TTY_IOCTLS.TIOCGWINSZ: return putWinsize(task, argument, tty.rows, tty.columns)
    case TTY_IOCTLS.TIOCSWINSZ: {
      const size = memory.getU32(argument)
      if (size < 0) return -EFAULT
      tty.resize(size & 0xffff, size >>> 16)
      return 0
    }
    case TTY_IOCTLS.FIONREAD: return memory.putU32(argument, tty.available)
    case TTY_IOCTLS.TIOCOUTQ: return memory.putU32(argument, 0)
    case TTY_IOCTLS.TIOCGPGRP: return tty.session !== group.sid ? -ENOTTY : memory.putU32(argument, tty.pgrp)
    case TTY_IOCTLS.TIOCGSID: return tty.session !== group.sid ? -ENOTTY : memory.putU32(argument, tty.session)
    case TTY_IOCTLS.TIOCSPGRP: {
      if (tty.session !== group.sid) return -ENOTTY
      const pgrp = memory.getU32(argument)
      if (pgrp < 0) return -EFAULT
      if (pgrp > 0x7fffffff) return -EINVAL
      const member = [...task.kernel.tasks.values()].find((other) => other.group.pgid === pgrp)
      if (member === undefined) return -ESRCH
      if (member.group.sid !== group.sid) return -EPERM
      tty.pgrp = pgrp
      return 0
    }
    case TTY_IOCTLS.TIOCSCTTY:
      if (group.sid !== group.tgid || (tty.session !== 0 && tty.session !== group.sid)) return tty.session === group.sid ? 0 : -EPERM
      tty.session = group.sid
      tty.pgrp = group.pgid
      return 0
    case TTY_IOCTLS.TIOCNOTTY:
      if (tty.session !== group.sid) return -ENOTTY
      tty.session = tty.pgrp = 0
      return 0
    case TTY_IOCTLS.TCFLSH: return tty.flush(argument)
    case TTY_IOCTLS.TCSBRK: case TTY_IOCTLS.TCSBRKP: case TTY_IOCTLS.TCXONC: case TTY_IOCTLS.TIOCEXCL: case TTY_IOCTLS.TIOCNXCL: return 0
    case TTY_IOCTLS.TIOCGETD: return memory.putU32(argument, tty.termios.line)
    case TTY_IOCTLS.TIOCGPTN: return -ENOTTY
    default: return -ENOTTY
  }
}
