import { EEXIST, EFAULT, EINVAL, ENOMEM, EOVERFLOW, EPERM } from '../abi/errno.js'
import type { Creds } from '../kernel/creds.js'
import type { ExecutableFile } from '../kernel/ports/binfmt.js'
import type { AddressSpace } from '../memory/address-space.js'
import { PAGE_SHIFT, PAGE_SIZE } from '../memory/layout.js'
import { PTE } from '../memory/page-table.js'
import { UserMemory } from '../memory/user-memory.js'
import { PROT } from '../memory/vma.js'
import { PF, type ProgramHeader } from './elf-header.js'
import { pageAlign, pageStart } from './layout.js'
import { findFreeRange, insertMapping, overlapsMapping } from '../memory/mappings.js'

/** CAP_SYS_RAWIO, 17: addresses below vm.mmap_min_addr are allowed. */
function mayMapLow(creds: Creds): boolean {
  return (creds.effective[0] & (1 << 17)) !== 0
}

/** How a segment's address is chosen: by mmap, at that address or not at all, or at that address over anything. */
export type Placement = 'free' | 'fixed-noreplace' | 'fixed'

/** What segments are mapped into and from. */
export interface SegmentTarget {
  readonly space: AddressSpace
  readonly file: ExecutableFile
  readonly creds: Creds
  /** Readable mappings are executable too (personality READ_IMPLIES_EXEC). */
  readonly readImpliesExec: boolean
}

/** Protection of a segment. Linux: make_prot, and do_mmap for READ_IMPLIES_EXEC. */
export function segmentProt(flags: number, readImpliesExec: boolean): number {
  const prot = ((flags & PF.r) !== 0 ? PROT.read : 0) | ((flags & PF.w) !== 0 ? PROT.write : 0) | ((flags & PF.x) !== 0 ? PROT.exec : 0)
  return readImpliesExec && (prot & PROT.read) !== 0 ? prot | PROT.exec : prot
}

/**
 * Maps a segment: file pages, zeros behind the file's part up to the page's end, and anonymous pages for the rest.
 * Linux: elf_load and elf_map.
 *
 * @param address where p_vaddr goes
 * @param total bytes to find room for when this is the first segment of a movable image, else 0
 * @returns page address the segment starts at, or a negative errno
 */
export function mapSegment(target: SegmentTarget, header: ProgramHeader, address: number, placement: Placement, total: number): number {
  const { space } = target
  const within = header.vaddr % PAGE_SIZE
  const prot = segmentProt(header.flags, target.readImpliesExec)
  let start = pageStart(address)
  let fileEnd = start
  if (header.filesz > 0) {
    const room = total === 0 ? Infinity : pageAlign(total)
    const size = Math.min(pageAlign(header.filesz + within), room) // more than the whole image is never mapped
    const offset = header.offset - within
    if (offset % PAGE_SIZE !== 0 || offset < 0) return -EINVAL
    if (offset + size > Number.MAX_SAFE_INTEGER) return -EOVERFLOW
    start = place(target, start, total === 0 ? size : room, placement)
    if (start < 0) return start
    if (!affordable(space, size, prot)) return -ENOMEM
    mapFile(target, start, size, offset, prot)
    fileEnd = start + size
    if (header.memsz > header.filesz) {
      const failed = padZero(space, start + within + header.filesz)
      if (failed < 0 && (prot & PROT.write) !== 0) return failed
    }
  }
  if (header.memsz > header.filesz) {
    const end = pageAlign(start + within + header.memsz)
    if (end > fileEnd) {
      if (end > space.limit) return -ENOMEM
      if (header.filesz === 0 && start < space.minimum && !mayMapLow(target.creds)) return -EPERM
      // vm_brk_flags gives data's usual rights, whatever the segment's: readable and writable, executable if it was
      const bss = PROT.read | PROT.write | (target.readImpliesExec ? PROT.exec : prot & PROT.exec)
      if (!affordable(space, end - fileEnd, bss)) return -ENOMEM
      insertMapping(space, { start: fileEnd, end, prot: bss, maxProt: 7, flags: 0, backing: null, offset: 0, label: null })
    }
  }
  return start
}

/** Chooses and checks the address. Linux: get_unmapped_area, MAP_FIXED_NOREPLACE in do_mmap. */
function place({ space, creds }: SegmentTarget, start: number, size: number, placement: Placement): number {
  if (size > space.limit) return -ENOMEM
  if (placement === 'free') return findFreeRange(space, size)
  if (start > space.limit - size || start < 0) return -ENOMEM
  if (start < space.minimum && !mayMapLow(creds)) return -EPERM
  return placement === 'fixed-noreplace' && overlapsMapping(space, start, start + size) ? -EEXIST : start
}

/** Private writable memory beyond what the machine has is refused. Linux: __vm_enough_memory with OVERCOMMIT_GUESS. */
function affordable(space: AddressSpace, size: number, prot: number): boolean {
  return (prot & PROT.write) === 0 || size / PAGE_SIZE <= space.memory.total
}

function mapFile({ space, file }: SegmentTarget, start: number, size: number, offset: number, prot: number): void {
  const vma = { start, end: start + size, prot, maxProt: 7, flags: 0, label: file.path }
  if (file.backing !== null) {
    insertMapping(space, { ...vma, backing: file.backing, offset, label: null })
    return
  }
  insertMapping(space, { ...vma, backing: null, offset: 0 })
  const { memory } = space
  const writable = (prot & PROT.write) !== 0 ? PTE.writable : 0
  for (let at = 0; at < size && offset + at < file.size; at += PAGE_SIZE) {
    const frame = memory.allocate()
    if (frame === 0) return // the page is asked for again when it is touched, and fails then
    memory.u8.set(file.read(offset + at, Math.min(PAGE_SIZE, file.size - offset - at)), frame * PAGE_SIZE)
    space.pages.set(start + at, (frame << PAGE_SHIFT) | PTE.present | writable)
  }
}

/** Zeros from an address to the end of its page. Linux: padzero. */
function padZero(space: AddressSpace, address: number): number {
  const rest = pageAlign(address) - address
  return rest === 0 || new UserMemory(space).clear(address, rest) === rest ? 0 : -EFAULT
}
