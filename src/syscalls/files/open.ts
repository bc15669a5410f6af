import { E2BIG, EBADF, EFAULT, EINVAL, EMFILE } from '../../abi/errno.js'
import { AT } from '../../abi/flags/fcntl.js'
import { OPEN_FLAGS } from '../../abi/flags/open.js'
import { nofile } from '../../fs/file-table.js'
import { getName, type FsTask } from '../../fs/namei.js'
import { openFile, openHow, type OpenHow } from '../../fs/open.js'
import type { File } from '../../kernel/ports/files.js'
import { files } from '../../kernel/ports/files.js'
import { fs } from '../../kernel/ports/fs.js'
import { atFd, flags, mode, sizeT } from '../codecs.js'
import { path, pointer } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'

declare module '../../kernel/progress.js' {
  interface ProgressTypes {
    /** open of a FIFO that waits for the other end: the file by id, which this call owns. */
    open: { readonly file: number; readonly closeOnExec: boolean }
  }
}

/** Flags of open(2). */
export const openFlags = /* @__PURE__ */ flags('open', OPEN_FLAGS)
const how = /* @__PURE__ */ pointer('struct open_how', 'in')

/** Linux: do_sys_openat2. The descriptor limit is looked at before the path. */
export function open(task: FsTask, dirfd: number, filename: number, request: OpenHow): number {
  const waiting = task.progressOf('open')
  if (waiting !== null) {
    const file = task.files.byId(waiting.file)
    return file === null ? -EBADF : settle(task, file, waiting.closeOnExec, true)
  }
  const name = getName(task, filename)
  if (typeof name === 'number') return name
  const limit = nofile(task)
  if (lowestFree(task) >= limit) return -EMFILE
  const file = openFile(task, dirfd, name, request)
  if (typeof file === 'number') return file
  return settle(task, file, (request.flags & OPEN_FLAGS.O_CLOEXEC) !== 0, false)
}

function lowestFree(task: FsTask): number {
  const used = task.files.descriptors()
  const gap = used.findIndex((fd, i) => fd !== i)
  return gap < 0 ? used.length : gap
}

/** Waits for a FIFO's other end; then gives the file its descriptor. */
function settle(task: FsTask, file: File, closeOnExec: boolean, pinned: boolean): number {
  if (file.ops.opening?.(file) === true) {
    if (!pinned) {
      task.pin(file)
      file.release() // the pin holds it: an interrupted open lets go of it with the call
    }
    return task.block('open', { file: file.id, closeOnExec }, file.ops.queues?.(file, task) ?? [])
  }
  if (pinned) file.hold()
  const fd = task.files.install(file, nofile(task), 0, closeOnExec)
  if (fd < 0) file.release()
  return fd
}

/** 64-bit kernels imply O_LARGEFILE, whoever calls; only the compat entries do not. Linux: force_o_largefile. */
function large(bits: number): number {
  return bits | OPEN_FLAGS.O_LARGEFILE
}

/** open(2). */
export const openCall = /* @__PURE__ */ defineSyscall('open', {
  args: [['filename', path], ['flags', openFlags], ['mode', mode]],
  uses: [files, fs],
  run: (task, filename, bits, permissions) => open(task, AT.AT_FDCWD, filename, openHow(large(bits), permissions)),
})

/** openat(2). */
export const openat = /* @__PURE__ */ defineSyscall('openat', {
  args: [['dfd', atFd], ['filename', path], ['flags', openFlags], ['mode', mode]],
  uses: [files, fs],
  run: (task, dfd, filename, bits, permissions) => open(task, dfd, filename, openHow(large(bits), permissions)),
})

/** open(2) of 32-bit programs: without O_LARGEFILE it stops at 2 GiB. */
export const compatOpen = /* @__PURE__ */ defineSyscall('compat_sys_open', {
  args: [['filename', path], ['flags', openFlags], ['mode', mode]],
  uses: [files, fs],
  run: (task, filename, bits, permissions) => open(task, AT.AT_FDCWD, filename, openHow(bits, permissions)),
})

/** openat(2) of 32-bit programs. */
export const compatOpenat = /* @__PURE__ */ defineSyscall('compat_sys_openat', {
  args: [['dfd', atFd], ['filename', path], ['flags', openFlags], ['mode', mode]],
  uses: [files, fs],
  run: (task, dfd, filename, bits, permissions) => open(task, dfd, filename, openHow(bits, permissions)),
})

/** creat(2). */
export const creat = /* @__PURE__ */ defineSyscall('creat', {
  args: [['pathname', path], ['mode', mode]],
  uses: [files, fs],
  run: (task, pathname, permissions) =>
    open(task, AT.AT_FDCWD, pathname, openHow(large(OPEN_FLAGS.O_CREAT | OPEN_FLAGS.O_WRONLY | OPEN_FLAGS.O_TRUNC), permissions)),
})

/** openat2(2). Linux: copy_struct_from_user lets longer structures through when the rest is zero. */
export const openat2 = /* @__PURE__ */ defineSyscall('openat2', {
  args: [['dfd', atFd], ['filename', path], ['how', how], ['usize', sizeT]],
  uses: [files, fs],
  run(task, dfd, filename, address, size) {
    if (task.progressOf('open') !== null) return open(task, dfd, filename, { flags: 0, mode: 0, resolve: 0 })
    if (size < 24) return -EINVAL
    if (size > 4096) return -E2BIG
    const bytes = new Uint8Array(size)
    if (task.memory.copyFrom(address, bytes) < size) return -EFAULT
    if (bytes.subarray(24).some((byte) => byte !== 0)) return -E2BIG
    const view = new DataView(bytes.buffer)
    if (view.getUint32(4, true) !== 0 || view.getUint32(12, true) !== 0 || view.getUint32(20, true) !== 0) return -EINVAL
    const bits = view.getUint32(0, true)
    const request = { flags: (bits & OPEN_FLAGS.O_PATH) !== 0 ? bits : large(bits), mode: view.getUint32(8, true), resolve: view.getUint32(16, true) }
    return open(task, dfd, filename, request)
  },
})
