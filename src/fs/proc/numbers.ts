/** A number as strtoul(3) with base 0 reads it; null: it is none. */
export function parseNumber(word: string): number | null {
  const match = /^(-?)(?:0x([0-9a-f]+)|0([0-7]+)|(\d+))$/i.exec(word)
  if (match === null) return null
  const [, sign, hex, octal, decimal] = match
  const value = hex !== undefined ? parseInt(hex, 16) : octal !== undefined ? parseInt(octal, 8) : Number(decimal)
  return sign === '-' ? -value : value
}

/** The first `count` numbers of a text, fewer where it ends; null where one of them is none. Linux: do_proc_dointvec. */
export function numbersOf(text: string, count: number): number[] | null {
  const words = text.replace(/\0.*$/s, '').trim().split(/\s+/).slice(0, count)
  const numbers: number[] = []
  for (const word of words) {
    const value = parseNumber(word)
    if (value === null) return null
    numbers.push(value)
  }
  return numbers
}
