/** Codecs that the calls on sockets share. */
import { AF, MSG_FLAGS, SOCK, SOCK_FLAGS } from '../../abi/flags/sockets.js'
import type { Codec } from '../codec.js'
import { CODE_ADDRESS } from '../decode.js'
import { enumeration, flags } from '../codecs.js'
import { pointer } from '../codecs-pointers.js'

/** AF_* */
export const family: Codec = /* @__PURE__ */ enumeration('family', AF)
/** SOCK_* with SOCK_CLOEXEC and SOCK_NONBLOCK. */
export const socketType: Codec = /* @__PURE__ */ flags('sock', { ...SOCK, ...SOCK_FLAGS })
/** SOCK_CLOEXEC and SOCK_NONBLOCK. */
export const acceptFlags: Codec = /* @__PURE__ */ flags('sock', SOCK_FLAGS)
/** MSG_* */
export const messageFlags: Codec = /* @__PURE__ */ flags('msg', MSG_FLAGS, 'unsigned int')
/** An address that the call reads. */
export const addressIn: Codec = /* @__PURE__ */ pointer('struct sockaddr', 'in')
/** An address that the call writes. */
export const addressOut: Codec = /* @__PURE__ */ pointer('struct sockaddr', 'out')
/** The length of an address: room before, length after. */
export const lengthInOut: Codec = /* @__PURE__ */ pointer('int', 'inout')
/** `void *` whose bytes the call reads; their number is the next argument. */
export const dataIn: Codec = { type: 'void *', code: CODE_ADDRESS, print: 'bytes', kind: 'bytes', dir: 'in', length: 1 }
/** `void *` whose bytes the call writes. */
export const dataOut: Codec = { type: 'void *', code: CODE_ADDRESS, print: 'bytes', kind: 'bytes', dir: 'out', length: 1 }
