import { THREAD } from '../../arch/x86/context-layout.js'
import { PAGE_SIZE } from '../../memory/layout.js'
import type { Decoder } from './decoder.js'
import { HELPER } from './helpers.js'
import { oneByte } from './one-byte.js'
import { twoByte } from './two-byte.js'

/** Where code comes from. */
export interface CodeSource {
  /** Byte offset of the frame of a page of code, or -1 when it cannot be fetched. */
  readonly fetch: (page: number) => number
}

/** What {@link decodeBlock} made; one mutable record. */
export interface BlockResult {
  /** The second page of the first instruction cannot be fetched; the block is not usable. */
  fault: boolean
  /** Bytes of code. */
  bytes: number
  /** Byte offset of the frame of the second page, for a block of one instruction that crosses; -1 otherwise. */
  second: number
}

/** Most bytes of an instruction (Intel SDM volume 2A, 2.3.11). */
const LONGEST = 15
const result: BlockResult = { fault: false, bytes: 0, second: -1 }

function prefixes(d: Decoder): number {
  for (let i = 0; i <= LONGEST; i++) {
    const b = d.u8()
    if (d.is64 && (b & 0xf0) === 0x40) {
      // REX counts only right before the opcode.
      const next = d.peek()
      if (!isPrefix(next) && (next & 0xf0) !== 0x40) {
        d.rex = b & 15
        d.hasRex = true
      }
      continue
    }
    switch (b) {
      case 0x66: d.has66 = true; break
      case 0x67: d.addressSize = d.is64 ? 4 : 2; break
      case 0xf0: d.lock = true; break
      case 0xf2: case 0xf3: d.rep = b; break
      case 0x64: d.segment = THREAD.fsBase; break
      case 0x65: d.segment = THREAD.gsBase; break
      case 0x26: case 0x2e: case 0x36: case 0x3e:
        if (!d.is64) d.segment = THREAD.zero
        break
      default: return b
    }
  }
  return 0x90
}
function isPrefix(b: number): boolean {
  return b === 0x66 || b === 0x67 || b === 0xf0 || b === 0xf2 || b === 0xf3 || b === 0x64 || b === 0x65 || b === 0x26 || b === 0x2e || b === 0x36 || b === 0x3e
}

function instruction(d: Decoder): void {
  const opcode = prefixes(d)
  d.settle()
  if (opcode === 0x0f) twoByte(d, d.u8())
  else oneByte(d, opcode)
}

/**
 * Decodes the block at linear address `rip`, whose page is at byte offset `base` in memory, into ops after `header`. It
 * ends at a branch, at the page's end, before a breakpoint, or after `most` instructions. An instruction that crosses
 * the page is a block of its own.
 */
export function decodeBlock(
  d: Decoder, source: CodeSource, header: number, rip: number, base: number, is64: boolean, most: number, breakpoints: ReadonlySet<number> | null,
): BlockResult {
  const { memory } = d
  d.begin(header, rip, base + (rip & (PAGE_SIZE - 1)), is64)
  result.fault = false
  result.second = -1
  let at = rip
  let used = 0
  while (!d.ended && d.count < most && d.hasRoom) {
    const offset = (rip & (PAGE_SIZE - 1)) + used
    if (offset >= PAGE_SIZE) break
    if (breakpoints !== null && breakpoints.has(at)) {
      if (d.count > 0) break
      d.beginInstruction(at, memory.u8, base + offset)
      d.helper(HELPER.breakpoint)
      break
    }
    const inPage = PAGE_SIZE - offset
    if (inPage >= LONGEST) {
      d.beginInstruction(at, memory.u8, base + offset)
      instruction(d)
    } else {
      d.buffer.fill(0)
      d.buffer.set(memory.u8.subarray(base + offset, base + PAGE_SIZE))
      d.beginInstruction(at, d.buffer, 0)
      instruction(d)
      if (d.length > inPage) {
        // It reaches into the next page.
        d.abandon()
        d.ended = false
        if (d.count > 0) break
        const second = source.fetch(d.wrap(at + inPage))
        if (second < 0) {
          result.fault = true
          return result
        }
        d.buffer.set(memory.u8.subarray(second, second + LONGEST + 1), inPage)
        d.beginInstruction(at, d.buffer, 0)
        instruction(d)
        result.second = second
        if (d.length > LONGEST || d.usesNull) d.raise(13)
        d.finishInstruction()
        used += d.length
        at = d.wrap(at + d.length)
        break
      }
    }
    if (d.length > LONGEST || d.usesNull) d.raise(13)
    d.finishInstruction()
    used += d.length
    at = d.wrap(at + d.length)
  }
  d.finish(at)
  result.bytes = Math.max(1, used)
  return result
}
