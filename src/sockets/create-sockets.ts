import { EAFNOSUPPORT, EINVAL, EOPNOTSUPP, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '../abi/errno.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import { AF, SOCK } from '../abi/flags/sockets.js'
import { STAT_MODE } from '../abi/flags/stat.js'
import { SyscallkitError } from '../base/errors.js'
import { anonymousFile } from '../fs/anonymous.js'
import { addProcPart } from '../fs/proc/extra.js'
import type { Kernel } from '../kernel/kernel.js'
import type { File } from '../kernel/ports/files.js'
import type { SocketLayer, SocketOps } from '../kernel/ports/sockets.js'
import type { Service, Subsystem } from '../kernel/ports/subsystem.js'
import type { Task } from '../kernel/task.js'
import { COMPLETE } from '../net/complete.js'
import type { NetDifferences } from '../net/differences.js'
import { NetStack } from '../net/stack.js'
import type { NetSysctl } from '../net/sysctl-defaults.js'
import { InetLayer } from './inet/inet-layer.js'
import { NetlinkLayer } from './netlink/netlink-layer.js'
import { sysctlTree } from './proc/sysctl.js'
import { netTree } from './proc/tree.js'
import { Socket } from './socket.js'
import { SocketOptions } from './sol-socket.js'
import { pairUnix } from './unix/connect.js'
import { UnixLayer } from './unix/layer.js'
import { UnixSocket } from './unix/unix-socket.js'

/** File system of sockets. */
const SOCKFS = { type: 'sockfs', magic: 0x534f434b, label: 'socket' }
/** One more than the largest type that socket(2) lets through. */
const SOCK_MAX = 11

/** Makes sockets of one address family. */
export type SocketFamily = (task: Task, type: number, protocol: number) => SocketOps | number

/** All sockets of one kernel. Linux: net/socket.c. */
export class Sockets implements SocketLayer {
  readonly kernel: Kernel
  readonly unix: UnixLayer
  /** Families beside AF_UNIX, by number. */
  readonly families = new Map<number, SocketFamily>()

  constructor(kernel: Kernel, unix: UnixLayer) {
    this.kernel = kernel
    this.unix = unix
  }

  get somaxconn(): number {
    return this.unix.limits.somaxconn
  }
  get optmemMax(): number {
    return this.unix.limits.optmem_max
  }

  create(task: Task, family: number, type: number, protocol: number): SocketOps | number {
    if (family < 0 || family >= AF.AF_MAX) return -EAFNOSUPPORT
    if (type < 0 || type >= SOCK_MAX) return -EINVAL
    if (family === AF.AF_UNIX) return this.createUnix(type, protocol)
    const make = this.families.get(family)
    return make === undefined ? -EAFNOSUPPORT : make(task, type, protocol)
  }

  /** Linux: unix_create. */
  private createUnix(type: number, protocol: number): UnixSocket | number {
    if (protocol !== 0 && protocol !== AF.AF_UNIX) return -EPROTONOSUPPORT
    const kind = type === SOCK.SOCK_RAW ? SOCK.SOCK_DGRAM : type
    if (kind !== SOCK.SOCK_STREAM && kind !== SOCK.SOCK_DGRAM && kind !== SOCK.SOCK_SEQPACKET) return -ESOCKTNOSUPPORT
    return new UnixSocket(this.unix, kind, protocol)
  }

  pair(task: Task, family: number, type: number, protocol: number): readonly [SocketOps, SocketOps] | number {
    const a = this.create(task, family, type, protocol)
    if (typeof a === 'number') return a
    const b = this.create(task, family, type, protocol)
    if (a instanceof UnixSocket && b instanceof UnixSocket) {
      pairUnix(a, b, task)
      return [a, b]
    }
    a.discard()
    if (typeof b === 'number') return b
    b.discard()
    return -EOPNOTSUPP
  }

  open(task: Task, socket: SocketOps, flags: number): File {
    const owner = { uid: task.creds.fsuid, gid: task.creds.fsgid }
    const file = anonymousFile(this.kernel, SOCKFS, STAT_MODE.S_IFSOCK | 0o777, OPEN_FLAGS.O_RDWR | (flags & OPEN_FLAGS.O_NONBLOCK), socket, owner)
    socket.attached(file)
    return file
  }

  of(file: File): SocketOps | null {
    return file.ops instanceof Socket ? file.ops : null
  }
}

/** Options of {@link createSockets}. */
export interface SocketsOptions {
  /** Knobs of the network that differ from Linux's defaults. */
  readonly sysctl?: Partial<NetSysctl>
  /** Ways of older kernels. */
  readonly differences?: Partial<NetDifferences>
}

/**
 * Sockets for a machine: `task.sockets`. The stack has a loopback device that is up; {@link netOf} finds it.
 *
 * @param network how the machine's stack is made, or a stack that is there already: one of its own for each machine, with
 * the machine's clock
 * @throws SyscallkitError when the machine is made, where the stack has another clock
 * @example
 * new Machine({ …, subsystems: [createFs({ root }), createFiles(), createSockets()] })
 */
export function createSockets(network: SocketsOptions | NetStack = {}): Subsystem<'sockets', SocketLayer> {
  return { key: 'sockets', version: 1, create: (kernel) => createService(kernel, stackFor(kernel, network)) }
}

function stackFor(kernel: Kernel, network: SocketsOptions | NetStack): NetStack {
  if (!(network instanceof NetStack)) return new NetStack({ clock: kernel.clock, random: kernel.random, ...COMPLETE, ...network })
  if (network.clock === kernel.clock) return network
  throw new SyscallkitError('ERR_SYSCALLKIT_OPTION', 'createSockets: the stack has another clock than the machine', { hint: 'Give both the same `clock`.' })
}

const stacks = /* @__PURE__ */ new WeakMap<Kernel, NetStack>()

/** The network stack of a kernel that was composed with {@link createSockets}; null for others. */
export function netOf(kernel: Kernel): NetStack | null {
  return stacks.get(kernel) ?? null
}

function createService(kernel: Kernel, net: NetStack): Service<SocketLayer> {
  stacks.set(kernel, net)
  const inet = new InetLayer(kernel, net)
  const layer = new Sockets(kernel, new UnixLayer(kernel, net))
  layer.families.set(AF.AF_INET, (task, type, protocol) => inet.create(4, task, type, protocol))
  layer.families.set(AF.AF_INET6, (task, type, protocol) => inet.create(6, task, type, protocol))
  const netlink = new NetlinkLayer(net, layer.unix)
  layer.families.set(AF.AF_NETLINK, (_task, type, protocol) => netlink.create(type, protocol))
  addProcPart(kernel, 'net', (sb, ino) => netTree(net, layer.unix, () => [...layer.unix.sockets].filter(({ file }) => file !== null).length + inet.sockets.size, sb, ino))
  addProcPart(kernel, 'sys/net', (sb, ino) => sysctlTree(net, sb, ino))
  return {
    attach: () => layer,
    saving: () => ({ classes: { UnixSocket, SocketOptions }, kept: { layer, inet, net, families: layer.families, limits: layer.unix.limits }, filled: { unix: layer.unix } }),
  }
}
