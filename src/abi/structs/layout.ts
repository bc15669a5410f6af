/**
 * Layouts of C structures and a reader and writer of them. Layouts are plain data, so code that needs only an offset
 * takes it from there (`STAT_LP64.fields.st_size[0]`) and carries nothing else.
 */
import { addressFrom, highHalf, lowHalf, signed64, unsigned64 } from '../int64.js'

/** C types by size and sign; pointers are addresses. */
export type FieldType = 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'u64' | 'i64' | 'ptr32' | 'ptr64'

/** A field: its offset, its type, and its number of elements when it is an array. */
export type Field = readonly [offset: number, type: FieldType, count?: number]

/** A structure: its size in bytes and its fields. */
export interface StructLayout {
  readonly size: number
  readonly fields: Readonly<Record<string, Field>>
}

/** Values of a structure: numbers (64-bit ones exact to 2^53), bytes for arrays of bytes, lists of numbers for other arrays. */
export type StructValues<L extends StructLayout> = {
  -readonly [F in keyof L['fields']]: L['fields'][F] extends readonly [number, infer T, number] ? (T extends 'u8' | 'i8' ? Uint8Array : number[]) : number
}

/** Values to write: 64-bit fields take bigints too; what is left out is zero. */
export type StructInput<L extends StructLayout> = {
  readonly [F in keyof L['fields']]?: L['fields'][F] extends readonly [number, string, number] ? Uint8Array | readonly number[] : number | bigint
}

/** Sizes of the field types in bytes. */
export const FIELD_SIZES: Readonly<Record<FieldType, number>> = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, u64: 8, i64: 8, ptr32: 4, ptr64: 8 }

/** Reads one value at `at`. */
export function readField(view: DataView, at: number, type: FieldType): number {
  switch (type) {
    case 'u8': return view.getUint8(at)
    case 'i8': return view.getInt8(at)
    case 'u16': return view.getUint16(at, true)
    case 'i16': return view.getInt16(at, true)
    case 'u32': case 'ptr32': return view.getUint32(at, true)
    case 'i32': return view.getInt32(at, true)
    case 'u64': return unsigned64(view.getUint32(at, true), view.getUint32(at + 4, true))
    case 'i64': return signed64(view.getUint32(at, true), view.getInt32(at + 4, true))
    case 'ptr64': return addressFrom(view.getUint32(at, true), view.getInt32(at + 4, true))
  }
}

/** Writes one value at `at`, cut to the type as C does. */
export function writeField(view: DataView, at: number, type: FieldType, value: number | bigint): void {
  const size = FIELD_SIZES[type]
  if (typeof value === 'bigint') {
    if (size === 8) view.setBigUint64(at, BigInt.asUintN(64, value), true)
    else writeField(view, at, type, Number(BigInt.asIntN(32, value)))
  } else if (size === 1) view.setInt8(at, value)
  else if (size === 2) view.setInt16(at, value, true)
  else {
    view.setUint32(at, lowHalf(value), true)
    if (size === 8) view.setUint32(at + 4, highHalf(value), true)
  }
}

/**
 * Reads a structure at `at`.
 *
 * @throws RangeError when it does not lie within the view
 * @example
 * readStruct(IOVEC_LP64, view).iov_len
 */
export function readStruct<const L extends StructLayout>(layout: L, view: DataView, at = 0): StructValues<L> {
  const out: Record<string, number | number[] | Uint8Array> = {}
  for (const [name, [offset, type, count]] of Object.entries(layout.fields)) {
    if (count === undefined) out[name] = readField(view, at + offset, type)
    else if (FIELD_SIZES[type] === 1) out[name] = new Uint8Array(view.buffer, view.byteOffset + at + offset, count).slice()
    else out[name] = Array.from({ length: count }, (_, i) => readField(view, at + offset + i * FIELD_SIZES[type], type))
  }
  return out as StructValues<L>
}

/** Writes the given fields of a structure at `at`; the others stay as they are. */
export function writeStruct<const L extends StructLayout>(layout: L, view: DataView, at: number, values: StructInput<L>): void {
  for (const [name, value] of Object.entries(values)) {
    const field = layout.fields[name]
    if (field === undefined || value === undefined) continue
    const [offset, type, count] = field
    if (typeof value === 'number' || typeof value === 'bigint') writeField(view, at + offset, type, value)
    else value.slice(0, count).forEach((element: number, i: number) => writeField(view, at + offset + i * FIELD_SIZES[type], type, element))
  }
}

/**
 * The bytes of a structure; fields that are not given and padding are zero.
 *
 * @example
 * task.memory.write(address, structBytes(IOVEC_LP64, { iov_base: 0x1000, iov_len: 16 }))
 */
export function structBytes<const L extends StructLayout>(layout: L, values: StructInput<L>): Uint8Array {
  const bytes = new Uint8Array(layout.size)
  writeStruct(layout, new DataView(bytes.buffer), 0, values)
  return bytes
}

/** Data models of C on x86: x86_64, i386, x32. */
export type DataModel = 'lp64' | 'ilp32' | 'x32'

/** C types of {@link defineStruct}. */
export type CType = 'char' | 'signed char' | 'short' | 'unsigned short' | 'int' | 'unsigned int' | 'long' | 'unsigned long' | 'long long' | 'unsigned long long' | 'pointer'

function fieldTypeOf(type: CType, model: DataModel): FieldType {
  const wide = model === 'lp64'
  switch (type) {
    case 'char': case 'signed char': return 'i8'
    case 'short': return 'i16'
    case 'unsigned short': return 'u16'
    case 'int': return 'i32'
    case 'unsigned int': return 'u32'
    case 'long': return wide ? 'i64' : 'i32'
    case 'unsigned long': return wide ? 'u64' : 'u32'
    case 'long long': return 'i64'
    case 'unsigned long long': return 'u64'
    case 'pointer': return wide ? 'ptr64' : 'ptr32'
  }
}

/** A layout with fields of these names. */
export interface DefinedStruct<F extends string> extends StructLayout {
  readonly fields: Readonly<Record<F, Field>>
}

/**
 * Lays out a structure of one's own as the C compiler does: natural alignment, but at most 4 bytes for i386.
 *
 * @param fields names and C types in order; a list of type and number is an array
 * @example
 * const record = /* @__PURE__ *\/ defineStruct('lp64', { pid: 'int', nr: 'long', comm: ['char', 16] })
 */
export function defineStruct<const F extends string>(model: DataModel, fields: Readonly<Record<F, CType | readonly [CType, number]>>): DefinedStruct<F> {
  const out: Record<string, Field> = {}
  let at = 0, alignment = 1
  for (const name in fields) {
    const declared = fields[name]
    const isArray = typeof declared !== 'string'
    const type = fieldTypeOf(isArray ? declared[0] : declared, model)
    const size = FIELD_SIZES[type], align = model === 'ilp32' ? Math.min(size, 4) : size
    at = Math.ceil(at / align) * align
    out[name] = isArray ? [at, type, declared[1]] : [at, type]
    at += size * (isArray ? declared[1] : 1)
    alignment = Math.max(alignment, align)
  }
  return { size: Math.ceil(at / alignment) * alignment, fields: out as Record<F, Field> }
}
