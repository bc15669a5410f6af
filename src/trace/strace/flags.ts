/** Numbers by name, as strace's printflags and printxval do it. */
import { hexText, type Print } from './call.js'

/** Names in the order in which they are tried and shown. */
export type Names = readonly (readonly [name: string, value: bigint])[]

/** Some names of a set, in this order; strace's order and the set it knows are its own. */
export function pick<T extends Readonly<Record<string, number>>>(set: T, ...names: (keyof T & string)[]): Names {
  return names.map((name) => [name, BigInt(set[name]!)] as const)
}

/** Several lists as one. */
export function joined(...lists: Names[]): Names {
  return lists.flat()
}

/** All names of a set, in its own order. */
export function all(set: Readonly<Record<string, number>>): Names {
  return Object.entries(set).map(([name, value]) => [name, BigInt(value)] as const)
}

/** A list in the order of its values. */
export function ascending(names: Names): Names {
  return [...names].sort(([, a], [, b]) => Number(a - b))
}

/** Flags: the names joined by |, then what is left; only what is left is followed by a comment, such as `MAP_???`. */
export function flagsText(value: bigint, names: Names, unknown: string): string {
  if (value === 0n) return names.find(([, bits]) => bits === 0n)?.[0] ?? '0'
  const parts: string[] = []
  let rest = value
  for (const [name, bits] of names) {
    if (bits === 0n || (rest & bits) !== bits) continue
    parts.push(name)
    rest &= ~bits
  }
  if (rest === 0n) return parts.join('|')
  return parts.length === 0 ? `${hexText(rest)} /* ${unknown} */` : [...parts, hexText(rest)].join('|')
}

/** One of a list of values. */
export function nameText(value: bigint, names: Names, unknown: string): string {
  return names.find(([, known]) => known === value)?.[0] ?? `${hexText(value)} /* ${unknown} */`
}

/** Prints `int` flags. */
export const flags = (names: Names, unknown: string): Print => (call, i) => flagsText(BigInt(call.u32(i)), names, unknown)
/** Prints `unsigned long` flags. */
export const flags64 = (names: Names, unknown: string): Print => (call, i) => flagsText(call.ulong(i), names, unknown)
/** Prints one of a list of `int` values. */
export const oneOf = (names: Names, unknown: string): Print => (call, i) => nameText(BigInt(call.u32(i)), signless(names), unknown)

function signless(names: Names): Names {
  return names.map(([name, value]) => [name, BigInt.asUintN(32, value)] as const)
}
