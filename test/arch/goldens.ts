import { readFileSync } from 'node:fs'

/** Registers as the native programs print them, in hexadecimal. */
export type NativeRegs = Record<string, string>

/** One case of a golden file, see native/gates.c. */
export interface NativeCase {
  case: string
  child?: number
  length?: number
  code?: string
  in?: NativeRegs
  out?: NativeRegs
  traps?: number[]
  signal?: { nr: number; code: number; addr: string; trapno: number; err: number; cs: number; cr2: string; offset: number; regs: NativeRegs }
  /** signal, si_code, trap number, error code, offset of rip, flags */
  brief?: [number, number, number, number, number, string]
}

/** The cases of a golden file; `node test/arch/native/renew.mjs` renews them. */
export function nativeCases(name: string): NativeCase[] {
  const file: { cases: NativeCase[] } = JSON.parse(readFileSync(new URL(`goldens/${name}`, import.meta.url), 'utf8'))
  return file.cases
}
