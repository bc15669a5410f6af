import { EINVAL } from '../abi/errno.js'
import { intOf, words } from './messages.js'
import type { Sock, SocketOptions } from './sock.js'

/** Settings that are true or false, and those that are numbers. */
type Flag = { [K in keyof SocketOptions]: SocketOptions[K] extends boolean ? K : never }[keyof SocketOptions]
type Count = { [K in keyof SocketOptions]: SocketOptions[K] extends number ? K : never }[keyof SocketOptions]

/** How an option is set and read: on or off, or a number in a range; '' for those that are only kept. */
export type OptionRule =
  | readonly [name: number, kind: 'flag', field: Flag | '']
  | readonly [name: number, kind: 'count', field: Count | '', low: number, high: number, initial?: number, minusOne?: number]

/** The rule of an option, or null. */
export function ruleOf(rules: readonly OptionRule[], name: number): OptionRule | null {
  for (const rule of rules) if (rule[0] === name) return rule
  return null
}

/** Sets an option by its rule. @param key names the option among those that are only kept @returns 0 or -EINVAL */
export function setByRule(sk: Sock, rule: OptionRule, key: number, given: number): number {
  let value = given
  if (rule[1] === 'flag') {
    if (rule[2] === '') keep(sk, key, value !== 0 ? 1 : 0)
    else sk.ownOptions()[rule[2]] = value !== 0
    return 0
  }
  if (value === -1 && rule[6] !== undefined) value = rule[6]
  else if (value < rule[3] || value > rule[4]) return -EINVAL
  if (rule[2] === '') keep(sk, key, value)
  else sk.ownOptions()[rule[2]] = value
  return 0
}

/** The value of an option by its rule. */
export function getByRule(sk: Sock, rule: OptionRule, key: number): number {
  if (rule[1] === 'flag') return rule[2] === '' ? (sk.options.others?.get(key) ?? 0) : sk.options[rule[2]] ? 1 : 0
  return rule[2] === '' ? (sk.options.others?.get(key) ?? rule[5] ?? 0) : sk.options[rule[2]]
}

/** What stands before an option's number in the key of one that is only kept, by level; SOL_SOCKET's have none. */
export const KEPT = { IP: 0x100, IPV6: 0x200 } as const

/** IPV6_ORIGDSTADDR, also IPV6_RECVORIGDSTADDR, which the headers of the constants lack. */
export const IPV6_ORIGDSTADDR = 74
/** A setting that is only kept. */
export const kept = (sk: Sock, key: number, initial: number): number => sk.options.others?.get(key) ?? initial

/** Remembers a setting that has no field of its own. */
export function keep(sk: Sock, key: number, value: number): void {
  const options = sk.ownOptions()
  options.others = new Map(options.others).set(key, value)
}

/** An int, cut to `length`. */
export const intBytes = (value: number, length: number): Uint8Array => words(value).subarray(0, Math.max(0, Math.min(4, length)))

/** An int as SOL_IP reads and writes it: values of a byte fit one byte. Linux: the end of do_ip_getsockopt. */
export function ipIntBytes(value: number, length: number): Uint8Array {
  if (length < 4 && length > 0 && value >= 0 && value <= 255) return Uint8Array.of(value)
  return intBytes(value, length)
}

export { intOf }
