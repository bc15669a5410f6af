import { SHUT } from '../../abi/flags/sockets.js'
import { files } from '../../kernel/ports/files.js'
import { sockets } from '../../kernel/ports/sockets.js'
import { securitySocketListen } from '../../kernel/security.js'
import { enumeration, int } from '../codecs.js'
import { defineSyscall } from '../define.js'
import { socketOf } from './common.js'

const how = /* @__PURE__ */ enumeration('shut', SHUT)

/**
 * listen(2): the socket by its descriptor, the backlog, as an unsigned number, cut to net.core.somaxconn, the
 * security modules, then the protocol's listen. Linux: __sys_listen.
 */
export const listen = /* @__PURE__ */ defineSyscall('listen', {
  args: [['fd', int], ['backlog', int]],
  uses: [files, sockets],
  run(task, fd, backlog) {
    const found = socketOf(task, fd)
    if (typeof found === 'number') return found
    const clamped = Math.min(backlog >>> 0, task.sockets.somaxconn)
    const refused = securitySocketListen(task, found.socket, clamped)
    return refused !== 0 ? refused : found.socket.listen(task, clamped)
  },
})

/** shutdown(2). */
export const shutdown = /* @__PURE__ */ defineSyscall('shutdown', {
  args: [['fd', int], ['how', how]],
  uses: [files, sockets],
  run(task, fd, what) {
    const found = socketOf(task, fd)
    return typeof found === 'number' ? found : found.socket.shutDown(what)
  },
})
