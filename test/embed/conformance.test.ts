import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { V86 } from 'v86'
import { createCpu } from '../../src/cpu/index.js'
import { createV86Cpu } from '../../src/embed/index.js'
import { cpuConformance } from './cpu-conformance.js'

const wasm = readFileSync(fileURLToPath(new URL('../../node_modules/v86/build/v86.wasm', import.meta.url)))

cpuConformance('the reference CPU', ['x86_64', 'i386'], () => createCpu())
cpuConformance('v86', ['i386'], () => createV86Cpu({ V86, wasm }), [
  { test: 'breakpoints stop before the instruction', reason: 'v86 has no breakpoints' },
  { test: 'the trap flag stops after each instruction', reason: 'v86 ignores the trap flag' },
])
