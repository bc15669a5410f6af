import type { FileSystem, InodeBase } from '../../fs/inode.js'
import { ProcText, ProcTree } from '../../fs/proc/nodes.js'
import { icmpText, netstatText, rawText, snmp6Text, snmpText, sockstat6Text, sockstatText, udpText } from '../../net/proc.js'
import type { NetStack } from '../../net/stack.js'
import type { UnixLayer } from '../unix/layer.js'
import { arpText, devText, ifInet6Text, routeText } from './devices.js'
import { tcpText } from './tcp.js'
import { unixText } from './unix.js'

/** /proc/net. @param used how many sockets have a file, for sockstat */
export function netTree(net: NetStack, unix: UnixLayer, used: () => number, sb: FileSystem, ino: number): InodeBase {
  const texts: readonly (readonly [string, () => string])[] = [
    ['arp', arpText], ['dev', () => devText(net)], ['icmp', () => icmpText(net, 4)], ['icmp6', () => icmpText(net, 6)], ['if_inet6', () => ifInet6Text(net)],
    ['netstat', () => netstatText(net)], ['raw', () => rawText(net, 4)], ['raw6', () => rawText(net, 6)], ['route', () => routeText(net)],
    ['snmp', () => snmpText(net)], ['snmp6', () => snmp6Text(net)], ['sockstat', () => sockstatText(net, used())], ['sockstat6', () => sockstat6Text(net)],
    ['tcp', () => tcpText(net, 4)], ['tcp6', () => tcpText(net, 6)], ['udp', () => udpText(net, 4)], ['udp6', () => udpText(net, 6)], ['unix', () => unixText(unix)],
  ]
  return new ProcTree(sb, ino, new Map(texts.map(([name, text], i) => [name, new ProcText(sb, ino + 1 + i, text)])))
}
