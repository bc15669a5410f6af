/** Just enough of an x86-64 assembler for programs that make system calls one after the other. */

/** Where programs are loaded, and where their data starts; both below 2 GiB, so that addresses fit 32 bits. */
export const BASE = 0x400000
/** See {@link BASE}. */
export const DATA = 0x408000
const END = 0x410000
const HEADERS = 64 + 56

const RAX = 0
/** Registers of the arguments, in x86 numbering: rdi rsi rdx r10 r8 r9. */
const ARGUMENTS = [7, 6, 2, 10, 8, 9] as const

/** An argument: a number, a place in memory whose 4 bytes are taken, or a label's address. */
export type Operand = number | { readonly at: number } | { readonly label: string }

/** A program under construction. */
export class Program {
  private readonly code: number[] = []
  private readonly labels = new Map<string, number>()
  /** Places of 32-bit fields to be filled, relative ones to the end of the field. */
  private readonly fixups: { readonly at: number; readonly label: string; readonly relative: boolean }[] = []
  private readonly data = new Uint8Array(END - DATA)

  private word(value: number): void {
    for (let i = 0; i < 4; i++) this.code.push((value >> (8 * i)) & 0xff)
  }

  private fixup(label: string, relative: boolean): void {
    this.fixups.push({ at: this.code.length, label, relative })
    this.word(0)
  }

  /** Puts bytes or a text into the data at an address. */
  put(address: number, bytes: readonly number[] | string): this {
    this.data.set(typeof bytes === 'string' ? Uint8Array.from(bytes, (c) => c.charCodeAt(0)) : bytes, address - DATA)
    return this
  }

  /** Puts 64-bit little-endian numbers into the data. */
  putQuads(address: number, ...values: number[]): this {
    const view = new DataView(this.data.buffer)
    values.forEach((value, i) => view.setBigUint64(address - DATA + 8 * i, BigInt(value), true))
    return this
  }

  private load(register: number, operand: Operand): void {
    const high = register >> 3
    if (typeof operand === 'object' && 'at' in operand) {
      this.code.push(high << 2 | 0x40, 0x8b, (register & 7) << 3 | 4, 0x25) // mov r32, [disp32]
      this.word(operand.at)
      return
    }
    this.code.push(0x48 | high, 0xc7, 0xc0 | (register & 7)) // mov r64, imm32 sign-extended
    if (typeof operand === 'number') this.word(operand)
    else this.fixup(operand.label, false)
  }

  /** Names this place. */
  label(name: string): this {
    this.labels.set(name, BASE + HEADERS + this.code.length)
    return this
  }

  /** A system call; its result stays in rax. */
  call(nr: number, ...args: readonly Operand[]): this {
    args.forEach((arg, i) => this.load(ARGUMENTS[i]!, arg))
    this.load(RAX, nr)
    this.code.push(0x0f, 0x05)
    return this
  }

  /** Sets rax. */
  value(operand: Operand): this {
    this.load(RAX, operand)
    return this
  }

  /** mov [address], rax */
  store(address: number): this {
    this.code.push(0x48, 0x89, 0x04, 0x25)
    this.word(address)
    return this
  }

  /** Jumps when rax is zero. */
  jumpIfZero(label: string): this {
    this.code.push(0x48, 0x85, 0xc0, 0x0f, 0x84) // test rax, rax; jz
    this.fixup(label, true)
    return this
  }

  /** Instructions as bytes. */
  bytes(...bytes: readonly number[]): this {
    this.code.push(...bytes)
    return this
  }

  /** ret */
  ret(): this {
    this.code.push(0xc3)
    return this
  }

  /** The program as a static ELF: one segment that may be read, written and executed. */
  elf(): Uint8Array {
    const file = new Uint8Array(END - BASE)
    const view = new DataView(file.buffer)
    file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
    view.setUint16(16, 2, true) // ET_EXEC
    view.setUint16(18, 62, true) // EM_X86_64
    view.setUint32(20, 1, true)
    view.setUint32(24, BASE + HEADERS, true) // e_entry
    view.setUint32(32, 64, true) // e_phoff
    view.setUint16(52, 64, true)
    view.setUint16(54, 56, true)
    view.setUint16(56, 1, true)
    view.setUint32(64, 1, true) // PT_LOAD
    view.setUint32(68, 7, true)
    view.setUint32(80, BASE, true)
    view.setUint32(88, BASE, true)
    view.setUint32(96, file.length, true)
    view.setUint32(104, file.length, true)
    view.setUint32(112, 0x1000, true)
    file.set(this.code, HEADERS)
    file.set(this.data, DATA - BASE)
    for (const { at, label, relative } of this.fixups) {
      const target = this.labels.get(label)
      if (target === undefined) throw new Error(`no label ${label}`)
      view.setInt32(HEADERS + at, relative ? target - (BASE + HEADERS + at + 4) : target, true)
    }
    return file
  }
}
