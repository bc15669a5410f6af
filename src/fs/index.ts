/**
 * The virtual file system: a root in memory with devices and /proc, descriptors, pipes, terminals, and streams of the host.
 *
 * @module
 */
export { createHostStream } from './console.js'
export type { HostStream, HostStreamOptions } from './console.js'
export { parseCpio } from './cpio.js'
export { createFs } from './create-fs.js'
export type { FsOptions } from './create-fs.js'
export { createFiles } from './file-table.js'
export type { Descriptors } from './file-table.js'
export type { RootEntry } from './root.js'
export { withStandardStreams } from './standard-streams.js'
export type { StandardStreams } from './standard-streams.js'
