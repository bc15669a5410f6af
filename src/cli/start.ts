import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { getHeapCodeStatistics } from 'node:v8'
import { Script } from 'node:vm'

/**
 * What `syscallkit` starts: runs the bundled command with the code that V8 compiled of it in an earlier run, which takes
 * a fifth of the time. The cache is a file of the user's cache folder for each version of Node: the build's id, the bytes
 * of code in it as 8 digits, what V8 made. A run that compiled much that is not in it leaves a larger one.
 * NODE_DISABLE_COMPILE_CACHE turns it off, as it does for Node's own.
 */

/** Set by scripts/build-command.mjs: which build of the command the compiled code must be of. */
declare const BUILD_ID: string

const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'syscallkit')
const cache = join(folder, `command-${process.version}-${process.arch}`)
const idBytes = BUILD_ID.length
const headerBytes = idBytes + 8
/** Milliseconds: what ends earlier has not compiled much, and is not to be held up. */
const LONG = 100
/** Bytes of code that are worth a larger cache. */
const MUCH = 16384
const began = performance.now()

/** Bytes of code that V8 has compiled, from the cache or now. */
function codeBytes(): number {
  const v8: { getHeapCodeStatistics: typeof getHeapCodeStatistics } = require('node:v8') // takes 2 ms
  return v8.getHeapCodeStatistics().bytecode_and_metadata_size
}

/** The compiled code that an earlier run left, if it is this user's and of this build. */
function readCache(): Buffer | undefined {
  if (process.env['NODE_DISABLE_COMPILE_CACHE'] !== undefined) return undefined
  let file: number
  try {
    file = openSync(cache, 'r')
  } catch {
    return undefined
  }
  try {
    if (fstatSync(file).uid !== (process.getuid?.() ?? 0)) return undefined
    const bytes = readFileSync(file)
    return bytes.toString('latin1', 0, idBytes) === BUILD_ID ? bytes : undefined
  } finally {
    closeSync(file)
  }
}

/** Keeps the compiled code, whole or not at all; a folder that cannot be written is no error. */
function writeCache(compiled: Buffer, bytes: number): void {
  const header = BUILD_ID + String(bytes).padStart(8, '0')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(`${cache}.${process.pid}`, Buffer.concat([Buffer.from(header, 'latin1'), compiled]), { mode: 0o600 })
    renameSync(`${cache}.${process.pid}`, cache)
  } catch {}
}

const filename = join(__dirname, 'command.cjs')
const found = readCache()
const source = `(function (require, __filename) {${readFileSync(filename, 'latin1')}\n})` // ASCII, see the build
const script = new Script(source, found === undefined ? { filename } : { filename, cachedData: found.subarray(headerBytes) })
const cachedBytes = found === undefined || script.cachedDataRejected === true ? 0 : Number(found.toString('latin1', idBytes, headerBytes))
if (process.env['NODE_DISABLE_COMPILE_CACHE'] === undefined) {
  // At the end, when the functions that a run needs are compiled.
  process.on('exit', () => {
    if (cachedBytes > 0 && performance.now() - began < LONG) return
    const bytes = codeBytes()
    if (bytes > cachedBytes + MUCH) writeCache(script.createCachedData(), bytes)
  })
}
const start: (require: NodeJS.Require, filename: string) => void = script.runInThisContext()
start(require, filename)
