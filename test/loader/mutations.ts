import { SeededRandom } from '../../src/base/random.js'

/** Bytes written over a program: offset and little-endian bytes; `length` cuts the file. */
export interface Mutation {
  readonly base: string
  readonly patches: readonly (readonly [offset: number, bytes: readonly number[]])[]
  readonly length?: number
}

const VALUES = [0, 1, 2, 3, 4, 6, 7, 8, 40, 55, 56, 57, 62, 183, 0x20, 0xff, 0xfff, 0x1000, 0x1001, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_e000, 0xffff_f000, 0xffff_ffff, 2 ** 40, 2 ** 46, 2 ** 47 - 4096, 2 ** 47, 2 ** 63, 2 ** 64 - 4096, 2 ** 64 - 2048]

/** Mutations of the headers of programs, the same for every run. The entry point is left alone: natively the programs really run. */
export function headerMutations(programs: Readonly<Record<string, Uint8Array>>, each: number): Mutation[] {
  const out: Mutation[] = []
  for (const [base, bytes] of Object.entries(programs)) {
    const random = new SeededRandom(bytes.length + base.length)
    const pick = <T>(list: readonly T[]): T => list[random.u32() % list.length]!
    const wide = bytes[4] === 2
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const phnum = view.getUint16(wide ? 56 : 44, true)
    const phoff = wide ? 64 : 52
    const headerFields: readonly (readonly [number, number])[] = wide
      ? [[0, 1], [4, 1], [5, 1], [16, 2], [18, 2], [20, 4], [32, 8], [52, 2], [54, 2], [56, 2]]
      : [[0, 1], [4, 1], [5, 1], [16, 2], [18, 2], [20, 4], [28, 4], [40, 2], [42, 2], [44, 2]]
    const segmentFields: readonly (readonly [number, number])[] = wide
      ? [[0, 4], [4, 4], [8, 8], [16, 8], [32, 8], [40, 8], [48, 8]]
      : [[0, 4], [4, 4], [8, 4], [16, 4], [20, 4], [24, 4], [28, 4]]
    for (let i = 0; i < each; i++) {
      const patches: [number, number[]][] = []
      for (let n = random.u32() % 3; n >= 0; n--) {
        const segment = random.u32() % 4 !== 0
        const [field, size] = pick(segment ? segmentFields : headerFields)
        const at = segment ? phoff + (random.u32() % phnum) * (wide ? 56 : 32) + field : field
        let value = pick(VALUES)
        if (random.u32() % 2 === 0) { // near what it was
          const low = view.getUint32(at, true)
          value = Math.max(0, low + pick([-0x1000, -1, 1, 0x10, 0x1000, 0x100000]))
        }
        const halves = [value % 2 ** 32, Math.floor(value / 2 ** 32)]
        patches.push([at, Array.from({ length: size }, (_, b) => (halves[b >> 2]! / 2 ** (8 * (b & 3))) & 0xff)])
      }
      out.push(random.u32() % 8 === 0 ? { base, patches, length: random.u32() % (random.u32() % 2 === 0 ? 400 : bytes.length) } : { base, patches })
    }
  }
  return out
}

/** The mutated program. */
export function mutate(program: Uint8Array, { patches, length }: Mutation): Uint8Array {
  const bytes = Uint8Array.from(program)
  for (const [at, values] of patches) bytes.set(values, at)
  return length === undefined ? bytes : bytes.slice(0, length)
}
