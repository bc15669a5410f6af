/** Who made the processor, as CPUID's leaf 0 says. */
export type CpuVendor = 'GenuineIntel' | 'AuthenticAMD'

/** What differs between processors, and what CPUID reports of it. */
export interface CpuFeatures {
  /** CMPXCHG16B. */
  readonly cx16: boolean
  readonly rdtscp: boolean
  /** SYSCALL is defined outside 64-bit mode (AMD); #UD on Intel. */
  readonly syscall32: boolean
  /** SYSENTER is defined in 64-bit mode (Intel); #UD on AMD. */
  readonly sysenter64: boolean
  /** Long mode is reported: an x86_64 kernel. */
  readonly longMode: boolean
  readonly vendor: CpuVendor
}

/** One row: leaf, subleaf or -1 for any, EAX, EBX, ECX, EDX. */
export type CpuidRow = readonly [leaf: number, subleaf: number, eax: number, ebx: number, ecx: number, edx: number]

const word = (s: string): number => s.charCodeAt(0) | (s.charCodeAt(1) << 8) | (s.charCodeAt(2) << 16) | (s.charCodeAt(3) << 24)

/** EDX of leaf 1: FPU DE TSC MSR PAE CX8 SEP PGE CMOV PAT CLFSH MMX FXSR SSE SSE2. */
const BASE_EDX = 0x0789_a975
/** ECX of leaf 1: CX16. No SSE3 and later, no XSAVE, no POPCNT, MOVBE, RDRAND. */
const CX16 = 1 << 13
/** EDX of leaf 0x80000001 beyond leaf 1's: SYSCALL, NX, RDTSCP, LM. ECX: LAHF in 64-bit mode. */
const SYSCALL = 1 << 11, NX = 1 << 20, RDTSCP = 1 << 27, LM = 1 << 29, LAHF_LM = 1

/**
 * The table of CPUID's leaves (Intel SDM volume 2A, CPUID; AMD APM volume 3, appendix E): the baseline of x86-64 with
 * FXSAVE and without XSAVE, or a Pentium III with SSE2 for i386 kernels.
 *
 * @param features what the processor can do
 */
export function cpuidTable(features: CpuFeatures): readonly CpuidRow[] {
  const name = (features.longMode ? 'syscallkit x86-64 virtual CPU' : 'syscallkit i386 virtual CPU').padEnd(48, '\0')
  const v = features.vendor
  // Family 6 model 15 stepping 1 (the first 64-bit one of family 6); family 6 model 8 stepping 3 for i386.
  const signature = !features.longMode ? 0x683 : v === 'AuthenticAMD' ? 0x0f_4a : 0x6f1
  const rows: CpuidRow[] = [
    [0, -1, 1, word(v.slice(0, 4)), word(v.slice(8)), word(v.slice(4))],
    [1, -1, signature, 0x0001_0800, features.longMode && features.cx16 ? CX16 : 0, BASE_EDX], // CLFLUSH lines of 64 bytes, one logical processor
  ]
  if (!features.longMode) return rows
  const amd = v === 'AuthenticAMD'
  const [b0, d0, c0] = amd ? [word(v.slice(0, 4)), word(v.slice(4)), word(v.slice(8))] : [0, 0, 0]
  const edx = SYSCALL | NX | LM | (features.rdtscp ? RDTSCP : 0) | (amd ? BASE_EDX & 0x0183_f3ff : 0)
  rows.push([0x8000_0000, -1, 0x8000_0008 | 0, b0, c0, d0], [0x8000_0001, -1, amd ? signature : 0, 0, LAHF_LM, edx])
  for (let i = 0; i < 3; i++) {
    const w = (k: number): number => word(name.slice(16 * i + 4 * k, 16 * i + 4 * k + 4))
    rows.push([0x8000_0002 + i, -1, w(0), w(1), w(2), w(3)])
  }
  rows.push([0x8000_0008, -1, 0x3028, 0, 0, 0]) // 40 physical, 48 linear address bits
  return rows
}

/**
 * Answers CPUID. Leaves beyond the highest basic one answer like it, as on Intel's processors; unknown ones with zeros.
 *
 * @param out EAX, EBX, ECX, EDX
 */
export function cpuid(rows: readonly CpuidRow[], leaf: number, subleaf: number, out: Int32Array): void {
  out.fill(0)
  let row = rows.find((r) => r[0] >>> 0 === leaf >>> 0 && (r[1] < 0 || r[1] === subleaf))
  if (row === undefined && leaf >>> 0 < 0x8000_0000 && leaf !== 0 && leaf >>> 0 > rows[0]![2]) row = rows[1]
  if (row === undefined) return
  for (let i = 0; i < 4; i++) out[i] = row[i + 2]!
}
