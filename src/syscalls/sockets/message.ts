import { EFAULT, EINVAL, EMSGSIZE, ENOBUFS } from '../../abi/errno.js'
import { LIMITS } from '../../abi/flags/limits.js'
import { unsigned64 } from '../../abi/int64.js'
import { MAX_RW_COUNT } from '../../fs/constants.js'
import type { ControlData } from '../../kernel/ports/sockets.js'
import { importIovec } from '../files/iovec.js'
import { takeAddress, type SocketsTask } from './common.js'

/** sizeof(struct sockaddr_storage). */
const STORAGE = 128

/** Whether structures of the calling ABI have 64-bit words. */
export function isWide(task: SocketsTask): boolean {
  return task.syscallAbi === 'x86_64'
}

/** struct user_msghdr as it was copied in, with its segments. */
export interface MessageHeader {
  /** Where the structure lies. */
  readonly at: number
  readonly name: number
  readonly nameLength: number
  /** The address that a send was given; null for none and for receives. */
  readonly address: Uint8Array | null
  /** Address and length in turn. */
  readonly segments: readonly number[]
  readonly control: number
  readonly controlLength: number
}

/** Bytes of a struct user_msghdr and where its fields lie: name, namelen, iov, iovlen, control, controllen, flags. */
function shape(wide: boolean): { readonly size: number; readonly iov: number; readonly control: number; readonly flags: number } {
  return wide ? { size: 56, iov: 16, control: 32, flags: 48 } : { size: 28, iov: 8, control: 16, flags: 24 }
}

/** Bytes of an element of sendmmsg's array, and where its msg_len is. */
export function elementShape(wide: boolean): { readonly size: number; readonly length: number } {
  return wide ? { size: 64, length: 56 } : { size: 32, length: 28 }
}

/** Copies a msghdr in with its segments, a send's with its address. Linux: copy_msghdr_from_user. */
export function takeHeader(task: SocketsTask, at: number, sending: boolean): MessageHeader | number {
  const wide = isWide(task)
  const { size, iov, control } = shape(wide)
  const bytes = new Uint8Array(size)
  if (task.memory.copyFrom(at, bytes) < size) return -EFAULT
  const view = new DataView(bytes.buffer)
  const word = wide ? 8 : 4
  const pointer = (offset: number): number => (wide ? view.getInt32(offset + 4, true) * 4294967296 + view.getUint32(offset, true) : view.getUint32(offset, true))
  const count = (offset: number): number => (wide ? unsigned64(view.getUint32(offset, true), view.getUint32(offset + 4, true)) : view.getUint32(offset, true))
  const name = pointer(0)
  const given = view.getInt32(word, true)
  if (name !== 0 && given < 0) return -EINVAL
  const nameLength = name === 0 ? 0 : Math.min(given, STORAGE)
  const address = sending && nameLength > 0 ? takeAddress(task, name, nameLength) : null
  if (typeof address === 'number') return address
  if (count(iov + word) > LIMITS.UIO_MAXIOV) return -EMSGSIZE
  const segments = importIovec(task, pointer(iov), count(iov + word), wide)
  if (typeof segments === 'number') return segments
  return { at, name, nameLength, address, segments: limited(segments), control: pointer(control), controlLength: count(control + word) }
}

/** Cuts segments to what one call moves. */
export function limited(segments: number[]): number[] {
  let total = 0
  for (let i = 1; i < segments.length; i += 2) {
    segments[i] = Math.min(segments[i]!, MAX_RW_COUNT - total)
    total += segments[i]!
  }
  return segments
}

/** Writes what recvmsg changes of a msghdr: the length of the control messages and flags; 0 or -EFAULT. */
export function putHeader(task: SocketsTask, header: MessageHeader, flags: number, controlUsed: number): number {
  const wide = isWide(task)
  const { control, flags: flagsAt } = shape(wide)
  const lengthAt = header.at + control + (wide ? 8 : 4)
  const refused = task.memory.putU32(header.at + flagsAt, flags)
  if (refused !== 0) return refused
  return wide ? task.memory.putU64(lengthAt, controlUsed, 0) : task.memory.putU32(lengthAt, controlUsed)
}

/** Where the length of the address lies in a msghdr. */
export function nameLengthAt(task: SocketsTask, header: MessageHeader): number {
  return header.at + (isWide(task) ? 8 : 4)
}

const HEADER_WIDE = 16
const HEADER_NARROW = 12

/** Control messages of a send; -EINVAL for one that does not fit, -ENOBUFS, -EFAULT. Linux: CMSG_OK, for_each_cmsghdr. */
export function takeControl(task: SocketsTask, { control, controlLength }: MessageHeader): ControlData[] | number {
  if (controlLength > 0x7fffffff) return -ENOBUFS
  if (controlLength === 0) return []
  const wide = isWide(task)
  const header = wide ? HEADER_WIDE : HEADER_NARROW
  if (!wide && controlLength < header) return -EINVAL
  if (!wide && task.memory.copyFrom(control, new Uint8Array(header)) < header) return -EFAULT // compat: the headers are read before room is made
  if (controlLength > task.sockets.optmemMax) return -ENOBUFS
  const bytes = new Uint8Array(controlLength)
  if (task.memory.copyFrom(control, bytes) < bytes.length) return -EFAULT
  const view = new DataView(bytes.buffer)
  const align = wide ? 7 : 3
  const list: ControlData[] = []
  for (let at = 0; at + header <= bytes.length; ) {
    const length = wide ? unsigned64(view.getUint32(at, true), view.getUint32(at + 4, true)) : view.getUint32(at, true)
    if (length < header || at + length > bytes.length) return -EINVAL
    const level = view.getInt32(at + header - 8, true)
    list.push({ level, type: view.getInt32(at + header - 4, true), data: bytes.slice(at + header, at + length) })
    at += (length + align) & ~align
  }
  return list
}
