import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Script } from 'node:vm'

/**
 * What `syscallkit` starts: runs the bundled command with the code that V8 compiled of it in an earlier run, which takes
 * a fifth of the time. The cache is a file of the user's cache folder for each version of Node; NODE_DISABLE_COMPILE_CACHE
 * turns it off, as it does for Node's own.
 */

/** Set by scripts/build-command.mjs: which build of the command the compiled code must be of. */
declare const BUILD_ID: string

const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'syscallkit')
const cache = join(folder, `command-${process.version}-${process.arch}`)
const idBytes = BUILD_ID.length

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
    return bytes.toString('latin1', 0, idBytes) === BUILD_ID ? bytes.subarray(idBytes) : undefined
  } finally {
    closeSync(file)
  }
}

/** Keeps the compiled code, whole or not at all; a folder that cannot be written is no error. */
function writeCache(compiled: Buffer): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(`${cache}.${process.pid}`, Buffer.concat([Buffer.from(BUILD_ID, 'latin1'), compiled]), { mode: 0o600 })
    renameSync(`${cache}.${process.pid}`, cache)
  } catch {}
}

const filename = join(__dirname, 'command.cjs')
const cachedData = readCache()
const source = `(function (require, __filename) {${readFileSync(filename, 'latin1')}\n})` // ASCII, see the build
const script = new Script(source, cachedData === undefined ? { filename } : { filename, cachedData })
if (cachedData === undefined || script.cachedDataRejected === true) {
  // At the end, when the functions that a run needs are compiled.
  if (process.env['NODE_DISABLE_COMPILE_CACHE'] === undefined) process.on('exit', () => writeCache(script.createCachedData()))
}
const start: (require: NodeJS.Require, filename: string) => void = script.runInThisContext()
start(require, filename)
