/** Calls on memory. */
import { MADV, MCL, MFD, MLOCK, MREMAP, MS } from '../../abi/flags/mman.js'
import { IOVEC_ILP32, IOVEC_LP64 } from '../../abi/structs/io.js'
import { MMAP_ARG } from '../../abi/structs/ipc.js'
import { address, addressText, from, hexText, int, out, ulong, type Arg, type CallPrinter, type Print } from './call.js'
import { arrayText, struct } from './fields.js'
import { all, flags, flags64, flagsText, oneOf, pick } from './flags.js'
import { mapNames, protNames } from './names.js'
import { bytesText as quoted, stringText } from './strings.js'

const MAP_TYPE = 0xfn
const HUGE_SHIFT = 26n
const types: Readonly<Record<string, string>> = { 0: 'MAP_FILE', 1: 'MAP_SHARED', 2: 'MAP_PRIVATE', 3: 'MAP_SHARED_VALIDATE' }

/** Flags of mmap: the type, the names, what is left, the size of huge pages. */
export function mapText(value: bigint): string {
  const low = BigInt.asUintN(32, value)
  const type = low & MAP_TYPE
  const huge = (low >> HUGE_SHIFT) & 0x3fn
  const parts = [types[String(type)] ?? `${hexText(type)} /* MAP_??? */`]
  let rest = low & ~MAP_TYPE & ~(0x3fn << HUGE_SHIFT)
  for (const [name, bits] of mapNames) {
    if ((rest & bits) !== bits) continue
    parts.push(name)
    rest &= ~bits
  }
  if (rest !== 0n) parts.push(hexText(rest))
  if (huge !== 0n) parts.push(`${huge}<<MAP_HUGE_SHIFT`)
  return parts.join('|')
}

const mapFlags: Print = (c, i) => mapText(c.ulong(i))
const prot = /* @__PURE__ */ flags64(protNames, 'PROT_???')
const call = (...args: Arg[]): CallPrinter => ({ args })
const where = (c: { result: number; word: 4 | 8 }): string => hexText(c.word === 4 ? c.result >>> 0 : c.result)
const pages: Print = (c, i) => hexText(BigInt.asUintN(64, c.ulong(i) << 12n))

/** i386's first mmap: one structure holds the arguments, shown as if they were arguments. */
const oldMmap = /* @__PURE__ */ struct(MMAP_ARG, (f) =>
  [
    addressText(f.get('addr')), f.get('len'), flagsText(f.get('prot'), protNames, 'PROT_???'), mapText(f.get('flags')),
    BigInt.asIntN(32, f.get('fd')), hexText(f.get('offset')),
  ].join(', '))

/** MREMAP_MAYMOVE and MREMAP_FIXED together: then there is a new address. */
const MREMAP_TO = 3
const remote = (i: number): Arg => from(i, (c) =>
  arrayText(c, c.ulong(i), Number(c.ulong(i + 1) & 0xffffn), { lp64: IOVEC_LP64, ilp32: IOVEC_ILP32 },
    (f) => `{iov_base=${addressText(f.get('iov_base'))}, iov_len=${f.get('iov_len')}}`))

const local = (readsLocal: boolean): Arg => {
  const show: Print = (c, i) =>
    arrayText(c, c.ulong(i), Number(c.ulong(i + 1) & 0xffffn), { lp64: IOVEC_LP64, ilp32: IOVEC_ILP32 }, (f) => {
      const length = readsLocal ? Number(f.get('iov_len')) : Math.min(Number(f.get('iov_len')), c.result)
      return `{iov_base=${quoted(c, f.get('iov_base'), length)}, iov_len=${f.get('iov_len')}}`
    })
  return readsLocal ? show : { after: (c, i) => (c.failed ? remoteText(c, i) : show(c, i)) }
}
const remoteText: Print = (c, i) =>
  arrayText(c, c.ulong(i), Number(c.ulong(i + 1) & 0xffffn), { lp64: IOVEC_LP64, ilp32: IOVEC_ILP32 },
    (f) => `{iov_base=${addressText(f.get('iov_base'))}, iov_len=${f.get('iov_len')}}`)

/** Printers of this area, by the name of the number. */
export function memoryCalls(): Record<string, CallPrinter> {
  return {
    brk: { args: [address], result: where },
    mmap: {
      args: (c) => (c.word === 4 ? [oldMmap] : [address, ulong, prot, mapFlags, int, (d, i) => hexText(d.ulong(i))]),
      result: where,
    },
    mmap2: { args: [address, ulong, prot, mapFlags, int, pages], result: where },
    munmap: call(address, ulong), mprotect: call(address, ulong, prot), pkey_mprotect: call(address, ulong, prot, int),
    mremap: {
      args: (c) => [address, ulong, ulong, flags64(all(MREMAP), 'MREMAP_???'), ...((c.u32(3) & MREMAP_TO) === MREMAP_TO ? [address] : [])],
      result: where,
    },
    msync: call(address, ulong, flags(pick(MS, 'MS_SYNC', 'MS_ASYNC', 'MS_INVALIDATE'), 'MS_???')),
    madvise: call(address, ulong, oneOf(all(MADV).filter(([name]) => !name.startsWith('MADV_GUARD')), 'MADV_???')),
    mincore: call(address, ulong, out((c, i) => {
      const count = Number((c.ulong(1) + 4095n) / 4096n)
      const bytes = c.at(i, Math.min(count, 32))
      return bytes === null ? address(c, i) : `[${[...bytes].map((b) => String(b & 1)).join(', ')}${count > 32 ? ', ...' : ''}]`
    })),
    mlock: call(address, ulong), munlock: call(address, ulong), mlock2: call(address, ulong, flags(all(MLOCK), 'MLOCK_???')),
    mlockall: call(flags(all(MCL), 'MCL_???')), munlockall: call(),
    memfd_create: call((c, i) => stringText(c, c.ulong(i), 250), flags(pick(MFD, 'MFD_CLOEXEC', 'MFD_ALLOW_SEALING', 'MFD_HUGETLB'), 'MFD_???')),
    remap_file_pages: call(address, ulong, prot, ulong, mapFlags),
    process_vm_readv: call(int, local(false), from(2, ulong), remote(3), from(4, ulong), from(5, ulong)),
    process_vm_writev: call(int, local(true), from(2, ulong), remote(3), from(4, ulong), from(5, ulong)),
    shmat: { args: [int, address, flags([], 'SHM_???')], result: where }, shmdt: call(address),
  }
}
