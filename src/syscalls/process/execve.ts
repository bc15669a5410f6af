import { E2BIG, EFAULT, EINVAL } from '../../abi/errno.js'
import { AT, AT_FLAGS } from '../../abi/flags/fcntl.js'
import { execute } from '../../fs/exec.js'
import { getName, type FsTask } from '../../fs/namei.js'
import { files } from '../../kernel/ports/files.js'
import { fs } from '../../kernel/ports/fs.js'
import { atFd, flags } from '../codecs.js'
import { path, strings } from '../codecs-pointers.js'
import { typed } from '../codecs.js'
import { defineSyscall } from '../define.js'

const MAX_ARG_STRLEN = 131072
const compatStrings = /* @__PURE__ */ typed(strings, 'const compat_uptr_t *')
const execveatFlags = /* @__PURE__ */ flags('execveat', { AT_SYMLINK_NOFOLLOW: AT_FLAGS.AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH: AT_FLAGS.AT_EMPTY_PATH })

/** argv or envp: pointers of the program's width up to a null one. Linux: count, copy_strings. */
function takeStrings(task: FsTask, address: number, is64: boolean): string[] | number {
  const out: string[] = []
  if (address === 0) return out
  for (let at = address, total = 0; ; at += is64 ? 8 : 4) {
    const low = task.memory.getU32(at)
    const high = is64 ? task.memory.getU32(at + 4) : 0
    if (low < 0 || high < 0) return -EFAULT
    const pointer = high * 4294967296 + low
    if (pointer === 0) return out
    const text = task.memory.string(pointer, MAX_ARG_STRLEN)
    if (typeof text === 'number') return text === -EFAULT ? -EFAULT : -E2BIG
    out.push(text)
    total += text.length + 9
    if (total > 8 << 20) return -E2BIG
  }
}

function execveOf(task: FsTask, dirfd: number, name: number, argv: number, envp: number, how: number, is64: boolean): number {
  if ((how & ~(AT_FLAGS.AT_SYMLINK_NOFOLLOW | AT_FLAGS.AT_EMPTY_PATH)) !== 0) return -EINVAL
  const filename = getName(task, name, (how & AT_FLAGS.AT_EMPTY_PATH) !== 0)
  if (typeof filename === 'number') return filename
  const args = takeStrings(task, argv, is64)
  if (typeof args === 'number') return args
  const environment = takeStrings(task, envp, is64)
  if (typeof environment === 'number') return environment
  return execute(task, { dirfd, filename, argv: args, envp: environment, walk: { follow: (how & AT_FLAGS.AT_SYMLINK_NOFOLLOW) === 0, empty: (how & AT_FLAGS.AT_EMPTY_PATH) !== 0 } })
}

/** execve(2). Linux: fs/exec.c. */
export const execve = /* @__PURE__ */ defineSyscall('execve', { args: [['filename', path], ['argv', strings], ['envp', strings]], uses: [fs, files], level: 'full', run: (task, name, argv, envp) => execveOf(task, AT.AT_FDCWD, name, argv, envp, 0, true) })
/** execve(2) of 32-bit programs. */
export const compatExecve = /* @__PURE__ */ defineSyscall('compat_sys_execve', { args: [['filename', path], ['argv', compatStrings], ['envp', compatStrings]], uses: [fs, files], level: 'full', run: (task, name, argv, envp) => execveOf(task, AT.AT_FDCWD, name, argv, envp, 0, false) })
/** execveat(2). */
export const execveat = /* @__PURE__ */ defineSyscall('execveat', { args: [['fd', atFd], ['filename', path], ['argv', strings], ['envp', strings], ['flags', execveatFlags]], uses: [fs, files], level: 'full', run: (task, dirfd, name, argv, envp, how) => execveOf(task, dirfd, name, argv, envp, how, true) })
/** execveat(2) of 32-bit programs. */
export const compatExecveat = /* @__PURE__ */ defineSyscall('compat_sys_execveat', { args: [['fd', atFd], ['filename', path], ['argv', compatStrings], ['envp', compatStrings], ['flags', execveatFlags]], uses: [fs, files], level: 'full', run: (task, dirfd, name, argv, envp, how) => execveOf(task, dirfd, name, argv, envp, how, false) })
