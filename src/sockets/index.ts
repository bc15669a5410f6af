/**
 * Sockets of a machine: AF_UNIX, netlink, and socket files over the network stack.
 *
 * @module
 */
export { createSockets, netOf } from './create-sockets.js'
export type { SocketsOptions } from './create-sockets.js'
