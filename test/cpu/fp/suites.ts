/** All cases: what is drawn, how it is compared, how results are stored. */
import { SeededRandom, type Random } from '../../../src/base/random.js'
import { compared, IMAGE, RECORD } from './record.js'
import { sseGroups, type Group } from './sse-cases.js'
import { transcendentalGroups } from './transcendental-cases.js'
import { x87Groups } from './x87-cases.js'

/** Groups that are compared in the same way. */
export interface Suite {
  readonly name: 'sse' | 'x87' | 'transcendental'
  readonly groups: () => Group[]
  /** Cases per group in the recorded vectors. */
  readonly recorded: number
}

/** The suites, in the order of the recorded file. */
export const SUITES: readonly Suite[] = [
  { name: 'sse', groups: sseGroups, recorded: 64 },
  { name: 'x87', groups: x87Groups, recorded: 96 },
  { name: 'transcendental', groups: transcendentalGroups, recorded: 500 },
]

/** Draws n records of a group. */
export function draw(group: Group, n: number, r: Random): Uint8Array {
  const all = new Uint8Array(n * RECORD.size)
  for (let i = 0; i < n; i++) {
    const bytes = all.subarray(i * RECORD.size, (i + 1) * RECORD.size)
    const code = [...group.code, ...(group.immediate ? [r.u32() & 255] : [])]
    bytes[0] = code.length
    bytes.set(code, RECORD.code)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    view.setUint32(RECORD.eflags, 0x202 | r.u32() & 0x8d5, true)
    group.fill(r, { bytes, view })
  }
  return all
}

/** The generator of a group: its own, so that groups can be drawn alone. */
export function randomOf(group: Group, seed: number): Random {
  let h = seed
  for (const c of group.name) h = Math.imul(h ^ c.charCodeAt(0), 0x01000193)
  return new SeededRandom(h)
}

/** Only the arithmetic flags of a result are compared. */
export function maskFlags(record: Uint8Array): void {
  record[RECORD.eflags]! &= 0xd5
  record[RECORD.eflags + 1]! &= 0x0c
  record[RECORD.eflags + 2] = 0
  record[RECORD.eflags + 3] = 0
}

/** Position of a double extended in the order of its format, so that neighbours differ by 1. */
function ordinal(record: Uint8Array, at: number): bigint {
  const view = new DataView(record.buffer, record.byteOffset)
  const se = view.getUint16(at + 8, true)
  const magnitude = BigInt(se & 0x7fff) << 63n | view.getBigUint64(at, true) & 0x7fffffffffffffffn
  return se & 0x8000 ? -magnitude : magnitude
}

/** Units in the last place between both results' ST(i). */
export function ulps(ours: Uint8Array, theirs: Uint8Array, i: number): number {
  return Number(ordinal(ours, IMAGE.st + 16 * i) - ordinal(theirs, IMAGE.st + 16 * i))
}

/**
 * Offsets that differ. Results of transcendental instructions may be 1 ulp from the processor's, and C1, which says how
 * that was rounded, is its own affair.
 */
export function differences(suite: Suite['name'], ours: Uint8Array, theirs: Uint8Array): number[] {
  if (Buffer.compare(ours, theirs) === 0) return []
  const near = [false, false]
  if (suite === 'transcendental') for (const i of [0, 1]) near[i] = Math.abs(ulps(ours, theirs, i)) === 1
  const out: number[] = []
  for (let at = 0; at < RECORD.size; at++) {
    if (!compared(at) || ours[at] === theirs[at]) continue
    if (suite === 'transcendental' && at === IMAGE.fsw + 1 && ((ours[at]! ^ theirs[at]!) & ~2) === 0) continue
    if (near[0] && at >= IMAGE.st && at < IMAGE.st + 10 || near[1] && at >= IMAGE.st + 16 && at < IMAGE.st + 26) continue
    out.push(at)
  }
  return out
}

const hex = (bytes: Uint8Array): string => [...bytes].reverse().map((b) => b.toString(16).padStart(2, '0')).join('')

/** A record as text, for messages. */
export function describeRecord(r: Uint8Array): string {
  const field = (name: string, at: number, n: number): string => `${name} ${hex(r.subarray(at, at + n))}`
  return [
    `trap ${r[RECORD.trap]}`, field('rax', RECORD.rax, 8), field('flags', RECORD.eflags, 2),
    field('fcw', IMAGE.fcw, 2), field('fsw', IMAGE.fsw, 2), field('ftw', IMAGE.ftw, 1),
    field('mxcsr', IMAGE.mxcsr, 2), field('st0', IMAGE.st, 10), field('st1', IMAGE.st + 16, 10), field('st7', IMAGE.st + 112, 10), field('xmm0', IMAGE.xmm, 16),
    field('xmm1', IMAGE.xmm + 16, 16), field('memory', RECORD.memory, 16),
  ].join(' ')
}

/** A case that differs as text. */
export function describeFailure(name: string, before: Uint8Array, theirs: Uint8Array, ours: Uint8Array): string {
  return `${name}\n  before    ${describeRecord(before)}\n  processor ${describeRecord(theirs)}\n  here      ${describeRecord(ours)}`
}

/** Appends what a result changed: pairs of bytes skipped and bytes changed, then the bytes; 0 0 ends. */
export function pack(before: Uint8Array, after: Uint8Array, out: number[]): void {
  let last = 0
  for (let at = 0; at < RECORD.size;) {
    if (!compared(at) || before[at] === after[at]) {
      at++
      continue
    }
    let end = at
    while (end < RECORD.size && end - at < 255 && compared(end) && before[end] !== after[end]) end++
    let skip = at - last
    for (; skip > 255; skip -= 255) out.push(255, 0)
    out.push(skip, end - at, ...after.subarray(at, end))
    last = at = end
  }
  out.push(0, 0)
}

/** Applies what {@link pack} wrote at `from` to a record; answers where the next begins. */
export function unpack(data: Uint8Array, from: number, record: Uint8Array): number {
  let at = 0
  for (;;) {
    const skip = data[from++]!, n = data[from++]!
    if (skip === 0 && n === 0) return from
    at += skip
    record.set(data.subarray(from, from + n), at)
    from += n
    at += n
  }
}
