/** Codecs of types that only a few calls declare. */
import type { Codec } from './codec.js'
import { CODE_ADDRESS, CODE_I32, CODE_SIZE, CODE_U32, CODE_U64 } from './decode.js'

/** `clockid_t` as the newer calls declare it. */
export const clockid: Codec = { type: 'clockid_t', code: CODE_I32, print: 'clock', kind: 'clock' }
/** `unsigned`. */
export const unsigned: Codec = { type: 'unsigned', code: CODE_U32, print: 'uint', kind: 'integer' }
/** `__u32`. */
export const uint32: Codec = { type: '__u32', code: CODE_U32, print: 'uint', kind: 'integer' }
/** `__s32`. */
export const int32: Codec = { type: '__s32', code: CODE_I32, print: 'int', kind: 'integer' }
/** `const __u32`. */
export const constUint32: Codec = { type: 'const __u32', code: CODE_U32, print: 'uint', kind: 'integer' }
/** `const int`. */
export const constInt: Codec = { type: 'const int', code: CODE_I32, print: 'int', kind: 'integer' }
/** `const size_t`. */
export const constSizeT: Codec = { type: 'const size_t', code: CODE_SIZE, print: 'size', kind: 'size' }
/** `aio_context_t`: the address of the ring. */
export const aioContext: Codec = { type: 'aio_context_t', code: CODE_ADDRESS, print: 'address', kind: 'address' }
/** `rwf_t`: flags of preadv2(2); see {@link flags} for one with names. */
export const rwf: Codec = { type: 'rwf_t', code: CODE_I32, print: 'hex', kind: 'integer' }
/** `key_serial_t`. */
export const keySerial: Codec = { type: 'key_serial_t', code: CODE_I32, print: 'int', kind: 'integer' }
/** `qid_t`. */
export const qid: Codec = { type: 'qid_t', code: CODE_U32, print: 'uint', kind: 'integer' }
/** `const enum landlock_rule_type`. */
export const landlockRuleType: Codec = { type: 'const enum landlock_rule_type', code: CODE_U32, print: 'uint', kind: 'integer' }
/** `__sighandler_t`: a pointer, SIG_DFL or SIG_IGN. */
export const sighandler: Codec = { type: '__sighandler_t', code: CODE_ADDRESS, print: 'address', kind: 'address' }
/** `cap_user_header_t`: a pointer. */
export const capHeader: Codec = { type: 'cap_user_header_t', code: CODE_ADDRESS, print: 'struct', kind: 'struct', dir: 'inout', of: 'struct __user_cap_header_struct' }
/** `cap_user_data_t`: a pointer that capget writes through. */
export const capDataOut: Codec = { type: 'cap_user_data_t', code: CODE_ADDRESS, print: 'struct', kind: 'struct', dir: 'out', of: 'struct __user_cap_data_struct' }
/** `const cap_user_data_t`: a pointer that capset reads through. */
export const capDataIn: Codec = { type: 'const cap_user_data_t', code: CODE_ADDRESS, print: 'struct', kind: 'struct', dir: 'in', of: 'struct __user_cap_data_struct' }
/** `u64` of lookup_dcookie, exact. */
export const cookie: Codec<bigint> = { type: 'u64', code: CODE_U64, print: 'u64', kind: 'value' }
