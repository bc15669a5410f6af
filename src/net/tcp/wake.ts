import { POLL } from '../../abi/flags/poll.js'
import type { Sock } from '../sock.js'

/** Something may be read. Linux: sk_data_ready, sock_def_readable. */
export function skDataReady(sk: Sock): void {
  sk.net.onReady(sk, POLL.POLLIN | POLL.POLLPRI | POLL.POLLRDNORM | POLL.POLLRDBAND)
}

/** There is room to write. Linux: sk_stream_write_space. */
export function skWriteReady(sk: Sock): void {
  sk.net.onReady(sk, POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLWRBAND)
}

/** The state changed: everybody looks again. Linux: sk_state_change, sock_def_wakeup. */
export function skStateChange(sk: Sock): void {
  sk.net.onReady(sk, POLL.POLLIN | POLL.POLLOUT | POLL.POLLERR | POLL.POLLHUP | POLL.POLLRDHUP | POLL.POLLRDNORM | POLL.POLLWRNORM)
}

/** There is an error, or something in the error queue. Linux: sk_error_report. */
export function skErrorReport(sk: Sock): void {
  sk.net.onReady(sk, POLL.POLLERR)
}

/** Urgent data was announced: SIGURG and POLLPRI. Linux: sk_send_sigurg. */
export function skUrgent(sk: Sock): void {
  sk.net.onReady(sk, POLL.POLLPRI)
}
