import { STUB_BASE64 } from './stub.generated.js'

/** Where v86 puts the stub, physically and, until paging is on, linearly. */
export const STUB_PHYSICAL = 0x100000
/** Where the stub lies while user code runs: the two pages above all user space. */
export const STUB_LINEAR = 0xffffe000
/** Ports by which the stub calls. */
export const STUB_PORT = { boot: 0xe0, trap: 0xe1 } as const

/** The stub's parts, as physical addresses. */
export interface StubLayout {
  readonly gdt: number
  /** Behind the frame of a trap: vector, error code, eip, cs, eflags, esp, ss. */
  readonly frameTop: number
  /** FXSAVE image. */
  readonly fpu: number
  /** ds, es, fs, gs, a word each. */
  readonly segments: number
  /** 0: the user's code goes on. */
  readonly stopFlag: number
  readonly end: number
}

/** The image, for v86's `multiboot` option. */
export function stubImage(): ArrayBuffer {
  const text = atob(STUB_BASE64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes.buffer
}

/** Reads the table `info` behind the image's 32-byte header. */
export function stubLayout(image: ArrayBuffer): StubLayout {
  const view = new DataView(image)
  const at = (i: number): number => STUB_PHYSICAL + view.getUint32(32 + 4 * i, true)
  return { gdt: at(0), frameTop: at(1), fpu: at(2), segments: at(3), stopFlag: at(4), end: at(5) }
}
