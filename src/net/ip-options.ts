import { type IpAddress, writeAddress } from './address.js'

/** Kinds of IPv4 options. RFC 791 section 3.1. */
const IPOPT = { END: 0, NOOP: 1, RECORD_ROUTE: 7, TIMESTAMP: 68 } as const

/** Options for packets that leave: padded to words, nothing behind their end; null where they are malformed. Linux: ip_options_get, ip_options_compile. */
export function compileOptions(value: Uint8Array): Uint8Array | null {
  const padded = new Uint8Array((value.length + 3) & ~3)
  padded.set(value)
  for (let i = 0; i < padded.length && padded[i] !== IPOPT.END;) {
    if (padded[i] === IPOPT.NOOP) {
      i++
      continue
    }
    const length = padded[i + 1] ?? 0
    if (length < 2 || i + length > padded.length) return null
    i += length
  }
  const end = padded.indexOf(IPOPT.END)
  if (end >= 0) padded.fill(IPOPT.END, end)
  return padded
}

/** Options as they leave: this host is the first on a recorded route. Linux: ip_options_build. */
export function recordRoute(options: Uint8Array, source: IpAddress): Uint8Array {
  for (let i = 0; i < options.length && options[i] !== IPOPT.END;) {
    const length = options[i] === IPOPT.NOOP ? 1 : Math.max(2, options[i + 1] ?? 2), pointer = options[i + 2] ?? 0
    if (options[i] === IPOPT.RECORD_ROUTE && pointer >= 4 && pointer + 3 <= length) {
      const out = options.slice()
      writeAddress(source, out, i + pointer - 1)
      out[i + 2] = pointer + 4
      return out
    }
    i += length
  }
  return options
}

/** The options that an answer would carry: a recorded route and times. Source routes are not turned round. Linux: __ip_options_echo. */
export function echoedOptions(options: Uint8Array): Uint8Array {
  const out: number[] = []
  for (let i = 0; i < options.length && options[i] !== IPOPT.END;) {
    const length = options[i] === IPOPT.NOOP ? 1 : Math.max(2, options[i + 1] ?? 2)
    if (options[i] === IPOPT.RECORD_ROUTE || options[i] === IPOPT.TIMESTAMP) out.push(...options.subarray(i, i + length))
    i += length
  }
  while (out.length % 4 !== 0) out.push(IPOPT.END)
  return Uint8Array.from(out)
}
