#!/usr/bin/env node
/**
 * Writes .oxlintrc.json: the rules below and one override per layer from scripts/layers.mjs. `--check` compares only.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { hostLayers, layers, nodeLayers, packages } from './layers.mjs'
import { root } from './package-info.mjs'

const rules = {
  'no-debugger': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-eval': 'error',
  'no-new-func': 'error',
  'no-throw-literal': 'error',
  'typescript/no-explicit-any': 'error',
  'typescript/ban-ts-comment': 'error',
  'typescript/no-non-null-assertion': 'off',
  'typescript/consistent-type-imports': 'error',
  'typescript/no-floating-promises': 'error',
  'typescript/no-misused-promises': 'error',
  'typescript/await-thenable': 'error',
  'import/no-cycle': 'error',
  'import/no-self-import': 'error',
  'import/no-duplicates': 'off',
  'no-console': 'off',
  'no-unused-expressions': ['error', { allowShortCircuit: true, allowTernary: true }],
  'unicorn/no-useless-spread': 'off', // a copy is made where the original changes under the loop
  'unicorn/no-new-array': 'off',
  'typescript/unbound-method': 'off', // definitions hold handlers that have no `this`
  'typescript/no-meaningless-void-operator': 'off', // `void f()` in an arrow says that its value is nobody's
  'typescript/no-redundant-type-constituents': 'off', // `number | 0` documents a result
  'typescript/require-array-sort-compare': 'off',
  'unicorn/prefer-string-starts-ends-with': 'off',
  'no-control-regex': 'off',
  'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
}

const names = Object.keys(layers)
const folders = (list) => list.flatMap((layer) => [`**/${layer}/*`, `**/${layer}/**`])

function restrictions(name) {
  const { values, types } = layers[name]
  const whole = (list) => list.filter((layer) => !layer.includes('/'))
  const open = new Set([name, ...whole(values), ...values.map((layer) => layer.split('/')[0])])
  const typesOnly = types.filter((layer) => !open.has(layer))
  const closed = names.filter((layer) => !open.has(layer) && !typesOnly.includes(layer))
  const patterns = []
  if (closed.length > 0) patterns.push({ group: folders(closed), message: `src/${name} may not import these layers (docs/architecture.md, Layers).` })
  if (typesOnly.length > 0) patterns.push({ group: folders(typesOnly), allowTypeImports: true, message: `src/${name} may import only types of these layers (docs/architecture.md, Layers).` })
  if (!nodeLayers.includes(name)) patterns.push({ group: ['node:*'], message: 'Only src/node and src/cli may import node:*.' })
  if (packages[name] === undefined) patterns.push({ group: ['zod', 'zod/*'], message: 'zod stays in src/config.' })
  return patterns
}

const tests = ['**/*.test.ts', '**/*.mjs', '**/*.test-d.ts', 'test/**', 'bench/**', 'scripts/**']
const config = {
  $schema: './node_modules/oxlint/configuration_schema.json',
  plugins: ['typescript', 'import', 'unicorn', 'oxc'],
  categories: { correctness: 'error' },
  env: { es2022: true },
  ignorePatterns: ['dist', 'build', 'coverage', 'docs/api', 'src/cpu/as', '**/generated/**', '**/*.generated.ts', 'node_modules', 'fixtures'],
  rules,
  overrides: [
    ...names.map((name) => ({ files: [`src/${name}/**/*.ts`], rules: { 'no-restricted-imports': ['error', { patterns: restrictions(name) }] } })),
    {
      files: names.filter((name) => !hostLayers.includes(name)).map((name) => `src/${name}/**/*.ts`),
      rules: {
        'no-restricted-globals': ['error', ...['performance', 'setTimeout', 'setInterval', 'setImmediate', 'crypto', 'process', 'Buffer', 'require'].map((name) => ({ name, message: 'Time, chance and the host are injected; see docs/architecture.md.' }))],
      },
    },
    { files: tests, rules: { 'no-restricted-imports': 'off', 'no-restricted-globals': 'off', 'typescript/no-floating-promises': 'error', 'typescript/ban-ts-comment': 'off', 'typescript/restrict-template-expressions': 'off', 'typescript/no-base-to-string': 'off', 'typescript/no-misused-spread': 'off' } },
    { files: ['bench/**'], rules: { 'no-new-func': 'off', 'typescript/no-implied-eval': 'off' } },
  ],
}

const path = new URL('.oxlintrc.json', root)
const text = `${JSON.stringify(config, null, 2)}\n`
if (process.argv.includes('--check')) {
  const now = readFileSync(path, 'utf8')
  if (now !== text) {
    console.error('.oxlintrc.json is stale: run `node scripts/generate-lint.mjs`')
    process.exitCode = 1
  }
} else writeFileSync(path, text)
