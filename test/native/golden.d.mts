import type { NativeCase } from './cases.mjs'
import type { NativeRun } from './native.mjs'

/** One case of a golden file. */
export interface Golden {
  status: number
  /** stdout's and stderr's lines as {@link outputLines} writes them. */
  output: string[]
  strace: string[]
}
export declare function outputLines(mark: '1' | '2', bytes: Uint8Array): string[]
export declare function title(c: Pick<NativeCase, 'program' | 'args'>): string
export declare function formatGolden(c: NativeCase, run: NativeRun): string
export declare function parseGoldens(text: string): Map<string, Golden>
