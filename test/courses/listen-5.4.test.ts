/**
 * A laboratory on listen(2) and Linux 5.4.34 (x86_64), in its order: a root file system, the call's number and prototype,
 * listen function by function (the code that it prints is older: lab 3.19), the tables, and the way of a call as it sums
 * it up. docs/course-errata.md says where it errs. Oracle: net/socket.c, net/ipv4/{af_inet,inet_connection_sock,inet_hashtables}.c
 * of 5.4 and 3.19; queues, counters and states against Linux itself are in test/sockets.
 */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { SO, SOL, tableI386, tableX86_64, unpackTable } from 'syscallkit/abi'
import { addSecurityHooks } from 'syscallkit/kernel'
import { ipv4, setSockOption, TCP, TcpSocket, type NetStack } from 'syscallkit/net'
import { createLinux } from 'syscallkit/presets/current'
import { labs } from 'syscallkit/presets/labs'
import { netOf } from 'syscallkit/sockets'
import { listen, syscallMetadata } from 'syscallkit/syscalls'
import { inlineSyscall, type SyscallHost } from 'syscallkit/x86_64'
import { asUserCode } from './user-code.js'
import { courseMachine, pushes, symbols, wayTo } from './walk.js'

const KERNEL = '5.4.34'
const lab = labs[KERNEL]
const NR = { socket: 41, listen: 50 } as const
const AF_INET = 2, AF_UNIX = 1, SOCK_STREAM = 1, SOCK_DGRAM = 2
const LOOPBACK = ipv4(0x7f000001)
const BUSYBOX = process.env['BUSYBOX_X86_64'] ?? '/bin/busybox'
const S_IFDIR = 0o040000, S_IFREG = 0o100000, S_IFLNK = 0o120000

const call = (caller: SyscallHost, nr: number, ...args: number[]): number => {
  const { result, errno } = inlineSyscall(caller, 'x86_64', nr, args)
  return errno === 0 ? Number(result) : -errno
}

/** The stack of a lab, alone. */
function stackOf(kernel: keyof typeof labs, knobs: Readonly<Record<string, number>> = {}): NetStack {
  const net = netOf(createLinux({ lab: labs[kernel] }).kernel)!
  Object.assign(net.sysctl, knobs)
  return net
}
function bound(net: NetStack, port: number): TcpSocket {
  const sk = new TcpSocket(net, 4)
  expect(sk.bind({ address: LOOPBACK, port })).toBe(0)
  return sk
}
function connect(net: NetStack, port: number): TcpSocket {
  const sk = new TcpSocket(net, 4)
  sk.connect({ address: LOOPBACK, port })
  return sk
}

const missing = existsSync(BUSYBOX) ? '' : ` (no ${BUSYBOX} here)`

test.skipIf(missing !== '')(`2.5: the init script of a root file system of busybox mounts /proc and /sys, greets, and starts a shell${missing}`, async () => {
  let output = ''
  const write = (bytes: Uint8Array): void => void (output += Buffer.from(bytes).toString())
  const script = '#!/bin/sh\nmount -t proc none /proc\nmount -t sysfs none /sys\necho "Welcome!"\ncd home\n/bin/sh\n'
  const link = (name: string) => ({ path: `bin/${name}`, mode: S_IFLNK | 0o777, target: 'busybox' })
  const machine = createLinux({
    lab,
    root: [
      ...['', 'bin', 'dev', 'proc', 'sys', 'home'].map((path) => ({ path, mode: S_IFDIR | 0o755 })),
      { path: 'bin/busybox', mode: S_IFREG | 0o755, data: readFileSync(BUSYBOX) }, ...['sh', 'mount', 'ls', 'uname', 'pwd'].map(link),
      { path: 'init', mode: S_IFREG | 0o755, data: Buffer.from(script) },
    ],
    stdin: Buffer.from('uname -r; pwd; ls /sys; exit 3\n'), stdout: write, stderr: write,
  })
  machine.spawn(readFileSync(BUSYBOX), { path: '/bin/busybox', argv: ['sh', '/init'] })
  expect((await machine.run()).status).toBe(3)
  expect(output).toBe('Welcome!\n5.4.34\n/home\nblock\nbus\nclass\ndev\ndevices\nfirmware\nfs\nkernel\nmodule\npower\n')
})

describe('3: the call', () => {
  it('is number 50 of 64-bit programs; int $0x80 has another table, where 50 is getegid and listen came late', () => {
    expect(unpackTable(tableX86_64, KERNEL).byNumber.get(50)?.name).toBe('listen')
    const i386 = unpackTable(tableI386, KERNEL)
    expect([i386.byNumber.get(50)?.name, i386.byName.get('listen')?.nr, i386.byName.get('socketcall')?.nr]).toEqual(['getegid', 363, 102])
    expect(unpackTable(tableI386, '3.19').byName.has('listen')).toBe(false)
  })
  it('takes a descriptor and a backlog', () => {
    expect(syscallMetadata(listen, 50)).toEqual({ name: 'sys_listen', syscallNr: 50, nbArgs: 2, types: ['int', 'int'], args: ['fd', 'backlog'] })
  })
})

describe('3.2: SYSCALL_DEFINE2(listen)', () => {
  it('finds the socket by its descriptor: EBADF, ENOTSOCK', async () => {
    expect(await asUserCode({ lab, stdin: new Uint8Array(0) }, (caller) => [call(caller, NR.listen, 9, 1), call(caller, NR.listen, 0, 1)])).toEqual([-9, -88])
  })
  it('clamps the backlog, as unsigned, to somaxconn: 128 on 3.19, 4096 since 5.4', () => {
    const clamped = (kernel: '3.19' | '5.4.34', backlog: number): number | undefined => {
      const machine = createLinux({ lab: labs[kernel] })
      const seen: number[] = []
      addSecurityHooks(machine.kernel, { socketListen(_task, _socket, asked) {
        seen.push(asked)
        return 0
      } })
      const task = machine.spawn(null)
      const { run } = machine.calls.tables.x86_64!.entries[NR.socket]!
      const fd = run(task, AF_INET, SOCK_STREAM, 0)
      machine.calls.tables.x86_64!.entries[NR.listen]!.run(task, fd, backlog)
      expect(netOf(machine.kernel)!.listeners()[0]!.maxAckBacklog).toBe(seen[0])
      return seen[0]
    }
    expect([clamped('3.19', 1000), clamped('3.19', -1), clamped('5.4.34', 1000), clamped('5.4.34', -1)]).toEqual([128, 128, 1000, 4096])
  })
  it('asks the security module before the protocol', () => {
    const machine = createLinux({ lab })
    const task = machine.spawn(null)
    const { entries } = machine.calls.tables.x86_64!
    const fd = entries[NR.socket]!.run(task, AF_INET, SOCK_STREAM, 0)
    const unload = addSecurityHooks(machine.kernel, { socketListen: () => -13 })
    expect([entries[NR.listen]!.run(task, 99, 1), entries[NR.listen]!.run(task, fd, 1)]).toEqual([-9, -13])
    unload()
    expect(entries[NR.listen]!.run(task, fd, 1)).toBe(0)
  })
  it('calls the listen of the protocol: datagrams have none, AF_UNIX wants a name', async () => {
    const of = (family: number, type: number) => asUserCode({ lab }, (caller) => call(caller, NR.listen, call(caller, NR.socket, family, type, 0), 1))
    expect([await of(AF_INET, SOCK_DGRAM), await of(AF_UNIX, SOCK_STREAM)]).toEqual([-95, -22])
  })
})

describe('inet_listen', () => {
  it('wants an unconnected stream socket in CLOSE or LISTEN; a listener has its backlog changed only', () => {
    const net = stackOf(KERNEL)
    const sk = bound(net, 80)
    expect([sk.state, sk.listen(3), sk.state, sk.maxAckBacklog]).toEqual([TCP.CLOSE, 0, TCP.LISTEN, 3])
    expect([sk.listen(7), sk.maxAckBacklog, net.listeners().length]).toEqual([0, 7, 1])
    expect(connect(net, 80).listen(1)).toBe(-22)
  })
  it('sizes Fast Open’s queue by the bits of tcp_fastopen: 0x402 the backlog; on 3.19 0x802 the upper half of the knob', () => {
    const queue = (kernel: '3.19' | '5.4.34', tcp_fastopen: number): number | undefined => {
      const sk = bound(stackOf(kernel, { tcp_fastopen }), 80)
      sk.listen(6)
      return sk.fastOpenQueue?.maxQlen
    }
    expect([queue('3.19', 0x402), queue('3.19', 0x90802), queue('5.4.34', 0x402), queue('5.4.34', 0x90802)]).toEqual([6, 9, 6, undefined])
  })
})

describe('inet_csk_listen_start', () => {
  it('allocates a table of half-open connections on 3.19: a power of two over max(8, min(backlog, tcp_max_syn_backlog)) + 1; on 5.4 nothing', () => {
    const entries = (kernel: keyof typeof labs, backlog: number, tcp_max_syn_backlog: number): number | undefined => {
      const sk = bound(stackOf(kernel, { tcp_max_syn_backlog }), 80)
      sk.listen(backlog)
      return sk.acceptQueue?.synTableEntries
    }
    expect([entries('3.19', 2, 512), entries('3.19', 100, 512), entries('3.19', 100, 20)]).toEqual([16, 128, 32])
    expect([entries('5.4.34', 100, 512), entries('2.4.18', 2, 512)]).toEqual([0, 512]) // 2.4 asks the knob alone
  })
  it('asks for the port again, which two sockets with SO_REUSEADDR may both have bound: EADDRINUSE, and CLOSE again', () => {
    const net = stackOf(KERNEL)
    const changes: number[][] = []
    const [first, second] = [new TcpSocket(net, 4), new TcpSocket(net, 4)]
    for (const sk of [first, second]) {
      expect(setSockOption(sk, SOL.SOL_SOCKET, SO.SO_REUSEADDR, Uint8Array.of(1, 0, 0, 0))).toBe(0)
      expect(sk.bind({ address: LOOPBACK, port: 80 })).toBe(0)
    }
    expect(first.listen(1)).toBe(0)
    net.events.on('state', ({ oldState, newState }) => void changes.push([oldState, newState]))
    expect([second.listen(1), second.state]).toEqual([-98, TCP.CLOSE])
    expect(changes).toEqual([[TCP.CLOSE, TCP.LISTEN], [TCP.LISTEN, TCP.CLOSE]])
  })
  it('without bind the port is chosen here', () => {
    const sk = new TcpSocket(stackOf(KERNEL), 4)
    expect([sk.listen(1), sk.localPort >= 32768]).toEqual([0, true])
  })
})

describe('inet_hash', () => {
  it('puts a listener into the listening hash, by port alone before 5.19; connections go into the other; both are counted', () => {
    for (const [kernel, same] of [['5.4.34', true], ['3.19', true]] as const) {
      const net = stackOf(kernel)
      const [a, b] = [bound(net, 80), new TcpSocket(net, 4)]
      b.bind({ address: ipv4(0x7f000002), port: 80 })
      a.listen(4)
      b.listen(4)
      const bucketOf = (sk: TcpSocket): number | undefined => [...net.tcp.listening].find(([, list]) => list.includes(sk))?.[0]
      expect([bucketOf(a) === bucketOf(b), bucketOf(a)]).toEqual([same, 80 % 32])
      expect([net.tcp.listenerCount, net.tcp.inUse4]).toEqual([2, 2])
      connect(net, 80)
      expect([net.tcp.establishedCount, net.tcp.inUse4]).toEqual([2, 4]) // both ends
    }
  })
})

describe('two queues', () => {
  /** Clients that connect to a listener with backlog 1 and nobody who accepts. */
  const crowd = (kernel: keyof typeof labs) => {
    const net = stackOf(kernel)
    const sk = bound(net, 80)
    sk.listen(1)
    const clients = Array.from({ length: 5 }, () => connect(net, 80))
    return { clients: clients.map(({ state }) => state), syn: sk.synQueue.length, accept: sk.ackBacklog }
  }
  it('5.4: backlog + 1 wait for accept; further SYNs are dropped', () => {
    expect(crowd('5.4.34')).toEqual({ clients: [TCP.ESTABLISHED, TCP.ESTABLISHED, TCP.SYN_SENT, TCP.SYN_SENT, TCP.SYN_SENT], syn: 0, accept: 2 })
  })
  it('3.19 takes two more, whose clients believe to be connected', () => {
    expect(crowd('3.19')).toEqual({ clients: [TCP.ESTABLISHED, TCP.ESTABLISHED, TCP.ESTABLISHED, TCP.ESTABLISHED, TCP.SYN_SENT], syn: 2, accept: 2 })
  })
})

describe('4: the way of a call', () => {
  const walk = () => {
    const machine = courseMachine(KERNEL)
    machine.spawn(readFileSync(new URL('../../fixtures/bin/x86_64/listen', import.meta.url)), { path: '/listen' })
    return wayTo(machine, '__x64_sys_listen')
  }
  it('SYSCALL, entry_SYSCALL_64, do_syscall_64, the routine, and SYSRET: no int $0x80, no SAVE_ALL', () => {
    const steps = walk()
    expect(symbols(steps)).toEqual(['hardware', 'entry_SYSCALL_64', 'do_syscall_64', 'syscall_return_via_sysret'])
    expect(steps.find(({ routine }) => routine !== undefined)!.symbol).toMatch(/^do_syscall_64\+/)
  })
  it('the kernel stack fills from pt_regs’ end to its start: ss, sp, flags, cs, ip, orig_ax, then what user code had', () => {
    const pushed = pushes(walk(), 8)
    const [ss, sp, flags, cs, ip, nr, di, si, , cx, ax] = pushed
    expect([ss, cs, nr, di, si, ax]).toEqual([0x2b, 0x33, NR.listen, 3, 2, -38])
    expect([cx, flags! & 0x200]).toEqual([ip, 0x200])
    expect(sp).toBeGreaterThan(0x7ff000000000)
    expect(pushed).toHaveLength(21 + 2) // pt_regs, and on the way back rsp and rdi on the entry stack
  })
})
