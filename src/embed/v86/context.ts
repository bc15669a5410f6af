import { FPU, PT_REGS, THREAD } from '../../arch/x86/context-layout.js'
import type { CpuHost } from '../../arch/cpu-port.js'
import type { V86Views } from './internals.js'
import type { StubLayout } from './stub-layout.js'

/** EAX to EDI in v86's order, as offsets in pt_regs; ESP is in the trap frame. */
const GPR: readonly number[] = [PT_REGS.rax, PT_REGS.rcx, PT_REGS.rdx, PT_REGS.rbx, -1, PT_REGS.rbp, PT_REGS.rsi, PT_REGS.rdi]
const SEGMENTS: readonly number[] = [THREAD.ds, THREAD.es, THREAD.fs, THREAD.gs]
/** Words of the trap frame below its top: eip, cs, eflags, esp, ss. */
const FRAME: readonly (readonly [word: number, offset: number])[] = [
  [-5, PT_REGS.rip], [-4, PT_REGS.cs], [-3, PT_REGS.rflags], [-2, PT_REGS.rsp], [-1, PT_REGS.ss],
]

/** Copies the registers of stopped user code from v86 to the context at `regs`. */
export function readContext(views: V86Views, stub: StubLayout, host: CpuHost, regs: number): void {
  const { i32, u16, u8 } = host.memory
  const { ram32, ram8, registers } = views
  const put = (offset: number, value: number): void => {
    i32[(regs + offset) >>> 2] = value
    i32[(regs + offset + 4) >>> 2] = 0
  }
  for (let i = 0; i < 8; i++) if (GPR[i]! >= 0) put(GPR[i]!, registers[i]!)
  for (const [word, offset] of FRAME) put(offset, ram32[(stub.frameTop >> 2) + word]!)
  for (let i = 0; i < 4; i++) u16[(regs + SEGMENTS[i]!) >>> 1] = ram32[(stub.segments >> 2) + i]!
  const fpu = regs + THREAD.fpu
  u8.set(ram8.subarray(stub.fpu, stub.fpu + FPU.xmm + 128), fpu)
  rotate(ram8, stub.fpu, u8, fpu, 1)
}

/**
 * Copies the context at `regs` to v86. Selectors that name no user segment are loaded as null.
 *
 * @param all whether all descriptors may have changed, not only those of thread-local storage
 */
export function writeContext(views: V86Views, stub: StubLayout, host: CpuHost, regs: number, all: boolean): void {
  const { i32, u16, u8 } = host.memory
  const { ram32, ram8, registers } = views
  loadDescriptors(views, stub, host, all ? USER_SLOTS : TLS_SLOTS)
  for (let i = 0; i < 8; i++) if (GPR[i]! >= 0) registers[i] = i32[(regs + GPR[i]!) >>> 2]!
  for (const [word, offset] of FRAME) ram32[(stub.frameTop >> 2) + word] = i32[(regs + offset) >>> 2]!
  for (let i = 0; i < 4; i++) {
    const selector = u16[(regs + SEGMENTS[i]!) >>> 1]!
    ram32[(stub.segments >> 2) + i] = loadable(ram32[(stub.gdt >> 2) + (selector >> 3) * 2 + 1] ?? 0, selector) ? selector : selector & 3
  }
  const fpu = regs + THREAD.fpu
  ram8.set(u8.subarray(fpu, fpu + FPU.xmm + 128), stub.fpu)
  rotate(u8, fpu, ram8, stub.fpu, -1)
}

/** Present data segment, or readable code, of ring 3 in the GDT. */
function loadable(high: number, selector: number): boolean {
  if (selector < 8 || selector >= 256 || (selector & 4) !== 0) return false
  return (high & 0xf000) === 0xf000 && ((high & 0x800) === 0 || (high & 0x200) !== 0)
}

/** GDT slots of thread-local storage on x86_64 and i386 kernels. */
const TLS_SLOTS: readonly number[] = [6, 7, 8, 12, 13, 14]
/** All that are not the stub's. */
const USER_SLOTS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 31]

/** Copies descriptors of the machine's GDT. */
function loadDescriptors(views: V86Views, stub: StubLayout, host: CpuHost, slots: readonly number[]): void {
  const pair = new Int32Array(2)
  for (const slot of slots) {
    pair[0] = pair[1] = 0
    if (host.readDescriptor !== undefined) host.readDescriptor(slot * 8, pair)
    else defaultDescriptor(slot, pair)
    views.ram32[(stub.gdt >> 2) + slot * 2] = pair[0]!
    views.ram32[(stub.gdt >> 2) + slot * 2 + 1] = pair[1]!
  }
}

/** Flat user segments of both kernels: 0x23 and 0x2b, 0x73 and 0x7b. */
function defaultDescriptor(slot: number, pair: Int32Array): void {
  if (slot !== 4 && slot !== 5 && slot !== 14 && slot !== 15) return
  pair[0] = 0xffff
  pair[1] = slot === 4 || slot === 14 ? 0x00cffb00 : 0x00cff300
}

/**
 * Moves ST registers between FXSAVE's order (top of stack first) and the context's (physical index), in an image that
 * was copied as it is. With an empty stack both orders are the same.
 *
 * @param direction 1 from FXSAVE's order, -1 to it
 */
function rotate(from: Uint8Array, fromImage: number, to: Uint8Array, toImage: number, direction: 1 | -1): void {
  const top = (from[fromImage + FPU.fsw + 1]! >> 3) & 7
  for (let i = 0; i < 8 && top !== 0; i++) {
    const source = fromImage + FPU.st + i * 16
    const target = toImage + FPU.st + ((i + direction * top) & 7) * 16
    for (let b = 0; b < 16; b++) to[target + b] = from[source + b]!
  }
}

/** The context's FPU state as an FXSAVE image. */
export function saveFxsave(memory: Uint8Array, regs: number, out: Uint8Array): void {
  const fpu = regs + THREAD.fpu
  out.set(memory.subarray(fpu, fpu + Math.min(FPU.size, out.length)))
  rotate(memory, fpu, out, 0, -1)
}

/** Sets the context's FPU state from an FXSAVE image. */
export function loadFxsave(memory: Uint8Array, regs: number, image: Uint8Array): void {
  const fpu = regs + THREAD.fpu
  memory.set(image.subarray(0, FPU.size), fpu)
  rotate(image, 0, memory, fpu, 1)
}
