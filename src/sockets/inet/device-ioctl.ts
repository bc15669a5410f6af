import { EADDRNOTAVAIL, EFAULT, EINVAL, ENODEV, ENOENT, ENOTTY, EPERM } from '../../abi/errno.js'
import { CAP } from '../../abi/flags/capability.js'
import { SOCKET_IOCTLS as IOCTL } from '../../abi/flags/ioctl.js'
import { capable } from '../../kernel/creds.js'
import type { Task } from '../../kernel/task.js'
import { ipv4 } from '../../net/address.js'
import { IFF, type NetDevice } from '../../net/devices/device.js'
import { addAddress, removeAddress } from '../../net/ip/addresses.js'
import { sockaddr } from '../../net/messages.js'
import type { NetStack } from '../../net/stack.js'

/** sizeof(ifr_name). */
const NAME = 16
/** Flags that fit ifr_flags. */
const SHOWN = 0xffff

/** sizeof(struct ifreq): the union holds a struct ifmap, which has pointers' width. */
function size(task: Task): number {
  return task.syscallAbi === 'i386' ? 32 : 40
}

/** The name as given: that of a device, or with a colon the label of one of its addresses. */
function nameOf(bytes: Uint8Array): string {
  const end = bytes.subarray(0, NAME).indexOf(0)
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? NAME - 1 : end))
}

function putName(bytes: Uint8Array, name: string): void {
  bytes.fill(0, 0, NAME)
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i)
}

/** Takes a device up or down. Linux: dev_change_flags, dev_open, dev_close. */
export function setUp(net: NetStack, device: NetDevice, up: boolean): void {
  const state = IFF.UP | IFF.RUNNING | IFF.LOWER_UP
  device.flags = up ? device.flags | state : device.flags & ~state
  net.routes.generation++
}

/** ioctl(2) on interfaces, by name in a struct ifreq. Linux: dev_ioctl, devinet_ioctl. */
export function deviceIoctl(net: NetStack, command: number, argument: number, task: Task): number {
  if (command === IOCTL.SIOCGIFCONF) return listAddresses(net, argument, task)
  if (command === IOCTL.SIOCGSTAMP || command === IOCTL.SIOCGSTAMPNS) return -ENOENT
  if (command === IOCTL.SIOCGIFPFLAGS) return -EINVAL
  if (!isInterfaceRequest(command, task)) return -ENOTTY
  const bytes = new Uint8Array(size(task))
  if (task.memory.copyFrom(argument, bytes) < bytes.length) return -EFAULT
  const view = new DataView(bytes.buffer)
  if (command === IOCTL.SIOCGIFNAME) {
    const device = net.device(view.getInt32(NAME, true))
    if (device === null) return -ENODEV
    putName(bytes, device.name)
    return task.memory.copyTo(argument, bytes) < bytes.length ? -EFAULT : 0
  }
  const given = nameOf(bytes)
  const device = net.devices.find(({ name }) => name === given.replace(/:.*$/, ''))
  if (device === undefined) return -ENODEV
  const setting = isSetter(command)
  if (setting && !capable(task.creds, CAP.CAP_NET_ADMIN)) return -EPERM
  const result = setting ? change(net, device, command, view) : read(device, given, command, bytes)
  if (result !== 0 || setting) return result
  return task.memory.copyTo(argument, bytes) < bytes.length ? -EFAULT : 0
}

/** Requests that take a struct ifreq. Of old ones that no driver answers some are not known at all; compat_sock_ioctl has no SIOCGIFSLAVE. */
function isInterfaceRequest(command: number, task: Task): boolean {
  if (command === IOCTL.SIOCGIFMEM || command === IOCTL.SIOCGIFCOUNT) return false
  if (command === IOCTL.SIOCGIFSLAVE && task.syscallAbi === 'i386') return false
  if (command !== IOCTL.SIOCGIFMAP && (command < IOCTL.SIOCGIFNAME || command > IOCTL.SIOCSIFTXQLEN)) return false
  return Object.values(IOCTL).some((value) => value === command)
}

function isSetter(command: number): boolean {
  return command === IOCTL.SIOCSIFFLAGS || command === IOCTL.SIOCSIFADDR || command === IOCTL.SIOCSIFMTU || command === IOCTL.SIOCSIFNETMASK
}

function read(device: NetDevice, label: string, command: number, bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer)
  const address = device.addresses.find((entry) => entry.address.family === 4 && entry.label === label)
  const put = (word: number): number => {
    bytes.fill(0, NAME, NAME + 16)
    bytes.set(sockaddr(4, ipv4(word), 0), NAME)
    return 0
  }
  switch (command) {
    case IOCTL.SIOCGIFFLAGS: return (view.setUint16(NAME, device.flags & SHOWN, true), 0)
    case IOCTL.SIOCGIFMTU: return (view.setInt32(NAME, device.mtu, true), 0)
    case IOCTL.SIOCGIFINDEX: return (view.setInt32(NAME, device.index, true), 0)
    case IOCTL.SIOCGIFMETRIC: return (view.setInt32(NAME, 0, true), 0)
    case IOCTL.SIOCGIFTXQLEN: return (view.setInt32(NAME, 1000, true), 0)
    case IOCTL.SIOCGIFMAP: return (bytes.fill(0, NAME, bytes.length - (bytes.length === 32 ? 4 : 0)), 0)
    case IOCTL.SIOCGIFHWADDR:
      bytes.fill(0, NAME, NAME + 16)
      return (view.setUint16(NAME, device.isLoopback ? 772 : 65_534, true), 0)
    case IOCTL.SIOCGIFADDR: return address === undefined ? -EADDRNOTAVAIL : put(address.address.d)
    case IOCTL.SIOCGIFDSTADDR: return address === undefined ? -EADDRNOTAVAIL : put((address.peer ?? address.address).d)
    case IOCTL.SIOCGIFBRDADDR: return address === undefined ? -EADDRNOTAVAIL : put(address.broadcast?.d ?? 0)
    case IOCTL.SIOCGIFNETMASK: return address === undefined ? -EADDRNOTAVAIL : put(address.prefix === 0 ? 0 : -1 << (32 - address.prefix))
    default: return -EINVAL
  }
}

function change(net: NetStack, device: NetDevice, command: number, view: DataView): number {
  switch (command) {
    case IOCTL.SIOCSIFFLAGS:
      setUp(net, device, (view.getUint16(NAME, true) & IFF.UP) !== 0)
      return 0
    case IOCTL.SIOCSIFMTU: {
      const mtu = view.getInt32(NAME, true)
      if (mtu < 0) return -EINVAL
      device.mtu = mtu
      return 0
    }
    default: {
      const old = device.addresses.find((entry) => entry.address.family === 4)
      if (command === IOCTL.SIOCSIFNETMASK && old === undefined) return -EADDRNOTAVAIL
      const word = view.getInt32(NAME + 4)
      const address = command === IOCTL.SIOCSIFADDR ? ipv4(word) : old!.address
      const prefix = command === IOCTL.SIOCSIFNETMASK ? 32 - Math.log2(-(word | 0) || 4294967296) : address.isLoopback ? 8 : 24
      if (old !== undefined) removeAddress(net, device, old.address, old.prefix)
      addAddress(net, device, address, prefix)
      return 0
    }
  }
}

/** SIOCGIFCONF: names and IPv4 addresses; without a buffer, how many bytes they take. Linux: dev_ifconf. */
function listAddresses(net: NetStack, argument: number, task: Task): number {
  const wide = task.syscallAbi !== 'i386'
  const head = new Uint8Array(wide ? 16 : 8)
  if (task.memory.copyFrom(argument, head) < head.length) return -EFAULT
  const view = new DataView(head.buffer)
  const room = view.getInt32(0, true)
  const at = wide ? view.getInt32(12, true) * 4294967296 + view.getUint32(8, true) : view.getUint32(4, true)
  const entries = net.devices.flatMap((device) => device.addresses.filter(({ address }) => address.family === 4).map(({ address }) => ({ name: device.name, address })))
  const each = size(task)
  let used = 0
  for (const { name, address } of entries) {
    if (at !== 0) {
      if (used + each > room) break
      const bytes = new Uint8Array(each)
      putName(bytes, name)
      bytes.set(sockaddr(4, address, 0), NAME)
      if (task.memory.copyTo(at + used, bytes) < each) return -EFAULT
    }
    used += each
  }
  return task.memory.putU32(argument, used)
}
