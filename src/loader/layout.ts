import { PAGE_SIZE } from '../memory/layout.js'

/** What differs between the three kinds of programs: 64-bit ones, 32-bit ones on an x86_64 kernel, and those on an i386 kernel. */
export interface ProgramKind {
  readonly name: 'x86_64' | 'compat' | 'i386'
  readonly is64: boolean
  /** TASK_SIZE, which is STACK_TOP too. */
  readonly taskSize: number
  /** ELF_ET_DYN_BASE: where a position-independent program with an interpreter goes, and the heap of one without. */
  readonly dynBase: number
  /** Bytes of the kernel's own word, which it leaves free at the top of the stack. */
  readonly kernelWord: number
  /** AT_PLATFORM. */
  readonly platform: string
  /** Selectors of user code, of its stack, and of ds and es. */
  readonly cs: number
  readonly ss: number
  readonly ds: number
}

/** Programs by kind, without address space randomisation. Linux: arch/x86/include/asm/elf.h, page_64_types.h, segment.h. */
export const KINDS: { readonly [name in ProgramKind['name']]: ProgramKind } = {
  x86_64: { name: 'x86_64', is64: true, taskSize: 0x7ffffffff000, dynBase: 0x555555554aaa, kernelWord: 8, platform: 'x86_64', cs: 0x33, ss: 0x2b, ds: 0 },
  // TASK_UNMAPPED_BASE + 16 MiB (COMPAT_ELF_ET_DYN_BASE)
  compat: { name: 'compat', is64: false, taskSize: 0xffffe000, dynBase: 0x56555000, kernelWord: 8, platform: 'i686', cs: 0x23, ss: 0x2b, ds: 0x2b },
  i386: { name: 'i386', is64: false, taskSize: 0xc0000000, dynBase: 0x400000, kernelWord: 4, platform: 'i686', cs: 0x73, ss: 0x7b, ds: 0x7b },
}

/** Where mmap starts downwards: below the stack's limit and its guard gap, within 128 MiB and 5/6 of the space. Linux: mmap_base (arch/x86/mm/mmap.c). */
export function mmapBase(taskSize: number, stackLimit: number): number {
  const gap = Math.min(Math.max(stackLimit + 256 * PAGE_SIZE, 128 << 20), Math.floor(taskSize / 6) * 5)
  return pageAlign(taskSize - gap)
}

/** Start of the page that holds an address. */
export function pageStart(address: number): number {
  return address - (((address % PAGE_SIZE) + PAGE_SIZE) % PAGE_SIZE)
}
/** Address rounded up to a page. */
export function pageAlign(address: number): number {
  return Math.ceil(address / PAGE_SIZE) * PAGE_SIZE
}
