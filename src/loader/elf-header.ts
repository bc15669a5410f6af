import type { ExecutableFile } from '../kernel/ports/binfmt.js'

/** Values of e_type (elf(5)). */
export const ET = { exec: 2, dyn: 3 } as const
/** Values of e_machine that x86 kernels know. */
export const EM = { i386: 3, i486: 6, x86_64: 62 } as const
/** Values of p_type. */
export const PT = { load: 1, dynamic: 2, interp: 3, gnuStack: 0x6474e551 } as const
/** Bits of p_flags. */
export const PF = { x: 1, w: 2, r: 4 } as const

/** The word size that decides the layout of headers. */
export type ElfClass = 32 | 64

/** What execve reads of an ELF header. Addresses and offsets beyond 2^53 are rounded; they all fail alike. */
export interface ElfHeader {
  readonly bits: ElfClass
  readonly type: number
  readonly machine: number
  readonly entry: number
  readonly phoff: number
  readonly phentsize: number
  readonly phnum: number
}

/** A program header. */
export interface ProgramHeader {
  readonly type: number
  readonly flags: number
  readonly offset: number
  readonly vaddr: number
  readonly filesz: number
  readonly memsz: number
  readonly align: number
}

/** Bytes of the ELF header. */
export const EHDR_SIZE: { readonly [bits in ElfClass]: number } = { 32: 52, 64: 64 }
/** Bytes of a program header. */
export const PHDR_SIZE: { readonly [bits in ElfClass]: number } = { 32: 32, 64: 56 }

/** Whether a file begins with ELF's magic number. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46
}

/**
 * Reads the header in the layout that `bits` says. Linux looks at e_machine, not at the class byte, to know it.
 *
 * @param bytes at least 64 bytes, zeros behind the file's end
 */
export function parseHeader(bytes: Uint8Array, bits: ElfClass): ElfHeader {
  const view = viewOf(bytes)
  const wide = bits === 64
  return {
    bits,
    type: view.getUint16(16, true),
    machine: view.getUint16(18, true),
    entry: wide ? u64(view, 24) : view.getUint32(24, true),
    phoff: wide ? u64(view, 32) : view.getUint32(28, true),
    phentsize: view.getUint16(wide ? 54 : 42, true),
    phnum: view.getUint16(wide ? 56 : 44, true),
  }
}

/**
 * Reads the program headers. Linux: load_elf_phdrs, which takes 1 to 4096 bytes of them, of exactly their size.
 *
 * @returns null when there are none, too many, of another size, or cut off by the file's end
 */
export function readProgramHeaders(file: ExecutableFile, header: ElfHeader): ProgramHeader[] | null {
  const { bits } = header
  const each = PHDR_SIZE[bits]
  const size = each * header.phnum
  if (header.phentsize !== each || size === 0 || size > 4096) return null
  const bytes = readExactly(file, header.phoff, size)
  return bytes === null ? null : Array.from({ length: header.phnum }, (_, i) => parseProgramHeader(viewOf(bytes), i * each, bits))
}

function parseProgramHeader(view: DataView, at: number, bits: ElfClass): ProgramHeader {
  if (bits === 64) {
    return {
      type: view.getUint32(at, true), flags: view.getUint32(at + 4, true), offset: u64(view, at + 8), vaddr: u64(view, at + 16),
      filesz: u64(view, at + 32), memsz: u64(view, at + 40), align: u64(view, at + 48),
    }
  }
  return {
    type: view.getUint32(at, true), offset: view.getUint32(at + 4, true), vaddr: view.getUint32(at + 8, true),
    filesz: view.getUint32(at + 16, true), memsz: view.getUint32(at + 20, true), flags: view.getUint32(at + 24, true), align: view.getUint32(at + 28, true),
  }
}

/** All `length` bytes at `offset`, or null when the file ends before. Linux: elf_read. */
export function readExactly(file: ExecutableFile, offset: number, length: number): Uint8Array | null {
  if (offset + length > file.size) return null
  const bytes = file.read(offset, length)
  return bytes.length === length ? bytes : null
}

/** The first 256 bytes of a file, zeros behind its end. Linux: prepare_binprm. */
export function firstBytes(file: ExecutableFile): Uint8Array {
  const buffer = new Uint8Array(256)
  buffer.set(file.read(0, Math.min(256, file.size)))
  return buffer
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296
}
