import { EACCES, EINTR, ENOEXEC, ENOENT } from '../abi/errno.js'
import { MS_MOUNT } from '../abi/flags/mount.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import { credsOf, type Creds } from '../kernel/creds.js'
import type { BinaryFormat, ExecRequest, ExecutableFile, LoadedImage } from '../kernel/ports/binfmt.js'
import type { File } from '../kernel/ports/files.js'
import { REGS_SET } from '../kernel/results.js'
import { MAY } from './constants.js'
import { openAt, type OpenFile } from './file.js'
import { KernelBuffer } from './iov-iter.js'
import { lookup, type FsTask, type WalkOptions } from './namei.js'
import { inodePermission } from './permission.js'

/** What a program is started with; byte strings. */
export interface ExecArguments {
  readonly dirfd: number
  readonly filename: string
  readonly argv: readonly string[]
  readonly envp: readonly string[]
  readonly walk?: WalkOptions
}

/** Opens a file for execution. Linux: do_open_execat. */
function openExecutable(task: FsTask, dirfd: number, name: string, walk: WalkOptions): OpenFile | number {
  const path = lookup(task, dirfd, name, walk)
  if (typeof path === 'number') return path
  const { inode } = path.dentry
  if ((inode.mode & STAT_MODE.S_IFMT) !== STAT_MODE.S_IFREG || (path.mount.flags & MS_MOUNT.MS_NOEXEC) !== 0) return -EACCES
  const denied = inodePermission(task.creds, inode, MAY.exec)
  return denied !== 0 ? denied : openAt(task.kernel, path, OPEN_FLAGS.O_RDONLY | OPEN_FLAGS.O_LARGEFILE, task)
}

/** An open file as binary formats read it. */
function executable(task: FsTask, file: File, name: string): ExecutableFile {
  const backing = file.ops.backing?.(file) ?? null
  return {
    size: file.inode.size, path: name, backing: typeof backing === 'number' ? null : backing,
    read(offset, length) {
      const buffer = new KernelBuffer(task.kernel.memory, new Uint8Array(Math.min(length, Math.max(0, file.inode.size - offset))))
      const done = file.ops.read?.(file, buffer, offset, task) ?? 0
      return buffer.bytes.subarray(0, Math.max(0, done))
    },
  }
}

/** Credentials after set-id bits. Linux: bprm_fill_uid, cap_bprm_creds_from_file. */
function credsAfter(task: FsTask, file: File): Creds {
  const { creds } = task
  const { mode, uid, gid } = file.inode
  const mayRaise = !creds.noNewPrivs && (file.path.mount.flags & MS_MOUNT.MS_NOSUID) === 0
  const euid = mayRaise && (mode & STAT_MODE.S_ISUID) !== 0 ? uid : creds.euid
  const egid = mayRaise && (mode & (STAT_MODE.S_ISGID | STAT_MODE.S_IXGRP)) === (STAT_MODE.S_ISGID | STAT_MODE.S_IXGRP) ? gid : creds.egid
  const root = euid === 0 || creds.uid === 0
  const { permitted } = credsOf(root ? 0 : 1)
  const ambient = root ? ([0, 0] as const) : creds.ambient
  const permittedNow = root ? permitted : ambient
  return { ...creds, euid, suid: euid, fsuid: euid, egid, sgid: egid, fsgid: egid, permitted: permittedNow, effective: euid === 0 ? permittedNow : ambient, ambient, securebits: creds.securebits & ~0x10 }
}

/** Asks each format in turn. Linux: search_binary_handler. */
function loadImage(formats: readonly BinaryFormat[], request: ExecRequest): LoadedImage | number {
  for (const format of formats) {
    const image = format.load(request)
    if (image !== -ENOEXEC) return image
  }
  return -ENOEXEC
}

/**
 * Replaces a task's program. On failure nothing has changed. Linux: do_execveat_common, begin_new_exec.
 *
 * @returns REGS_SET, or -errno
 */
export function execute(task: FsTask, { dirfd, filename, argv, envp, walk = {} }: ExecArguments): number {
  const { kernel, group } = task
  if (filename === '' && walk.empty !== true) return -ENOENT
  const file = openExecutable(task, dirfd, filename, walk)
  if (typeof file === 'number') return file
  const opened: File[] = [file]
  const creds = credsAfter(task, file)
  const name = filename === '' ? `/dev/fd/${dirfd}` : filename
  const image = loadImage(kernel.formats, {
    kernel, creds, filename: name, envp,
    argv: argv.length === 0 ? [''] : argv, // an empty argv has held one empty string since 5.18
    file: executable(task, file, name),
    secure: creds.euid !== task.creds.uid || creds.egid !== task.creds.gid,
    stackLimit: task.mm.stackLimit,
    open: (path) => {
      const other = openExecutable(task, -100, path, {})
      if (typeof other === 'number') return other
      opened.push(other)
      return executable(task, other, path)
    },
  })
  for (const one of opened) one.release()
  if (typeof image === 'number') return image
  if (group.exiting !== null) {
    image.space.dispose()
    return -EINTR
  }
  for (const other of [...group.tasks]) if (other !== task) kernel.exitTask(other, 9)
  const old = task.mm
  task.memory.space = image.space
  image.space.mmu = old.mmu
  image.space.stackLimit = old.stackLimit
  task.creds = creds
  task.comm = name.slice(name.lastIndexOf('/') + 1).slice(0, 15)
  group.exePath = name
  group.execed = true
  task.clearChildTid = 0
  task.robustList = task.compatRobustList = 0
  task.rseq = null
  for (const service of kernel.services.values()) service.exec?.(task)
  kernel.startImage(task, image)
  kernel.onExec(task, old)
  if (--old.users === 0) old.dispose()
  if (kernel.events.on['task:exec'].length > 0) kernel.events.emit('task:exec', { task, path: name, argv, envp })
  return REGS_SET
}
