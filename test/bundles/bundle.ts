import { readFileSync } from 'node:fs'
import { createRequire, SourceMap } from 'node:module'
import { gzipSync } from 'node:zlib'
import { build, transform } from 'esbuild'
import { rollup } from 'rollup'

/** A finished bundle. */
export interface Bundle {
  readonly code: string
  /** Bytes after gzip, level 9. */
  readonly gzip: number
  /** Files of src that some of the code comes from, `src/…`. */
  readonly sources: readonly string[]
}

/** The bundlers that users have. */
export const bundlers = { esbuild: withEsbuild, rollup: withRollup } as const

async function withEsbuild(entry: string): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: [entry], bundle: true, write: false, outdir: 'out', format: 'esm', platform: 'neutral', mainFields: ['module', 'main'], target: 'es2022',
    minify: true, sourcemap: 'external', external: ['node:*'], legalComments: 'none', logLevel: 'silent',
  })
  const [map, code] = [outputFiles.find(({ path }) => path.endsWith('.map'))!.text, outputFiles.find(({ path }) => path.endsWith('.js'))!.text]
  return finish(code, map)
}

async function withRollup(entry: string): Promise<Bundle> {
  const bundle = await rollup({
    input: entry, external: /^node:/, onwarn() {},
    plugins: [{
      name: 'node-resolve',
      resolveId(specifier, importer) {
        if (importer === undefined || specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('node:')) return null
        const id = createRequire(importer).resolve(specifier)
        return { id, moduleSideEffects: false }
      },
      async load(id) {
        const code = readFileSync(id, 'utf8')
        try {
          return { code, map: readFileSync(`${id}.map`, 'utf8') }
        } catch {
          return { code }
        }
      },
    }],
    treeshake: { moduleSideEffects: (id) => id === entry },
  })
  const { output } = await bundle.generate({ format: 'es', sourcemap: true })
  await bundle.close()
  const [chunk] = output
  const minified = await transform(chunk.code, { minify: true, format: 'esm', target: 'es2022', legalComments: 'none' })
  return { ...finish(minified.code, null), sources: sourcesOf(chunk.code, chunk.map!.toString()) }
}

function finish(code: string, map: string | null): Bundle {
  return { code, gzip: gzipSync(code, { level: 9 }).length, sources: map === null ? [] : sourcesOf(code, map) }
}

/** Sources that a mapping of the code leads to. A source that was read but left no code has none. */
function sourcesOf(code: string, map: string): string[] {
  const parsed = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0])
  const found = new Set<string>()
  code.split('\n').forEach((line, row) => {
    for (let column = 0; column < line.length; column++) {
      const entry = parsed.findEntry(row, column)
      if ('originalSource' in entry && entry.originalSource !== undefined) found.add(entry.originalSource)
    }
  })
  return [...found].map((path) => path.replace(/^.*?\/(src\/)/, '$1')).filter((path) => path.startsWith('src/')).sort()
}
