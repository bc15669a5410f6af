import { EFAULT, EINVAL, EMFILE } from '../../abi/errno.js'
import { SOCK_FLAGS } from '../../abi/flags/sockets.js'
import { nofile, tableOf } from '../../fs/file-table.js'
import { files } from '../../kernel/ports/files.js'
import { sockets, type SocketOps } from '../../kernel/ports/sockets.js'
import { int } from '../codecs.js'
import { intOut } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { family, socketType } from './codecs.js'
import type { SocketsTask } from './common.js'

/** Bits of `type` that are the type. */
const TYPE_MASK = 0xf
const KNOWN = SOCK_FLAGS.SOCK_CLOEXEC | SOCK_FLAGS.SOCK_NONBLOCK

/** Whether the table has no descriptor left: get_unused_fd_flags fails before anything is done. */
export function noDescriptor(task: SocketsTask): boolean {
  return (tableOf(task)?.lowestFree() ?? 0) >= nofile(task)
}

/** Gives a socket a file and a descriptor; -EMFILE, and the socket is gone. Linux: sock_map_fd. */
export function install(task: SocketsTask, socket: SocketOps, bits: number): number {
  const file = task.sockets.open(task, socket, bits)
  const fd = task.files.install(file, nofile(task), 0, (bits & SOCK_FLAGS.SOCK_CLOEXEC) !== 0)
  if (fd < 0) file.release()
  return fd
}

/** socket(2). */
export const socket = /* @__PURE__ */ defineSyscall('socket', {
  args: [['family', family], ['type', socketType], ['protocol', int]],
  uses: [files, sockets],
  note: 'AF_UNIX, AF_INET, AF_INET6, AF_NETLINK (route, sock_diag)',
  run(task, af, type, protocol) {
    if ((type & ~TYPE_MASK & ~KNOWN) !== 0) return -EINVAL
    const made = task.sockets.create(task, af, type & TYPE_MASK, protocol)
    return typeof made === 'number' ? made : install(task, made, type)
  },
})

/** socketpair(2). The descriptors are written before the sockets exist, as Linux does it. */
export const socketpair = /* @__PURE__ */ defineSyscall('socketpair', {
  args: [['family', family], ['type', socketType], ['protocol', int], ['usockvec', intOut]],
  uses: [files, sockets],
  run(task, af, type, protocol, vector) {
    if ((type & ~TYPE_MASK & ~KNOWN) !== 0) return -EINVAL
    const table = tableOf(task)
    const first = table?.lowestFree() ?? 0
    const second = table?.lowestFree(first + 1) ?? 0
    if (first >= nofile(task) || second >= nofile(task)) return -EMFILE
    if (task.memory.putU64(vector, first, second) !== 0) return -EFAULT
    const made = task.sockets.pair(task, af, type & TYPE_MASK, protocol)
    if (typeof made === 'number') return made
    const one = install(task, made[0], type)
    const two = install(task, made[1], type)
    return one < 0 ? one : Math.min(two, 0)
  },
})
