/** Codecs of the types that compat entry points declare (include/asm-generic/compat.h): 32 bits in every ABI that uses them, x32 among them. */
import type { Codec } from './codec.js'
import { CODE_I32, CODE_U16, CODE_U32 } from './decode.js'

/** `compat_size_t`. */
export const compatSizeT: Codec = { type: 'compat_size_t', code: CODE_U32, print: 'size', kind: 'size' }
/** `compat_ssize_t`. */
export const compatSsizeT: Codec = { type: 'compat_ssize_t', code: CODE_I32, print: 'int', kind: 'integer' }
/** `compat_ulong_t`. */
export const compatUlong: Codec = { type: 'compat_ulong_t', code: CODE_U32, print: 'ulong', kind: 'integer' }
/** `compat_long_t`. */
export const compatLong: Codec = { type: 'compat_long_t', code: CODE_I32, print: 'long', kind: 'integer' }
/** `compat_off_t`: signed. */
export const compatOffT: Codec = { type: 'compat_off_t', code: CODE_I32, print: 'offset', kind: 'offset' }
/** `compat_pid_t`. */
export const compatPid: Codec = { type: 'compat_pid_t', code: CODE_I32, print: 'pid', kind: 'pid' }
/** `compat_uptr_t`: a pointer that is passed as a number. */
export const compatUptr: Codec = { type: 'compat_uptr_t', code: CODE_U32, print: 'address', kind: 'address' }
/** `compat_mode_t`. */
export const compatMode: Codec = { type: 'compat_mode_t', code: CODE_U16, print: 'mode', kind: 'mode' }
/** `compat_aio_context_t`. */
export const compatAioContext: Codec = { type: 'compat_aio_context_t', code: CODE_U32, print: 'address', kind: 'address' }
/** `u32` that is the low half of a 64-bit argument; the high half is the next one. {@link signed64} and {@link unsigned64} join them. */
export const low32: Codec = { type: 'u32', code: CODE_U32, print: 'uint', kind: 'value' }
/** `u32` that is the high half of a 64-bit argument. */
export const high32: Codec = { type: 'u32', code: CODE_U32, print: 'uint', kind: 'value' }
/** `old_sigset_t`: 32 signals. */
export const oldSigset: Codec = { type: 'old_sigset_t', code: CODE_U32, print: 'hex', kind: 'value' }
