/**
 * Builds the command `syscallkit`: src/cli/main.ts with everything that it needs as one file, command.cjs, and main.cjs,
 * which starts it (src/cli/start.ts). CommonJS because V8 can keep its compiled code on every Node, and because the
 * loader of ES modules takes longer to start. What is imported when needed is evaluated when needed.
 *
 *   node scripts/build-command.mjs [FOLDER]     default: dist/cli
 */
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { inlineConstants } from './inline-constants.mjs'
import { root } from './package-info.mjs'

const at = (path) => fileURLToPath(new URL(path, root))

/** Writes both files into a folder. */
export async function buildCommand(folder = at('dist/cli')) {
  const common = { bundle: true, format: 'cjs', platform: 'node', target: 'node20', charset: 'ascii', plugins: [inlineConstants()], logLevel: 'warning' }
  const { outputFiles } = await build({
    ...common, entryPoints: [at('src/cli/main.ts')], outfile: `${folder}/command.cjs`, minifyWhitespace: true, minifySyntax: true, write: false,
    define: { 'import.meta.url': 'COMMAND_URL' }, banner: { js: 'const COMMAND_URL = require("node:url").pathToFileURL(__filename).href;' },
  })
  mkdirSync(folder, { recursive: true })
  for (const { path, contents } of outputFiles) writeFileSync(path, contents)
  const id = createHash('sha256').update(outputFiles[0].contents).digest('hex').slice(0, 16)
  await build({ ...common, entryPoints: [at('src/cli/start.ts')], outfile: `${folder}/main.cjs`, banner: { js: '#!/usr/bin/env node' }, define: { BUILD_ID: JSON.stringify(id) } })
  chmodSync(`${folder}/main.cjs`, 0o755)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCommand(process.argv[2])
