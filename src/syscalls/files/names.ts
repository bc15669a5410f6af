import { EINVAL, ENOENT, EPERM } from '../../abi/errno.js'
import { CAP } from '../../abi/flags/capability.js'
import { AT, AT_FLAGS } from '../../abi/flags/fcntl.js'
import { RENAME, STAT_MODE } from '../../abi/flags/stat.js'
import { decodeDev, S_IALLUGO } from '../../fs/constants.js'
import { getName, lookup, type FsTask } from '../../fs/namei.js'
import { linkName, makeNode, removeName, renameName } from '../../fs/names.js'
import { capable } from '../../kernel/creds.js'
import { files } from '../../kernel/ports/files.js'
import { fs } from '../../kernel/ports/fs.js'
import { atFd, dev, flags, mode, typed } from '../codecs.js'
import { path } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const unlinkFlags = /* @__PURE__ */ flags('unlink_at', { AT_REMOVEDIR: AT_FLAGS.AT_REMOVEDIR })
const linkFlags = /* @__PURE__ */ flags('link_at', { AT_SYMLINK_FOLLOW: AT_FLAGS.AT_SYMLINK_FOLLOW, AT_EMPTY_PATH: AT_FLAGS.AT_EMPTY_PATH })
const renameFlags = /* @__PURE__ */ flags('rename', RENAME, 'unsigned int')
const devUint = /* @__PURE__ */ typed(dev, 'unsigned int')

function make(task: FsTask, dirfd: number, pathname: number, what: { mode: number; rdev: number; target?: string }): number {
  const name = getName(task, pathname)
  if (typeof name === 'number') return name
  const made = makeNode(task, dirfd, name, what)
  return typeof made === 'number' ? made : 0
}

/** Linux: do_mkdirat. */
function mkdirOf(task: FsTask, dirfd: number, pathname: number, bits: number): number {
  return make(task, dirfd, pathname, { mode: STAT_MODE.S_IFDIR | (bits & (0o777 | STAT_MODE.S_ISVTX)), rdev: 0 })
}

/** Linux: do_mknodat, may_mknod. */
function mknodOf(task: FsTask, dirfd: number, filename: number, bits: number, device: number): number {
  const type = bits & STAT_MODE.S_IFMT
  switch (type) {
    case 0: case STAT_MODE.S_IFREG: case STAT_MODE.S_IFCHR: case STAT_MODE.S_IFBLK: case STAT_MODE.S_IFIFO: case STAT_MODE.S_IFSOCK: break
    case STAT_MODE.S_IFDIR: return -EPERM
    default: return -EINVAL
  }
  return make(task, dirfd, filename, { mode: (type === 0 ? STAT_MODE.S_IFREG : type) | (bits & S_IALLUGO), rdev: decodeDev(device) })
}

function symlinkOf(task: FsTask, oldname: number, dirfd: number, newname: number): number {
  const target = getName(task, oldname)
  if (typeof target === 'number') return target
  return make(task, dirfd, newname, { mode: STAT_MODE.S_IFLNK | 0o777, rdev: 0, target })
}

function remove(task: FsTask, dirfd: number, pathname: number, directory: boolean): number {
  const name = getName(task, pathname)
  return typeof name === 'number' ? name : removeName(task, dirfd, name, directory)
}

function rename(task: FsTask, fromFd: number, oldname: number, toFd: number, newname: number, bits: number): number {
  const from = getName(task, oldname)
  if (typeof from === 'number') return from
  const to = getName(task, newname)
  return typeof to === 'number' ? to : renameName(task, fromFd, from, toFd, to, bits)
}

/** Linux: do_linkat. */
function link(task: FsTask, fromFd: number, oldname: number, toFd: number, newname: number, bits: number): number {
  if ((bits & ~(AT_FLAGS.AT_SYMLINK_FOLLOW | AT_FLAGS.AT_EMPTY_PATH)) !== 0) return -EINVAL
  const empty = (bits & AT_FLAGS.AT_EMPTY_PATH) !== 0
  const from = getName(task, oldname, empty)
  if (typeof from === 'number') return from
  if (from === '' && !capable(task.creds, CAP.CAP_DAC_READ_SEARCH)) return -ENOENT
  const to = getName(task, newname)
  if (typeof to === 'number') return to
  const found = lookup(task, fromFd, from, { follow: (bits & AT_FLAGS.AT_SYMLINK_FOLLOW) !== 0, empty })
  return typeof found === 'number' ? found : linkName(task, found, toFd, to)
}

/** mkdir(2). */
export const mkdir = /* @__PURE__ */ defineSyscall('mkdir', {
  args: [['pathname', path], ['mode', mode]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname, bits) => mkdirOf(task, AT.AT_FDCWD, pathname, bits),
})

/** mkdirat(2). */
export const mkdirat = /* @__PURE__ */ defineSyscall('mkdirat', {
  args: [['dfd', atFd], ['pathname', path], ['mode', mode]],
  uses: [files, fs],
  level: 'full',
  run: (task, dfd, pathname, bits) => mkdirOf(task, dfd, pathname, bits),
})

/** mknod(2). */
export const mknod = /* @__PURE__ */ defineSyscall('mknod', {
  args: [['filename', path], ['mode', mode], ['dev', dev]],
  uses: [files, fs],
  level: 'full',
  run: (task, filename, bits, device) => mknodOf(task, AT.AT_FDCWD, filename, bits, device),
})

/** mknodat(2). */
export const mknodat = /* @__PURE__ */ defineSyscall('mknodat', {
  args: [['dfd', atFd], ['filename', path], ['mode', mode], ['dev', devUint]],
  uses: [files, fs],
  level: 'full',
  run: (task, dfd, filename, bits, device) => mknodOf(task, dfd, filename, bits, device),
})

/** symlink(2). */
export const symlink = /* @__PURE__ */ defineSyscall('symlink', {
  args: [['oldname', path], ['newname', path]],
  uses: [files, fs],
  level: 'full',
  run: (task, oldname, newname) => symlinkOf(task, oldname, AT.AT_FDCWD, newname),
})

/** symlinkat(2). */
export const symlinkat = /* @__PURE__ */ defineSyscall('symlinkat', {
  args: [['oldname', path], ['newdfd', atFd], ['newname', path]],
  uses: [files, fs],
  level: 'full',
  run: (task, oldname, newdfd, newname) => symlinkOf(task, oldname, newdfd, newname),
})

/** rmdir(2). */
export const rmdir = /* @__PURE__ */ defineSyscall('rmdir', {
  args: [['pathname', path]],
  uses: [files, fs],
  level: 'full',
  run: (task, pathname) => remove(task, AT.AT_FDCWD, pathname, true),
})

/** unlink(2). */
export const unlink = /* @__PURE__ */ defineSyscall('unlink', {
  args: [['pathname', path]],
  uses: [files, fs],
  run: (task, pathname) => remove(task, AT.AT_FDCWD, pathname, false),
})

/** unlinkat(2). */
export const unlinkat = /* @__PURE__ */ defineSyscall('unlinkat', {
  args: [['dfd', atFd], ['pathname', path], ['flag', unlinkFlags]],
  uses: [files, fs],
  level: 'full',
  run(task, dfd, pathname, bits) {
    if ((bits & ~AT_FLAGS.AT_REMOVEDIR) !== 0) return -EINVAL
    return remove(task, dfd, pathname, bits !== 0)
  },
})

/** rename(2). */
export const renameCall = /* @__PURE__ */ defineSyscall('rename', {
  args: [['oldname', path], ['newname', path]],
  uses: [files, fs],
  level: 'full',
  run: (task, oldname, newname) => rename(task, AT.AT_FDCWD, oldname, AT.AT_FDCWD, newname, 0),
})

/** renameat(2). */
export const renameat = /* @__PURE__ */ defineSyscall('renameat', {
  args: [['olddfd', atFd], ['oldname', path], ['newdfd', atFd], ['newname', path]],
  uses: [files, fs],
  run: (task, olddfd, oldname, newdfd, newname) => rename(task, olddfd, oldname, newdfd, newname, 0),
})

/** renameat2(2). */
export const renameat2 = /* @__PURE__ */ defineSyscall('renameat2', {
  args: [['olddfd', atFd], ['oldname', path], ['newdfd', atFd], ['newname', path], ['flags', renameFlags]],
  uses: [files, fs],
  note: 'RENAME_WHITEOUT gives -EINVAL',
  run: (task, olddfd, oldname, newdfd, newname, bits) => rename(task, olddfd, oldname, newdfd, newname, bits),
})

/** link(2). */
export const linkCall = /* @__PURE__ */ defineSyscall('link', {
  args: [['oldname', path], ['newname', path]],
  uses: [files, fs],
  level: 'full',
  run: (task, oldname, newname) => link(task, AT.AT_FDCWD, oldname, AT.AT_FDCWD, newname, 0),
})

/** linkat(2). */
export const linkat = /* @__PURE__ */ defineSyscall('linkat', {
  args: [['olddfd', atFd], ['oldname', path], ['newdfd', atFd], ['newname', path], ['flags', linkFlags]],
  uses: [files, fs],
  level: 'full',
  run: (task, olddfd, oldname, newdfd, newname, bits) => link(task, olddfd, oldname, newdfd, newname, bits),
})
