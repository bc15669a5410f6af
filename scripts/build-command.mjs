/**
 * Builds the command `syscallkit`:
 *
 *   main.cjs       starts it (src/cli/start.ts)
 *   command.cjs    src/cli/main.ts with everything that it needs as one file. CommonJS because V8 can keep its compiled
 *                  code on every Node, and because the loader of ES modules takes longer to start; minified because
 *                  reading it is a tenth of a small program's time. What is imported when needed is evaluated when needed.
 *   executor.wasm  the CPU's executor, which the library has as text
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

/** Reads the executor from its file instead of carrying its text. */
const executorFromFile = {
  name: 'executor-from-file',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/]cpu[\\/]executor-bytes\.ts$/ }, () => ({
      contents: `import { readFileSync } from 'node:fs'\nimport { dirname, join } from 'node:path'\nexport const executorBytes = () => readFileSync(join(dirname(__filename), 'executor.wasm'))`, loader: 'js',
    }))
  },
}

/** Writes the files into a folder. */
export async function buildCommand(folder = at('dist/cli')) {
  const common = { bundle: true, format: 'cjs', platform: 'node', target: 'node20', charset: 'ascii', write: false, logLevel: 'warning' }
  const { outputFiles: [command] } = await build({
    ...common, entryPoints: [at('src/cli/main.ts')], minify: true, plugins: [executorFromFile, inlineConstants()],
    define: { 'import.meta.url': 'COMMAND_URL' }, banner: { js: 'const COMMAND_URL = require("node:url").pathToFileURL(__filename).href;' },
  })
  const { outputFiles: [wasm] } = await build({ ...common, format: 'esm', platform: 'neutral', entryPoints: [at('src/cpu/executor-bytes.ts')] })
  const { executorBytes } = await import(`data:text/javascript;base64,${Buffer.from(wasm.contents).toString('base64')}`)
  const id = createHash('sha256').update(command.contents).digest('hex').slice(0, 16)
  const { outputFiles: [start] } = await build({ ...common, entryPoints: [at('src/cli/start.ts')], banner: { js: '#!/usr/bin/env node' }, define: { BUILD_ID: JSON.stringify(id) } })
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/command.cjs`, command.contents)
  writeFileSync(`${folder}/executor.wasm`, executorBytes())
  writeFileSync(`${folder}/main.cjs`, start.contents)
  chmodSync(`${folder}/main.cjs`, 0o755)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCommand(process.argv[2])
