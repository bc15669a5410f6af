import { SyscallkitError } from '../base/errors.js'
import type { AddressSpace } from './address-space.js'
import { PAGE_SHIFT, PAGE_SIZE, TLB_ENTRIES, TLB_READ, TLB_SPAN, TLB_WRITE } from './layout.js'
import type { PhysicalMemory } from './physical.js'

const EFAULT = -14
const ENAMETOOLONG = -36
// The TLBs as 32-bit words: where they start, how far apart they are, and the mask of an entry's place in them.
const TLB = TLB_READ >> 2
const WRITES = (TLB_WRITE - TLB_READ) >> 2
const SLOTS = (TLB_ENTRIES - 1) << 2
const OVER_SPAN = 1 / TLB_SPAN
/** For the host offset of what no TLB has: of no frame, and not aligned. */
const MISS = 1

/**
 * A task's user memory as the kernel sees it. The copying methods never throw for a guest's address: they say how many
 * bytes they could copy, in whole runs up to the page that faults, as copy_from_user and copy_to_user do.
 * `read`, `write` and `cstring` are for hosts: they throw a {@link SyscallkitError} with a code.
 *
 * @example
 * const bytes = task.memory.read(address, 16)
 */
export class UserMemory {
  /** The space copied from and to; execve replaces it. */
  space: AddressSpace
  private readonly memory: PhysicalMemory
  constructor(space: AddressSpace) {
    this.space = space
    this.memory = space.memory
  }

  /** Whether [address, address + length) lies in user space at all. Linux: access_ok. */
  accessOk(address: number, length: number): boolean {
    return address >= 0 && length >= 0 && address + length <= this.space.limit
  }

  /** Host offset of a byte that may be read, or -1. */
  readable(address: number): number {
    const at = this.cached(address, TLB)
    return at === MISS ? this.missed(address, 0) : at >>> 0
  }

  /** Host offset of a byte that may be written, or -1. Pages with decoded code are reported as written. */
  writable(address: number): number {
    const at = this.cached(address, TLB + WRITES)
    return at === MISS ? this.missed(address, 2) : at >>> 0
  }

  /** Host offset of a byte by one of the TLBs, as a signed word, or MISS. */
  private cached(address: number, tlb: number): number {
    const low = address | 0
    const { memory } = this
    const { i32 } = memory
    const slot = tlb + ((low >>> 10) & SLOTS)
    return i32[slot + 3] === Math.floor(address * OVER_SPAN) && memory.translated === this.space ? (low + i32[slot + 2]!) | 0 : MISS
  }

  /** What the TLB does not know, by the page table. */
  private missed(address: number, access: 0 | 2): number {
    if (!(address >= 0 && address < this.space.limit)) return -1
    const offset = (address | 0) & (PAGE_SIZE - 1)
    const found = this.space.translate(address - offset, access)
    if (found < 0) return -1
    const frame = Math.floor(found / PAGE_SIZE) // found is odd when the page may be written
    if (access === 2) this.memory.wrote(frame)
    return frame * PAGE_SIZE + offset
  }

  /**
   * Copies guest memory to `out[from..from+length)`.
   *
   * @returns bytes copied; less than `length` when a page faults
   */
  copyFrom(address: number, out: Uint8Array, from = 0, length = out.length - from): number {
    if (!this.accessOk(address, length)) return 0
    let done = 0
    while (done < length) {
      const at = this.readable(address + done)
      if (at < 0) break
      const run = Math.min(length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)))
      copyOut(this.memory, at, out, from + done, run)
      done += run
    }
    return done
  }

  /**
   * Copies `bytes[from..from+length)` to guest memory.
   *
   * @returns bytes copied; less than `length` when a page faults
   */
  copyTo(address: number, bytes: Uint8Array, from = 0, length = bytes.length - from): number {
    if (!this.accessOk(address, length)) return 0
    let done = 0
    while (done < length) {
      const at = this.writable(address + done)
      if (at < 0) break
      const run = Math.min(length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)))
      copyIn(bytes, from + done, this.memory.u8, at, run)
      done += run
    }
    return done
  }

  /** Fills guest memory with zeros; bytes done. Linux: clear_user. */
  clear(address: number, length: number): number {
    if (!this.accessOk(address, length)) return 0
    let done = 0
    while (done < length) {
      const at = this.writable(address + done)
      if (at < 0) break
      const run = Math.min(length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)))
      this.memory.u8.fill(0, at, at + run)
      done += run
    }
    return done
  }

  /** A byte, or -1 when it faults. Linux: get_user. */
  getU8(address: number): number {
    const at = this.readable(address)
    return at < 0 ? -1 : this.memory.u8[at]!
  }

  /** An unsigned 32-bit word, or -1 when it faults. */
  getU32(address: number): number {
    const at = this.cached(address, TLB)
    if ((at & 3) === 0) return this.memory.i32[at >>> 2]! >>> 0
    return this.copyFrom(address, scratch.bytes, 0, 4) < 4 ? -1 : scratch.view.getUint32(0, true)
  }

  /** Stores a 32-bit word; 0 or -EFAULT. Linux: put_user. */
  putU32(address: number, value: number): number {
    const at = this.cached(address, TLB + WRITES)
    if ((at & 3) === 0) {
      this.memory.i32[at >>> 2] = value
      return 0
    }
    scratch.view.setInt32(0, value, true)
    return this.copyTo(address, scratch.bytes, 0, 4) < 4 ? EFAULT : 0
  }

  /** Stores a 64-bit word from its halves; 0 or -EFAULT. */
  putU64(address: number, low: number, high: number): number {
    const at = this.cached(address, TLB + WRITES)
    if ((at & 7) === 0) {
      const { i32 } = this.memory
      i32[at >>> 2] = low
      i32[(at >>> 2) + 1] = high
      return 0
    }
    scratch.view.setInt32(0, low, true)
    scratch.view.setInt32(4, high, true)
    return this.copyTo(address, scratch.bytes, 0, 8) < 8 ? EFAULT : 0
  }

  /**
   * A NUL-terminated string of at most `max` bytes with its NUL. Linux: strncpy_from_user.
   *
   * @returns a byte string without the NUL, -EFAULT, or -ENAMETOOLONG when no NUL comes in time
   */
  string(address: number, max: number): string | number {
    let s = ''
    for (let done = 0; done < max; ) {
      const at = this.readable(address + done)
      if (at < 0) return EFAULT
      const run = Math.min(max - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)))
      const u8 = this.memory.u8
      let end = at
      while (end < at + run && u8[end] !== 0) end++
      s += String.fromCharCode(...u8.subarray(at, end))
      if (end < at + run) return s
      done += run
    }
    return ENAMETOOLONG
  }

  /** Host access: `length` bytes at `address`. Throws ERR_SYSCALLKIT_GUEST_ADDRESS when a page is not readable. */
  read(address: number, length: number): Uint8Array {
    const out = new Uint8Array(length)
    const done = this.copyFrom(address, out)
    if (done < length) throw badAddress('read', address, done)
    return out
  }

  /** Host access: writes `bytes` at `address`. Throws ERR_SYSCALLKIT_GUEST_ADDRESS when a page is not writable. */
  write(address: number, bytes: Uint8Array): void {
    const done = this.copyTo(address, bytes)
    if (done < bytes.length) throw badAddress('write', address, done)
  }

  /** Host access: the byte string at `address`, at most `max` bytes. Throws as {@link read} does. */
  cstring(address: number, max = 4096): string {
    const s = this.string(address, max)
    if (typeof s === 'number') throw badAddress('read', address, 0)
    return s
  }
}

function badAddress(what: string, address: number, done: number): SyscallkitError {
  return new SyscallkitError('ERR_SYSCALLKIT_GUEST_ADDRESS', `memory.${what}: 0x${address.toString(16)} + ${done} is not ${what === 'read' ? 'readable' : 'writable'} in the guest`)
}

/** A word that misses the TLB or crosses a page, on its way. */
class Scratch {
  readonly bytes = new Uint8Array(8)
  readonly view: DataView = new DataView(this.bytes.buffer)
}
const scratch = /* @__PURE__ */ new Scratch()

/** Runs below this are copied by a loop, others by `set` (16 bytes: 42 ns against 118, measured). */
const SHORT = 64

/** A run of at most a page from `at`. Making a view takes as long as copying half a page, so those of whole pages are kept. */
function copyOut(memory: PhysicalMemory, at: number, out: Uint8Array, to: number, length: number): void {
  if (length < SHORT) {
    const { u8 } = memory
    for (let i = 0; i < length; i++) out[to + i] = u8[at + i]!
  } else out.set(length === PAGE_SIZE ? memory.page(at >>> PAGE_SHIFT) : memory.u8.subarray(at, at + length), to)
}

function copyIn(bytes: Uint8Array, from: number, u8: Uint8Array, at: number, length: number): void {
  if (length < SHORT) for (let i = 0; i < length; i++) u8[at + i] = bytes[from + i]!
  else u8.set(length === bytes.length ? bytes : bytes.subarray(from, from + length), at)
}
