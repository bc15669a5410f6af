/** What can be drawn: every entry of both tables, and each call behind socketcall as one of its own. */
import { SOCKETCALL } from '../../src/abi/flags/sockets.js'
import type { SyscallTables } from '../../src/machine/dispatch.js'
import type { AnySyscall } from '../../src/syscalls/define.js'
import type { SyscallEntry } from '../../src/syscalls/table.js'

/** A call that can be drawn. */
export interface Drawable {
  /** The entry of the table, and the table. */
  readonly entry: SyscallEntry
  readonly is32: boolean
  /** Whose arguments are drawn: the entry's definition, or that of the call behind socketcall. */
  readonly def: AnySyscall
  /** The number of a call behind socketcall; 0 for others. */
  readonly behind: number
  /** The name in reports, by which exemptions are found without its ABI. */
  readonly name: string
}

/** Definitions behind numbers of socketcall; those of recv and send take four arguments of recvfrom and sendto. */
const BEHIND: Readonly<Record<keyof typeof SOCKETCALL, string>> = {
  SYS_SOCKET: 'socket', SYS_BIND: 'bind', SYS_CONNECT: 'connect', SYS_LISTEN: 'listen', SYS_ACCEPT: 'accept', SYS_GETSOCKNAME: 'getsockname', SYS_GETPEERNAME: 'getpeername',
  SYS_SOCKETPAIR: 'socketpair', SYS_SEND: 'sendto', SYS_RECV: 'compat_sys_recvfrom', SYS_SENDTO: 'sendto', SYS_RECVFROM: 'compat_sys_recvfrom', SYS_SHUTDOWN: 'shutdown',
  SYS_SETSOCKOPT: 'setsockopt', SYS_GETSOCKOPT: 'getsockopt', SYS_SENDMSG: 'compat_sys_sendmsg', SYS_RECVMSG: 'compat_sys_recvmsg', SYS_ACCEPT4: 'accept4',
  SYS_RECVMMSG: 'compat_sys_recvmmsg_time32', SYS_SENDMMSG: 'compat_sys_sendmmsg',
}

/** Everything that can be drawn of a machine's tables. */
export function drawables(tables: SyscallTables): Drawable[] {
  const found: Drawable[] = []
  const defs = new Map<string, AnySyscall>()
  for (const abi of ['x86_64', 'i386'] as const) {
    for (const entry of tables[abi]?.entries ?? []) {
      if (entry === null) continue
      const { def } = entry
      defs.set(def.name, def)
      found.push({ entry, is32: abi === 'i386', def, behind: 0, name: def.name })
    }
  }
  const multiplexer = found.find(({ name }) => name === 'compat_sys_socketcall')
  if (multiplexer === undefined) return found
  for (const [name, call] of Object.entries(BEHIND)) {
    const number = Object.entries(SOCKETCALL).find(([key]) => key === name)?.[1] ?? 0
    const def = defs.get(call)
    if (def !== undefined) found.push({ ...multiplexer, def, behind: number, name: `${multiplexer.name} ${name}` })
  }
  return found
}
