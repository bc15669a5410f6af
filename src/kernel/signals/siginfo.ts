import { SIGNALS, SI_CODES } from '../../abi/flags/signals.js'
import { SIGINFO_ILP32, SIGINFO_LP64 } from '../../abi/structs/signal.js'
import type { SignalInfo } from '../ports/signals.js'

type Layout = typeof SIGINFO_LP64 | typeof SIGINFO_ILP32

const FAULTS: readonly number[] = [SIGNALS.SIGILL, SIGNALS.SIGFPE, SIGNALS.SIGSEGV, SIGNALS.SIGBUS, SIGNALS.SIGTRAP]

/** Which member of the union a siginfo has. Linux: siginfo_layout. */
function memberOf(info: SignalInfo): 'kill' | 'rt' | 'timer' | 'fault' | 'child' | 'poll' | 'sys' {
  const { signo, code } = info
  if (code > SI_CODES.SI_USER && code < SI_CODES.SI_KERNEL) {
    if (FAULTS.includes(signo)) return 'fault'
    if (signo === SIGNALS.SIGCHLD) return 'child'
    if (signo === SIGNALS.SIGSYS) return 'sys'
    return 'poll'
  }
  if (code === SI_CODES.SI_TIMER) return 'timer'
  if (code === SI_CODES.SI_SIGIO) return 'poll'
  return code < 0 && code !== SI_CODES.SI_TKILL ? 'rt' : 'kill'
}

/** `siginfo_t` as bytes (128) in the layout of a data model. Linux: copy_siginfo_to_user. */
export function siginfoBytes(info: SignalInfo, is64: boolean): Uint8Array {
  const out = new Uint8Array(128)
  const view = new DataView(out.buffer)
  const f: Layout['fields'] = (is64 ? SIGINFO_LP64 : SIGINFO_ILP32).fields
  const word = (at: number, value: number | undefined): void => view.setInt32(at, value ?? 0, true)
  const long = (at: number, low: number | undefined, high: number): void => {
    word(at, low)
    if (is64) word(at + 4, high)
  }
  word(f.si_signo[0], info.signo)
  word(f.si_errno[0], info.errno)
  word(f.si_code[0], info.code)
  switch (memberOf(info)) {
    case 'kill':
      word(f.kill_pid[0], info.pid)
      word(f.kill_uid[0], info.uid)
      break
    case 'rt':
      word(f.rt_pid[0], info.pid)
      word(f.rt_uid[0], info.uid)
      long(f.rt_sigval_sival_ptr[0], info.valueLow, info.valueHigh ?? 0)
      break
    case 'timer':
      word(f.timer_tid[0], info.timer)
      word(f.timer_overrun[0], info.overrun)
      long(f.timer_sigval_sival_int[0], info.valueLow, info.valueHigh ?? 0)
      break
    case 'fault':
      long(f.sigfault_addr[0], info.address, Math.floor((info.address ?? 0) / 4294967296))
      break
    case 'child':
      word(f.sigchld_pid[0], info.pid)
      word(f.sigchld_uid[0], info.uid)
      word(f.sigchld_status[0], info.status)
      long(f.sigchld_utime[0], info.utime, 0)
      long(f.sigchld_stime[0], info.stime, 0)
      break
    case 'poll':
      long(f.sigpoll_band[0], info.band, 0)
      word(f.sigpoll_fd[0], info.fd)
      break
    case 'sys':
      long(f.sigsys_call_addr[0], info.address, Math.floor((info.address ?? 0) / 4294967296))
      word(f.sigsys_syscall[0], info.syscall)
      word(f.sigsys_arch[0], info.arch)
  }
  return out
}
