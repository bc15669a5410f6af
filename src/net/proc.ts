import type { IpAddress } from './address.js'
import type { DatagramSock } from './datagram.js'
import { MIB, MIB_GROUPS } from './mib.js'
import type { Sock } from './sock.js'
import type { SocketTable } from './socket-table.js'
import type { NetStack } from './stack.js'

const TYPES_OUT = 256

function lines(prefix: string, names: readonly string[], values: readonly number[]): string {
  return `${prefix}: ${names.join(' ')}\n${prefix}: ${values.map((value) => value.toFixed(0)).join(' ')}\n`
}

function group(net: NetStack, name: string, base: number): string {
  const names = MIB_GROUPS.find((entry) => entry[0] === name)?.[1] ?? []
  return lines(name, names, names.map((_, i) => net.mib[base + i]!))
}

/** The counters that are not counted: RFC 1213's constants. */
function refreshConstants(net: NetStack): void {
  const { mib, sysctl } = net
  mib[MIB.IpForwarding] = sysctl.ip_forward !== 0 ? 1 : 2
  mib[MIB.IpDefaultTTL] = sysctl.ip_default_ttl
  mib[MIB.TcpRtoAlgorithm] = 1
  mib[MIB.TcpRtoMin] = 200
  mib[MIB.TcpRtoMax] = 120_000
  mib[MIB.TcpMaxConn] = -1
}

/** ICMP messages by type that occurred. Linux: icmpmsg_put. */
function icmpTypes(net: NetStack): string {
  const names: string[] = [], values: number[] = []
  for (const [base, word] of [[0, 'InType'], [TYPES_OUT, 'OutType']] as const) {
    for (let type = 0; type < 256; type++) {
      const count = net.ip.icmpTypes[base + type]!
      if (count === 0) continue
      names.push(`${word}${type}`)
      values.push(count)
    }
  }
  return names.length === 0 ? '' : lines('IcmpMsg', names, values)
}

/** /proc/net/snmp. Linux: snmp_seq_show. */
export function snmpText(net: NetStack): string {
  refreshConstants(net)
  return (
    group(net, 'Ip', MIB.IpForwarding) + group(net, 'Icmp', MIB.IcmpInMsgs) + icmpTypes(net) + group(net, 'Tcp', MIB.TcpRtoAlgorithm) +
    group(net, 'Udp', MIB.UdpInDatagrams) + group(net, 'UdpLite', MIB.UdpLiteInDatagrams)
  )
}

/** /proc/net/netstat. Linux: netstat_seq_show. */
export function netstatText(net: NetStack): string {
  return group(net, 'TcpExt', MIB.SyncookiesSent) + group(net, 'IpExt', MIB.IpExtInNoRoutes)
}

/** /proc/net/snmp6. Linux: snmp6_seq_show. */
export function snmp6Text(net: NetStack): string {
  const names = MIB_GROUPS.find((entry) => entry[0] === 'Snmp6')?.[1] ?? []
  const line = (name: string, value: number): string => `${name.padEnd(32)}\t${value.toFixed(0)}\n`
  let text = '', types = ''
  for (const [base, word] of [[512, 'InType'], [768, 'OutType']] as const) {
    for (let type = 0; type < 256; type++) if (net.ip.icmpTypes[base + type] !== 0) types += line(`Icmp6${word}${type}`, net.ip.icmpTypes[base + type]!)
  }
  names.forEach((name, i) => {
    if (name === 'Udp6InDatagrams') text += types
    text += line(name, net.mib[MIB.Ip6InReceives + i]!)
  })
  return text
}

const count = (table: SocketTable<Sock>, family: 4 | 6): number => [...table.sockets()].filter((sk) => sk.family === family).length

/** /proc/net/sockstat. Linux: sockstat_seq_show. @param used sockets of all families */
export function sockstatText(net: NetStack, used: number): string {
  const { tcp } = net
  return (
    `sockets: used ${used}\nTCP: inuse ${tcp.inUse4} orphan ${tcp.orphans} tw ${tcp.timeWaits} alloc ${tcp.sockets} mem ${tcp.memoryPages}\n` +
    `UDP: inuse ${count(net.udp, 4)} mem ${udpPages(net)}\nUDPLITE: inuse 0\nRAW: inuse ${count(net.raw, 4)}\n` +
    `FRAG: ${fragmentsHeld(net, 4)}\n`
  )
}

function fragmentsHeld(net: NetStack, family: 4 | 6): string {
  const memory = net.fragments?.memory[family] ?? 0
  return `inuse ${memory > 0 ? 1 : 0} memory ${memory}`
}

function udpPages(net: NetStack): number {
  let pages = 0
  for (const sk of net.udp.sockets()) pages += Math.ceil(sk.rmemAlloc / 4096)
  return pages
}

/** /proc/net/sockstat6. Linux: sockstat6_seq_show. */
export function sockstat6Text(net: NetStack): string {
  return (
    `TCP6: inuse ${net.tcp.inUse6}\nUDP6: inuse ${count(net.udp, 6)}\nUDPLITE6: inuse 0\nRAW6: inuse ${count(net.raw, 6)}\n` +
    `FRAG6: ${fragmentsHeld(net, 6)}\n`
  )
}

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0')
const swap = (word: number): number => (((word >>> 24) & 0xff) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24)) >>> 0

/** An address as the tables of /proc/net print it: words in the host's byte order, then the port. */
export function procAddress(family: 4 | 6, address: IpAddress, port: number): string {
  const text = family === 4 ? hex(swap(address.d), 8) : [address.a, address.b, address.c, address.d].map((word) => hex(swap(word), 8)).join('')
  return `${text}:${hex(port, 4)}`
}

const HEADER4 = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops'
const HEADER6 = '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n'

function datagramLine(sk: DatagramSock, slot: number, tail: (line: string) => string): string {
  const local = procAddress(sk.family, sk.boundAddress, sk.localPort)
  const remote = procAddress(sk.family, sk.remote, sk.remotePort)
  const queues = `${hex(sk.wmemQueued, 8)}:${hex(sk.rmemAlloc, 8)}`
  return tail(
    `${String(slot).padStart(5)}: ${local} ${remote} ${hex(sk.state, 2)} ${queues} 00:00000000 00000000 ${String(sk.uid).padStart(5)}        0 ${sk.inode} 2 0000000000000000 ${sk.drops}`,
  )
}

function table(family: 4 | 6, header4: string, width: number, sockets: Iterable<DatagramSock>, slotOf: (sk: DatagramSock) => number): string {
  let text = family === 4 ? `${header4.padEnd(width)}\n` : HEADER6
  for (const sk of sockets) if (sk.family === family) text += datagramLine(sk, slotOf(sk), (line) => (family === 4 ? `${line.padEnd(width)}\n` : `${line}\n`))
  return text
}

/** /proc/net/udp and udp6. Linux: udp4_seq_show, udp6_seq_show. */
export function udpText(net: NetStack, family: 4 | 6): string {
  return table(family, ` ${HEADER4}`, 127, net.udp.sockets(), (sk) => sk.localPort % net.sysctl.udp_hash_entries)
}

/** /proc/net/raw and raw6. Linux: raw_seq_show, raw6_seq_show. */
export function rawText(net: NetStack, family: 4 | 6): string {
  return table(family, HEADER4, 0, net.raw.sockets(), (sk) => sk.protocol & 255)
}

/** /proc/net/icmp and icmp6. Linux: ping_v4_seq_show, ping_v6_seq_show. */
export function icmpText(net: NetStack, family: 4 | 6): string {
  return table(family, HEADER4, 128, net.ping.sockets(), (sk) => sk.localPort & 63)
}
