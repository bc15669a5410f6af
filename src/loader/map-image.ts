import { EINVAL } from '../abi/errno.js'
import { PAGE_SIZE } from '../memory/layout.js'
import { ET, PF, PT, type ElfHeader, type ProgramHeader } from './elf-header.js'
import { pageAlign, pageStart } from './layout.js'
import { mapSegment, type Placement, type SegmentTarget } from './map-segment.js'
import { findFreeRange } from '../memory/mappings.js'

/** An image in memory. */
export interface MappedImage {
  /** What was added to the file's addresses. */
  readonly bias: number
  /** Address of the program headers. */
  readonly phdr: number
  /** End of the last segment. */
  readonly brk: number
  readonly layout: { readonly startCode: number; readonly endCode: number; readonly startData: number; readonly endData: number }
}

/**
 * Maps all segments of a program or an interpreter. Linux: the loop of load_elf_binary, and load_elf_interp.
 *
 * @param base where a movable image goes; null lets mmap choose
 * @returns the image, or a negative errno
 */
export function mapImage(target: SegmentTarget, header: ElfHeader, segments: readonly ProgramHeader[], base: number | null): MappedImage | number {
  const { limit } = target.space
  const movable = header.type === ET.dyn
  let bias = 0
  let first = true
  let phdr = 0
  let startCode = Infinity
  let endCode = 0
  let startData = 0
  let endData = 0
  let brk = 0
  for (const s of segments) {
    if (s.type !== PT.load) continue
    let placement: Placement = 'fixed'
    let total = 0
    if (first && movable) {
      total = totalMappingSize(segments)
      if (total === 0) return -EINVAL
      const chosen = chooseBias(target, segments, total, base)
      if (chosen < 0) return chosen
      placement = chosen === 0 ? 'free' : 'fixed-noreplace'
      bias = pageStart(chosen - s.vaddr)
    } else if (first) placement = 'fixed-noreplace'
    const mapped = mapSegment(target, s, bias + s.vaddr, placement, total)
    if (mapped < 0 || mapped >= limit) return mapped < 0 ? mapped : -EINVAL
    if (first && movable) bias += mapped - pageStart(bias + s.vaddr)
    first = false
    if (s.offset <= header.phoff && header.phoff < s.offset + s.filesz) phdr = header.phoff - s.offset + s.vaddr
    if (s.vaddr >= limit || s.filesz > s.memsz || s.memsz > limit || limit - s.memsz < s.vaddr) return -EINVAL
    const fileEnd = s.vaddr + s.filesz
    if ((s.flags & PF.x) !== 0) {
      startCode = Math.min(startCode, s.vaddr)
      endCode = Math.max(endCode, fileEnd)
    }
    startData = Math.max(startData, s.vaddr)
    endData = Math.max(endData, fileEnd)
    brk = Math.max(brk, s.vaddr + s.memsz)
  }
  const layout = { startCode: startCode === Infinity ? 0 : startCode + bias, endCode: endCode + bias, startData: startData + bias, endData: endData + bias }
  return { bias, phdr: phdr + bias, brk: brk + bias, layout }
}

/** Where a movable image's first byte goes: an address, 0 for wherever mmap likes, or a negative errno. */
function chooseBias({ space }: SegmentTarget, segments: readonly ProgramHeader[], total: number, base: number | null): number {
  const alignment = maximumAlignment(segments)
  if (base !== null) return alignment === 0 ? base : base - (base % alignment)
  if (alignment <= PAGE_SIZE) return 0
  // more than a page: look where it would go, and go down from there
  const found = findFreeRange(space, pageAlign(total))
  return found < 0 ? found : found - (found % alignment)
}

/** Bytes of an image from its lowest to its highest address; 0 without segments to load. Linux: total_mapping_size. */
export function totalMappingSize(segments: readonly ProgramHeader[]): number {
  let low = Infinity
  let high = 0
  for (const s of segments) {
    if (s.type !== PT.load) continue
    low = Math.min(low, pageStart(s.vaddr))
    high = Math.max(high, s.vaddr + s.memsz)
  }
  return low === Infinity ? 0 : high - low
}

/** Largest alignment that is a power of two, in whole pages. Linux: maximum_alignment. */
export function maximumAlignment(segments: readonly ProgramHeader[]): number {
  let alignment = 0
  for (const { type, align } of segments) {
    const power = align > 0 && 2 ** Math.round(Math.log2(align)) === align
    if (type === PT.load && power) alignment = Math.max(alignment, align)
  }
  return pageAlign(alignment)
}
