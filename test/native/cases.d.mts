/** One program to run, with its arguments. */
export interface NativeCase {
  /** Name of the golden file. */
  readonly group: string
  /** Program below fixtures/bin/ARCH, or `busybox`. The guest sees it as `/bin/PROGRAM`, which is also argv[0]. */
  readonly program: string
  /** Arguments after argv[0]. */
  readonly args: readonly string[]
  readonly archs: readonly ('x86_64' | 'i386')[]
  /** What stdin holds, by a pipe; null: /dev/null. */
  readonly stdin: string | null
}
export declare const environment: readonly string[]
export declare const cases: readonly NativeCase[]
export declare const glibcCases: readonly NativeCase[]
