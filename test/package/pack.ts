import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootFolder } from '../guards/sources.js'

/** A new folder that the test removes itself. */
export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `syscallkit-${name}-`))
}

/** Packs what `npm publish` would send, from dist as it is now. Returns the tarball's path. */
export function packTarball(into: string): string {
  if (!existsSync(join(rootFolder, 'dist/index.js'))) throw new Error('dist is missing: npm run build')
  execFileSync('npm', ['pack', '--silent', '--pack-destination', into], { cwd: rootFolder, stdio: ['ignore', 'pipe', 'inherit'] })
  const tarball = readdirSync(into).find((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('npm pack wrote nothing')
  return join(into, tarball)
}

/**
 * A folder with the tarball's content at node_modules/syscallkit, as an install would leave it. zod is a link to this
 * repository's: what the registry's client does with dependencies is not under test.
 */
export function installedFolder(name: string): string {
  const folder = temporaryFolder(name)
  const tarball = packTarball(folder)
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  execFileSync('tar', ['-xzf', tarball, '-C', modules])
  cpSync(join(modules, 'package'), join(modules, 'syscallkit'), { recursive: true })
  rmSync(join(modules, 'package'), { recursive: true })
  symlinkSync(join(rootFolder, 'node_modules/zod'), join(modules, 'zod'))
  return folder
}
