import type { AddressSpace } from '../../memory/address-space.js'
import type { Backing } from '../../memory/vma.js'
import type { Creds } from '../creds.js'
import type { Kernel } from '../kernel.js'
import type { Task } from '../task.js'

/** An executable file as a binary format reads it. */
export interface ExecutableFile {
  /** Bytes. */
  readonly size: number
  /** Up to `length` bytes at `offset`; shorter at the end. */
  readonly read: (offset: number, length: number) => Uint8Array
  /** The page cache that mappings share; null when the host gave plain bytes (then pages are copied in). */
  readonly backing: Backing | null
  /** The path it was opened by, a byte string. */
  readonly path: string
}

/** What execve gives a binary format. Strings are byte strings. Linux: struct linux_binprm. */
export interface ExecRequest {
  readonly kernel: Kernel
  readonly file: ExecutableFile
  /** Becomes AT_EXECFN. */
  readonly filename: string
  readonly argv: readonly string[]
  readonly envp: readonly string[]
  /** Credentials after set-id bits. */
  readonly creds: Creds
  /** AT_SECURE. */
  readonly secure: boolean
  /** Most bytes of stack. */
  readonly stackLimit: number
  /** Opens an interpreter for execution: the file, or a negative errno. */
  readonly open: (path: string) => ExecutableFile | number
  /** An interpreter takes the place of `file`: it is what runs, and what /proc/PID/exe shows. Linux: bprm->interpreter. */
  readonly replace?: (by: ExecutableFile) => void
  /** `filename` leads nowhere once descriptors are closed, so no interpreter could read it. Linux: BINPRM_FLAGS_PATH_INACCESSIBLE. */
  readonly inaccessible?: boolean
}

/**
 * A program that is loaded but belongs to no task yet, so that a failure changes nothing. The space has one user.
 */
export interface LoadedImage {
  readonly space: AddressSpace
  /** A 64-bit program. */
  readonly is64: boolean
  /** First instruction and initial stack pointer. */
  readonly entry: number
  readonly stackPointer: number
  /** Where SYSENTER returns to; 0 without a vDSO. */
  readonly landingPad: number
  /** Sets all user registers of the task (start_thread, ELF_PLAT_INIT); the space is the task's already. */
  readonly start: (task: Task) => void
}

/** A failure behind the point of no return, when the old program is gone already: SIGSEGV ends the process. Linux: bprm->point_of_no_return. */
export interface FatalLoad {
  /** What execve would have returned, a negative errno. */
  readonly fatal: number
}

/** What came of loading: an image, a failure that changes nothing (a negative errno), or one that is fatal. */
export type LoadResult = LoadedImage | FatalLoad | number

/** How a program is started that the host gives. Texts become UTF-8. */
export interface ProgramOptions {
  /** Default: the program's path. */
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Path that the guest sees; default '/program'. */
  readonly path?: string
  /** Default: root. */
  readonly creds?: Creds
  /** Opens files named by the image, such as its interpreter; default: -ENOENT. */
  readonly open?: (path: string) => ExecutableFile | number
}

/** The first program of a machine. */
export interface FirstProgram extends ProgramOptions {
  readonly path: string
  readonly creds: Creds
}

/** The kinds of executables of a machine; `binaryFormats` of the loader makes it. Linux: search_binary_handler and around it. */
export interface BinaryFormats {
  /** Loads what execve was asked for, by the first format that knows it. */
  readonly load: (request: ExecRequest) => LoadResult
  /**
   * Loads a program that the host gave.
   *
   * @throws SyscallkitError when it cannot run, saying why
   */
  readonly first: (kernel: Kernel, program: Uint8Array, options: FirstProgram) => LoadedImage
  /** Throws what speaks against a program of the host, before anything is made of it. */
  readonly explain: (kernel: Kernel, program: Uint8Array, options: FirstProgram) => void
  /** Gives a task, whose space is the image's already, the registers of a new program. Linux: start_thread. */
  readonly start: (task: Task, image: LoadedImage) => void
}

/** A kind of executable. Linux: struct linux_binfmt. */
export interface BinaryFormat {
  /** 'elf', 'script'. */
  readonly name: string
  /**
   * Loads a program.
   *
   * @returns the image or why there is none; -ENOEXEC (-8) lets the next format try
   */
  readonly load: (request: ExecRequest) => LoadResult
  /** Why a program that the host gave cannot run, to be thrown; null when nothing is wrong. May be stricter than `load`. */
  readonly explain?: (request: ExecRequest) => Error | null
}
