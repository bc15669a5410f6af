import { byteString } from '../base/bytes.js'
import { SyscallkitError } from '../base/errors.js'
import type { ExecRequest } from '../kernel/ports/binfmt.js'
import {
  EHDR_SIZE, EM, ET, firstBytes, isElf, parseHeader, PHDR_SIZE, PT, readExactly, readProgramHeaders, type ElfHeader, type ProgramHeader,
} from './elf-header.js'

const MACHINES: { readonly [machine: number]: string } = {
  3: 'i386', 6: 'i486', 8: 'MIPS', 20: 'PowerPC', 21: 'PowerPC64', 22: 'S/390', 40: 'ARM', 62: 'x86-64', 183: 'AArch64', 243: 'RISC-V',
}
const TYPES: { readonly [type: number]: string } = { 0: 'no type', 1: 'a relocatable object', 4: 'a core dump' }

/** Makes the errors of one file. */
class Complaint {
  private readonly request: ExecRequest
  constructor(request: ExecRequest) {
    this.request = request
  }
  of(code: `ERR_SYSCALLKIT_ELF_${string}`, what: string, hint?: string): SyscallkitError {
    return new SyscallkitError(code, `${this.request.filename}: ${what}`, hint === undefined ? {} : { hint })
  }
  truncated(what: string): SyscallkitError {
    return this.of('ERR_SYSCALLKIT_ELF_TRUNCATED', `${what}, but the file has ${this.request.file.size} bytes`, 'The file was cut off: copy it again.')
  }
  segment(what: string): SyscallkitError {
    return this.of('ERR_SYSCALLKIT_ELF_SEGMENTS', what)
  }
  interpreter(what: string): SyscallkitError {
    const hint = 'Link the program statically (gcc -static), or give a root that has its interpreter and libraries.'
    return this.of('ERR_SYSCALLKIT_ELF_INTERPRETER', what, hint)
  }
}

const hex = (n: number): string => `0x${n.toString(16)}`

/**
 * Why a host's program cannot be run, in words; null when nothing is wrong with it. Stricter than execve, which maps a
 * truncated file and lets it die of SIGBUS, or lets one segment cover another.
 */
export function explainElf(request: ExecRequest): SyscallkitError | null {
  const complaint = new Complaint(request)
  const bits = explainIdentity(request, complaint)
  if (typeof bits !== 'number') return bits
  const header = parseHeader(firstBytes(request.file), bits)
  const segments = explainHeader(request, header, complaint)
  if (segments instanceof SyscallkitError) return segments
  return explainSegments(header, segments, request.file.size, complaint) ?? explainInterpreter(request, segments, complaint)
}

/** What kind of file it is: its word size, or what is wrong. */
function explainIdentity({ file, kernel }: ExecRequest, complaint: Complaint): 32 | 64 | SyscallkitError {
  const first = firstBytes(file)
  if (file.size === 0) return complaint.truncated('an ELF header takes 52 bytes')
  if (!isElf(first)) return complaint.of('ERR_SYSCALLKIT_ELF_MAGIC', 'not an ELF file', 'Give a program for Linux on x86_64 or i386.')
  if (file.size < 20) return complaint.truncated('an ELF header takes 52 bytes')
  if (first[5] === 2) return complaint.of('ERR_SYSCALLKIT_ELF_ENDIAN', 'a big-endian ELF file; x86 is little-endian', 'Build it for x86_64 or i386.')
  const machine = first[18]! | (first[19]! << 8)
  const runs64 = kernel.system.machine === 'x86_64'
  const is32 = machine === EM.i386 || machine === EM.i486
  if (!is32 && !(machine === EM.x86_64 && runs64)) {
    const hint = runs64 ? 'Build it for x86_64 or i386 (gcc -m32).' : 'This kernel runs i386 programs: build it with gcc -m32.'
    return complaint.of('ERR_SYSCALLKIT_ELF_MACHINE', `built for ${MACHINES[machine] ?? `machine ${machine}`}`, hint)
  }
  const bits = is32 ? 32 : 64
  if (file.size < EHDR_SIZE[bits]) return complaint.truncated(`the ELF header takes ${EHDR_SIZE[bits]} bytes`)
  if (first[4] === (is32 ? 1 : 2)) return bits
  const hint = machine === EM.x86_64 ? 'x32 programs are not supported.' : undefined
  return complaint.of('ERR_SYSCALLKIT_ELF_CLASS', `class byte ${first[4]} for a ${bits}-bit machine`, hint)
}

/** The program headers, or what is wrong with the header. */
function explainHeader({ file }: ExecRequest, header: ElfHeader, complaint: Complaint): ProgramHeader[] | SyscallkitError {
  const { type, phnum, phentsize, phoff } = header
  const each = PHDR_SIZE[header.bits]
  if (type !== ET.exec && type !== ET.dyn)
    return complaint.of('ERR_SYSCALLKIT_ELF_TYPE', `${TYPES[type] ?? `e_type ${type}`}, not a program`, type === 1 ? 'Link it first.' : undefined)
  if (phentsize !== each || phnum === 0 || phnum * each > 4096) {
    const expected = `expected 1 to ${Math.floor(4096 / each)} of ${each}`
    return complaint.of('ERR_SYSCALLKIT_ELF_HEADERS', `${phnum} program headers of ${phentsize} bytes; ${expected}`)
  }
  return readProgramHeaders(file, header) ?? complaint.truncated(`the program headers end at ${phoff + phnum * phentsize}`)
}

function explainSegments(header: ElfHeader, segments: readonly ProgramHeader[], size: number, complaint: Complaint): SyscallkitError | null {
  const limit = header.bits === 64 ? 0x7ffffffff000 : 0xffffe000
  const loads = segments.filter((s) => s.type === PT.load)
  if (loads.length === 0) return complaint.segment('no segment to load (PT_LOAD)')
  let end = 0
  for (const [i, s] of loads.entries()) {
    const name = `PT_LOAD segment ${i} at ${hex(s.vaddr)}`
    if (s.filesz > s.memsz) return complaint.segment(`${name}: ${s.filesz} bytes in the file, but ${s.memsz} in memory`)
    if (s.vaddr + s.memsz > limit) return complaint.segment(`${name}: ends at ${hex(s.vaddr + s.memsz)}, beyond user space`)
    if (s.filesz > 0 && s.offset % 4096 !== s.vaddr % 4096)
      return complaint.segment(`${name}: file offset ${hex(s.offset)} is not congruent to it modulo the page size`)
    if (s.filesz > 0 && s.offset + s.filesz > size) return complaint.truncated(`${name} ends at byte ${s.offset + s.filesz}`)
    if (s.vaddr < end) return complaint.segment(`${name}: overlaps the one before or lies below it, which ends at ${hex(end)}`)
    end = s.vaddr + s.memsz
  }
  if (header.type === ET.exec && !loads.some((s) => header.entry >= s.vaddr && header.entry < s.vaddr + s.memsz))
    return complaint.of('ERR_SYSCALLKIT_ELF_ENTRY', `entry point ${hex(header.entry)} lies in no segment`)
  return null
}

function explainInterpreter(request: ExecRequest, segments: readonly ProgramHeader[], complaint: Complaint): SyscallkitError | null {
  const interp = segments.find((s) => s.type === PT.interp)
  if (interp === undefined) return null
  const end = interp.offset + interp.filesz
  if (end > request.file.size) return complaint.truncated(`the interpreter's path ends at byte ${end}`)
  const path = interp.filesz >= 2 && interp.filesz <= 4096 ? readExactly(request.file, interp.offset, interp.filesz) : null
  if (path === null || path[path.length - 1] !== 0) return complaint.interpreter('PT_INTERP holds no path')
  const name = byteString(path, 0, path.indexOf(0))
  const file = request.open(name)
  if (typeof file === 'number') return complaint.interpreter(`a dynamic program, whose interpreter ${name} cannot be opened (errno ${-file})`)
  return isElf(firstBytes(file)) ? null : complaint.interpreter(`its interpreter ${name} is not an ELF file`)
}
