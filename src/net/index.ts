/**
 * A Linux TCP/IP stack that stands alone: no kernel, no CPU, its clock and randomness injected, virtual time.
 *
 * @module
 */
export { ANY4, ANY6, IpAddress, asFamily, ipv4, ipv6Words, parseAddress } from './address.js'
export type { Endpoint } from './address.js'
export { ByteDevice, type ByteDeviceOptions } from './devices/byte-device.js'
export { IFF, NetDevice, type DeviceAddress, type DeviceStatistics } from './devices/device.js'
export { FaultInjector, type Faults } from './devices/faults.js'
export { LoopbackDevice } from './devices/loopback.js'
export { PcapngWriter } from './devices/pcapng.js'
export { WireDevice, createWire, type WireOptions } from './devices/wire.js'
export { CURRENT_DIFFERENCES, type NetDifferences } from './differences.js'
export { HostConnection, HostSockets, type HostListener } from './host-socket.js'
export { addAddress, removeAddress, type AddressOptions } from './ip/addresses.js'
export { MIB } from './mib.js'
export { netstatText, snmp6Text, snmpText, sockstatText } from './proc.js'
export { SACKED, SkBuff, TCP_FLAG } from './skb.js'
export { SHUTDOWN, Sock, TCP } from './sock.js'
export type { ByteSink, ByteSource, ControlMessage, QueuedError, ReceiveMessage, SendMessage, SocketOptions } from './sock.js'
export { NetStack, type NetEvents, type NetStackOptions, type StateChange } from './stack.js'
export { SYSCTL_PATHS, defaultNetSysctl, type NetSysctl } from './sysctl-defaults.js'
export type { AcceptQueue, RequestSock } from './tcp/request-sock.js'
export { TcpSocket } from './tcp/socket.js'
export { TcpSock } from './tcp/tcp-sock.js'
export { NetTimer, TimerWheel, type TimerOwner } from './timers.js'
