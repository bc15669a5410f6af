import { build, transform } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { entries } from '../../scripts/package-info.mjs'
import { rootFolder } from './sources.js'

/** What esbuild keeps of code that imports nothing by name, with `sideEffects: false` taken away: only marks count. */
async function kept(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: rootFolder, loader: 'ts' },
    bundle: true, write: false, format: 'esm', platform: 'neutral', target: 'es2022', minify: true, legalComments: 'none', packages: 'external', external: ['node:*'], logLevel: 'silent',
    plugins: [{
      name: 'every module may have side effects',
      setup({ onResolve, resolve }) {
        onResolve({ filter: /^\./ }, async ({ path, pluginData, ...options }) => {
          if (pluginData === 'resolved') return undefined
          const { path: file, errors } = await resolve(path, { kind: options.kind, importer: options.importer, namespace: options.namespace, resolveDir: options.resolveDir, pluginData: 'resolved' })
          return { path: file, errors, sideEffects: true }
        })
      },
    }],
  })
  // Further passes remove arithmetic on constants, which esbuild inlines only after it has decided what to keep.
  let code = outputFiles[0]!.text
  for (let before = ''; code !== before;) {
    before = code
    code = (await transform(code, { format: 'esm', minify: true, treeShaking: true })).code
  }
  // Imports of packages stay by definition; what they are is the layer test's concern.
  return code.replace(/import(?:[\w*{}, $]+from)?"[^"]+";?/g, '').trim()
}

describe('tree-shaking', () => {
  test.each(entries)('$specifier, imported and unused, leaves nothing behind', async ({ source }) => {
    expect((await kept(`import './${source}'`)).slice(0, 400)).toBe('')
  })

  test('an unmarked call is seen', async () => {
    expect(await kept("import './src/base/errors.ts'; const a = new Map(); f(a)")).toContain('new Map')
  })
})
