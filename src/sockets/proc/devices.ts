import type { IpAddress } from '../../net/address.js'
import type { NetStack } from '../../net/stack.js'

const hex = (value: number, digits: number): string => (value >>> 0).toString(16).padStart(digits, '0')
/** IPv4 addresses are printed as they lie in memory. */
const swapped = (word: number): string => {
  const view = new DataView(new ArrayBuffer(4))
  view.setInt32(0, word)
  return view.getUint32(0, true).toString(16).toUpperCase().padStart(8, '0')
}
const words = ({ a, b, c, d }: IpAddress): string => [a, b, c, d].map((word) => hex(word, 8)).join('')

/** /proc/net/dev. Linux: dev_seq_show. */
export function devText(net: NetStack): string {
  const head = 'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n'
  const n = (value: number, width: number): string => String(value).padStart(width)
  const line = ({ name, statistics: s }: NetStack['devices'][number]): string =>
    `${name.padStart(6)}: ${n(s.rxBytes, 7)} ${n(s.rxPackets, 7)} ${n(0, 4)} ${n(s.rxDropped, 4)} ${n(0, 4)} ${n(0, 5)} ${n(0, 10)} ${n(0, 9)} ` +
    `${n(s.txBytes, 8)} ${n(s.txPackets, 7)} ${n(0, 4)} ${n(s.txDropped, 4)} ${n(0, 4)} ${n(0, 5)} ${n(0, 7)} ${n(0, 10)}\n`
  return head + net.devices.map(line).join('')
}

const ROUTE_HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'
const RTF = { UP: 1, GATEWAY: 2, HOST: 4, REJECT: 0x200 } as const

/** /proc/net/route: the main table of IPv4. Linux: fib_route_seq_show. */
export function routeText(net: NetStack): string {
  const lines = net.routes.entries.filter(({ destination, table }) => destination.family === 4 && table === 254).map((entry) => {
    const gone = entry.kind !== 'unicast'
    const flags = (gone ? RTF.REJECT : RTF.UP) | (entry.gateway === null ? 0 : RTF.GATEWAY) | (entry.prefix === 32 ? RTF.HOST : 0)
    const mask = entry.prefix === 0 ? 0 : -1 << (32 - entry.prefix)
    const { mtu, window } = entry.metrics
    const numbers = `${hex(flags, 4).toUpperCase()}\t0\t0\t${entry.metric}\t${swapped(mask)}\t${mtu}\t${window}\t0`
    return `${entry.device?.name ?? '*'}\t${swapped(entry.destination.d)}\t${swapped(entry.gateway?.d ?? 0)}\t${numbers}`
  })
  return [ROUTE_HEAD, ...lines].map((line) => `${line.padEnd(127)}\n`).join('')
}

/** /proc/net/if_inet6. Linux: if6_seq_show. */
export function ifInet6Text(net: NetStack): string {
  const scopes: Readonly<Record<number, number>> = { 254: 0x10, 253: 0x20 }
  const PERMANENT = 0x80
  return net.devices.flatMap((device) => device.addresses.filter(({ address }) => address.family === 6).map(({ address, prefix, scope }) =>
    `${words(address)} ${hex(device.index, 2)} ${hex(prefix, 2)} ${hex(scopes[scope] ?? 0, 2)} ${hex(PERMANENT, 2)} ${device.name.padStart(8)}\n`)).join('')
}

/** /proc/net/arp: no device here has neighbours. */
export function arpText(): string {
  return 'IP address       HW type     Flags       HW address            Mask     Device\n'
}
