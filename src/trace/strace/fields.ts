/** Structures of user memory read by the layouts of src/abi/structs. */
import { addressText, readAt, type Print, type TracedCall } from './call.js'

/** A layout as src/abi/structs has it. */
export interface Layout<F extends string = string> {
  readonly size: number
  readonly fields: Readonly<Record<F, readonly [offset: number, type: string, count?: number]>>
}

/** The same structure for each size of `long`. */
export interface Layouts<F extends string = string> {
  readonly lp64: Layout<F>
  readonly ilp32: Layout<F>
}

/** Bytes of a structure with access by name; every number is exact. */
export class Fields<F extends string = string> {
  private readonly view: DataView
  private readonly layout: Layout<F>
  constructor(bytes: Uint8Array, layout: Layout<F>) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.layout = layout
  }
  /** A field's value; signed types are signed. Element `n` of an array. */
  get(name: F, n = 0): bigint {
    const [offset, type] = this.layout.fields[name]
    const { view } = this
    switch (type) {
      case 'i8': return BigInt(view.getInt8(offset + n))
      case 'u8': return BigInt(view.getUint8(offset + n))
      case 'i16': return BigInt(view.getInt16(offset + 2 * n, true))
      case 'u16': return BigInt(view.getUint16(offset + 2 * n, true))
      case 'i32': return BigInt(view.getInt32(offset + 4 * n, true))
      case 'u32': case 'ptr32': return BigInt(view.getUint32(offset + 4 * n, true))
      case 'i64': return view.getBigInt64(offset + 8 * n, true)
      default: return view.getBigUint64(offset + 8 * n, true)
    }
  }
  /** A field as unsigned, of its own width. */
  unsigned(name: F, n = 0): bigint {
    const type = this.layout.fields[name][1]
    return BigInt.asUintN(Number(/\d+$/.exec(type)![0]), this.get(name, n))
  }
}

/** How a structure's fields become text. */
export type Show<F extends string = string> = (fields: Fields<F>, call: TracedCall) => string

/** The layout for a call's ABI. */
export function layoutOf<F extends string>(layout: Layout<F> | Layouts<F>, call: TracedCall): Layout<F> {
  return 'fields' in layout ? layout : call.word === 8 ? layout.lp64 : layout.ilp32
}

/** A structure at an address: its text, NULL, or the address when it cannot be read. */
export function structText<F extends string>(call: TracedCall, at: bigint, layout: Layout<F> | Layouts<F>, show: Show<NoInfer<F>>): string {
  const used = layoutOf(layout, call)
  const bytes = at === 0n ? null : readAt(call, at, used.size)
  return bytes === null ? addressText(at) : show(new Fields(bytes, used), call)
}

/** Prints the structure that an argument points to. */
export const struct = <F extends string>(layout: Layout<F> | Layouts<F>, show: Show<NoInfer<F>>): Print => (call, i) =>
  structText(call, call.ulong(i), layout, show)

/** Prints `[value]` of one number that an argument points to. */
export const pointee = (type: 'i32' | 'u32' | 'i64' | 'u16' | 'word', text: (value: bigint) => string = String): Print => (call, i) => {
  const width = type === 'word' ? `ptr${call.word * 8}` : type
  const layout: Layout<'value'> = { size: Number(/\d+$/.exec(width)![0]) / 8, fields: { value: [0, width] } }
  return structText(call, call.ulong(i), layout, (fields) => `[${text(fields.get('value'))}]`)
}

/** An array of structures: at most 32 are shown. */
export function arrayText<F extends string>(
  call: TracedCall, at: bigint, count: number, layout: Layout<F> | Layouts<F>, show: Show<NoInfer<F>>, most = 32,
): string {
  if (at === 0n) return 'NULL'
  if (count === 0) return '[]'
  const used = layoutOf(layout, call)
  const parts: string[] = []
  for (let n = 0; n < count; n++) {
    if (n === most) {
      parts.push('...')
      break
    }
    const here = at + BigInt(n * used.size)
    const bytes = readAt(call, here, used.size)
    if (bytes === null) {
      if (n === 0) return addressText(at)
      parts.push(`... /* ${addressText(here)} */`)
      break
    }
    parts.push(show(new Fields(bytes, used), call))
  }
  return `[${parts.join(', ')}]`
}
