import { EADDRINUSE, EADDRNOTAVAIL, EINVAL, ENODEV } from '../../abi/errno.js'
import { ANY4, ANY6, asFamily, type Endpoint, type IpAddress } from '../address.js'
import { isBroadcastAddress, isLocalAddress } from '../ip/addresses.js'
import { TCP } from '../sock.js'
import { inetCskGetPort } from './ports.js'
import { BIND_LOCK } from './state.js'
import { isWildcard } from './wildcard.js'
import type { TcpSock } from './tcp-sock.js'

/** Whether a socket may have an address that is none of the host's. Linux: inet_can_nonlocal_bind, ipv6_can_nonlocal_bind. */
function canNonlocalBind(sk: TcpSock, v4: boolean): boolean {
  const { sysctl } = sk.net
  return sk.options.freeBind || sk.options.transparent || (v4 ? sysctl.ip_nonlocal_bind : sysctl.ip6_nonlocal_bind) !== 0
}

/** Multicast and broadcast addresses may be bound; packets then leave with the device's own. */
const isGroup = (sk: TcpSock, address: IpAddress): boolean =>
  address.isMulticast || (address.isV4 && (address.isBroadcast || isBroadcastAddress(sk.net, address, null)))

/** Checks the address and, for IPv6, the interface. @returns 0 or -errno. Linux: __inet_bind, __inet6_bind */
function checkAddress(sk: TcpSock, to: Endpoint): number {
  const { net } = sk
  const { address } = to
  if (sk.family === 4 || address.isMapped) {
    if (sk.family === 6 && sk.options.v6Only) return -EINVAL
    return isWildcard(address) || isGroup(sk, address) || canNonlocalBind(sk, true) || isLocalAddress(net, address) ? 0 : -EADDRNOTAVAIL
  }
  if (address.isMulticast) return -EINVAL
  if (address.isAny) return 0
  if (address.isLinkLocal) {
    if (to.scope !== undefined && to.scope !== 0) sk.boundDevice = to.scope
    if (sk.boundDevice === 0) return -EINVAL
  }
  if (sk.boundDevice !== 0 && net.device(sk.boundDevice) === null) return -ENODEV
  return canNonlocalBind(sk, false) || isLocalAddress(net, address) ? 0 : -EADDRNOTAVAIL
}

/**
 * bind(2) of a stream socket; the right to ports below ip_unprivileged_port_start is the caller's to check.
 * @returns 0, -EINVAL where it is bound or in use, -EADDRNOTAVAIL, -EADDRINUSE, -ENODEV. Linux: __inet_bind, __inet6_bind
 */
export function inetBind(sk: TcpSock, to: Endpoint): number {
  const v6 = sk.family === 6
  if (v6 && to.address.isMulticast) return -EINVAL
  if (v6 && (sk.state !== TCP.CLOSE || sk.bindBucket !== null)) return -EINVAL
  const checked = checkAddress(sk, to)
  if (checked !== 0) return checked
  if (sk.state !== TCP.CLOSE || sk.bindBucket !== null) return -EINVAL
  const any = v6 ? ANY6 : ANY4
  const address = asFamily(to.address, sk.family)
  sk.boundAddress = address
  sk.local = isGroup(sk, address) ? any : address
  const v6OnlyBefore = sk.options.v6Only
  if (v6 && !address.isAny && !address.isMapped) sk.ownOptions().v6Only = true
  if (to.port !== 0 || !sk.options.bindAddressNoPort) {
    if (inetCskGetPort(sk, to.port) < 0) {
      if (sk.options.v6Only !== v6OnlyBefore) sk.ownOptions().v6Only = v6OnlyBefore
      sk.local = sk.boundAddress = any
      return -EADDRINUSE
    }
  }
  if (sk.bindBucket === null) sk.localPort = 0
  if (v6 ? !address.isAny : !isWildcard(address)) sk.bindLock |= BIND_LOCK.ADDRESS
  if (to.port !== 0) sk.bindLock |= BIND_LOCK.PORT
  sk.remote = any
  sk.remotePort = 0
  sk.route = null
  return 0
}
