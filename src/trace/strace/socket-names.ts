/** Names of options of sockets that strace 6.1 knows, in its words. */
import { IP_OPTIONS, IPPROTO, IPV6_OPTIONS, NETLINK, SO, SOL, TCP_OPTIONS, UDP_OPTIONS } from '../../abi/flags/sockets.js'
import { all, joined, type Names } from './flags.js'

/** What the kernel's headers have and strace 6.1 has not. */
const NEWER: readonly string[] = ['SO_PASSPIDFD', 'SO_PEERPIDFD']

function known(names: Names): Names {
  return names.filter(([name]) => !NEWER.includes(name))
}


function groupNames(): Names {
  return ipOptionNames.filter(([name]) => name.startsWith('MCAST_'))
}

/** SOL_* in the order of strace. */
export const levelNames: Names = /* @__PURE__ */ all(SOL)
/** SO_* */
export const socketOptionNames: Names = /* @__PURE__ */ known(/* @__PURE__ */ all(SO))
/** TCP_* */
export const tcpOptionNames: Names = /* @__PURE__ */ all(TCP_OPTIONS)
/** IP_* */
export const ipOptionNames: Names = /* @__PURE__ */ all(IP_OPTIONS)
/** IPV6_*, and MCAST_*, which both levels have. */
export const ipv6OptionNames: Names = /* @__PURE__ */ joined(/* @__PURE__ */ all(IPV6_OPTIONS), [['IPV6_ORIGDSTADDR', 74n]], /* @__PURE__ */ groupNames())
/** UDP_* */
export const udpOptionNames: Names = /* @__PURE__ */ all(UDP_OPTIONS)
/** IPPROTO_* */
export const protocolNames: Names = /* @__PURE__ */ all(IPPROTO)
/** NETLINK_* */
export const netlinkNames: Names = /* @__PURE__ */ all(NETLINK)
/** NETLINK_* of setsockopt. */
export const netlinkOptionNames: Names = [
  ['NETLINK_ADD_MEMBERSHIP', 1n], ['NETLINK_DROP_MEMBERSHIP', 2n], ['NETLINK_PKTINFO', 3n], ['NETLINK_BROADCAST_ERROR', 4n], ['NETLINK_NO_ENOBUFS', 5n],
  ['NETLINK_RX_RING', 6n], ['NETLINK_TX_RING', 7n], ['NETLINK_LISTEN_ALL_NSID', 8n], ['NETLINK_LIST_MEMBERSHIPS', 9n], ['NETLINK_CAP_ACK', 10n],
  ['NETLINK_EXT_ACK', 11n], ['NETLINK_GET_STRICT_CHK', 12n],
]

/** Options of SOL_RAW and SOL_PACKET. */
const rawOptionNames: Names = [['ICMP_FILTER', 1n]]
const packetOptionNames: Names = [
  ['PACKET_ADD_MEMBERSHIP', 1n], ['PACKET_DROP_MEMBERSHIP', 2n], ['PACKET_RECV_OUTPUT', 3n], ['PACKET_RX_RING', 5n], ['PACKET_STATISTICS', 6n],
  ['PACKET_COPY_THRESH', 7n], ['PACKET_AUXDATA', 8n], ['PACKET_ORIGDEV', 9n], ['PACKET_VERSION', 10n], ['PACKET_HDRLEN', 11n], ['PACKET_RESERVE', 12n],
  ['PACKET_TX_RING', 13n], ['PACKET_LOSS', 14n], ['PACKET_VNET_HDR', 15n], ['PACKET_TX_TIMESTAMP', 16n], ['PACKET_TIMESTAMP', 17n], ['PACKET_FANOUT', 18n],
  ['PACKET_TX_HAS_OFF', 19n], ['PACKET_QDISC_BYPASS', 20n], ['PACKET_ROLLOVER_STATS', 21n], ['PACKET_FANOUT_DATA', 22n], ['PACKET_IGNORE_OUTGOING', 23n],
]

/** Options of a level, and the words for one it does not know. */
export function optionNames(level: number): readonly [names: Names, unknown: string] | null {
  switch (level) {
    case SOL.SOL_SOCKET: return [socketOptionNames, 'SO_???']
    case SOL.SOL_IP: return [ipOptionNames, 'IP_???']
    case SOL.SOL_IPV6: return [ipv6OptionNames, 'IPV6_???']
    case SOL.SOL_TCP: return [tcpOptionNames, 'TCP_???']
    case SOL.SOL_UDP: return [udpOptionNames, 'UDP_???']
    case SOL.SOL_RAW: return [rawOptionNames, 'RAW_???']
    case SOL.SOL_PACKET: return [packetOptionNames, 'PACKET_???']
    case SOL.SOL_NETLINK: return [netlinkOptionNames, 'NETLINK_???']
    default: return null
  }
}
