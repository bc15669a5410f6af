import { EFAULT, EINVAL } from '../../abi/errno.js'
import { AT_FLAGS, STATX_AT_FLAGS } from '../../abi/flags/fcntl.js'
import { STATX_ATTR, STATX_MASK, STATX_SETS } from '../../abi/flags/stat.js'
import { structBytes } from '../../abi/structs/layout.js'
import { STATX } from '../../abi/structs/statx.js'
import { lookupUser } from '../../fs/namei.js'
import { files } from '../../kernel/ports/files.js'
import { fs, type Path } from '../../kernel/ports/fs.js'
import { blockSizeOf } from './stat.js'
import { atFd, flags } from '../codecs.js'
import { path, pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const statxFlags = /* @__PURE__ */ flags('statx_at', STATX_AT_FLAGS, 'unsigned')
const statxMask = /* @__PURE__ */ flags('statx_mask', STATX_MASK, 'unsigned int')
const statxOut = /* @__PURE__ */ pointer('struct statx', 'out')
const SYNC_TYPE = STATX_AT_FLAGS.AT_STATX_FORCE_SYNC | STATX_AT_FLAGS.AT_STATX_DONT_SYNC

const major = (dev: number): number => Math.floor(dev / 0x100000)
const minor = (dev: number): number => dev & 0xfffff

/** What every file system could say of a file, and what tmpfs adds. */
const COMMON_ATTRIBUTES = STATX_ATTR.STATX_ATTR_MOUNT_ROOT | STATX_ATTR.STATX_ATTR_AUTOMOUNT | STATX_ATTR.STATX_ATTR_DAX
const TMPFS_ATTRIBUTES = STATX_ATTR.STATX_ATTR_IMMUTABLE | STATX_ATTR.STATX_ATTR_APPEND | STATX_ATTR.STATX_ATTR_NODUMP
const NEVER = { mtime: { seconds: 0, nanoseconds: 0 }, ctime: { seconds: 0, nanoseconds: 0 } } as const

/** Linux: cp_statx. */
function statxBytes({ mount, dentry }: Path, request: number): Uint8Array {
  const { inode } = dentry
  const { sb, atime, btime } = inode
  const keepsBirth = inode.xattrs !== null // tmpfs; /proc knows neither
  // times of fine grain are made only for those who ask (fill_mg_cmtime)
  const changes = !keepsBirth || (request & (STATX_MASK.STATX_CTIME | STATX_MASK.STATX_MTIME)) !== 0
  const birth = keepsBirth && (request & STATX_MASK.STATX_BTIME) !== 0
  const { mtime, ctime } = changes ? inode : NEVER
  const known = (changes ? STATX_SETS.STATX_BASIC_STATS : STATX_SETS.STATX_BASIC_STATS & ~(STATX_MASK.STATX_CTIME | STATX_MASK.STATX_MTIME)) | (birth ? STATX_MASK.STATX_BTIME : 0)
  return structBytes(STATX, {
    stx_mask: known | STATX_MASK.STATX_MNT_ID, stx_blksize: blockSizeOf(inode), stx_nlink: inode.nlink, stx_uid: inode.uid, stx_gid: inode.gid,
    stx_attributes: dentry === mount.root ? STATX_ATTR.STATX_ATTR_MOUNT_ROOT : 0,
    stx_mode: inode.mode, stx_ino: inode.ino, stx_size: inode.size, stx_blocks: inode.blocks(),
    stx_attributes_mask: COMMON_ATTRIBUTES | (keepsBirth ? TMPFS_ATTRIBUTES : 0),
    stx_atime_tv_sec: atime.seconds, stx_atime_tv_nsec: atime.nanoseconds, stx_btime_tv_sec: birth ? btime.seconds : 0, stx_btime_tv_nsec: birth ? btime.nanoseconds : 0,
    stx_ctime_tv_sec: ctime.seconds, stx_ctime_tv_nsec: ctime.nanoseconds, stx_mtime_tv_sec: mtime.seconds, stx_mtime_tv_nsec: mtime.nanoseconds,
    stx_rdev_major: major(inode.rdev), stx_rdev_minor: minor(inode.rdev), stx_dev_major: major(sb.dev), stx_dev_minor: minor(sb.dev),
    stx_mnt_id: mount.id,
  })
}

/** statx(2). */
export const statx = /* @__PURE__ */ defineSyscall('statx', {
  args: [['dfd', atFd], ['filename', path], ['flags', statxFlags], ['mask', statxMask], ['buffer', statxOut]],
  uses: [files, fs],
  run(task, dfd, filename, bits, mask, address) {
    if (mask >= STATX_SETS.STATX__RESERVED || (bits & SYNC_TYPE) === SYNC_TYPE) return -EINVAL
    if ((bits & ~(AT_FLAGS.AT_SYMLINK_NOFOLLOW | AT_FLAGS.AT_NO_AUTOMOUNT | AT_FLAGS.AT_EMPTY_PATH | SYNC_TYPE)) !== 0) return -EINVAL
    const empty = (bits & AT_FLAGS.AT_EMPTY_PATH) !== 0
    const file = empty && filename === 0 && dfd >= 0 ? task.files.getRaw(dfd) : null
    const found = file?.path ?? lookupUser(task, dfd, filename, { follow: (bits & AT_FLAGS.AT_SYMLINK_NOFOLLOW) === 0, empty })
    if (typeof found === 'number') return found
    const bytes = statxBytes(found, mask)
    return task.memory.copyTo(address, bytes) < bytes.length ? -EFAULT : 0
  },
})
