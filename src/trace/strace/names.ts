/** The sets of names that strace 6.1 knows, in its order (learned by giving each call all bits). Values come from src/abi. */
import { EPOLL_EVENTS, POLL } from '../../abi/flags/poll.js'
import { AT_FLAGS, FALLOC, STATX_AT_FLAGS } from '../../abi/flags/fcntl.js'
import { MAP_FLAGS, PROT } from '../../abi/flags/mman.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { SA } from '../../abi/flags/signals.js'
import { STATX_MASK, STATX_SETS } from '../../abi/flags/stat.js'
import { WAIT } from '../../abi/flags/clone.js'
import { flagsText, joined, pick, type Names } from './flags.js'

/** open flags without the access mode. */
export const openNames: Names = /* @__PURE__ */ pick(OPEN_FLAGS, 'O_CREAT', 'O_EXCL', 'O_NOCTTY', 'O_TRUNC', 'O_APPEND', 'O_NONBLOCK', 'O_SYNC', 'O_DSYNC',
  'O_DIRECT', 'O_LARGEFILE', 'O_NOFOLLOW', 'O_NOATIME', 'O_CLOEXEC', 'O_PATH', 'O_TMPFILE', 'O_DIRECTORY', 'FASYNC')

const accessModes = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE'] as const

/** Flags of open: the access mode, then the rest. */
export function openText(value: bigint): string {
  const mode = accessModes[Number(value & 3n)]!
  const rest = value & ~3n
  if (rest === 0n) return mode
  const text = flagsText(rest, openNames, '')
  return `${mode}|${text.replace(/ \/\*.*$/, '')}`
}

/** at flags. */
export const atNames: Names = /* @__PURE__ */ pick(AT_FLAGS, 'AT_SYMLINK_NOFOLLOW', 'AT_REMOVEDIR', 'AT_SYMLINK_FOLLOW', 'AT_NO_AUTOMOUNT',
  'AT_EMPTY_PATH', 'AT_RECURSIVE')
/** How statx synchronises. */
export const statxSyncNames: Names = /* @__PURE__ */ pick(STATX_AT_FLAGS, 'AT_STATX_FORCE_SYNC', 'AT_STATX_DONT_SYNC')
/** Masks of statx. */
export const statxMaskNames: Names = /* @__PURE__ */ joined(
  /* @__PURE__ */ pick(STATX_SETS, 'STATX_ALL', 'STATX_BASIC_STATS'),
  /* @__PURE__ */ pick(STATX_MASK, 'STATX_TYPE', 'STATX_MODE', 'STATX_NLINK', 'STATX_UID', 'STATX_GID', 'STATX_ATIME', 'STATX_MTIME', 'STATX_CTIME',
    'STATX_INO', 'STATX_SIZE', 'STATX_BLOCKS', 'STATX_BTIME', 'STATX_MNT_ID', 'STATX_DIOALIGN'),
)
/** Protection of mappings. */
export const protNames: Names = /* @__PURE__ */ pick(PROT, 'PROT_NONE', 'PROT_READ', 'PROT_WRITE', 'PROT_EXEC', 'PROT_SEM', 'PROT_GROWSDOWN', 'PROT_GROWSUP')
/** Flags of mappings, without the type. */
export const mapNames: Names = /* @__PURE__ */ pick(MAP_FLAGS, 'MAP_FIXED', 'MAP_ANONYMOUS', 'MAP_32BIT', 'MAP_NORESERVE', 'MAP_POPULATE', 'MAP_NONBLOCK',
  'MAP_GROWSDOWN', 'MAP_DENYWRITE', 'MAP_EXECUTABLE', 'MAP_LOCKED', 'MAP_STACK', 'MAP_HUGETLB', 'MAP_SYNC', 'MAP_FIXED_NOREPLACE')
/** sa_flags. SA_INTERRUPT is the C library's name of a bit that the kernel ignores. */
export const saNames: Names = /* @__PURE__ */ joined(
  /* @__PURE__ */ pick(SA, 'SA_RESTORER', 'SA_ONSTACK', 'SA_RESTART'),
  [['SA_INTERRUPT', 0x20000000n]],
  /* @__PURE__ */ pick(SA, 'SA_NODEFER', 'SA_RESETHAND', 'SA_SIGINFO', 'SA_NOCLDSTOP', 'SA_NOCLDWAIT'),
)
/** Events of poll. */
export const pollNames: Names = /* @__PURE__ */ pick(POLL, 'POLLIN', 'POLLPRI', 'POLLOUT', 'POLLERR', 'POLLHUP', 'POLLNVAL', 'POLLRDNORM', 'POLLRDBAND',
  'POLLWRNORM', 'POLLWRBAND', 'POLLMSG', 'POLLREMOVE', 'POLLRDHUP')
/** Events of epoll. */
export const epollNames: Names = /* @__PURE__ */ pick(EPOLL_EVENTS, 'EPOLLIN', 'EPOLLPRI', 'EPOLLOUT', 'EPOLLERR', 'EPOLLHUP', 'EPOLLNVAL', 'EPOLLRDNORM',
  'EPOLLRDBAND', 'EPOLLWRNORM', 'EPOLLWRBAND', 'EPOLLMSG', 'EPOLLRDHUP', 'EPOLLEXCLUSIVE', 'EPOLLWAKEUP', 'EPOLLONESHOT', 'EPOLLET')
/** Modes of fallocate. */
export const fallocNames: Names = /* @__PURE__ */ pick(FALLOC, 'FALLOC_FL_KEEP_SIZE', 'FALLOC_FL_PUNCH_HOLE', 'FALLOC_FL_NO_HIDE_STALE',
  'FALLOC_FL_COLLAPSE_RANGE', 'FALLOC_FL_ZERO_RANGE', 'FALLOC_FL_INSERT_RANGE', 'FALLOC_FL_UNSHARE_RANGE')
/** Options of wait4 and waitid. */
export const waitNames: Names = /* @__PURE__ */ joined(
  /* @__PURE__ */ pick(WAIT, 'WNOHANG', 'WEXITED'),
  [['WSTOPPED', 2n]],
  /* @__PURE__ */ pick(WAIT, 'WCONTINUED', 'WNOWAIT', '__WCLONE', '__WALL', '__WNOTHREAD'),
)
