import { EACCES, EINVAL, EPERM } from '../../abi/errno.js'
import { CAP } from '../../abi/flags/capability.js'
import { IPPROTO, SOCK } from '../../abi/flags/sockets.js'
import { capable } from '../../kernel/creds.js'
import type { Kernel } from '../../kernel/kernel.js'
import type { Task } from '../../kernel/task.js'
import type { Timer } from '../../kernel/timers.js'
import type { Sock } from '../../net/sock.js'
import type { NetStack } from '../../net/stack.js'
import { InetSocket } from './inet-socket.js'

/** One more than the largest protocol (IPPROTO_MAX). */
const IPPROTO_MAX = 263

/**
 * The first nanosecond that the stack reads as that microsecond or a later one. From 2^53 nanoseconds on, which is a hundred
 * days, the product may round to one that it still reads as the microsecond before.
 */
function nanosecondOf(microsecond: number): number {
  const at = microsecond * 1000
  return Math.floor(at / 1000) < microsecond ? at * (1 + Number.EPSILON) : at
}

/**
 * A stack inside a kernel: its timers are one timer of the kernel's, and what it says of its sockets wakes who waits.
 */
export class InetLayer {
  readonly kernel: Kernel
  readonly net: NetStack
  /** Sockets with a file, by the id of the stack's. */
  readonly sockets = new Map<number, InetSocket>()
  private timer: Timer | null = null

  constructor(kernel: Kernel, net: NetStack) {
    this.kernel = kernel
    this.net = net
    net.onReady = (sock, bits) => this.ready(sock, bits)
    net.onSettled = () => void this.settled(0)
    kernel.timers.handle('net', () => {
      this.timer = null
      net.runTimers()
      this.settled(0)
    })
  }

  private ready(sock: Sock, bits: number): void {
    this.sockets.get(sock.id)?.ready(bits)
  }

  /** Passes a result on, and has the kernel call when the stack's next timer is due. */
  settled<T>(result: T): T {
    const at = nanosecondOf(this.net.nextTimer())
    const { timer, kernel } = this
    if (timer !== null && timer.at === at) return result
    if (timer !== null) {
      if (timer.at < at) return result // it comes early and finds nothing to do
      kernel.timers.cancel(timer)
    }
    this.timer = at === Infinity ? null : kernel.timers.add(at, 'net', 0)
    kernel.wakeHost()
    return result
  }

  /** Linux: inet_create, inet6_create. */
  create(family: 4 | 6, task: Task, type: number, protocol: number): InetSocket | number {
    if (protocol < 0 || protocol >= IPPROTO_MAX) return -EINVAL
    const ping = type === SOCK.SOCK_DGRAM && protocol === (family === 4 ? IPPROTO.IPPROTO_ICMP : IPPROTO.IPPROTO_ICMPV6)
    if (ping && !this.mayPing(task)) return -EACCES
    if (type === SOCK.SOCK_RAW && protocol !== 0 && !capable(task.creds, CAP.CAP_NET_RAW)) return -EPERM
    const sock = this.net.socket(family, type, protocol)
    return typeof sock === 'number' ? sock : new InetSocket(this, sock)
  }

  /** Whether one of the task's groups is in net.ipv4.ping_group_range. Linux: ping_init_sock. */
  private mayPing({ creds }: Task): boolean {
    const [low, high] = this.net.sysctl.ping_group_range
    return [creds.egid, ...creds.groups].some((gid) => gid >= low && gid <= high)
  }
}
