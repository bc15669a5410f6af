import type { IpAddress } from '../address.js'

/** 0.0.0.0, ::ffff:0.0.0.0 or ::, which all stand for any address (inet_rcv_saddr is 0). */
export const isWildcard = (address: IpAddress): boolean => address.isAny || (address.d === 0 && address.isMapped)
