import { TCP_STATES } from '../../abi/flags/sockets.js'
import type { UnixLayer } from '../unix/layer.js'
import type { UnixSocket } from '../unix/unix-socket.js'

const ACCEPTS = 0x10000
const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0')

/** SS_* as the file shows it: with a file connected or not, without one connecting or disconnecting. */
function stateOf(socket: UnixSocket): number {
  const connected = socket.state === TCP_STATES.TCP_ESTABLISHED
  return socket.file !== null ? (connected ? 3 : 1) : connected ? 2 : 4
}

function line(socket: UnixSocket): string {
  const { address } = socket
  const name = address === null ? '' : ` ${address.inode === null ? address.name.replaceAll('\0', '@') : address.name.slice(0, -1)}`
  const references = 2 + (socket.peer === null ? 0 : 1)
  const numbers = `${hex(references, 8)} 00000000 ${hex(socket.listening ? ACCEPTS : 0, 8)} ${hex(socket.type, 4)} ${hex(stateOf(socket), 2)}`
  return `0000000000000000: ${numbers} ${String(socket.file?.inode.ino ?? 0).padStart(5)}${name}\n`
}

/** /proc/net/unix. Linux: unix_seq_show. */
export function unixText(layer: UnixLayer): string {
  return `Num       RefCount Protocol Flags    Type St Inode Path\n${[...layer.sockets].map(line).join('')}`
}
