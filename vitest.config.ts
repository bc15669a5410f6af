import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { entries } from './scripts/package-info.mjs'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The package's own name leads to its sources, so that examples and tests need no build. */
const alias = entries.map(({ specifier, source }) => ({ find: new RegExp(`^${specifier}$`), replacement: here(source) }))

const report = process.env['VITEST_REPORT']

const project = (name: string, include: string[], exclude: string[] = [], testTimeout = 60_000) => ({
  resolve: { alias },
  test: { name, include, exclude, testTimeout, hookTimeout: 600_000, root: here('.') },
})

/**
 * `npm test` runs unit, guards and system. What needs a build, a packed tarball, a browser or much time has projects of
 * its own, with npm scripts of the same names.
 */
export default defineConfig({
  test: {
    // .ci/run counts tests from this report
    reporters: report === undefined ? ['default'] : ['default', 'json'],
    ...(report === undefined ? {} : { outputFile: { json: report } }),
    globalSetup: [here('test/setup/generate.ts')],
    projects: [
      project('unit', ['src/**/*.test.ts'], ['**/*.long.test.ts']),
      project('guards', ['test/guards/**/*.test.ts']),
      project('system', ['test/**/*.test.ts', 'examples/**/*.test.ts'], ['test/guards/**', 'test/bundles/**', 'test/package/**', '**/*.long.test.ts']),
      project('long', ['src/**/*.long.test.ts', 'test/**/*.long.test.ts'], [], 1_200_000),
      project('bundles', ['test/bundles/**/*.test.ts']),
      project('package', ['test/package/**/*.test.ts']),
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/cpu/as/**', 'src/**/generated/**', '**/*.test.ts', '**/*.test-d.ts'] },
  },
})
