import { EADDRINUSE, EAFNOSUPPORT, ECONNREFUSED, EEXIST, EINVAL, ENOSPC, EPROTOTYPE } from '../../abi/errno.js'
import { AF } from '../../abi/flags/sockets.js'
import { AT } from '../../abi/flags/fcntl.js'
import { STAT_MODE } from '../../abi/flags/stat.js'
import { MAY } from '../../fs/constants.js'
import { lookup, type FsTask } from '../../fs/namei.js'
import { makeNode, removeName } from '../../fs/names.js'
import { inodePermission } from '../../fs/permission.js'
import type { Task } from '../../kernel/task.js'
import type { UnixSocket } from './unix-socket.js'

/** sizeof(struct sockaddr_un), and where sun_path begins in it. */
const SOCKADDR_UN = 110
const PATH_AT = 2

function isFsTask(task: Task): task is FsTask {
  return 'fs' in task && 'files' in task
}

/** sun_path of an address, or -EINVAL. Linux: unix_validate_addr, unix_mkname_bsd. */
export function takeName(address: Uint8Array): string | number {
  if (address.length <= PATH_AT || address.length > SOCKADDR_UN) return -EINVAL
  if ((address[0]! | (address[1]! << 8)) !== AF.AF_UNIX) return -EINVAL
  const path = address.subarray(PATH_AT)
  if (path[0] === 0) return String.fromCharCode(...path)
  const end = path.indexOf(0)
  return `${String.fromCharCode(...(end < 0 ? path : path.subarray(0, end)))}\0`
}

/** A socket's address as getsockname gives it: the family alone when it has none. */
export function addressBytes(socket: UnixSocket): Uint8Array {
  const name = socket.address?.name ?? ''
  const bytes = new Uint8Array(PATH_AT + name.length)
  bytes[0] = AF.AF_UNIX
  for (let i = 0; i < name.length; i++) bytes[PATH_AT + i] = name.charCodeAt(i)
  return bytes
}

/** Linux: unix_bind. */
export function bindUnix(socket: UnixSocket, task: Task, address: Uint8Array): number {
  if (address.length === PATH_AT && (address[0]! | (address[1]! << 8)) === AF.AF_UNIX) return autobind(socket)
  const name = takeName(address)
  if (typeof name === 'number') return name
  if (name.startsWith('\0')) return socket.address !== null ? -EINVAL : socket.layer.bindName(socket, name)
  return bindPath(socket, task, name)
}

/** Linux: unix_bind_bsd. The node is made before anybody looks whether the socket has a name. */
function bindPath(socket: UnixSocket, task: Task, name: string): number {
  if (!isFsTask(task)) return -EAFNOSUPPORT
  const path = name.slice(0, -1)
  const mode = STAT_MODE.S_IFSOCK | ((socket.file?.inode.mode ?? 0o777) & 0o777)
  const made = makeNode(task, AT.AT_FDCWD, path, { mode, rdev: 0 })
  if (typeof made === 'number') return made === -EEXIST ? -EADDRINUSE : made
  if (socket.address !== null) {
    removeName(task, AT.AT_FDCWD, path, false)
    return -EINVAL
  }
  const { inode } = made
  inode.held++
  socket.address = { name, inode }
  socket.layer.paths.set(inode, socket)
  return 0
}

/** Gives a socket a name of five digits, unless it has one. Linux: unix_autobind. */
export function autobind(socket: UnixSocket): number {
  if (socket.address !== null) return 0
  const first = socket.layer.kernel.random.u32() & 0xfffff
  for (let i = 0; i <= 0xfffff; i++) {
    const digits = ((first + i) & 0xfffff).toString(16).padStart(5, '0')
    if (socket.layer.bindName(socket, `\0${digits}`) === 0) return 0
  }
  return -ENOSPC
}

/** The socket that a name means to a sender. Linux: unix_find_other. */
export function findOther(socket: UnixSocket, task: Task, name: string): UnixSocket | number {
  const { layer, type } = socket
  if (name.startsWith('\0')) return layer.byName(type, name) ?? -ECONNREFUSED
  if (!isFsTask(task)) return -EAFNOSUPPORT
  const place = lookup(task, AT.AT_FDCWD, name.slice(0, -1))
  if (typeof place === 'number') return place
  const { inode } = place.dentry
  const denied = inodePermission(task.creds, inode, MAY.write)
  if (denied !== 0) return denied
  if ((inode.mode & STAT_MODE.S_IFMT) !== STAT_MODE.S_IFSOCK) return -ECONNREFUSED
  const found = layer.paths.get(inode)
  if (found === undefined) return -ECONNREFUSED
  return found.type === type ? found : -EPROTOTYPE
}
