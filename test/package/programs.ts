import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { transformSync } from 'esbuild'
import { rootFolder } from '../guards/sources.js'

/** Takes the types off a program of this repository and puts it into a folder as `name.mjs`, so that it imports what is installed there. */
export function putProgram(path: string, folder: string): string {
  const { code } = transformSync(readFileSync(join(rootFolder, path), 'utf8'), { loader: 'ts', format: 'esm', target: 'es2022' })
  const file = join(folder, `${basename(path, '.ts')}.mjs`)
  writeFileSync(file, code)
  return file
}
