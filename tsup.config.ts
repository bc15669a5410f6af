import { defineConfig } from 'tsup'
import { inlineConstants } from './scripts/inline-constants.mjs'
import { entries } from './scripts/package-info.mjs'

/** The library: ESM only, split into shared chunks, readable: users' bundlers minify, and stack traces keep their names. The command: scripts/build-command.mjs. */
export default defineConfig({
  entry: Object.fromEntries(entries.map(({ name, source }) => [name, source])),
  tsconfig: 'tsconfig.build.json',
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: [/^node:/],
  splitting: true,
  esbuildPlugins: [inlineConstants()],
  treeshake: false,
  minify: false,
  sourcemap: true,
  clean: true,
  dts: false, // tsc writes the .d.ts files beside, one per source: tsup's bundled ones took five times as long
  removeNodeProtocol: false,
})
