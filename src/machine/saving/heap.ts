import { SyscallkitError } from '../../base/errors.js'
import type { SavableClass } from '../../kernel/ports/subsystem.js'

/** A value of a saved machine: a primitive, or a reference to one of its objects. */
export type SavedValue = undefined | null | boolean | number | bigint | string | { readonly object: number }

/** Bytes and numbers that are saved as they are. */
export type SavedArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | BigUint64Array

/** An object of a saved machine: plain data that can be cloned. `of` names a class, or an object that the restored machine has already. */
export type SavedObject =
  | { readonly kind: 'bytes'; readonly data: SavedArray }
  | { readonly kind: 'array' | 'set'; readonly of: string | null; readonly items: readonly SavedValue[] }
  | { readonly kind: 'map'; readonly of: string | null; readonly entries: readonly (readonly [SavedValue, SavedValue])[] }
  | { readonly kind: 'object' | 'instance' | 'filled'; readonly of: string | null; readonly fields: readonly (readonly [string, SavedValue])[] }
  | { readonly kind: 'kept'; readonly of: string }

/** What a graph of objects may consist of. */
export interface HeapNames {
  readonly classes: ReadonlyMap<string, SavableClass>
  readonly kept: ReadonlyMap<string, object>
  readonly filled: ReadonlyMap<string, object>
}

/** Arrays that are saved as they are; all others would change their class when they are cloned. */
export function isSavedArray(object: object): object is SavedArray {
  return object instanceof Uint8Array || object instanceof Uint16Array || object instanceof Uint32Array || object instanceof Int32Array || object instanceof BigUint64Array
}

/** Node's Buffer.slice() does not copy. */
function copyOf(array: SavedArray): SavedArray {
  return array instanceof Uint8Array ? new Uint8Array(array) : array.slice()
}

/** Refuses to save, saying what and where it was found. */
export function cannotSave(where: string, what: string): SyscallkitError {
  return new SyscallkitError('ERR_SYSCALLKIT_SAVE', `saveMachine: ${where}: ${what} cannot be saved`)
}

/** Turns a graph of objects into plain data; every object once, so that identity and cycles survive. */
export class HeapWriter {
  readonly objects: SavedObject[] = []
  private readonly numbers = new Map<object, number>()
  private readonly waiting: { readonly object: object; readonly where: string }[] = []
  private readonly classNames = new Map<object, string>()
  private readonly keptNames = new Map<object, string>()
  private readonly filledNames = new Map<object, string>()

  constructor(names: HeapNames) {
    for (const [name, { prototype }] of names.classes) this.classNames.set(prototype, name)
    for (const [name, object] of names.kept) this.keptNames.set(object, name)
    for (const [name, object] of names.filled) this.filledNames.set(object, name)
  }

  /** The saved form of a value; objects that it leads to are saved by the next {@link drain}. */
  value(value: unknown, where: string): SavedValue {
    switch (typeof value) {
      case 'undefined': case 'boolean': case 'number': case 'bigint': case 'string': return value
      case 'object': break
      default: throw cannotSave(where, `a ${typeof value}`)
    }
    if (value === null) return null
    let number = this.numbers.get(value)
    if (number === undefined) {
      number = this.numbers.size
      this.numbers.set(value, number)
      this.waiting.push({ object: value, where })
    }
    return { object: number }
  }

  /** Saves what has been referred to, and all that it leads to. */
  drain(): void {
    for (let i = 0; i < this.waiting.length; i++) this.objects.push(this.save(this.waiting[i]!.object, this.waiting[i]!.where))
    this.waiting.length = 0
  }

  private save(object: object, where: string): SavedObject {
    const kept = this.keptNames.get(object)
    if (kept !== undefined) return { kind: 'kept', of: kept }
    const filled = this.filledNames.get(object) ?? null
    if (Array.isArray(object)) return { kind: 'array', of: filled, items: object.map((item, i) => this.value(item, `${where}[${i}]`)) }
    if (object instanceof Map) return { kind: 'map', of: filled, entries: [...object].map(([k, v], i) => [this.value(k, `${where}.key(${i})`), this.value(v, `${where}.get(${i})`)]) }
    if (object instanceof Set) return { kind: 'set', of: filled, items: [...object].map((item, i) => this.value(item, `${where}[${i}]`)) }
    if (isSavedArray(object)) return { kind: 'bytes', data: copyOf(object) }
    const prototype: unknown = Object.getPrototypeOf(object)
    if (filled !== null) return { kind: 'filled', of: filled, fields: this.fields(object, where, true) }
    if (prototype === Object.prototype || prototype === null) return { kind: 'object', of: null, fields: this.fields(object, where, false) }
    const name = typeof prototype === 'object' && prototype !== null ? this.classNames.get(prototype) : undefined
    if (name === undefined) throw cannotSave(where, `an object of class ${object.constructor.name}`)
    return { kind: 'instance', of: name, fields: this.fields(object, where, false) }
  }

  /** Own fields; of objects that stay, functions and weak maps belong to the host's side and stay too. */
  private fields(object: object, where: string, stays: boolean): [string, SavedValue][] {
    const out: [string, SavedValue][] = []
    for (const key of Object.keys(object)) {
      const value: unknown = Reflect.get(object, key)
      if (stays && (typeof value === 'function' || value instanceof WeakMap)) continue
      out.push([key, this.value(value, `${where}.${key}`)])
    }
    return out
  }
}

function broken(what: string): SyscallkitError {
  return new SyscallkitError('ERR_SYSCALLKIT_SAVE', `restoreMachine: ${what}`, { hint: 'Compose the new machine exactly as the saved one was.' })
}

/** Makes the graph of objects again. */
export class HeapReader {
  private readonly objects: readonly SavedObject[]
  private readonly made: object[]

  /** @throws SyscallkitError ERR_SYSCALLKIT_SAVE when a class or object has no counterpart in this machine */
  constructor(objects: readonly SavedObject[], names: HeapNames) {
    this.objects = objects
    this.made = objects.map((object) => shell(object, names))
  }

  /** Puts contents into all objects; those that stay in the machine change only now. */
  fill(): void {
    this.objects.forEach((saved, i) => this.fillOne(saved, this.made[i]!))
  }

  /** The value that a saved one stands for. */
  value(saved: SavedValue): unknown {
    if (typeof saved !== 'object' || saved === null) return saved
    const object = this.made[saved.object]
    if (object === undefined) throw broken(`object ${saved.object} is missing`)
    return object
  }

  private fillOne(saved: SavedObject, made: object): void {
    switch (saved.kind) {
      case 'bytes': case 'kept': return
      case 'array':
        if (Array.isArray(made)) made.splice(0, made.length, ...saved.items.map((item) => this.value(item)))
        return
      case 'set':
        if (!(made instanceof Set)) return
        made.clear()
        for (const item of saved.items) made.add(this.value(item))
        return
      case 'map':
        if (!(made instanceof Map)) return
        made.clear()
        for (const [key, value] of saved.entries) made.set(this.value(key), this.value(value))
        return
      default:
        for (const [key, value] of saved.fields) Object.defineProperty(made, key, { value: this.value(value), enumerable: true, configurable: true, writable: true })
    }
  }
}

/** An object without its contents, or the one that the machine has. */
function shell(saved: SavedObject, names: HeapNames): object {
  if (saved.kind === 'bytes') return copyOf(saved.data)
  if (saved.kind === 'kept') return named(names.kept, saved.of)
  if (saved.kind === 'instance') {
    const prototype = names.classes.get(saved.of ?? '')?.prototype
    if (prototype === undefined) throw broken(`class ${saved.of} is not known`)
    const made: object = Object.create(prototype)
    return made
  }
  if (saved.of !== null) return named(names.filled, saved.of)
  return saved.kind === 'array' ? [] : saved.kind === 'set' ? new Set() : saved.kind === 'map' ? new Map() : {}
}

function named(objects: ReadonlyMap<string, object>, name: string): object {
  const object = objects.get(name)
  if (object === undefined) throw broken(`this machine has no ${name}`)
  return object
}
