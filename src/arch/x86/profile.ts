/**
 * What a kernel's architecture code is like: selectors, addresses, and the *named differences* between kernels. The
 * gates and fast paths ask these, never a version.
 */
export interface ArchProfile {
  readonly name: string
  /** Which kernel: an x86_64 one runs both kinds of programs. */
  readonly kernel: 'x86_64' | 'i386'
  /** Start of the direct map: linear address of byte 0 of the machine's memory. */
  readonly pageOffset: number
  /** First address that user code cannot have: `TASK_SIZE_MAX`. */
  readonly taskSizeMax: number
  /** First of the three TLS slots of the GDT; 0 for none. */
  readonly tlsMin: number
  readonly selectors: Selectors
  readonly differences: ArchDifferences
  /** Interrupts from user mode start on a small stack of the CPU's, from which entry code moves to the task's (since 4.15). */
  readonly entryStack: boolean
  /** Entry points, in the order of the text section; their addresses follow from it. */
  readonly symbols: readonly string[]
}

/** Segment selectors of a kernel. */
export interface Selectors {
  readonly kernelCs: number
  readonly kernelDs: number
  /** 64-bit code; 0 on an i386 kernel. */
  readonly userCs: number
  /** 32-bit code. */
  readonly user32Cs: number
  readonly userDs: number
  readonly tss: number
}

/** What differs between kernels at their entries; `current` is the reference. */
export interface ArchDifferences {
  /** How RAX is compared with the end of the table: as an int since 5.12, all 64 bits before. */
  readonly numberWidth: 'int' | 'long'
  /** With x32 on, 64-bit numbers lose bits 30 to 63 before the comparison (`__SYSCALL_MASK`): before 4.6. */
  readonly x32MasksNumber: boolean
  /** Flags that SYSCALL clears. */
  readonly sfmask: number
  /** 64-bit `int $0x80` returns with r8 to r11 zero: before 4.17. */
  readonly int80ClearsR8ToR11: boolean
  /** SYSENTER and 32-bit SYSCALL store r8 to r15 as zeros rather than as they are: before 5.19. */
  readonly compatZeroesHighRegisters: boolean
  /** How SYSCALL returns: by comparing rcx, r11 and the rest with the frame since 4.0; straight unless work is pending before. */
  readonly sysret: 'opportunistic' | 'unless-work'
  /** Where SYSRET may return to: below TASK_SIZE_MAX since 6.7, any canonical address before. */
  readonly sysretCheck: 'task-size' | 'canonical'
  /** Vectors that user code may raise by `int n`, int3 and into. */
  readonly userVectors: readonly number[]
  /** Kind of gate of vector 0x80. */
  readonly int80Gate: 'interrupt' | 'trap'
  /** Exceptions whose gates leave interrupts on: all of them in 2.4, none by 5.4. */
  readonly trapGates: readonly number[]
  /** Signal frames hold the kernel's 48 bytes behind FXSAVE's image without XSAVE too: since 5.16. */
  readonly fxsaveSoftwareBytes: boolean
  /** 32-bit sigreturn leaves null selectors as they are rather than forcing their RPL to 3: since 6.14. */
  readonly sigreturnKeepsNullSelectors: boolean
  /** pt_regs->ax is -ENOSYS while the call runs; i386 kernels before 4.4 keep the number there. */
  readonly enosysBeforeCall: boolean
  /** Words of i386's pt_regs that entry code pushes for segments: ds and es always, fs since 2.6.20, gs unless it is left in its register. */
  readonly frameSegments: 'ds es' | 'ds es fs' | 'ds es fs gs'
  /** Bytes above pt_regs on an i386 kernel stack. */
  readonly stackPadding: number
  /** What becomes of a task whose frame IRET refuses: the fault as its own, an IRET error (vector 32, SIGILL), or its end by do_exit(11). */
  readonly badIret: 'fault' | 'vector-32' | 'exit-11'
  /** Prefix of a system call's symbol. */
  readonly symbolPrefix: '__x64_sys_' | 'SyS_' | 'sys_'
}

/** Linear address of kernel text: where {@link symbolAddress} starts. */
const TEXT_X86_64 = -0x7f000000 // 0xffffffff81000000
const TEXT_I386 = 0xc1000000

/**
 * Address of an entry point: 4 KiB per symbol, so that the n-th step after it can be shown as symbol+n.
 *
 * @throws RangeError when the profile has no such symbol
 */
export function symbolAddress(profile: Pick<ArchProfile, 'symbols' | 'kernel'>, symbol: string): number {
  const i = profile.symbols.indexOf(symbol)
  if (i < 0) throw new RangeError(`${symbol}: not a symbol of this kernel`)
  return (profile.kernel === 'i386' ? TEXT_I386 : TEXT_X86_64) + i * 4096
}
