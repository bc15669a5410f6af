import { byteString } from '../base/bytes.js'
import { SyscallkitError } from '../base/errors.js'
import type { ExecRequest } from '../kernel/ports/binfmt.js'
import { EHDR_SIZE, EM, ET, firstBytes, isElf, parseHeader, PHDR_SIZE, PT, readExactly, readProgramHeaders, type ElfHeader, type ProgramHeader } from './elf-header.js'

const MACHINES: { readonly [machine: number]: string } = { 3: 'i386', 6: 'i486', 8: 'MIPS', 20: 'PowerPC', 21: 'PowerPC64', 22: 'S/390', 40: 'ARM', 62: 'x86-64', 183: 'AArch64', 243: 'RISC-V' }
const TYPES: { readonly [type: number]: string } = { 0: 'no type', 1: 'a relocatable object', 4: 'a core dump' }

/**
 * Why a host's program cannot be run, in words; null when nothing is wrong with it. Stricter than execve, which maps a
 * truncated file and lets it die of SIGBUS, or lets one segment cover another.
 */
export function explainElf(request: ExecRequest): SyscallkitError | null {
  const { file, filename } = request
  const fail = (code: `ERR_SYSCALLKIT_ELF_${string}`, what: string, hint?: string): SyscallkitError => new SyscallkitError(code, `${filename}: ${what}`, hint === undefined ? {} : { hint })
  const truncated = (what: string): SyscallkitError => fail('ERR_SYSCALLKIT_ELF_TRUNCATED', `${what}, but the file has ${file.size} bytes`, 'The file was cut off: copy it again.')
  const first = firstBytes(file)
  if (!isElf(first)) return file.size === 0 ? truncated('an ELF header takes 52 bytes') : fail('ERR_SYSCALLKIT_ELF_MAGIC', 'not an ELF file', 'Give a program for Linux on x86_64 or i386.')
  if (file.size < 20) return truncated('an ELF header takes 52 bytes')
  if (first[5] === 2) return fail('ERR_SYSCALLKIT_ELF_ENDIAN', 'a big-endian ELF file; x86 is little-endian', 'Build it for x86_64 or i386.')
  const machine = first[18]! | (first[19]! << 8)
  const runs64 = request.kernel.system.machine === 'x86_64'
  const is32 = machine === EM.i386 || machine === EM.i486
  if (!is32 && !(machine === EM.x86_64 && runs64))
    return fail('ERR_SYSCALLKIT_ELF_MACHINE', `built for ${MACHINES[machine] ?? `machine ${machine}`}`, runs64 ? 'Build it for x86_64 or i386 (gcc -m32).' : 'This kernel runs i386 programs: build it with gcc -m32.')
  const bits = is32 ? 32 : 64
  if (file.size < EHDR_SIZE[bits]) return truncated(`the ELF header takes ${EHDR_SIZE[bits]} bytes`)
  if (first[4] !== (bits === 32 ? 1 : 2)) return fail('ERR_SYSCALLKIT_ELF_CLASS', `class byte ${first[4]} for a ${bits}-bit machine`, machine === EM.x86_64 ? 'x32 programs are not supported.' : undefined)
  const header = parseHeader(first, bits)
  if (header.type !== ET.exec && header.type !== ET.dyn) return fail('ERR_SYSCALLKIT_ELF_TYPE', `${TYPES[header.type] ?? `e_type ${header.type}`}, not a program`, header.type === 1 ? 'Link it first.' : undefined)
  if (header.phentsize !== PHDR_SIZE[bits] || header.phnum === 0 || header.phnum * PHDR_SIZE[bits] > 4096)
    return fail('ERR_SYSCALLKIT_ELF_HEADERS', `${header.phnum} program headers of ${header.phentsize} bytes; expected 1 to ${Math.floor(4096 / PHDR_SIZE[bits])} of ${PHDR_SIZE[bits]}`)
  const segments = readProgramHeaders(file, header)
  if (segments === null) return truncated(`the program headers end at ${header.phoff + header.phnum * header.phentsize}`)
  return explainSegments(header, segments, file.size, fail, truncated) ?? explainInterpreter(request, segments, fail, truncated)
}

type Fail = (code: `ERR_SYSCALLKIT_ELF_${string}`, what: string, hint?: string) => SyscallkitError

function explainSegments(header: ElfHeader, segments: readonly ProgramHeader[], size: number, fail: Fail, truncated: (what: string) => SyscallkitError): SyscallkitError | null {
  const limit = header.bits === 64 ? 0x7ffffffff000 : 0xffffe000
  const loads = segments.filter((s) => s.type === PT.load)
  if (loads.length === 0) return fail('ERR_SYSCALLKIT_ELF_SEGMENTS', 'no segment to load (PT_LOAD)')
  let end = 0
  for (const [i, s] of loads.entries()) {
    const name = `PT_LOAD segment ${i} at 0x${s.vaddr.toString(16)}`
    if (s.filesz > s.memsz) return fail('ERR_SYSCALLKIT_ELF_SEGMENTS', `${name}: ${s.filesz} bytes in the file, but ${s.memsz} in memory`)
    if (s.vaddr + s.memsz > limit) return fail('ERR_SYSCALLKIT_ELF_SEGMENTS', `${name}: ends at 0x${(s.vaddr + s.memsz).toString(16)}, beyond user space`)
    if (s.filesz > 0 && s.offset % 4096 !== s.vaddr % 4096) return fail('ERR_SYSCALLKIT_ELF_SEGMENTS', `${name}: file offset 0x${s.offset.toString(16)} is not congruent to it modulo the page size`)
    if (s.offset + s.filesz > size && s.filesz > 0) return truncated(`${name} ends at byte ${s.offset + s.filesz}`)
    if (s.vaddr < end) return fail('ERR_SYSCALLKIT_ELF_SEGMENTS', `${name}: overlaps the one before or lies below it, which ends at 0x${end.toString(16)}`)
    end = s.vaddr + s.memsz
  }
  if (header.type === ET.exec && !loads.some((s) => header.entry >= s.vaddr && header.entry < s.vaddr + s.memsz))
    return fail('ERR_SYSCALLKIT_ELF_ENTRY', `entry point 0x${header.entry.toString(16)} lies in no segment`)
  return null
}

function explainInterpreter(request: ExecRequest, segments: readonly ProgramHeader[], fail: Fail, truncated: (what: string) => SyscallkitError): SyscallkitError | null {
  const interp = segments.find((s) => s.type === PT.interp)
  if (interp === undefined) return null
  const path = interp.filesz >= 2 && interp.filesz <= 4096 ? readExactly(request.file, interp.offset, interp.filesz) : null
  if (path === null && interp.offset + interp.filesz > request.file.size) return truncated(`the interpreter's path ends at byte ${interp.offset + interp.filesz}`)
  if (path === null || path[path.length - 1] !== 0) return fail('ERR_SYSCALLKIT_ELF_INTERPRETER', 'PT_INTERP holds no path')
  const name = byteString(path, 0, path.indexOf(0))
  const file = request.open(name)
  const hint = 'Link the program statically (gcc -static), or give a root that has its interpreter and libraries.'
  if (typeof file === 'number') return fail('ERR_SYSCALLKIT_ELF_INTERPRETER', `a dynamic program, whose interpreter ${name} cannot be opened (errno ${-file})`, hint)
  return isElf(firstBytes(file)) ? null : fail('ERR_SYSCALLKIT_ELF_INTERPRETER', `its interpreter ${name} is not an ELF file`, hint)
}
