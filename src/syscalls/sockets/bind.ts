import { files } from '../../kernel/ports/files.js'
import { sockets } from '../../kernel/ports/sockets.js'
import { int } from '../codecs.js'
import { defineSyscall } from '../define.js'
import { addressIn, addressOut, lengthInOut } from './codecs.js'
import { putAddress, socketOf, takeAddress } from './common.js'

/** bind(2). */
export const bind = /* @__PURE__ */ defineSyscall('bind', {
  args: [['fd', int], ['umyaddr', addressIn], ['addrlen', int]],
  uses: [files, sockets],
  run(task, fd, address, length) {
    const found = socketOf(task, fd)
    if (typeof found === 'number') return found
    const name = takeAddress(task, address, length)
    return typeof name === 'number' ? name : found.socket.bind(task, name)
  },
})

/** getsockname(2). */
export const getsockname = /* @__PURE__ */ defineSyscall('getsockname', {
  args: [['fd', int], ['usockaddr', addressOut], ['usockaddr_len', lengthInOut]],
  uses: [files, sockets],
  run(task, fd, address, length) {
    const found = socketOf(task, fd)
    if (typeof found === 'number') return found
    const name = found.socket.getName()
    return typeof name === 'number' ? name : putAddress(task, name, address, length)
  },
})

/** getpeername(2). */
export const getpeername = /* @__PURE__ */ defineSyscall('getpeername', {
  args: [['fd', int], ['usockaddr', addressOut], ['usockaddr_len', lengthInOut]],
  uses: [files, sockets],
  run(task, fd, address, length) {
    const found = socketOf(task, fd)
    if (typeof found === 'number') return found
    const name = found.socket.getPeer()
    return typeof name === 'number' ? name : putAddress(task, name, address, length)
  },
})
