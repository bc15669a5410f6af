/**
 * Sockets of a machine: AF_UNIX, netlink, and socket files over the network stack.
 *
 * @module
 */
export { createSockets } from './create-sockets.js'
