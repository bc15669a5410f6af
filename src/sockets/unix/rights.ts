import { EBADF, EINVAL, EPERM, ESRCH, ETOOMANYREFS } from '../../abi/errno.js'
import { CAP } from '../../abi/flags/capability.js'
import { SCM, SO, SOL } from '../../abi/flags/sockets.js'
import { nofile } from '../../fs/file-table.js'
import { capable } from '../../kernel/creds.js'
import type { File, FileTable } from '../../kernel/ports/files.js'
import type { ControlData, Incoming, SocketCreds } from '../../kernel/ports/sockets.js'
import type { Task } from '../../kernel/task.js'
import { words } from '../sol-socket.js'
import type { UnixLayer } from './layer.js'
import type { UnixMessage, UnixSocket } from './unix-socket.js'

/** Most descriptors in one message (SCM_MAX_FD). */
const MAX_FILES = 253
/** What a message without credentials shows: overflowuid. */
const NOBODY: SocketCreds = { pid: 0, uid: 65_534, gid: 65_534 }

/** What control messages of a send say. Linux: struct scm_cookie. */
export interface Scm {
  readonly creds: SocketCreds | null
  readonly files: readonly File[] | null
}

function hasFiles(task: Task): task is Task & { readonly files: FileTable } {
  return 'files' in task
}

/** The sender's own credentials. */
export function ownCreds(task: Task): SocketCreds {
  return { pid: task.tgid, uid: task.creds.uid, gid: task.creds.gid }
}

/** Linux: __scm_send. Files get no reference yet. */
export function takeScm(task: Task, control: readonly ControlData[]): Scm | number {
  let creds: SocketCreds | null = null
  let files: File[] | null = null
  for (const { level, type, data } of control) {
    if (level !== SOL.SOL_SOCKET) continue
    if (type === SCM.SCM_RIGHTS) {
      const found = takeFiles(task, data)
      if (typeof found === 'number') return found
      if ((files?.length ?? 0) + found.length > MAX_FILES) return -EINVAL
      if (found.length > 0) files = [...(files ?? []), ...found]
    } else if (type === SCM.SCM_CREDENTIALS) {
      const found = takeCreds(task, data)
      if (typeof found === 'number') return found
      creds = found
    } else return -EINVAL
  }
  return { creds, files }
}

/** Linux: scm_fp_copy. */
function takeFiles(task: Task, data: Uint8Array): File[] | number {
  const count = Math.floor(data.length / 4)
  if (count > MAX_FILES) return -EINVAL
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const files: File[] = []
  for (let i = 0; i < count; i++) {
    const file = hasFiles(task) ? task.files.getRaw(view.getInt32(4 * i, true)) : null
    if (file === null) return -EBADF
    files.push(file)
  }
  return files
}

/** Linux: scm_check_creds. */
function takeCreds(task: Task, data: Uint8Array): SocketCreds | number {
  if (data.length !== 12) return -EINVAL
  const view = new DataView(data.buffer, data.byteOffset, 12)
  const [pid, uid, gid] = [view.getInt32(0, true), view.getInt32(4, true), view.getInt32(8, true)]
  if (uid === -1 || gid === -1) return -EINVAL
  const { creds } = task
  const mayBe = (id: number, own: readonly number[], capability: number): boolean => own.includes(id) || capable(creds, capability)
  const allowed = (pid === task.tgid || capable(creds, CAP.CAP_SYS_ADMIN)) && mayBe(uid, [creds.uid, creds.euid, creds.suid], CAP.CAP_SETUID) &&
    mayBe(gid, [creds.gid, creds.egid, creds.sgid], CAP.CAP_SETGID)
  if (!allowed) return -EPERM
  return pid !== task.tgid && !task.kernel.tasks.has(pid) ? -ESRCH : { pid, uid, gid }
}

/** Takes a reference to each file of a message; -ETOOMANYREFS when a user has too many under way. Linux: unix_attach_fds. */
export function attachFiles(layer: UnixLayer, task: Task, files: readonly File[] | null): number {
  if (files === null) return 0
  const { uid } = task.creds
  const under = layer.inflightByUser.get(uid) ?? 0
  const privileged = capable(task.creds, CAP.CAP_SYS_RESOURCE) || capable(task.creds, CAP.CAP_SYS_ADMIN)
  if (under > nofile(task) && !privileged) return -ETOOMANYREFS
  layer.inflightByUser.set(uid, under + files.length)
  for (const file of files) {
    file.hold()
    if (layer.files.has(file)) layer.inflightSockets++
  }
  return 0
}

/** A message leaves the queues: its files are no longer in flight. Linux: unix_detach_fds. */
export function detachFiles(message: UnixMessage): readonly File[] {
  const { files } = message
  if (files === null) return []
  message.files = null
  const { layer } = message.sender
  const left = (layer.inflightByUser.get(message.user) ?? 0) - files.length
  if (left > 0) layer.inflightByUser.set(message.user, left)
  else layer.inflightByUser.delete(message.user)
  for (const file of files) if (layer.files.has(file)) layer.inflightSockets--
  return files
}

/** A message is thrown away. */
export function dropMessage(message: UnixMessage): void {
  for (const file of detachFiles(message)) file.release()
  message.sender.uncharge(message)
}

/** Whose credentials a message carries: those sent, or the sender's own when either end asks for them. Linux: unix_maybe_add_creds. */
export function credsFor(task: Task, socket: UnixSocket, other: UnixSocket, scm: Scm): SocketCreds | null {
  if (scm.creds !== null) return scm.creds
  const asks = (s: UnixSocket): boolean => s.options.has(SO.SO_PASSCRED) || s.options.has(SO.SO_PASSPIDFD)
  return asks(socket) || asks(other) || other.file === null ? ownCreds(task) : null
}

/** Adds what the receiver gets of a message beside its bytes. Linux: scm_recv_unix. */
export function giveScm(socket: UnixSocket, message: Incoming, creds: SocketCreds | null): void {
  if (!socket.options.has(SO.SO_PASSCRED)) return
  const { pid, uid, gid } = creds ?? NOBODY
  message.control.push({ level: SOL.SOL_SOCKET, type: SCM.SCM_CREDENTIALS, data: words(pid, uid, gid) })
}

/** When a datagram was sent, as SO_TIMESTAMP and its kin tell; of 64-bit words. Linux: __sock_recv_timestamp. */
export function giveTime(socket: UnixSocket, message: Incoming, { seconds, nanoseconds }: { readonly seconds: number; readonly nanoseconds: number }): void {
  const type = socket.options.timestamps
  const fraction = type === SO.SO_TIMESTAMPNS_OLD || type === SO.SO_TIMESTAMPNS_NEW ? nanoseconds : Math.floor(nanoseconds / 1000)
  message.control.push({ level: SOL.SOL_SOCKET, type, data: words(seconds, Math.floor(seconds / 4294967296), fraction, 0) })
}
