// Generated from facts/constants.txt by scripts/renew-constants.mjs with the headers of Linux; do not edit.

/** Events of poll(2). */
export const POLL = {
  POLLIN: 0x1, POLLPRI: 0x2, POLLOUT: 0x4, POLLERR: 0x8, POLLHUP: 0x10, POLLNVAL: 0x20, POLLRDNORM: 0x40, POLLRDBAND: 0x80, POLLWRNORM: 0x100,
  POLLWRBAND: 0x200, POLLMSG: 0x400, POLLREMOVE: 0x1000, POLLRDHUP: 0x2000,
} as const

/** Events of epoll(7). */
export const EPOLL_EVENTS = {
  EPOLLIN: 0x1, EPOLLPRI: 0x2, EPOLLOUT: 0x4, EPOLLERR: 0x8, EPOLLHUP: 0x10, EPOLLNVAL: 0x20, EPOLLRDNORM: 0x40, EPOLLRDBAND: 0x80,
  EPOLLWRNORM: 0x100, EPOLLWRBAND: 0x200, EPOLLMSG: 0x400, EPOLLRDHUP: 0x2000, EPOLLEXCLUSIVE: 0x10000000, EPOLLWAKEUP: 0x20000000,
  EPOLLONESHOT: 0x40000000, EPOLLET: 0x80000000,
} as const

/** Operations of epoll_ctl(2). */
export const EPOLL_CTL = {
  EPOLL_CTL_ADD: 1, EPOLL_CTL_DEL: 2, EPOLL_CTL_MOD: 3,
} as const

/** Flags of epoll_create1(2). */
export const EPOLL_FLAGS = {
  EPOLL_CLOEXEC: 0o2000000,
} as const

/** Flags of eventfd2(2). */
export const EFD = {
  EFD_SEMAPHORE: 0o1, EFD_CLOEXEC: 0o2000000, EFD_NONBLOCK: 0o4000,
} as const

/** Size of fd_set, in bits. */
export const FD_SET = {
  __FD_SETSIZE: 1024,
} as const
