import { decodeBase64 } from '../../base/base64.js'
import { VDSO32_BASE64, VDSO32_SYMBOLS, VDSO64_BASE64, VDSO64_SYMBOLS } from './images.generated.js'

/** How `__kernel_vsyscall` enters the kernel: Intel's SYSENTER, AMD's SYSCALL in compatibility mode, or INT 0x80 alone. */
export type VsyscallVariant = 'sysenter' | 'syscall32' | 'int80'

/** A vDSO image as it is mapped. */
export interface VdsoImage {
  /** DT_SONAME. */
  readonly name: 'linux-vdso.so.1' | 'linux-gate.so.1'
  /** The image, padded with zeros to whole pages. */
  readonly bytes: Uint8Array
  /** Offsets that the kernel uses; 0 where the image has no such thing. */
  readonly symbols: {
    /** AT_SYSINFO. */
    readonly vsyscall: number
    /** Where SYSENTER and compat SYSCALL return to: behind the `int $0x80`, two bytes before which a call is restarted. */
    readonly landingPad: number
    /** Default restorers of 32-bit signal handlers. */
    readonly sigreturn: number
    readonly rtSigreturn: number
  }
}

/** Bytes an image takes in memory: two pages, as Linux 6.18's. */
export const VDSO_SIZE = 8192

/** The four bytes at `vsyscall_variant`, before the `int $0x80`. */
const VARIANT_BYTES: { readonly [K in VsyscallVariant]: readonly number[] } = {
  sysenter: [0x89, 0xe5, 0x0f, 0x34], // mov %esp,%ebp; sysenter
  syscall32: [0x89, 0xcd, 0x0f, 0x05], // mov %ecx,%ebp; syscall
  int80: [0x0f, 0x1f, 0x40, 0x00], // a 4-byte nop
}

/**
 * linux-vdso.so.1 for 64-bit programs.
 *
 * @param versionCode KERNEL_VERSION of the profile, for the image's note: `major << 16 | minor << 8 | patch`
 */
export function vdso64(versionCode: number): VdsoImage {
  const bytes = decode(VDSO64_BASE64)
  new DataView(bytes.buffer).setUint32(VDSO64_SYMBOLS.linux_version_code, versionCode, true)
  return { name: 'linux-vdso.so.1', bytes, symbols: { vsyscall: 0, landingPad: 0, sigreturn: 0, rtSigreturn: 0 } }
}

/**
 * linux-gate.so.1 for 32-bit programs, on kernels of both architectures.
 *
 * @param variant what the processor offers; Linux patches the image at boot by CPUID
 * @param versionCode as for {@link vdso64}
 */
export function vdso32(variant: VsyscallVariant, versionCode: number): VdsoImage {
  const bytes = decode(VDSO32_BASE64)
  bytes.set(VARIANT_BYTES[variant], VDSO32_SYMBOLS.vsyscall_variant)
  new DataView(bytes.buffer).setUint32(VDSO32_SYMBOLS.linux_version_code, versionCode, true)
  return {
    name: 'linux-gate.so.1',
    bytes,
    symbols: {
      vsyscall: VDSO32_SYMBOLS.__kernel_vsyscall,
      landingPad: VDSO32_SYMBOLS.int80_landing_pad,
      sigreturn: VDSO32_SYMBOLS.__kernel_sigreturn,
      rtSigreturn: VDSO32_SYMBOLS.__kernel_rt_sigreturn,
    },
  }
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(VDSO_SIZE)
  bytes.set(decodeBase64(base64))
  return bytes
}
