import type { SocketOptions } from './sock.js'

/** The options of a new socket. */
export function defaultSocketOptions(): SocketOptions {
  return {
    reuseAddress: false, reusePort: false, keepAlive: false, broadcast: false, oobInline: false, noCheck: false, linger: -1,
    priority: 0, mark: 0, receiveLowWater: 1, receiveTimeout: 0, sendTimeout: 0, bufferLock: 0, timestamp: 0, timestamping: 0, zeroCopy: false,
    maxPacingRate: Infinity, peekOffset: -1, tos: 0, ttl: -1, minTtl: 0, mtuDiscover: 1,
    receiveErrors: false, packetInfo: false, receiveTtl: false, receiveTos: false, receiveOptions: false, headerIncluded: false, freeBind: false,
    transparent: false, bindAddressNoPort: false, multicastTtl: 1, multicastLoop: true, multicastInterface: 0, localPortRange: 0, v6Only: false, hopLimit: -1,
    multicastHops: 1, trafficClass: -1, receivePacketInfo6: false, receiveHopLimit: false, receiveTrafficClass: false, receiveErrors6: false,
    mtuDiscover6: 1, minHopCount: 0, ipOptions: null, groups: [], others: null,
  }
}
