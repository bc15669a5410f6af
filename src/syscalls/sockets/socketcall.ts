import { EFAULT, EINVAL } from '../../abi/errno.js'
import { SOCKETCALL } from '../../abi/flags/sockets.js'
import { files } from '../../kernel/ports/files.js'
import { sockets } from '../../kernel/ports/sockets.js'
import { enumeration } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'
import { defineSyscall, type AnySyscall } from '../define.js'
import { callWithWords } from '../multiplex.js'
import { accept, accept4 } from './accept.js'
import { bind, getpeername, getsockname } from './bind.js'
import type { SocketsTask } from './common.js'
import { connect } from './connect.js'
import { listen, shutdown } from './listen.js'
import { compatRecvmmsgTime32, compatSendmmsg } from './mmsg.js'
import { getsockopt, setsockopt } from './options.js'
import { compatRecvfrom, compatRecvmsg, receiveFrom } from './receive.js'
import { compatSendmsg, sendto, sendTo } from './send.js'
import { socket, socketpair } from './socket.js'

const call = /* @__PURE__ */ enumeration('socketcall', SOCKETCALL)
const argsIn = /* @__PURE__ */ pointer('u32', 'in')

/** Arguments of each call, by its number; recvmmsg's and sendmmsg's are read like the others. */
const COUNTS = [0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4]

/** The call that a number stands for; null for send and recv, which have no number of their own. */
function definitionOf(number: number): AnySyscall | null {
  switch (number) {
    case SOCKETCALL.SYS_SOCKET: return socket
    case SOCKETCALL.SYS_BIND: return bind
    case SOCKETCALL.SYS_CONNECT: return connect
    case SOCKETCALL.SYS_LISTEN: return listen
    case SOCKETCALL.SYS_ACCEPT: return accept
    case SOCKETCALL.SYS_GETSOCKNAME: return getsockname
    case SOCKETCALL.SYS_GETPEERNAME: return getpeername
    case SOCKETCALL.SYS_SOCKETPAIR: return socketpair
    case SOCKETCALL.SYS_SENDTO: return sendto
    case SOCKETCALL.SYS_RECVFROM: return compatRecvfrom
    case SOCKETCALL.SYS_SHUTDOWN: return shutdown
    case SOCKETCALL.SYS_SETSOCKOPT: return setsockopt
    case SOCKETCALL.SYS_GETSOCKOPT: return getsockopt
    case SOCKETCALL.SYS_SENDMSG: return compatSendmsg
    case SOCKETCALL.SYS_RECVMSG: return compatRecvmsg
    case SOCKETCALL.SYS_ACCEPT4: return accept4
    case SOCKETCALL.SYS_RECVMMSG: return compatRecvmmsgTime32
    case SOCKETCALL.SYS_SENDMMSG: return compatSendmmsg
    default: return null
  }
}

/** Linux: __do_compat_sys_socketcall. A call that goes on has all it needs in its progress: its arguments are not read again. */
function multiplex(task: SocketsTask, number: number, args: number): number {
  const count = COUNTS[number]
  if (count === undefined || number < 1) return -EINVAL
  const bytes = new Uint8Array(24)
  const read = bytes.subarray(0, count * 4)
  if (task.progress === null && task.memory.copyFrom(args, read) < read.length) return -EFAULT
  const definition = definitionOf(number)
  if (definition !== null) return callWithWords(definition, task, bytes, 4)
  const words = new DataView(bytes.buffer)
  const [fd, address, length, flags] = [words.getInt32(0, true), words.getUint32(4, true), words.getUint32(8, true), words.getUint32(12, true)]
  return number === SOCKETCALL.SYS_SEND ? sendTo(task, fd, address, length, flags, 0, 0) : receiveFrom(task, fd, address, length, flags, 0, 0)
}

/** socketcall(2) of 32-bit programs. */
export const compatSocketcall = /* @__PURE__ */ defineSyscall('compat_sys_socketcall', {
  args: [['call', call], ['args', argsIn]],
  uses: [files, sockets],
  run: (task, number, args) => multiplex(task, number, args),
})
