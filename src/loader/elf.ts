import { EINVAL, EIO, ELIBBAD, ENOEXEC } from '../abi/errno.js'
import { byteString } from '../base/bytes.js'
import type { BinaryFormat, ExecRequest, ExecutableFile, LoadedImage, LoadResult } from '../kernel/ports/binfmt.js'
import { AddressSpace } from '../memory/address-space.js'
import { EHDR_SIZE, EM, ET, firstBytes, isElf, parseHeader, PF, type ProgramHeader, PT, readExactly, readProgramHeaders, type ElfHeader } from './elf-header.js'
import { explainElf } from './elf-explain.js'
import { createElfTables, type HardwareFacts } from './elf-tables.js'
import { KINDS, mmapBase, pageAlign, type ProgramKind } from './layout.js'
import { mapImage } from './map-image.js'
import type { SegmentTarget } from './map-segment.js'
import { layOutStrings, mapStack, type ArgumentStack } from './stack.js'
import { startThread } from './start-thread.js'
import { vdsoOf } from './vdso/service.js'

const PATH_MAX = 4096

/** Options of {@link createElf}. */
export interface ElfOptions {
  /** What the auxiliary vector says of the processor; what is left out has the reference CPU's value. */
  hardware?: Partial<HardwareFacts>
  /** vm.mmap_min_addr: lowest address that programs without CAP_SYS_RAWIO may map. Default 65536, as distributions have it. */
  mmapMinAddr?: number
}

/** x86-64's baseline as the reference CPU's CPUID has it: FXSAVE without XSAVE, so signal frames take at most 1440 bytes (init_sigframe_size). */
const HARDWARE: HardwareFacts = { hwcap: 0x0789a975, hwcap2: 0, minSigStackSize: 1440, rseq: { size: 28, align: 32 } }

/** What the headers of a program and its interpreter ask for; nothing is mapped yet. */
interface Plan {
  readonly kind: ProgramKind
  readonly header: ElfHeader
  readonly segments: readonly ProgramHeader[]
  readonly interpreter: { readonly file: ExecutableFile; readonly header: ElfHeader; readonly segments: readonly ProgramHeader[] } | null
  readonly stack: 'default' | 'exec' | 'no-exec'
}

/**
 * ELF executables: static ones, position-independent ones, and those with an interpreter. Linux 6.18: fs/binfmt_elf.c,
 * with its order of checks.
 */
export function createElf(options: ElfOptions = {}): BinaryFormat {
  const hardware = { ...HARDWARE, ...options.hardware }
  return {
    name: 'elf',
    load: (request) => {
      const plan = planElf(request)
      return typeof plan === 'number' ? plan : loadPlan(request, plan, hardware, options.mmapMinAddr ?? 65536)
    },
    explain: explainElf,
  }
}

/** {@link createElf} with its defaults. */
export const elf: BinaryFormat = /* @__PURE__ */ createElf()

/** Reads and checks all headers. The first half of load_elf_binary. */
function planElf(request: ExecRequest): Plan | number {
  const first = firstBytes(request.file)
  if (!isElf(first)) return -ENOEXEC
  const kind = kindOf(first, request)
  const header = parseHeader(first, kind?.is64 === true ? 64 : 32)
  if ((header.type !== ET.exec && header.type !== ET.dyn) || kind === null) return -ENOEXEC
  const segments = readProgramHeaders(request.file, header)
  if (segments === null) return -ENOEXEC
  const interpreter = openInterpreter(request, segments, header)
  if (typeof interpreter === 'number') return interpreter
  const stackHeader = segments.filter((s) => s.type === PT.gnuStack).at(-1)
  const stack = stackHeader === undefined ? 'default' : (stackHeader.flags & PF.x) !== 0 ? 'exec' : 'no-exec'
  if (interpreter === null) return { kind, header, segments, interpreter, stack }
  const bytes = firstBytes(interpreter)
  if (!isElf(bytes) || kindOf(bytes, request) !== kind) return -ELIBBAD
  const own = parseHeader(bytes, header.bits)
  const ownSegments = readProgramHeaders(interpreter, own)
  return ownSegments === null ? -ELIBBAD : { kind, header, segments, interpreter: { file: interpreter, header: own, segments: ownSegments }, stack }
}

/** The kind of program by e_machine, which alone decides (elf_check_arch); null when this kernel does not run it. */
function kindOf(first: Uint8Array, { kernel }: ExecRequest): ProgramKind | null {
  const machine = first[18]! | (first[19]! << 8)
  const wide = kernel.system.machine === 'x86_64'
  if (machine === EM.x86_64) return wide ? KINDS.x86_64 : null
  if (machine !== EM.i386 && machine !== EM.i486) return null
  return wide ? KINDS.compat : KINDS.i386
}

function openInterpreter(request: ExecRequest, segments: readonly ProgramHeader[], header: ElfHeader): ExecutableFile | number | null {
  const interp = segments.find((s) => s.type === PT.interp)
  if (interp === undefined) return null
  if (interp.filesz > PATH_MAX || interp.filesz < 2) return -ENOEXEC
  const path = readExactly(request.file, interp.offset, interp.filesz)
  if (path === null) return -EIO
  if (path[path.length - 1] !== 0) return -ENOEXEC
  const file = request.open(byteString(path, 0, path.indexOf(0)))
  if (typeof file === 'number') return file
  return file.size < EHDR_SIZE[header.bits] ? -EIO : file
}

/** Builds the address space: stack, program, interpreter, vDSO, tables. The second half of load_elf_binary. */
function loadPlan(request: ExecRequest, plan: Plan, hardware: HardwareFacts, minimum: number): LoadResult {
  const { kind, stack } = plan
  const strings = layOutStrings(kind, request.filename, request.argv, request.envp, request.stackLimit)
  if (typeof strings === 'number') return strings
  const space = new AddressSpace(request.kernel.memory, { limit: kind.taskSize, mmapBase: mmapBase(kind.taskSize, request.stackLimit), minimum })
  // elf_read_implies_exec: 32-bit programs that do not say what stack they want get everything executable
  const readImpliesExec = !kind.is64 && stack === 'default'
  const target: SegmentTarget = { space, file: request.file, creds: request.creds, readImpliesExec }
  const failed = mapStack(space, kind, strings, request.stackLimit, stack === 'exec' || readImpliesExec)
  const image = failed < 0 ? failed : fill(request, plan, hardware, target, strings)
  if (typeof image !== 'number') return image
  space.dispose()
  return { fatal: image } // begin_new_exec has been
}

function fill(request: ExecRequest, plan: Plan, hardware: HardwareFacts, target: SegmentTarget, strings: ArgumentStack): LoadedImage | number {
  const { kind, header } = plan
  const { space } = target
  const main = mapImage(target, header, plan.segments, plan.interpreter === null ? null : kind.dynBase)
  if (typeof main === 'number') return main
  const loader = plan.interpreter
  const interpreter = loader === null ? null : mapImage({ ...target, file: loader.file }, loader.header, loader.segments, null)
  if (typeof interpreter === 'number') return interpreter
  const ownEntry = header.entry + main.bias
  const entry = interpreter === null ? ownEntry : loader!.header.entry + interpreter.bias
  if (!(entry >= 0 && entry < space.limit)) return -EINVAL

  const vdso = vdsoOf(request.kernel)?.map(space, kind.is64) ?? null
  if (typeof vdso === 'number') return vdso
  const vsyscall = vdso === null || vdso.image.symbols.vsyscall === 0 ? 0 : vdso.address + vdso.image.symbols.vsyscall
  const facts = {
    phdr: main.phdr, phent: header.phentsize, phnum: header.phnum, interpreter: interpreter?.bias ?? 0,
    entry: ownEntry, vdso: vdso?.address ?? 0, vsyscall,
  }
  const stackPointer = createElfTables(space, kind, strings, facts, hardware, request.creds, request.secure, request.kernel.random)
  if (stackPointer < 0) return stackPointer
  Object.assign(space.layout, main.layout)
  // without an interpreter the program lies where mmap goes: its heap moves away from there
  const brk = header.type === ET.dyn && interpreter === null ? kind.dynBase : main.brk
  space.brkStart = space.brk = pageAlign(brk)
  return {
    space, is64: kind.is64, entry, stackPointer,
    landingPad: vsyscall === 0 ? 0 : vdso!.address + vdso!.image.symbols.landingPad,
    start: (task) => startThread(task, kind, entry, stackPointer, target.readImpliesExec),
  }
}
