/** Calls on files by name and by descriptor. */
import { ACCESS_AT_FLAGS, FADVISE, FLOCK } from '../../abi/flags/fcntl.js'
import { CLOSE_RANGE, RESOLVE } from '../../abi/flags/open.js'
import { SYNC_FILE_RANGE } from '../../abi/flags/rw.js'
import { ACCESS, RENAME, SEEK, STAT_MODE, XATTR } from '../../abi/flags/stat.js'
import { OPEN_HOW } from '../../abi/structs/io.js'
import {
  address, addressText, dirfd, fd, from, hexText, id, id16, int, long, mode, octalText, out, uint, ulong, type Arg, type CallPrinter, type Print,
    type TracedCall,
} from './call.js'
import { pointee } from './fields.js'
import { sizedWords, unknownTail } from './extensible-structs.js'
import { all, flags, flagsText, oneOf, pick } from './flags.js'
import { atNames, fallocNames, openText, statxMaskNames, statxSyncNames } from './names.js'
import { deviceText, modeText, oldStat, stat, stat64, statfs, statfs64, statx } from './stat-structs.js'
import { buffer, filled, path, string, stringText } from './strings.js'
import { dateText, timespecs, utimes, utimevals } from './time-structs.js'
import { TIMESPEC } from '../../abi/structs/time.js'

const accessNames = /* @__PURE__ */ pick(ACCESS, 'F_OK', 'R_OK', 'W_OK', 'X_OK')
const accessMode: Print = (call, i) => flagsText(BigInt(call.u32(i)), accessNames, '?_OK')
const at = /* @__PURE__ */ flags(atNames, 'AT_???')
const whence = /* @__PURE__ */ oneOf(/* @__PURE__ */ all(SEEK), 'SEEK_???')
const openFlags: Print = (call, i) => openText(BigInt(call.u32(i)))
/** Id arguments of calls that have 16 bits of it in i386's table. */
const oldId: Print = (call, i) => (call.word === 4 ? id16 : id)(call, i)
/** loff_t in one register, or in two on i386. */
const offset: Print = (call, i) => String(BigInt.asIntN(64, call.wide(i)))
const width = (call: TracedCall): number => (call.word === 8 ? 1 : 2)
const fileMode: Print = (call, i) => modeText(call.u32(i) & 0xffff)

const call = (...args: Arg[]): CallPrinter => ({ args })

const O_CREAT = 0o100
const O_TMPFILE = 0o20000000
const open = (first: readonly Arg[]): CallPrinter => ({
  args: (c) => {
    const n = first.length
    return [...first, openFlags, ...(c.u32(n) & (O_CREAT | O_TMPFILE) ? [mode] : [])]
  },
})

function mknod(first: readonly Arg[]): CallPrinter {
  const n = first.length
  const device: Print = (c, i) => deviceText(BigInt(c.u32(i)))
  return {
    args: (c) => {
      const type = c.u32(n) & STAT_MODE.S_IFMT
      const shown: Print = type === STAT_MODE.S_IFMT || type === 0 ? mode : fileMode
      return [...first, shown, ...(type === STAT_MODE.S_IFCHR || type === STAT_MODE.S_IFBLK ? [device] : [])]
    },
  }
}

const statxFlags: Print = (c, i) => {
  const value = BigInt(c.u32(i))
  const sync = value & 0x6000n
  const rest = value & ~0x6000n
  const how = sync === 0n ? 'AT_STATX_SYNC_AS_STAT' : flagsText(sync, statxSyncNames, '')
  return rest === 0n ? how : `${how}|${flagsText(rest, atNames, '').replace(/ \/\*.*$/, '')}`
}

const entries = (read: (bytes: Uint8Array, at: number) => number): Arg => ({
  after: (c, i) => {
    if (c.failed) return address(c, i)
    const bytes = c.at(i, c.result)
    let n = 0
    for (let at = 0; bytes !== null && at < c.result; n++) at += Math.max(1, read(bytes, at))
    return `${addressText(c.ulong(i))} /* ${n} entries */`
  },
})
const half = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8)
const dirents = (c: TracedCall): readonly Arg[] => [fd, entries((bytes, at) => half(bytes, at + 2 * c.word)), uint]

/** struct open_how, with its size behind it. */
const howText: Print = (c, i) => {
  const view = sizedWords(c, i, OPEN_HOW.size)
  if (view === null) return address(c, i)
  const [value, mode, resolve] = [0, 8, 16].map((at) => view.getBigUint64(at, true)) as [bigint, bigint, bigint]
  const creates = (value & BigInt(O_CREAT | O_TMPFILE)) !== 0n
  const shown = creates || mode !== 0n ? `, mode=${octalText(Number(mode))}` : ''
  return `{flags=${openText(value)}${shown}, resolve=${flagsText(resolve, all(RESOLVE), 'RESOLVE_???')}${unknownTail(c, i, OPEN_HOW.size)}}`
}

/** What is longer than an attribute may be is not shown (XATTR_SIZE_MAX). */
const attributeValue: Print = (c, i) => (c.ulong(i + 1) > 65536n ? address(c, i) : buffer()(c, i))

const xattr = (target: Arg): Record<'set' | 'get' | 'list' | 'remove', CallPrinter> => ({
  set: call(target, string, attributeValue, ulong, flags(all(XATTR), 'XATTR_???')),
  get: call(target, string, { after: (c, i) => (c.failed || c.u32(i + 1) === 0 ? address(c, i) : filled(c, i)) }, ulong),
  list: call(target, { after: (c, i) => (c.failed || c.u32(i + 1) === 0 ? address(c, i) : filled(c, i)) }, ulong),
  remove: call(target, string),
})

const utimbuf: Print = (c, i) => {
  const bytes = c.ulong(i) === 0n ? null : c.at(i, 2 * c.word)
  if (bytes === null) return address(c, i)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const time = (n: number): string => {
    const value = c.word === 8 ? view.getBigInt64(8 * n, true) : BigInt(view.getInt32(4 * n, true))
    const date = dateText(value, 0n, 9)
    return `${value}${date === '' ? '' : ` /* ${date} */`}`
  }
  return `{actime=${time(0)}, modtime=${time(1)}}`
}

const readdir: Arg = /* @__PURE__ */ out((c, i) => {
  const bytes = c.at(i, 10)
  if (bytes === null) return address(c, i)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const name = stringText(c, c.ulong(i) + 10n, 255)
  return `{d_ino=${view.getUint32(0, true)}, d_off=${view.getUint32(4, true)}, d_reclen=${view.getUint16(8, true)}, d_name=${name}}`
})

const llseek = (): CallPrinter =>
  call(fd, (c, i) => String(BigInt.asIntN(64, (BigInt(c.u32(i)) << 32n) | BigInt(c.u32(i + 1)))), from(3, out(pointee('i64'))), from(4, whence))

/** Printers of this area, by the name of the number. */
export function fileCalls(): Record<string, CallPrinter> {
  const chmod = call(path, mode)
  const chown = call(path, oldId, oldId)
  const chown32 = call(path, id, id)
  const x = xattr(path)
  const fx = xattr(fd)
  return {
    open: open([path]), openat: open([dirfd, path]), creat: chmod, openat2: call(dirfd, path, howText, ulong), close: call(fd),
    close_range: call(uint, uint, flags(all(CLOSE_RANGE), 'CLOSE_RANGE_???')),
    stat: call(path, out(stat)), lstat: call(path, out(stat)), fstat: call(fd, out(stat)), newfstatat: call(dirfd, path, out(stat), at),
    stat64: call(path, out(stat64)), lstat64: call(path, out(stat64)), fstat64: call(fd, out(stat64)), fstatat64: call(dirfd, path, out(stat64), at),
    oldstat: call(path, out(oldStat)), oldlstat: call(path, out(oldStat)), oldfstat: call(fd, out(oldStat)),
    statx: call(dirfd, path, statxFlags, flags(statxMaskNames, 'STATX_???'), out(statx)),
    statfs: call(path, out(statfs)), fstatfs: call(fd, out(statfs)), statfs64: call(path, ulong, out(statfs64)), fstatfs64: call(fd, ulong, out(statfs64)),
    access: call(path, accessMode), faccessat: call(dirfd, path, accessMode),
    faccessat2: call(dirfd, path, accessMode, flags(pick(ACCESS_AT_FLAGS, 'AT_SYMLINK_NOFOLLOW', 'AT_EACCESS', 'AT_EMPTY_PATH'), 'AT_???')),
    chmod, fchmod: call(fd, mode), fchmodat: call(dirfd, path, mode), umask: { args: [mode], result: (c) => octalText(c.result) },
    chown, lchown: chown, fchown: call(fd, oldId, oldId), fchownat: call(dirfd, path, id, id, at), chown32, lchown32: chown32, fchown32: call(fd, id, id),
    mkdir: chmod, mkdirat: call(dirfd, path, mode), rmdir: call(path), mknod: mknod([path]), mknodat: mknod([dirfd, path]),
    link: call(path, path), linkat: call(dirfd, path, dirfd, path, at), symlink: call(path, path), symlinkat: call(path, dirfd, path),
    unlink: call(path), unlinkat: call(dirfd, path, at), rename: call(path, path), renameat: call(dirfd, path, dirfd, path),
    renameat2: call(dirfd, path, dirfd, path, flags(all(RENAME), 'RENAME_??')),
    readlink: call(path, out(filled), ulong), readlinkat: call(dirfd, path, out(filled), ulong),
    chdir: call(path), fchdir: call(fd), chroot: call(path), getcwd: call(out((c, i) => stringText(c, c.ulong(i), 4095)), ulong),
    getdents: { args: dirents }, getdents64: call(fd, entries((bytes, n) => half(bytes, n + 16)), uint), readdir: call(fd, readdir),
    lseek: call(fd, long, whence), _llseek: llseek(),
    truncate: call(path, ulong), ftruncate: call(fd, ulong), truncate64: call(path, (c, i) => String(c.wide(i))),
    ftruncate64: call(fd, (c, i) => String(c.wide(i))),
    fallocate: { args: (c) => [fd, flags(fallocNames, 'FALLOC_FL_???'), offset, from(2 + width(c), offset)] },
    fadvise64: { args: (c) => [fd, offset, from(1 + width(c), ulong), from(2 + width(c), oneOf(all(FADVISE), 'POSIX_FADV_???'))] },
    fadvise64_64: call(fd, offset, from(3, offset), from(5, oneOf(all(FADVISE), 'POSIX_FADV_???'))),
    readahead: { args: (c) => [fd, offset, from(1 + width(c), ulong)] },
    sync_file_range: { args: (c) => [fd, offset, from(1 + width(c), offset), from(1 + 2 * width(c), flags(all(SYNC_FILE_RANGE), 'SYNC_FILE_RANGE_???'))] },
    fsync: call(fd), fdatasync: call(fd), sync: call(), syncfs: call(fd),
    flock: call(fd, flags([...all(FLOCK), ['LOCK_MAND', 32n], ['LOCK_RW', 192n], ['LOCK_READ', 64n], ['LOCK_WRITE', 128n]], 'LOCK_???')),
    utimensat: call(dirfd, path, utimes(timespecs), at), utimensat_time64: call(dirfd, path, utimes(TIMESPEC), at),
    utimes: call(path, utimevals), futimesat: call(dirfd, path, utimevals), utime: call(path, utimbuf),
    setxattr: x.set, lsetxattr: x.set, fsetxattr: fx.set, getxattr: x.get, lgetxattr: x.get, fgetxattr: fx.get,
    listxattr: x.list, llistxattr: x.list, flistxattr: fx.list, removexattr: x.remove, lremovexattr: x.remove, fremovexattr: fx.remove,
    uselib: call(path), acct: call(path), ustat: call((c, i) => deviceText(BigInt(c.u32(i))), out((c, i) => hexText(c.ulong(i)))),
      quotactl: call(int, path, int, address),
  }
}
