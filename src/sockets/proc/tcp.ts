import { procAddress } from '../../net/proc.js'
import { TCP } from '../../net/sock.js'
import type { NetStack } from '../../net/stack.js'
import { RequestSock } from '../../net/tcp/request-sock.js'
import { TCP_TIMER, TcpSock } from '../../net/tcp/tcp-sock.js'
import { TimeWaitSock } from '../../net/tcp/time-wait-sock.js'

const HEADER4 = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
const HEADER6 = '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
/** Columns of a line of /proc/net/tcp, its newline apart. */
const WIDTH = 149
const POINTER = '0000000000000000'
/** ssthresh of a connection that never lost anything (TCP_INFINITE_SSTHRESH). */
const INFINITE = 0x7fffffff

const hex = (value: number, digits: number): string => (value >>> 0).toString(16).toUpperCase().padStart(digits, '0')
/** Hundredths of a second (USER_HZ) until a time of the stack. */
const ticks = (net: NetStack, at: number): number => Math.max(0, Math.floor((at - net.now) / 10_000))
const milli = (ms: number): number => Math.floor(ms / 10)

interface Ends {
  readonly family: 4 | 6
  readonly local: TcpSock['local']
  readonly remote: TcpSock['remote']
  readonly localPort: number
  readonly remotePort: number
}

const ends = (of: Ends): string => `${procAddress(of.family, of.local, of.localPort)} ${procAddress(of.family, of.remote, of.remotePort)}`

/** Which timer runs and when it is due. Linux: get_tcp4_sock. */
function timerOf(sk: TcpSock): readonly [kind: number, at: number] {
  const { pending } = sk.tcb
  if (pending === TCP_TIMER.PROBE0) return [4, sk.tcb.retransTimer?.at ?? sk.net.now]
  if (pending !== 0) return [1, sk.tcb.retransTimer?.at ?? sk.net.now]
  return sk.tcb.keepTimer?.armed === true ? [2, sk.tcb.keepTimer.at] : [0, sk.net.now]
}

function socketLine(sk: TcpSock): string {
  const listens = sk.state === TCP.LISTEN
  const rx = listens ? sk.ackBacklog : Math.max(0, (sk.tcb.rcvNxt - sk.tcb.copiedSeq) | 0)
  const [kind, at] = timerOf(sk)
  const queues = `${hex((sk.tcb.writeSeq - sk.tcb.sndUna) | 0, 8)}:${hex(rx, 8)} ${hex(kind, 2)}:${hex(ticks(sk.net, at), 8)} ${hex(sk.tcb.retransmits, 8)}`
  const ssthresh = listens ? 0 : sk.tcb.sndSsthresh >= INFINITE ? -1 : sk.tcb.sndSsthresh
  const ack = `${milli(sk.tcb.rtoMs)} ${milli(sk.tcb.ackAtoMs)} ${(sk.tcb.quickAcks << 1) | (sk.tcb.pingpong >= 3 ? 1 : 0)} ${sk.tcb.sndCwnd} ${ssthresh}`
  return `${ends(sk)} ${hex(sk.state, 2)} ${queues} ${String(sk.uid).padStart(5)} ${String(sk.tcb.probesOut).padStart(8)} ${sk.inode} ${sk.dead ? 1 : 2} ${POINTER} ${ack}`
}

function requestLine(req: RequestSock): string {
  const at = req.timer.armed ? req.timer.at : req.net.now
  return `${ends(req)} ${hex(TCP.SYN_RECV, 2)} 00000000:00000000 01:${hex(ticks(req.net, at), 8)} ${hex(0, 8)} ${String(req.listener.uid).padStart(5)} ${'0'.padStart(8)} 0 0 ${POINTER}`
}

function timeWaitLine(tw: TimeWaitSock): string {
  const at = tw.timer.armed ? tw.timer.at : tw.net.now
  return `${ends(tw)} ${hex(tw.state, 2)} 00000000:00000000 03:${hex(ticks(tw.net, at), 8)} 00000000 ${'0'.padStart(5)} ${'0'.padStart(8)} 0 3 ${POINTER}`
}

/** /proc/net/tcp and tcp6: listeners, then connections, requests and TIME_WAIT. Linux: tcp4_seq_show, tcp6_seq_show. */
export function tcpText(net: NetStack, family: 4 | 6): string {
  net.refresh()
  const lines: string[] = []
  const add = (line: string): void => {
    const text = `${String(lines.length).padStart(4)}: ${line}`
    lines.push(family === 4 ? text.padEnd(WIDTH) : text)
  }
  for (const sk of net.tcp.listeners()) if (sk.family === family) add(socketLine(sk))
  for (const entry of net.tcp.connections()) {
    if (entry instanceof TcpSock && entry.family === family) add(socketLine(entry))
    else if (entry instanceof RequestSock && entry.family === family) add(requestLine(entry))
    else if (entry instanceof TimeWaitSock && entry.family === family) add(timeWaitLine(entry))
  }
  const head = family === 4 ? `${HEADER4.padEnd(WIDTH)}\n` : HEADER6
  return head + lines.map((line) => `${line}\n`).join('')
}
