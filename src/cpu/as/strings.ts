/** MOVS, CMPS, STOS, LODS, SCAS (kinds 0 to 4) with and without REP. */
import { C_compareA, C_compareB, C_iterations, R_rcx, R_rsi, R_rdi, R_rax, R_rflags } from './generated/constants'
import { slowR, slowW, readPage, writePage, commit } from './memory'
import { loadSized, storeSized } from './arith'
import { BOUNCE_W } from './generated/constants'

/** Results of `strings`. */
export const DONE: i32 = 0
/** A fault is in the control block; registers stand at the iteration that faulted. */
export const FAULTED: i32 = 1
/** The budget ended first. */
export const AGAIN: i32 = 2

/** Writes rSI, rDI or rCX of the address size: 16 bits keep the rest, 32 clear the upper half. */
function put(slot: u32, v: u64, amask: u64): void {
  if (amask == 0xffff) store<u16>(slot, <u16>v)
  else store<u64>(slot, v & amask)
}

/** Bytes from `a` to the end of its page. */
function room(a: u64): u64 {
  return 4096 - (a & 4095)
}

/**
 * @param info kind | size << 4 | rep << 8 (0 none, 1 REP or REPE, 2 REPNE)
 * @param amask mask of the address size
 * @param segment base of the source's segment
 * @param most most iterations
 */
export function strings(info: i32, regs: u32, amask: u64, segment: u64, mask: u64, most: i64, o: u32): i32 {
  const kind = info & 15, s = (info >> 4) & 15, rep = info >> 8
  const n = <u64>(1 << s)
  const flags = load<u64>(regs + R_rflags)
  const backward = (flags & 0x400) != 0
  const runs = rep != 0 && kind != 3 && (flags & 0x40400) == 0 // with AC each element's alignment counts
  const step: u64 = backward ? <u64>(-<i64>n) : n
  let count: u64 = rep ? load<u64>(regs + R_rcx) & amask : 1
  let si = load<u64>(regs + R_rsi) & amask, di = load<u64>(regs + R_rdi) & amask
  let done: i64 = 0
  let result = DONE
  const up = 64 - (8 << s)
  while (count != 0) {
    if (done >= most) {
      result = AGAIN
      break
    }
    const from = (si + segment) & mask, to = di & mask
    if (runs) {
      // Runs within a page, forward.
      let run = count
      if (run > <u64>(most - done)) run = <u64>(most - done)
      let k = kind == 2 || kind == 4 ? run : min<u64>(run, room(from) / n)
      if (kind != 3) k = min<u64>(k, room(to) / n)
      if (amask != <u64>-1) k = min<u64>(k, ((amask - di) / n) + 1)
      if (amask != <u64>-1 && kind < 2) k = min<u64>(k, ((amask - si) / n) + 1)
      if (k > 1) {
        const bytes = k * n
        if (kind == 0) {
          const p = readPage(from, <i32>bytes)
          const q = p ? writePage(to, <i32>bytes) : 0
          if (!q) {
            result = FAULTED
            break
          }
          // A destination that overlaps the source from above repeats a pattern; memory.copy would not.
          if (q > p && <u64>(q - p) < bytes) {
            for (let i: u32 = 0; i < <u32>bytes; i += <u32>n) storeSized(q + i, s, loadSized(p + i, s))
          } else memory.copy(q, p, <u32>bytes)
          si = (si + bytes) & amask
          di = (di + bytes) & amask
          count -= k
          done += <i64>k
          continue
        }
        if (kind == 2) {
          const q = writePage(to, <i32>bytes)
          if (!q) {
            result = FAULTED
            break
          }
          const v = load<u64>(regs + R_rax)
          if (s == 0 || v == 0) memory.fill(q, <u8>v, <u32>bytes)
          else for (let i: u32 = 0; i < <u32>bytes; i += <u32>n) storeSized(q + i, s, v)
          di = (di + bytes) & amask
          count -= k
          done += <i64>k
          continue
        }
        const q = readPage(to, <i32>bytes)
        const p = kind == 1 ? (q ? readPage(from, <i32>bytes) : 1) : 1
        if (!q || !p) {
          result = FAULTED
          break
        }
        let i: u32 = 0
        let a: u64 = 0, b: u64 = 0
        const acc = load<u64>(regs + R_rax) << up
        let stop = false
        do {
          a = kind == 1 ? loadSized(p + i, s) << up : acc
          b = loadSized(q + i, s) << up
          i += <u32>n
          stop = (a == b) == (rep == 2)
        } while (!stop && <u64>i < bytes)
        store<u64>(C_compareA, a)
        store<u64>(C_compareB, b)
        if (kind == 1) si = (si + i) & amask
        di = (di + i) & amask
        count -= i / <u32>n
        done += i / <u32>n
        if (stop) break
        continue
      }
    }
    // One element.
    let v: u64 = 0
    if (kind == 0 || kind == 1 || kind == 3) {
      const p = (<u64>(<u32>from & 4095) + n) <= 4096 ? readPage(from, <i32>n) : slowR(from, <i32>n, o)
      if (!p) {
        result = FAULTED
        break
      }
      v = loadSized(p, s)
    } else v = load<u64>(regs + R_rax)
    if (kind == 0 || kind == 2) {
      const q = (<u64>(<u32>to & 4095) + n) <= 4096 ? writePage(to, <i32>n) : slowW(to, <i32>n, o)
      if (!q) {
        result = FAULTED
        break
      }
      storeSized(q, s, v)
      if (q == BOUNCE_W) commit()
    } else if (kind == 3) {
      storeSized(regs + R_rax, s, v)
      if (s == 2) store<u32>(regs + R_rax, 0, 4)
    } else {
      const q = (<u64>(<u32>to & 4095) + n) <= 4096 ? readPage(to, <i32>n) : slowR(to, <i32>n, o)
      if (!q) {
        result = FAULTED
        break
      }
      store<u64>(C_compareA, v << up)
      store<u64>(C_compareB, loadSized(q, s) << up)
    }
    if (kind != 2 && kind != 4) si = (si + step) & amask
    if (kind != 3) di = (di + step) & amask
    count--
    done++
    if (rep != 0 && (kind == 1 || kind == 4) && (load<u64>(C_compareA) == load<u64>(C_compareB)) == (rep == 2)) break
  }
  if (done > 0) {
    if (kind != 2 && kind != 4) put(regs + R_rsi, si, amask)
    if (kind != 3) put(regs + R_rdi, di, amask)
    if (rep) put(regs + R_rcx, count, amask)
  }
  store<i32>(C_iterations, <i32>done)
  return result
}
