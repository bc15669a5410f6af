/**
 * The layers of src/ and what each may import: the one table behind the linter's rules (scripts/generate-lint.mjs) and
 * the test that resolves every import (test/guards/layers.test.ts). docs/architecture.md explains it.
 *
 * `values` may be imported freely, `types` only by `import type`. A folder or a file inside a layer can be named apart:
 * 'kernel/ports' declares what others implement, 'arch/x86/context-layout' is offsets without behaviour.
 */
const everything = ['base', 'abi', 'arch', 'memory', 'net', 'kernel', 'fs', 'sockets', 'loader', 'syscalls', 'cpu', 'trace', 'debug', 'machine', 'embed', 'config', 'presets', 'node']

export const layers = {
  base: { values: [], types: [] },
  abi: { values: ['base'], types: [] },
  memory: { values: ['base', 'abi'], types: [] },
  arch: { values: ['base', 'abi'], types: ['memory'] },
  net: { values: ['base', 'abi'], types: [] },
  kernel: { values: ['base', 'abi', 'memory', 'arch/x86/context-layout'], types: ['arch'] },
  fs: { values: ['base', 'abi', 'memory', 'kernel'], types: ['arch'] },
  sockets: { values: ['base', 'abi', 'memory', 'kernel', 'fs', 'net'], types: ['arch'] },
  loader: { values: ['base', 'abi', 'memory', 'arch', 'kernel/ports'], types: ['kernel'] },
  syscalls: { values: ['base', 'abi', 'memory', 'arch', 'kernel', 'fs', 'sockets', 'loader', 'net'], types: [] },
  cpu: { values: ['base', 'memory', 'arch'], types: [] },
  trace: { values: ['base', 'abi'], types: everything },
  debug: { values: ['base', 'abi'], types: everything },
  machine: { values: ['base', 'abi', 'memory', 'arch', 'kernel', 'syscalls'], types: ['fs', 'sockets', 'net', 'loader', 'cpu', 'trace'] },
  embed: { values: ['base', 'abi', 'memory', 'arch', 'machine'], types: [] },
  config: { values: ['base'], types: everything },
  presets: { values: everything.filter((layer) => !['config', 'presets', 'node'].includes(layer)), types: [] },
  node: { values: everything.filter((layer) => layer !== 'node'), types: [] },
  cli: { values: everything, types: [] },
}

/** Layers that may import `node:*`. */
export const nodeLayers = ['node', 'cli']

/** Packages a layer may import from npm; every other layer has none. */
export const packages = { config: ['zod/mini'] }

/** Layers above the injected clock and randomness (docs/architecture.md, "Time and chance"). */
export const hostLayers = ['machine', 'embed', 'node', 'cli']
