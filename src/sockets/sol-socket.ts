import { EACCES, EBADF, EDOM, EFAULT, EINVAL, ENODATA, ENODEV, ENOENT, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP, EPERM } from '../abi/errno.js'
import { CAP } from '../abi/flags/capability.js'
import { SO } from '../abi/flags/sockets.js'
import { capable } from '../kernel/creds.js'
import type { SocketCreds } from '../kernel/ports/sockets.js'
import type { Task } from '../kernel/task.js'

/** Smallest buffers: TCP_SKB_MIN_TRUESIZE, twice for sending. */
const MIN_RCVBUF = 2304
const MIN_SNDBUF = 2 * MIN_RCVBUF
/** Options newer than the constants' headers: of Linux 6.12 to 6.17. */
export const SO_NEW = { SO_RCVPRIORITY: 82, SO_PASSRIGHTS: 83, SO_INQ: 84, SO_DEVMEM_DONTNEED: 80 } as const

/** What SOL_SOCKET asks of the socket that has the options. */
export interface OptionOwner {
  readonly family: number
  readonly type: number
  readonly protocol: number
  readonly listening: boolean
  /** Takes the pending error, positive or 0. */
  takePending: () => number
  /** The peer's credentials, and its groups; null without a peer. */
  readonly peerCreds: { readonly creds: SocketCreds; readonly groups: readonly number[] } | null
  /** The peer's address, or -errno. */
  getPeer: () => Uint8Array | number
  /** Bytes of its queues: rmem_alloc, wmem_alloc, wmem_queued. */
  readonly memory: readonly [receive: number, send: number, queued: number]
  /** A number for SO_COOKIE. */
  cookie: () => number
}

/** What of SOL_SOCKET a family takes. */
export interface OptionSet {
  /** SO_PEEK_OFF. */
  readonly peekOffset: boolean
  /** SO_PASSCRED, SO_PASSSEC; SO_PASSPIDFD and SO_PASSRIGHTS. */
  readonly passes: readonly number[]
}

/** Options that are on or off and change nothing here but what they read back as. */
const SWITCHES: readonly number[] = [
  SO.SO_DEBUG, SO.SO_REUSEADDR, SO.SO_DONTROUTE, SO.SO_BROADCAST, SO.SO_KEEPALIVE, SO.SO_OOBINLINE, SO.SO_NO_CHECK, SO.SO_TIMESTAMP_OLD,
  SO.SO_TIMESTAMPNS_OLD, SO.SO_TIMESTAMP_NEW, SO.SO_TIMESTAMPNS_NEW, SO.SO_RXQ_OVFL, SO.SO_WIFI_STATUS, SO.SO_NOFCS, SO.SO_LOCK_FILTER,
  SO.SO_SELECT_ERR_QUEUE, SO.SO_PREFER_BUSY_POLL, SO.SO_RCVMARK, SO_NEW.SO_RCVPRIORITY,
]
const STAMPS: readonly number[] = [SO.SO_TIMESTAMP_OLD, SO.SO_TIMESTAMPNS_OLD, SO.SO_TIMESTAMP_NEW, SO.SO_TIMESTAMPNS_NEW]

/** Options of SOL_SOCKET of sockets that are not the stack's. Linux: sk_setsockopt, sk_getsockopt. */
export class SocketOptions {
  sndbuf: number
  rcvbuf: number
  /** Nanoseconds; Infinity for none. */
  receiveTimeout = Infinity
  sendTimeout = Infinity
  lowWater = 1
  /** SO_PEEK_OFF; -1: off. */
  peekOffset = -1
  /** SO_PASSCRED and its kin that are on. */
  passes: number[] = []
  /** Other values that were set, by name. */
  private readonly values = new Map<number, number>()
  private linger: readonly [on: number, seconds: number] = [0, 0]
  private readonly set: OptionSet
  private readonly limits: { readonly rmem_max: number; readonly wmem_max: number }

  /** @param limits the sysctls of buffer sizes */
  constructor(set: OptionSet, limits: { readonly rmem_default: number; readonly wmem_default: number; readonly rmem_max: number; readonly wmem_max: number }) {
    this.set = set
    this.limits = limits
    this.sndbuf = limits.wmem_default
    this.rcvbuf = limits.rmem_default
    if (set.passes.includes(SO_NEW.SO_PASSRIGHTS)) this.passes.push(SO_NEW.SO_PASSRIGHTS)
  }

  /** Whether SO_PASSCRED, SO_PASSRIGHTS … is on. */
  has(name: number): boolean {
    return this.passes.includes(name)
  }

  /** Which of SO_TIMESTAMP and its kin is on; 0 for none. */
  get timestamps(): number {
    return STAMPS.find((name) => this.values.get(name) === 1) ?? 0
  }

  /** SO_OOBINLINE. */
  get inlines(): boolean {
    return this.values.get(SO.SO_OOBINLINE) === 1
  }

  /** What an accepted socket has of its listener's: what its messages bring along. */
  inherit(listener: SocketOptions): void {
    this.passes = [...listener.passes]
  }

  /** Sets an option. @param value as much of it as could be read @param length as the caller says */
  put(task: Task, name: number, value: Uint8Array, length: number): number {
    if (name === SO.SO_BINDTODEVICE) return value.length < Math.min(length, 16) ? -EFAULT : length > 0 && value[0] !== 0 ? -ENODEV : 0
    if (length < 4) return -EINVAL
    if (value.length < 4) return -EFAULT
    const view = new DataView(value.buffer, value.byteOffset, value.length)
    const n = view.getInt32(0, true)
    if (SWITCHES.includes(name)) return this.turn(task, name, n !== 0)
    if (this.set.passes.includes(name)) {
      this.passes = this.passes.filter((other) => other !== name)
      if (n !== 0) this.passes.push(name)
      return 0
    }
    switch (name) {
      case SO.SO_SNDBUFFORCE: case SO.SO_SNDBUF:
        if (name === SO.SO_SNDBUFFORCE && !capable(task.creds, CAP.CAP_NET_ADMIN)) return -EPERM
        this.sndbuf = Math.max(doubled(name === SO.SO_SNDBUF ? Math.min(n >>> 0, this.limits.wmem_max) : Math.max(n, 0)), MIN_SNDBUF)
        return this.keep(SO.SO_BUF_LOCK, (this.values.get(SO.SO_BUF_LOCK) ?? 0) | 1)
      case SO.SO_RCVBUFFORCE: case SO.SO_RCVBUF:
        if (name === SO.SO_RCVBUFFORCE && !capable(task.creds, CAP.CAP_NET_ADMIN)) return -EPERM
        this.rcvbuf = Math.max(doubled(name === SO.SO_RCVBUF ? Math.min(n >>> 0, this.limits.rmem_max) : Math.max(n, 0)), MIN_RCVBUF)
        return this.keep(SO.SO_BUF_LOCK, (this.values.get(SO.SO_BUF_LOCK) ?? 0) | 2)
      case SO.SO_RCVTIMEO_OLD: case SO.SO_RCVTIMEO_NEW: case SO.SO_SNDTIMEO_OLD: case SO.SO_SNDTIMEO_NEW: return this.putTimeout(task, name, view, length)
      case SO.SO_LINGER:
        if (length < 8) return -EINVAL
        if (value.length < 8) return -EFAULT
        this.linger = [n === 0 ? 0 : 1, n === 0 ? this.linger[1] : view.getInt32(4, true)]
        return 0
      case SO.SO_RCVLOWAT:
        this.lowWater = n < 0 ? 0x7fffffff : n === 0 ? 1 : n
        return 0
      case SO.SO_PRIORITY:
        if ((n < 0 || n > 6) && !capable(task.creds, CAP.CAP_NET_RAW) && !capable(task.creds, CAP.CAP_NET_ADMIN)) return -EPERM
        return this.keep(name, n)
      case SO.SO_MARK: return capable(task.creds, CAP.CAP_NET_RAW) || capable(task.creds, CAP.CAP_NET_ADMIN) ? this.keep(name, n) : -EPERM
      case SO.SO_PEEK_OFF:
        if (!this.set.peekOffset) return -EOPNOTSUPP
        this.peekOffset = n
        return 0
      case SO.SO_BUSY_POLL: return n < 0 ? -EINVAL : this.keep(name, n)
      case SO.SO_BINDTOIFINDEX: return n < 0 ? -EINVAL : this.keep(name, n)
      case SO.SO_BUF_LOCK: return n < 0 || n > 3 ? -EINVAL : this.keep(name, n)
      case SO.SO_INCOMING_CPU: return this.keep(name, n)
      case SO.SO_TIMESTAMPING_OLD: case SO.SO_TIMESTAMPING_NEW: return n < 0 ? -EINVAL : this.keep(SO.SO_TIMESTAMPING_OLD, n)
      case SO.SO_BSDCOMPAT: case SO.SO_MAX_PACING_RATE: case SO.SO_CNX_ADVICE: case SO.SO_BUSY_POLL_BUDGET: return 0
      case SO.SO_DETACH_FILTER: return -ENOENT
      case SO.SO_REUSEPORT: case SO.SO_ZEROCOPY: case SO.SO_TXREHASH: return -EOPNOTSUPP
      case SO.SO_RESERVE_MEM: return n < 0 ? -EINVAL : -EOPNOTSUPP
      case SO.SO_PASSCRED: case SO.SO_PASSSEC: case SO.SO_PASSPIDFD: case SO_NEW.SO_PASSRIGHTS: return -EOPNOTSUPP
      case SO.SO_ATTACH_FILTER: case SO.SO_ATTACH_BPF: case SO.SO_ATTACH_REUSEPORT_CBPF: case SO.SO_ATTACH_REUSEPORT_EBPF: case SO.SO_TXTIME: case SO.SO_DETACH_REUSEPORT_BPF:
        return -EINVAL
      case SO_NEW.SO_DEVMEM_DONTNEED: return -EBADF
      default: return -ENOPROTOOPT
    }
  }

  private keep(name: number, value: number): number {
    this.values.set(name, value)
    return 0
  }

  private turn(task: Task, name: number, on: boolean): number {
    if (name === SO.SO_DEBUG && on && !capable(task.creds, CAP.CAP_NET_ADMIN)) return -EACCES
    if (STAMPS.includes(name)) for (const other of STAMPS) this.values.delete(other)
    return this.keep(name, on ? 1 : 0)
  }

  /** Linux: sock_set_timeout. Negative times poll, zero waits for ever. */
  private putTimeout(task: Task, name: number, view: DataView, length: number): number {
    const short = task.syscallAbi === 'i386' && (name === SO.SO_RCVTIMEO_OLD || name === SO.SO_SNDTIMEO_OLD)
    if (length < (short ? 8 : 16)) return -EINVAL
    if (view.byteLength < (short ? 8 : 16)) return -EFAULT
    const seconds = short ? view.getInt32(0, true) : view.getInt32(4, true) * 4294967296 + view.getUint32(0, true)
    const micros = short ? view.getInt32(4, true) : view.getInt32(12, true) * 4294967296 + view.getUint32(8, true)
    if (micros < 0 || micros >= 1e6) return -EDOM
    const time = seconds < 0 ? 0 : seconds === 0 && micros === 0 ? Infinity : seconds * 1e9 + Math.ceil(micros / 1000) * 1e6
    if (name === SO.SO_RCVTIMEO_OLD || name === SO.SO_RCVTIMEO_NEW) this.receiveTimeout = time
    else this.sendTimeout = time
    return 0
  }

  /** Reads an option, cut to `length`. */
  get(task: Task, owner: OptionOwner, name: number, length: number): Uint8Array | number {
    const value = this.read(task, owner, name, length)
    if (typeof value === 'object') return value.subarray(0, Math.max(0, length))
    return value
  }

  private read(task: Task, owner: OptionOwner, name: number, length: number): Uint8Array | number {
    if (SWITCHES.includes(name)) return words(this.values.get(name) ?? 0)
    if (this.set.passes.includes(name)) return words(this.has(name) ? 1 : 0)
    switch (name) {
      case SO.SO_TYPE: return words(owner.type)
      case SO.SO_PROTOCOL: return words(owner.protocol)
      case SO.SO_DOMAIN: return words(owner.family)
      case SO.SO_ERROR: return words(owner.takePending())
      case SO.SO_ACCEPTCONN: return words(owner.listening ? 1 : 0)
      case SO.SO_SNDBUF: return words(this.sndbuf)
      case SO.SO_RCVBUF: return words(this.rcvbuf)
      case SO.SO_LINGER: return words(...this.linger)
      case SO.SO_RCVLOWAT: return words(this.lowWater)
      case SO.SO_SNDLOWAT: return words(1)
      case SO.SO_RCVTIMEO_OLD: case SO.SO_RCVTIMEO_NEW: return timeout(task, this.receiveTimeout, name === SO.SO_RCVTIMEO_OLD)
      case SO.SO_SNDTIMEO_OLD: case SO.SO_SNDTIMEO_NEW: return timeout(task, this.sendTimeout, name === SO.SO_SNDTIMEO_OLD)
      case SO.SO_BINDTODEVICE: case SO.SO_ATTACH_FILTER: return words()
      case SO.SO_PEERCRED: {
        const creds = owner.peerCreds?.creds ?? { pid: 0, uid: -1, gid: -1 }
        return words(creds.pid, creds.uid, creds.gid)
      }
      case SO.SO_PEERGROUPS: return owner.peerCreds === null ? -ENODATA : groupsOf(owner.peerCreds.groups, length)
      case SO.SO_PEERPIDFD: return -ENODATA
      case SO.SO_PEERNAME: {
        const peer = owner.getPeer()
        return typeof peer === 'number' ? -ENOTCONN : peer.length < length ? -EINVAL : peer
      }
      case SO.SO_PEEK_OFF: return this.set.peekOffset ? words(this.peekOffset) : -EOPNOTSUPP
      case SO.SO_TIMESTAMPING_OLD: case SO.SO_TIMESTAMPING_NEW: return words(this.values.get(SO.SO_TIMESTAMPING_OLD) ?? 0, 0)
      case SO.SO_MAX_PACING_RATE: return task.syscallAbi === 'i386' && length < 8 ? words(-1) : length >= 8 ? words(-1, -1) : words(-1)
      case SO.SO_BPF_EXTENSIONS: return words(64)
      case SO.SO_INCOMING_CPU: return words(this.values.get(name) ?? -1)
      case SO.SO_MEMINFO: return words(owner.memory[0], this.rcvbuf, owner.memory[1], this.sndbuf, 0, owner.memory[2], 0, 0, 0)
      case SO.SO_COOKIE: return length < 8 ? -EINVAL : words(owner.cookie(), 0)
      case SO.SO_TXTIME: return words(0, 0)
      case SO.SO_NETNS_COOKIE: return length === 8 ? words(1, 0) : -EINVAL
      case SO.SO_BSDCOMPAT: case SO.SO_REUSEPORT: case SO.SO_ZEROCOPY: case SO.SO_INCOMING_NAPI_ID: case SO.SO_RESERVE_MEM: return words(0)
      case SO.SO_PRIORITY: case SO.SO_MARK: case SO.SO_BUSY_POLL: case SO.SO_BINDTOIFINDEX: case SO.SO_BUF_LOCK: return words(this.values.get(name) ?? 0)
      case SO.SO_PASSCRED: case SO.SO_PASSSEC: case SO.SO_PASSPIDFD: case SO_NEW.SO_PASSRIGHTS: case SO.SO_TXREHASH: return -EOPNOTSUPP
      default: return -ENOPROTOOPT
    }
  }
}

function doubled(n: number): number {
  return Math.min(n, 0x3fffffff) * 2
}

/** 32-bit words as little-endian bytes. */
export function words(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => view.setInt32(i * 4, value, true))
  return new Uint8Array(view.buffer)
}

function groupsOf(groups: readonly number[], length: number): Uint8Array | number {
  return length < groups.length * 4 ? -34 : words(...groups)
}

/** Linux: sock_get_timeout. */
export function timeout(task: Task, ns: number, old: boolean): Uint8Array {
  const seconds = ns === Infinity ? 0 : Math.floor(ns / 1e9)
  const micros = ns === Infinity ? 0 : Math.floor((ns % 1e9) / 1000)
  return task.syscallAbi === 'i386' && old ? words(seconds, micros) : words(seconds, 0, micros, 0)
}
