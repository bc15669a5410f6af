import { EINVAL, ENODEV, EOPNOTSUPP } from '../../abi/errno.js'
import { IFF, type NetDevice } from '../../net/devices/device.js'
import type { NetStack } from '../../net/stack.js'
import { setUp } from '../inet/device-ioctl.js'
import { Builder, parseAttributes, type NetlinkRequest } from './message.js'

const IFLA = {
  ADDRESS: 1, BROADCAST: 2, IFNAME: 3, MTU: 4, QDISC: 6, TXQLEN: 13, OPERSTATE: 16, LINKMODE: 17, LINKINFO: 18, STATS64: 23, GROUP: 27, PROMISCUITY: 30,
  NUM_TX_QUEUES: 31, NUM_RX_QUEUES: 32, CARRIER: 33, MIN_MTU: 50, MAX_MTU: 51,
} as const
/** sizeof(struct ifinfomsg). */
const IFINFO = 16
const ARPHRD = { LOOPBACK: 772, NONE: 65_534 } as const
const IF_OPER = { UNKNOWN: 0, DOWN: 2 } as const

/** struct rtnl_link_stats64 has 25 words; those that devices here count stand first. */
function statistics(device: NetDevice): Uint8Array {
  const { rxPackets, txPackets, rxBytes, txBytes, rxDropped, txDropped } = device.statistics
  const builder = new Builder()
  for (const value of [rxPackets, txPackets, rxBytes, txBytes, 0, 0, rxDropped, txDropped]) builder.u64(value)
  for (let i = 8; i < 25; i++) builder.u64(0)
  return builder.result
}

/**
 * An RTM_NEWLINK's body. Linux: rtnl_fill_ifinfo.
 *
 * @param brief as IPv6 tells of a device (inet6_fill_ifinfo): nothing about its queues
 */
export function linkBody(device: NetDevice, brief = false): Uint8Array {
  const builder = new Builder().u8(0, 0).u16(device.isLoopback ? ARPHRD.LOOPBACK : ARPHRD.NONE).u32(device.index, device.flags, 0)
  builder.text(IFLA.IFNAME, device.name).attribute32(IFLA.TXQLEN, 1000).attribute(IFLA.OPERSTATE, [device.isUp ? IF_OPER.UNKNOWN : IF_OPER.DOWN])
  builder.attribute(IFLA.LINKMODE, [0]).attribute32(IFLA.MTU, device.mtu).attribute32(IFLA.GROUP, 0).attribute32(IFLA.PROMISCUITY, 0)
  builder.attribute32(IFLA.NUM_TX_QUEUES, 1).attribute32(IFLA.NUM_RX_QUEUES, 1).attribute(IFLA.CARRIER, [1])
  if (!brief) builder.text(IFLA.QDISC, 'noqueue')
  if (device.isLoopback) builder.attribute(IFLA.ADDRESS, new Uint8Array(6)).attribute(IFLA.BROADCAST, new Uint8Array(6))
  return builder.attribute(IFLA.STATS64, statistics(device)).result
}

/** The device that a request names by index or name. */
export function linkOf(net: NetStack, { body }: NetlinkRequest): NetDevice | number {
  if (body.length < IFINFO) return -EINVAL
  const index = new DataView(body.buffer, body.byteOffset, body.length).getInt32(4, true)
  const name = parseAttributes(body, IFINFO).get(IFLA.IFNAME)
  if (index > 0) return net.device(index) ?? -ENODEV
  if (name === undefined) return -EINVAL
  const text = String.fromCharCode(...name).replace(/\0.*$/, '')
  return net.devices.find((device) => device.name === text) ?? -ENODEV
}

/** RTM_NEWLINK, RTM_SETLINK: up and down, the MTU. New links are no business of this stack. Linux: do_setlink. */
export function setLink(net: NetStack, request: NetlinkRequest): number {
  const device = linkOf(net, request)
  const attributes = parseAttributes(request.body, IFINFO)
  if (typeof device === 'number') return device === -ENODEV && attributes.has(IFLA.LINKINFO) ? -EOPNOTSUPP : device
  const view = new DataView(request.body.buffer, request.body.byteOffset, request.body.length)
  const flags = view.getUint32(8, true)
  const change = view.getUint32(12, true)
  const mtu = attributes.get(IFLA.MTU)
  if (mtu !== undefined && mtu.length >= 4) {
    const value = new DataView(mtu.buffer, mtu.byteOffset, 4).getInt32(0, true)
    if (value < 0) return -EINVAL
    device.mtu = value
  }
  if ((change & IFF.UP) !== 0) setUp(net, device, (flags & IFF.UP) !== 0)
  return 0
}
