import { tableI386 } from '../abi/generated/table-i386.js'
import { tableX32 } from '../abi/generated/table-x32.js'
import { tableX86_64 } from '../abi/generated/table-x86_64.js'
import type { Abi } from './dispatch.js'

/** The numbers of 64-bit programs. */
export const abi64: Abi = { name: 'x86_64', table: tableX86_64, compat: false }
/** The numbers of 32-bit programs, and of `int $0x80` anywhere, on a 64-bit kernel. */
export const compat32: Abi = { name: 'i386', table: tableI386, compat: true }
/** The numbers of an i386 kernel. Handlers of 32-bit programs are the same as a 64-bit kernel's compat ones, under those names. */
export const native32: Abi = { name: 'i386', table: tableI386, compat: true }
/** x32: 64-bit registers, 32-bit pointers; only on kernels built with it. */
export const x32: Abi = { name: 'x32', table: tableX32, compat: false }
