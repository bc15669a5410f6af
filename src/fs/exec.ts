import { EACCES, EINTR, ELOOP, ENOEXEC, ENOENT, ETXTBSY } from '../abi/errno.js'
import { MS_MOUNT } from '../abi/flags/mount.js'
import { AT } from '../abi/flags/fcntl.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import { SI_CODES, SIGNALS } from '../abi/flags/signals.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import { commitCreds, credsOf, type Creds } from '../kernel/creds.js'
import type { ExecRequest, ExecutableFile, LoadedImage, LoadResult } from '../kernel/ports/binfmt.js'
import type { File } from '../kernel/ports/files.js'
import { REGS_SET } from '../kernel/results.js'
import type { Task } from '../kernel/task.js'
import { MAY } from './constants.js'
import { ExeFile } from './exe-file.js'
import { openAt } from './file.js'
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

/** Opens a file for execution, which from now on nobody may write. Linux: do_open_execat. */
function openExecutable(task: FsTask, dirfd: number, name: string, walk: WalkOptions): ExeFile | number {
  const path = lookup(task, dirfd, name, walk)
  if (typeof path === 'number') return path
  const { inode } = path.dentry
  if ((inode.mode & STAT_MODE.S_IFMT) === STAT_MODE.S_IFLNK) return -ELOOP
  if ((inode.mode & STAT_MODE.S_IFMT) !== STAT_MODE.S_IFREG || (path.mount.flags & MS_MOUNT.MS_NOEXEC) !== 0) return -EACCES
  const denied = inodePermission(task.creds, inode, MAY.exec)
  if (denied !== 0) return denied
  if (inode.writers > 0) return -ETXTBSY
  const file = openAt(task.kernel, path, OPEN_FLAGS.O_RDONLY | OPEN_FLAGS.O_LARGEFILE, task)
  return typeof file === 'number' ? file : new ExeFile(file)
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

/** What has been opened on the way to an image. */
interface Opened {
  /** What runs in the end: the program, or a script's interpreter. */
  program: ExeFile
  readonly all: ExeFile[]
}

function load(task: FsTask, { dirfd, filename, argv, envp }: ExecArguments, name: string, creds: Creds, opened: Opened): LoadResult {
  const { kernel } = task
  const known = new Map<ExecutableFile, ExeFile>()
  const request: ExecRequest = {
    kernel, creds, filename: name, envp,
    argv: argv.length === 0 ? [''] : argv, // an empty argv has held one empty string since 5.18
    file: executable(task, opened.program.open, name),
    secure: creds.euid !== task.creds.uid || creds.egid !== task.creds.gid,
    stackLimit: task.mm.stackLimit,
    inaccessible: name !== filename && task.files.closeOnExec(dirfd),
    open: (path) => {
      const other = openExecutable(task, AT.AT_FDCWD, path, {})
      if (typeof other === 'number') return other
      opened.all.push(other)
      const file = executable(task, other.open, path)
      known.set(file, other)
      return file
    },
    replace: (by) => void (opened.program = known.get(by) ?? opened.program),
  }
  return kernel.formats?.load(request) ?? -ENOEXEC
}

/** Ends the other threads. Linux: de_thread. */
function killOthers(task: Task): void {
  for (const other of [...task.group.tasks]) if (other !== task) task.kernel.exitTask(other, SIGNALS.SIGKILL)
}

/** The old program is gone and the new one cannot be: the process dies. Linux: bprm_execve behind the point of no return, force_fatal_sig. */
function die(task: Task, errno: number): number {
  killOthers(task)
  for (const service of task.kernel.services.values()) service.exec?.(task)
  task.group.dumpable = 0 // no core: the new memory has no binary format yet
  task.kernel.signals?.force(task, { signo: SIGNALS.SIGSEGV, code: SI_CODES.SI_KERNEL })
  return errno
}

/** Makes an image the task's program. Linux: begin_new_exec, setup_new_exec, finalize_exec. */
function become(task: Task, image: LoadedImage, program: ExeFile, creds: Creds, comm: string): void {
  const { kernel, group } = task
  killOthers(task)
  const old = task.mm
  task.memory.space = image.space
  image.space.mmu = old.mmu
  image.space.stackLimit = old.stackLimit
  program.hold()
  image.space.exe = program
  commitCreds(task, creds)
  const plain = creds.euid === creds.uid && creds.egid === creds.gid
  group.dumpable = plain && inodePermission(creds, program.path.dentry.inode, MAY.read) === 0 ? 1 : 0
  task.comm = comm.slice(0, 15)
  group.execed = true
  task.clearChildTid = 0
  task.robustList = task.compatRobustList = 0
  task.rseq = null
  for (const service of kernel.services.values()) service.exec?.(task)
  kernel.formats?.start(task, image)
  kernel.onExec(task, old)
  if (--old.users === 0) old.dispose()
}

/**
 * Replaces a task's program. On failure nothing has changed, but for one behind the point of no return: SIGSEGV is
 * pending then. Linux: do_execveat_common.
 *
 * @returns REGS_SET, or -errno
 */
export function execute(task: FsTask, args: ExecArguments): number {
  const { dirfd, filename, argv, envp, walk = {} } = args
  const { kernel, group } = task
  if (filename === '' && walk.empty !== true) return -ENOENT
  const file = openExecutable(task, dirfd, filename, walk)
  if (typeof file === 'number') return file
  const opened: Opened = { program: file, all: [file] }
  const creds = credsAfter(task, file.open)
  const name = dirfd === AT.AT_FDCWD || filename.startsWith('/') ? filename : filename === '' ? `/dev/fd/${dirfd}` : `/dev/fd/${dirfd}/${filename}`
  const image = load(task, args, name, creds, opened)
  let result: number = REGS_SET
  if (typeof image === 'number') result = image
  else if ('fatal' in image) result = die(task, image.fatal)
  else if (group.exiting !== null) {
    image.space.dispose()
    result = -EINTR
  } else {
    // of a descriptor's own file the name is known only by the directory
    const known = filename === '' ? opened.program.path.dentry.name : name
    become(task, image, opened.program, creds, known.slice(known.lastIndexOf('/') + 1))
    if (kernel.events.on['task:exec'].length > 0) kernel.events.emit('task:exec', { task, path: name, argv, envp })
  }
  for (const one of opened.all) one.release()
  return result
}
