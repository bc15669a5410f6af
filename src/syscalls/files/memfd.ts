import { EFAULT, EINVAL } from '../../abi/errno.js'
import { SEALS } from '../../abi/flags/fcntl.js'
import { MFD } from '../../abi/flags/mman.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import { unlistedFile } from '../../fs/anonymous.js'
import { nofile } from '../../fs/file-table.js'
import { Tmpfs } from '../../fs/tmpfs.js'
import { TmpfsFile } from '../../fs/tmpfs-file.js'
import { vfsOf } from '../../fs/vfs.js'
import { files } from '../../kernel/ports/files.js'
import { flags } from '../codecs.js'
import { cstring } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

const mfdFlags = /* @__PURE__ */ flags('memfd_create', MFD, 'unsigned int')
/** Longest name without `memfd:` and with its NUL. */
const MAX_NAME = 250

/** memfd_create(2). Linux: mm/memfd.c. */
export const memfdCreate = /* @__PURE__ */ defineSyscall('memfd_create', {
  args: [['uname', cstring], ['flags', mfdFlags]],
  uses: [files],
  note: 'no huge pages',
  run(task, uname, bits) {
    const known = MFD.MFD_CLOEXEC | MFD.MFD_ALLOW_SEALING | MFD.MFD_NOEXEC_SEAL | MFD.MFD_EXEC
    if ((bits & ~known) !== 0) return -EINVAL
    if ((bits & MFD.MFD_EXEC) !== 0 && (bits & MFD.MFD_NOEXEC_SEAL) !== 0) return -EINVAL
    const name = task.memory.string(uname, MAX_NAME)
    if (typeof name === 'number') return name === -EFAULT ? -EFAULT : -EINVAL
    const { kernel } = task
    const { sb } = vfsOf(kernel).internalMount('tmpfs', () => new Tmpfs(kernel))
    if (!(sb instanceof Tmpfs)) return -EINVAL
    const noExec = (bits & MFD.MFD_NOEXEC_SEAL) !== 0
    const inode = new TmpfsFile(sb, STAT_MODE.S_IFREG | (noExec ? 0o666 : 0o777))
    inode.nlink = 0
    inode.uid = task.creds.fsuid
    inode.gid = task.creds.fsgid
    inode.seals = (bits & MFD.MFD_ALLOW_SEALING) !== 0 ? 0 : noExec ? SEALS.F_SEAL_EXEC : SEALS.F_SEAL_SEAL
    if (noExec) inode.seals = (inode.seals & ~SEALS.F_SEAL_SEAL) | SEALS.F_SEAL_EXEC
    const file = unlistedFile(kernel, inode, `/memfd:${name}`, OPEN_FLAGS.O_RDWR | OPEN_FLAGS.O_LARGEFILE)
    const fd = task.files.install(file, nofile(task), 0, (bits & MFD.MFD_CLOEXEC) !== 0)
    if (fd < 0) file.release()
    return fd
  },
})
