/** A directory, file or symbolic link of the root tree. */
export interface TreeEntry {
  /** Path below the root, without a leading slash. */
  readonly path: string
  /** `st_mode`. */
  readonly mode: number
  /** Contents, or the target of a link. */
  readonly data: Uint8Array
  readonly uid: number
  readonly gid: number
  /** Seconds since 1970. */
  readonly mtime: number
}
export declare function dataEntries(): TreeEntry[]
export declare function rootEntries(name: string, bytes: Uint8Array): TreeEntry[]
export declare function makeFolder(root: string, entries: readonly TreeEntry[]): void
export declare function makeArchive(entries: readonly TreeEntry[]): Uint8Array
