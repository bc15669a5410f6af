/** What must come before a call so that it can do what it is for: a signal for those that wait for one. */
import { MAP } from './map.js'

/** Data that the scripts point to is kept here, by address. */
const BASE = MAP.scratch + 0x3f800
const ACTION = BASE, TIMER = BASE + 64, MASK = BASE + 128, NONE = BASE + 136, NO_FILES = BASE + 160, FILES = BASE + 176, FILE = BASE + 192, NAME = BASE + 208
const words = (...values: readonly number[]): Uint8Array => new Uint8Array(BigUint64Array.from(values, BigInt).buffer)
const text = (value: string): Uint8Array => new TextEncoder().encode(`${value}\0`)

/** What the scripts point to, by address. */
export const SCRIPT_DATA: ReadonlyMap<number, Uint8Array> = new Map([
  [ACTION, words(MAP.handler, 0x44000000, MAP.code, 0)], [TIMER, words(0, 0, 0, 1000)], [MASK, Uint8Array.of(0, 8, 0, 0, 0, 0, 0, 0)], [NONE, new Uint8Array(8)],
  [NO_FILES, words(0, 4096)], [FILES, words(1024, 4096)], [FILE, text('/tmp/x')], [NAME, text('user.a')],
])

/** Calls by number and arguments (x86_64) around a call. */
export interface Script {
  readonly before: readonly (readonly number[])[]
  readonly after: readonly (readonly number[])[]
}

const reap = [61, -1, 0, 1, 0]

/** What makes `call` do (or, with `fails`, refuse) what it is for; null when nothing is needed. */
export function scriptFor(call: string, pid: number, fails: boolean): Script | null {
  if (/pause|sigsuspend/.test(call)) return { before: [[13, 14, ACTION, 0, 8], [14, 2, NONE, 0, 8], [38, 0, TIMER, 0]], after: [] }
  if (call === 'rt_sigreturn') return { before: [[13, 10, ACTION, 0, 8], [14, 2, NONE, 0, 8], [62, pid, 10]], after: [] }
  if (/^v?fork$/.test(call)) return { before: Array.from({ length: fails ? 18 : 4 }, (_, i) => (fails && i > 3 ? [57] : reap)), after: fails ? [[62, -1, 17]] : [] }
  if (fails && /^set(re|res)?[ug]id|^nice/.test(call)) return { before: [[117, -1, 1000, -1]], after: [[117, -1, 0, -1]] }
  if (fails) return /^(eventfd|inotify_init)$/.test(call) ? { before: [[160, 7, NO_FILES]], after: [[160, 7, FILES]] } : null
  if (/sigtimedwait/.test(call)) return { before: [[14, 0, MASK, 0, 8], [62, pid, 12]], after: [] }
  if (/clone/.test(call)) return { before: [reap, reap, reap], after: [] }
  if (/^l?(get|remove)xattr/.test(call)) return { before: [[133, FILE, 0o100644, 0], [188, FILE, NAME, NAME, 4, 0]], after: [] }
  if (/^inotify_(add|rm)_watch/.test(call)) return { before: [[294, 0]], after: [] }
  if (/^f(get|remove)xattr/.test(call)) return { before: [[190, 1, NAME, NAME, 4, 0]], after: [] }
  return null
}
