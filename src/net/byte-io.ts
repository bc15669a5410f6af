import type { ByteSink, ByteSource } from './sock.js'

/** The bytes of a send from an array. */
export class BytesSource implements ByteSource {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  take(out: Uint8Array, to: number, length: number): number {
    out.set(this.#bytes.subarray(this.#at, this.#at + length), to)
    this.#at += length
    return length
  }
}

/** Where a receive puts its bytes: an array, from its start. */
export class BytesSink implements ByteSink {
  readonly bytes: Uint8Array
  /** Bytes put so far. */
  length = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get left(): number {
    return this.bytes.length - this.length
  }

  put(bytes: Uint8Array, from: number, length: number): number {
    this.bytes.set(from === 0 && length === bytes.length ? bytes : bytes.subarray(from, from + length), this.length)
    this.length += length
    return length
  }
}
