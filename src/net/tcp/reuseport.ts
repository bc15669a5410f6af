import type { TcpSock } from './tcp-sock.js'
import { isWildcard } from './wildcard.js'
import { inetRcvSaddrEqual } from './bind-conflict.js'

/** Listeners that share a port and address by SO_REUSEPORT. Linux: struct sock_reuseport (net/core/sock_reuseport.c). */
export interface ReuseportGroup {
  readonly members: TcpSock[]
  /** Some are bound to any address (bind_inany). */
  bindInAny: boolean
}

/** The member that a hash chooses: each gets an equal part of the 32-bit space. Linux: reuseport_select_sock. */
export function reuseportSelect(group: ReuseportGroup, hash: number): TcpSock | null {
  const { members } = group
  return members.length === 0 ? null : members[Math.floor((hash * members.length) / 0x1_0000_0000)]!
}

/**
 * A socket that starts to listen joins the group of its port and address, or founds one. Linux: inet_reuseport_add_sock.
 * @param bucket listeners of the port
 */
export function reuseportAddSock(sk: TcpSock, bucket: readonly TcpSock[]): void {
  if (sk.reuseportGroup !== null) return
  for (const other of bucket) {
    if (other === sk || other.family !== sk.family || other.options.v6Only !== sk.options.v6Only || other.boundDevice !== sk.boundDevice) continue
    if (other.localPort !== sk.localPort || !other.options.reusePort || other.uid !== sk.uid || other.reuseportGroup === null) continue
    if (!inetRcvSaddrEqual(sk, other, false)) continue
    other.reuseportGroup.members.push(sk)
    sk.reuseportGroup = other.reuseportGroup
    return
  }
  sk.reuseportGroup = { members: [sk], bindInAny: isWildcard(sk.boundAddress) }
}

/** A listener leaves its group: the last member takes its place. Linux: reuseport_detach_sock. */
export function reuseportDetachSock(sk: TcpSock): void {
  const group = sk.reuseportGroup
  sk.reuseportGroup = null
  if (group === null) return
  const at = group.members.indexOf(sk)
  if (at < 0) return
  const last = group.members.pop()!
  if (last !== sk) group.members[at] = last
}

