/** The root that random calls play in: a program to execute, files with attributes, a place to mount on. */
import { STAT_MODE } from '../../src/abi/flags/stat.js'
import type { RootEntry } from '../../src/fs/root.js'
import { MAP } from './map.js'

/** A static program of one page whose code is never run: the fuzzer takes over at its first instruction. */
function program(): Uint8Array {
  const bytes = new Uint8Array(4096)
  const view = new DataView(bytes.buffer)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  view.setUint16(16, 2, true) // ET_EXEC
  view.setUint16(18, 62, true) // EM_X86_64
  view.setUint32(20, 1, true)
  view.setUint32(24, MAP.code, true)
  view.setUint32(32, 64, true)
  view.setUint16(52, 64, true)
  view.setUint16(54, 56, true)
  view.setUint16(56, 1, true)
  view.setUint32(64, 1, true) // PT_LOAD
  view.setUint32(68, 5, true)
  view.setUint32(80, MAP.code, true)
  view.setUint32(88, MAP.code, true)
  view.setUint32(96, 4096, true)
  view.setUint32(104, 4096, true)
  view.setUint32(112, 4096, true)
  return bytes
}

const { S_IFDIR, S_IFREG } = STAT_MODE

/** Entries of the root. */
export const FUZZ_ROOT: readonly RootEntry[] = [
  { path: 'dev', mode: S_IFDIR | 0o755 }, { path: 'proc', mode: S_IFDIR | 0o555 }, { path: 'mnt', mode: S_IFDIR | 0o755 }, { path: 'tmp', mode: S_IFDIR | 0o1777 },
  { path: 'bin/prog', mode: S_IFREG | 0o755, data: program() },
  { path: 'tmp/x', mode: S_IFREG | 0o644, data: new Uint8Array(9000).fill(65) }, { path: 'tmp/y', mode: S_IFREG | 0o644, data: new Uint8Array(100) },
]
