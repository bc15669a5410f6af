import { RLIMIT } from '../../abi/flags/limits.js'
import { EACCES, EAGAIN, EBADF, EEXIST, EINVAL, ENODEV, ENOMEM, EOPNOTSUPP, EOVERFLOW, EPERM, EFAULT } from '../../abi/errno.js'
import { PERSONALITY } from '../../abi/flags/prctl.js'
import { capable } from '../../kernel/creds.js'
import { files, type File, type FileTable } from '../../kernel/ports/files.js'
import type { Task } from '../../kernel/task.js'
import type { AddressSpace } from '../../memory/address-space.js'
import { PROT, VM, type Backing } from '../../memory/vma.js'
import { address, typed, ufd, ulong, ulongSize } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { MAP_FLAGS, MAP_MASKS, MAP_TYPES } from '../../abi/flags/mman.js'
import { LEGACY_MAP, MMAP_FLAGS, MMAP_PROT } from './flags.js'
import { isAligned, lockedBytes, pageAlign } from './range.js'
import { sharedAnonymous } from './shared-anonymous.js'
import { findFreeRange, findFreeRangeUp, insertMapping, overlapsMapping } from '../../memory/mappings.js'

/** Only the low half counts: the kernel passes it on as an int. */
const mapFd = /* @__PURE__ */ typed(ufd, 'unsigned long')
/** vm.max_map_count. */
const MAX_MAP_COUNT = 65530
const CAP_SYS_RAWIO = 17
const CAP_IPC_LOCK = 14
const PROT_GROWS = 0x03000000
/** Where MAP_32BIT puts mappings. Linux: find_start_end. */
const LOW_START = 0x40000000, LOW_END = 0x80000000

/** Arguments of every form of mmap; `offset` in bytes, NaN when it does not fit. */
interface MmapRequest {
  address: number
  length: number
  prot: number
  flags: number
  fd: number
  offset: number
}

/** What a mapping of a file needs: its pages, and how far mprotect may go. */
interface Source {
  backing: Backing | null
  maxProt: number
}

/** Access that the file was opened with against what is asked. Linux: do_mmap's switch, generic_file_mmap. */
function fileSource(file: File, prot: number, flags: number): Source | number {
  const kind = flags & MAP_MASKS.MAP_TYPE
  const shared = kind === MAP_TYPES.MAP_SHARED || kind === MAP_TYPES.MAP_SHARED_VALIDATE
  if (kind === MAP_TYPES.MAP_SHARED_VALIDATE && (flags & ~(LEGACY_MAP | MAP_MASKS.MAP_TYPE)) !== 0) return -EOPNOTSUPP
  let maxProt: number = PROT.read | PROT.write | PROT.exec
  if (shared) {
    if ((prot & PROT.write) !== 0 && !file.writable) return -EACCES
    if (!file.writable) maxProt &= ~PROT.write
  } else if (kind !== MAP_TYPES.MAP_PRIVATE) return -EINVAL
  if (!file.readable) return -EACCES
  if ((flags & MAP_FLAGS.MAP_GROWSDOWN) !== 0) return -EINVAL
  if (shared && file.ops.sealed?.(file) === true) {
    if ((prot & PROT.write) !== 0) return -EPERM
    maxProt &= ~PROT.write
  }
  const backing = file.ops.backing === undefined ? -ENODEV : file.ops.backing(file)
  if (typeof backing === 'number') return backing
  return { backing, maxProt }
}

/** Where the mapping goes, or -errno. Linux: __get_unmapped_area, mmap_min_addr. */
function place(task: Task, request: MmapRequest, length: number): number {
  const { mm } = task
  const { flags } = request
  const low = (flags & MAP_FLAGS.MAP_32BIT) !== 0 && task.syscallAbi === 'x86_64'
  if (length > mm.limit) return -ENOMEM
  if ((flags & MAP_FLAGS.MAP_FIXED) !== 0) {
    if (request.address < 0 || request.address > mm.limit - length) return -ENOMEM
    if (!isAligned(request.address)) return -EINVAL
    return request.address < mm.minimum && !capable(task.creds, CAP_SYS_RAWIO) ? -EPERM : request.address
  }
  const hint = pageAlign(request.address)
  if (!low && hint !== 0 && hint >= mm.minimum && hint <= mm.limit - length && !overlapsMapping(mm, hint, hint + length)) return hint
  return low ? findFreeRangeUp(mm, length, LOW_START, LOW_END) : findFreeRange(mm, length)
}

/** Programs from before non-executable memory get PROT_EXEC with PROT_READ. Linux: READ_IMPLIES_EXEC. */
export function effectiveProt(task: Task, prot: number): number {
  const implied = (prot & PROT.read) !== 0 && (task.group.personality & PERSONALITY.READ_IMPLIES_EXEC) !== 0
  return implied ? (prot & 7) | PROT.exec : prot & 7
}

/** Linux: do_mmap. */
function doMmap(task: Task, table: FileTable, request: MmapRequest): number {
  const { mm } = task
  let { flags } = request
  const prot = effectiveProt(task, request.prot)
  let file: File | null = null
  if ((flags & MAP_FLAGS.MAP_ANONYMOUS) === 0) {
    file = table.get(request.fd)
    if (file === null) return -EBADF
    if ((flags & MAP_FLAGS.MAP_HUGETLB) !== 0) return -EINVAL
  } else if ((flags & MAP_FLAGS.MAP_HUGETLB) !== 0) return -ENOMEM
  if (request.length === 0) return -EINVAL
  if ((flags & MAP_FLAGS.MAP_FIXED_NOREPLACE) !== 0) flags |= MAP_FLAGS.MAP_FIXED
  const length = pageAlign(request.length)
  if (length >= 2 ** 52) return -ENOMEM
  if (request.offset + length > Number.MAX_SAFE_INTEGER * 512) return -EOVERFLOW
  if (mm.vmas.length > MAX_MAP_COUNT) return -ENOMEM
  const at = place(task, { ...request, flags }, length)
  if (at < 0) return at
  if ((flags & MAP_FLAGS.MAP_FIXED_NOREPLACE) !== 0 && overlapsMapping(mm, at, at + length)) return -EEXIST
  if ((flags & MAP_FLAGS.MAP_LOCKED) !== 0) {
    const limit = task.group.rlimits[RLIMIT.RLIMIT_MEMLOCK]!.soft
    if (!capable(task.creds, CAP_IPC_LOCK)) {
      if (limit === 0) return -EPERM
      if (lockedBytes(mm) + length > limit) return -EAGAIN
    }
  }
  const source = file === null ? anonymousSource(task, flags, length) : fileSource(file, prot, flags)
  if (typeof source === 'number') return source
  return insert(task, mm, at, length, prot, flags, source, file === null ? 0 : request.offset)
}

function anonymousSource(task: Task, flags: number, length: number): Source | number {
  switch (flags & MAP_MASKS.MAP_TYPE) {
    case MAP_TYPES.MAP_SHARED: return (flags & MAP_FLAGS.MAP_GROWSDOWN) !== 0 ? -EINVAL : { backing: sharedAnonymous(task.kernel, length), maxProt: 7 }
    case MAP_TYPES.MAP_PRIVATE: return { backing: null, maxProt: 7 }
    default: return -EINVAL
  }
}

function insert(task: Task, mm: AddressSpace, at: number, length: number, prot: number, flags: number, source: Source, offset: number): number {
  const shared = (flags & MAP_MASKS.MAP_TYPE) !== MAP_TYPES.MAP_PRIVATE
  const replaced = (flags & MAP_FLAGS.MAP_FIXED) !== 0 && overlapsMapping(mm, at, at + length)
  if (!replaced && mm.totalBytes + length > task.group.rlimits[RLIMIT.RLIMIT_AS]!.soft) return -ENOMEM
  // the heuristic overcommit rule refuses only what could never be there
  if (!shared && (prot & PROT.write) !== 0 && (flags & MAP_FLAGS.MAP_NORESERVE) === 0 && length > mm.memory.total * 4096) return -ENOMEM
  insertMapping(mm, {
    start: at, end: at + length, prot, maxProt: source.maxProt, backing: source.backing, offset, label: null,
    flags: (shared ? VM.shared : 0) | ((flags & MAP_FLAGS.MAP_GROWSDOWN) !== 0 ? VM.growsDown : 0) | ((flags & MAP_FLAGS.MAP_LOCKED) !== 0 ? VM.locked : 0) | ((flags & MAP_FLAGS.MAP_NORESERVE) !== 0 ? VM.noReserve : 0),
  })
  if ((flags & (MAP_FLAGS.MAP_POPULATE | MAP_FLAGS.MAP_LOCKED)) !== 0 && (flags & MAP_FLAGS.MAP_NONBLOCK) === 0)
    for (let page = at; page < at + length; page += 4096) if (mm.translate(page, (prot & PROT.write) !== 0 && !shared ? 2 : 0) < 0) break
  return at
}

/** mmap(2) of 64-bit programs: the offset is in bytes. Linux: arch/x86/kernel/sys_x86_64.c, mm/mmap.c. */
export const mmap = /* @__PURE__ */ defineSyscall('mmap', {
  args: [['addr', address], ['len', ulongSize], ['prot', MMAP_PROT], ['flags', MMAP_FLAGS], ['fd', mapFd], ['off', ulong]],
  uses: [files],
  level: 'full',
  note: 'MAP_HUGETLB gives -ENOMEM: there are no huge pages',
  run(task, addr, length, prot, flags, fd, offset) {
    if (!isAligned(offset)) return -EINVAL
    return doMmap(task, task.files, { address: addr, length, prot: prot & ~PROT_GROWS, flags, fd, offset })
  },
})

/** mmap2(2) of 32-bit programs: the offset is in pages. Linux: ksys_mmap_pgoff. */
export const mmapPgoff = /* @__PURE__ */ defineSyscall('mmap_pgoff', {
  args: [['addr', address], ['len', ulongSize], ['prot', MMAP_PROT], ['flags', MMAP_FLAGS], ['fd', mapFd], ['pgoff', ulong]],
  uses: [files],
  note: 'MAP_HUGETLB gives -ENOMEM: there are no huge pages',
  strace: 'mmap2',
  run(task, addr, length, prot, flags, fd, pages) {
    return doMmap(task, task.files, { address: addr, length, prot: prot & ~PROT_GROWS, flags, fd, offset: pages * 4096 })
  },
})

/** mmap(2) of 32-bit programs: a pointer to the six arguments. Linux: arch/x86/kernel/sys_ia32.c, struct mmap_arg_struct32. */
export const compatMmap = /* @__PURE__ */ defineSyscall('compat_sys_ia32_mmap', {
  args: [['arg', /* @__PURE__ */ pointer('struct mmap_arg_struct32', 'in')]],
  uses: [files],
  level: 'full',
  note: 'MAP_HUGETLB gives -ENOMEM: there are no huge pages',
  run(task, arg) {
    const bytes = new Uint8Array(24)
    if (task.memory.copyFrom(arg, bytes) < 24) return -EFAULT
    const view = new DataView(bytes.buffer)
    const word = (i: number): number => view.getUint32(4 * i, true)
    if (!isAligned(word(5))) return -EINVAL
    return doMmap(task, task.files, { address: word(0), length: word(1), prot: word(2) & ~PROT_GROWS, flags: word(3), fd: word(4), offset: word(5) })
  },
})
