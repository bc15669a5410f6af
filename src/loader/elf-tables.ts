import { ENOMEM } from '../abi/errno.js'
import { bytesOf } from '../base/bytes.js'
import type { Random } from '../base/random.js'
import type { Creds } from '../kernel/creds.js'
import type { AddressSpace } from '../memory/address-space.js'
import { UserMemory } from '../memory/user-memory.js'
import type { ProgramKind } from './layout.js'
import type { ArgumentStack } from './stack.js'

/** Keys of the auxiliary vector (getauxval(3), linux/auxvec.h). */
export const AT = {
  null: 0, phdr: 3, phent: 4, phnum: 5, pagesz: 6, base: 7, flags: 8, entry: 9, uid: 11, euid: 12, gid: 13, egid: 14, platform: 15, hwcap: 16,
  clktck: 17, secure: 23, random: 25, hwcap2: 26, rseqFeatureSize: 27, rseqAlign: 28, execfn: 31, sysinfo: 32, sysinfoEhdr: 33, minsigstksz: 51,
} as const

/** What the processor and the kernel say of themselves in the auxiliary vector. */
export interface HardwareFacts {
  /** CPUID leaf 1's EDX. */
  readonly hwcap: number
  /** Bit 0: MONITOR in ring 3; bit 1: FSGSBASE. Null before Linux 4.8. */
  readonly hwcap2: number | null
  /** Bytes that a signal frame may take; null before Linux 5.14. */
  readonly minSigStackSize: number | null
  /** Bytes of `struct rseq` that the kernel knows, and its alignment; null before Linux 6.3. */
  readonly rseq: { readonly size: number; readonly align: number } | null
}

/** Where the parts of a loaded program are. */
export interface ProgramFacts {
  readonly phdr: number
  readonly phent: number
  readonly phnum: number
  /** Load address of the interpreter, 0 without. */
  readonly interpreter: number
  /** The program's own entry, not the interpreter's. */
  readonly entry: number
  /** Address of the vDSO and of its call gate; 0 for none. */
  readonly vdso: number
  readonly vsyscall: number
}

/**
 * Writes what a program finds at its stack pointer: argc, argv, envp and the auxiliary vector in Linux's order, below
 * the platform's name and 16 random bytes. Linux 6.18: create_elf_tables.
 *
 * @returns the initial stack pointer, or -ENOMEM
 */
export function createElfTables(
  space: AddressSpace, kind: ProgramKind, strings: ArgumentStack, program: ProgramFacts, hardware: HardwareFacts, creds: Creds, secure: boolean, random: Random,
): number {
  const user = new UserMemory(space)
  const platform = bytesOf(`${kind.platform}\0`)
  const platformAt = strings.pointer - (strings.pointer % 16) - platform.length
  const randomAt = platformAt - 16
  const randomBytes = new Uint8Array(16)
  random.fill(randomBytes)

  const auxv: number[] = []
  const add = (key: number, value: number): number => auxv.push(key, value)
  if (program.vsyscall !== 0) add(AT.sysinfo, program.vsyscall)
  if (program.vdso !== 0) add(AT.sysinfoEhdr, program.vdso)
  if (hardware.minSigStackSize !== null) add(AT.minsigstksz, hardware.minSigStackSize)
  add(AT.hwcap, hardware.hwcap)
  add(AT.pagesz, 4096)
  add(AT.clktck, 100)
  add(AT.phdr, program.phdr)
  add(AT.phent, program.phent)
  add(AT.phnum, program.phnum)
  add(AT.base, program.interpreter)
  add(AT.flags, 0)
  add(AT.entry, program.entry)
  add(AT.uid, creds.uid)
  add(AT.euid, creds.euid)
  add(AT.gid, creds.gid)
  add(AT.egid, creds.egid)
  add(AT.secure, secure ? 1 : 0)
  add(AT.random, randomAt)
  if (hardware.hwcap2 !== null) add(AT.hwcap2, hardware.hwcap2)
  add(AT.execfn, strings.filename)
  add(AT.platform, platformAt)
  if (hardware.rseq !== null) {
    add(AT.rseqFeatureSize, hardware.rseq.size)
    add(AT.rseqAlign, hardware.rseq.align)
  }
  add(AT.null, 0)

  const argv = pointersTo(strings.argv, strings.pointer)
  const envp = pointersTo(strings.envp, argv.end)
  const words = [strings.argv.length, ...argv.at, 0, ...envp.at, 0, ...auxv]
  const word = kind.is64 ? 8 : 4
  const pointer = randomAt - words.length * word
  const stackPointer = pointer - (pointer % 16)
  Object.assign(space.layout, { startStack: stackPointer, argStart: strings.pointer, argEnd: argv.end, envStart: argv.end, envEnd: envp.end })
  const done = user.copyTo(platformAt, platform) + user.copyTo(randomAt, randomBytes) + user.copyTo(stackPointer, encodeWords(words, kind.is64))
  return done === platform.length + 16 + words.length * word ? stackPointer : -ENOMEM
}

function pointersTo(strings: readonly string[], start: number): { at: number[]; end: number } {
  let end = start
  const at = strings.map((s) => {
    const here = end
    end += s.length + 1
    return here
  })
  return { at, end }
}

function encodeWords(words: readonly number[], wide: boolean): Uint8Array {
  const bytes = new Uint8Array(words.length * (wide ? 8 : 4))
  const view = new DataView(bytes.buffer)
  words.forEach((value, i) => {
    view.setUint32(i * (wide ? 8 : 4), value >>> 0, true)
    if (wide) view.setUint32(i * 8 + 4, Math.floor(value / 4294967296), true)
  })
  return bytes
}
