/** The operations of shim.c, in its order. */
export const OPERATION = {
  INIT: 0, FREE: 1, SOCKET: 2, BIND: 3, LISTEN: 4, ACCEPT: 5, CONNECT: 6, RECEIVE: 7, SEND: 8, FCNTL: 9, IOCTL: 10, CLOSE: 11, SHUTDOWN: 12, GETSOCKOPT: 13,
  SETSOCKOPT: 14, POLL: 15, NETDEV_SEND: 16, NETDEV_RECEIVE: 17, USLEEP: 18, EPOLL_CREATE: 19, EPOLL_CTL: 20, EPOLL_WAIT: 21, CONFIGURE: 22,
} as const

const BAD_POINTER = 0xffffffff

/** A message of the shim: operation, time of the script and arguments. */
export class Request {
  readonly operation: number
  /** Microseconds since 1970. */
  readonly now: number
  readonly numbers: readonly number[]
  /** The last number in full, for epoll's data. */
  readonly last: bigint
  private readonly bytes: Buffer
  private at: number

  constructor(bytes: Buffer) {
    const count = bytes[1]!
    this.bytes = bytes
    this.operation = bytes[0]!
    this.now = Number(bytes.readBigInt64LE(2))
    this.numbers = Array.from({ length: count }, (_, i) => Number(bytes.readBigInt64LE(10 + 8 * i)))
    this.last = count > 0 ? bytes.readBigUInt64LE(2 + 8 * count) : 0n
    this.at = 10 + 8 * count
  }

  /** The next blob; null where the script's pointer is bad. */
  blob(): Uint8Array | null {
    const length = this.bytes.readUInt32LE(this.at)
    this.at += 4
    if (length === BAD_POINTER) return null
    this.at += length
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.at - length, length)
  }
}

/** What follows the result in an answer. */
export type Extra = number | bigint | Uint8Array

/** An answer: a result or -errno, the time, numbers and blobs. */
export function answer(result: number, now: number, extras: readonly Extra[]): Buffer {
  const parts = extras.map((extra) => {
    if (extra instanceof Uint8Array) {
      const head = Buffer.alloc(4)
      head.writeUInt32LE(extra.length)
      return Buffer.concat([head, extra])
    }
    const word = Buffer.alloc(8)
    word.writeBigInt64LE(BigInt.asIntN(64, BigInt(extra)))
    return word
  })
  const head = Buffer.alloc(28)
  head.writeBigInt64LE(BigInt(result < 0 ? -1 : result), 4)
  head.writeBigInt64LE(BigInt(result < 0 ? -result : 0), 12)
  head.writeBigInt64LE(BigInt(now), 20)
  const whole = Buffer.concat([head, ...parts])
  whole.writeUInt32LE(whole.length - 4, 0)
  return whole
}
