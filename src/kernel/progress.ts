/**
 * Where a blocked system call stands: plain data that its handler left behind, keyed by the call. Each call that can
 * wait adds its own member by declaration merging, beside its handler:
 *
 * @example
 * declare module '../kernel/progress.js' { interface ProgressTypes { pause: Record<never, never> } }
 */
export interface ProgressTypes {
  /** The member that user-defined calls share. */
  user: { readonly [key: string]: number | string | boolean | null }
}

/** A call's progress with its name as the tag. */
export type Progress = { [K in keyof ProgressTypes]: { readonly call: K; data: ProgressTypes[K] } }[keyof ProgressTypes]

/** Something a blocked call keeps alive, such as an open file: a dup2 over its descriptor must not matter. */
export interface Pinned {
  /** Takes a reference. */
  hold: () => void
  /** Drops it. */
  release: () => void
}
