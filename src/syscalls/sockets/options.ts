import { EFAULT, EINVAL, ENOPROTOOPT } from '../../abi/errno.js'
import { SOL } from '../../abi/flags/sockets.js'
import { files } from '../../kernel/ports/files.js'
import { sockets } from '../../kernel/ports/sockets.js'
import { enumeration, int, typed } from '../codecs.js'
import { bytesIn, bytesOut } from '../codecs-pointers.js'
import { defineSyscall } from '../define.js'
import { lengthInOut } from './codecs.js'
import { socketOf } from './common.js'

const level = /* @__PURE__ */ enumeration('sol', SOL)
const valueIn = /* @__PURE__ */ typed(bytesIn, 'char *')
/** Most bytes of an option that are looked at: TCP_MD5SIG_EXT's and multicast filters are smaller. */
const MOST = 8192

/** setsockopt(2). */
export const setsockopt = /* @__PURE__ */ defineSyscall('setsockopt', {
  args: [['fd', int], ['level', level], ['optname', int], ['optval', valueIn], ['optlen', int]],
  uses: [files, sockets],
  run(task, fd, sol, name, address, length) {
    const found = socketOf(task, fd)
    if (typeof found === 'number') return found
    if (length < 0) return -EINVAL
    const value = new Uint8Array(Math.min(length, MOST))
    const got = task.memory.copyFrom(address, value)
    return found.socket.setOption(task, sol, name, value.subarray(0, got), length)
  },
})

/** getsockopt(2). */
export const getsockopt = /* @__PURE__ */ defineSyscall('getsockopt', {
  args: [['fd', int], ['level', level], ['optname', int], ['optval', bytesOut], ['optlen', lengthInOut]],
  uses: [files, sockets],
  run(task, fd, sol, name, address, lengthAt) {
    const found = socketOf(task, fd)
    if (typeof found === 'number') return found
    if (!found.socket.hasLevel(sol)) {
      const refused = found.socket.getOption(task, sol, name, 0, new Uint8Array(0))
      return typeof refused === 'number' ? refused : -ENOPROTOOPT
    }
    const room = task.memory.getU32(lengthAt)
    if (room < 0) return -EFAULT
    const length = room | 0
    if (length < 0) return -EINVAL
    const given = new Uint8Array(Math.min(length, MOST))
    const value = found.socket.getOption(task, sol, name, length, given.subarray(0, task.memory.copyFrom(address, given)))
    if (typeof value === 'number') return value
    if (task.memory.copyTo(address, value) < value.length) return -EFAULT
    return task.memory.putU32(lengthAt, value.length)
  },
})
