/**
 * Builds the reference CPU's executor: writes its switch and its constants from src/cpu/as/op-table.mjs and the layouts
 * in TypeScript, compiles it with asc, and leaves in src/cpu/generated (not committed)
 *
 *   op-codes.ts       numbers of the ops, for the decoder
 *   executor-wasm.ts  the module as base64, which works in Node, browsers and bundlers alike
 *
 * Run by `node scripts/build-cpu.mjs`; does nothing when no source changed (`--force` builds anyway).
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const out = join(root, 'src/cpu/generated')
/** AssemblyScript is kept apart: it is not TypeScript, and tsc must not see it. */
const outAs = join(root, 'src/cpu/as/generated')
/** Bytes of source of the ops that one function does; small enough to be compiled quickly when the first of them is met. */
const FUNCTION_SOURCE = 20_000
/** Where static data of the AssemblyScript modules may lie: between the TLBs and the first frame. */
const STATIC_BASE = 0x19000
const STATIC_END = 0x20000

async function layouts() {
  const result = await build({
    stdin: {
      contents: `export * from './src/cpu/control.ts'; export * from './src/memory/layout.ts'; export * from './src/arch/x86/context-layout.ts'`,
      resolveDir: root, loader: 'ts',
    },
    bundle: true, write: false, format: 'esm', absWorkingDir: root,
  })
  return import('data:text/javascript;base64,' + Buffer.from(result.outputFiles[0].text).toString('base64'))
}

function constants(l) {
  const lines = ['// Written by scripts/build-cpu.mjs; do not edit.']
  const put = (name, value) => lines.push(`export const ${name}: u32 = ${value}`)
  put('EXIT', l.CONTROL.exitOp)
  for (const [k, v] of Object.entries(l.CONTROL)) if (!k.startsWith('bounce') && k !== 'exitOp') put(`C_${k}`, v)
  for (const f of ['R', 'A', 'B', 'K']) put(`F_${f.toLowerCase()}`, l.CONTROL[`flags${f}`])
  put('BOUNCE_R', l.CONTROL.bounceRead)
  put('BOUNCE_W', l.CONTROL.bounceWrite)
  put('T_READ', l.TLB_READ)
  put('T_WRITE', l.TLB_WRITE)
  put('T_CODE', l.TLB_CODE)
  put('CODE_ENTRIES', l.TLB_CODE_ENTRIES)
  for (const [k, v] of Object.entries(l.PT_REGS)) put(`R_${k}`, v)
  for (const k of ['zero', 'tmp0', 'tmp1', 'fpu']) put(`R_${k}`, l.THREAD[k])
  return lines.join('\n') + '\n'
}

/** A case of a switch over op numbers. */
const caseOf = (number, body, family) => `      case ${number}: { ${body.trim().replace(/;$/, '')}${/\bbreak$/.test(body.trim()) ? '' : '; break'} } // ${family}`

const functionOf = (name, cases) => `
function ${name}(o: u32, ip: u32, regs: u32, mask: u64): u32 {
  switch (<i32>load<u16>(o)) {
${cases.join('\n')}
      default: unreachable()
  }
  return ip
}`

/** Functions that do the ops in full, each a run of numbers; the loop's cases; and the decoder's numbers. */
function switchAndCodes({ OPS, VECTOR_CODES, inFull, inLoop }, hot) {
  const cases = [], functions = []
  const codes = ['// Written by scripts/build-cpu.mjs; do not edit.', '/** Number of the first op of each family; see src/cpu/as/op-table.mjs. */', 'export const OP = {']
  let n = 0, size = Infinity
  for (const { family, cases: list } of OPS) {
    codes.push(`  ${family}: ${n},`)
    list.forEach((body, k) => {
      if (family === 'EXIT') return cases.push(caseOf(n++, body, family))
      if (size > FUNCTION_SOURCE) { functions.push([]); size = 0 }
      const full = caseOf(n, inFull(body), family)
      functions.at(-1).push(full)
      size += full.length
      const call = `ip = ops${functions.length}(o, ip, regs, mask)`
      cases.push(hot[family]?.includes(k) ? caseOf(n, inLoop(body, call), family) : `      case ${n}: ${call}; break // ${family}`)
      n++
    })
  }
  codes.push('} as const', `/** How many ops there are. */`, `export const OP_COUNT = ${n}`,
    '/** Codes of src/cpu/sse-table.ts by their place in VECTOR_RR and VECTOR_RM. */', `export const VECTOR_CODES: readonly (readonly number[])[] = ${JSON.stringify(VECTOR_CODES)}`, '')
  return { functions: functions.map((list, i) => functionOf(`ops${i + 1}`, list)).join('\n'), cases: cases.join('\n'), codes: codes.join('\n') }
}

function digest() {
  const hash = createHash('sha256')
  const add = (f) => hash.update(f).update(readFileSync(join(root, f)))
  for (const f of readdirSync(join(root, 'src/cpu/as')).sort()) if (f !== 'generated') add(`src/cpu/as/${f}`)
  for (const f of ['scripts/build-cpu.mjs', 'src/cpu/control.ts', 'src/memory/layout.ts', 'src/arch/x86/context-layout.ts']) add(f)
  return hash.digest('hex')
}

/** Writes by renaming, so that a reader never sees half a file. */
function replace(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  writeFileSync(`${path}.${process.pid}`, text)
  renameSync(`${path}.${process.pid}`, path)
}

/** Builds the executor when a source changed. Throws with the compiler's messages. */
export async function buildCpu({ force = false } = {}) {
  const stamp = join(out, 'digest.txt')
  const id = digest()
  if (!force && existsSync(stamp) && readFileSync(stamp, 'utf8') === id) return false
  for (const folder of [out, outAs]) mkdirSync(folder, { recursive: true })
  const { HOT } = await import('../src/cpu/as/hot-ops.mjs')
  const { functions, cases, codes } = switchAndCodes(await import('../src/cpu/as/op-table.mjs'), HOT)
  replace(join(outAs, 'constants.ts'), constants(await layouts()))
  const fp = ['sse', 'x87'].map((name) =>
    existsSync(join(root, `src/cpu/as/${name}.ts`)) ? `import { ${name} } from '../${name}'`
      : name === 'sse' ? 'function sse(c: i32, d: usize, s: usize, i: i32, r: usize): i32 { return -4 }'
        : 'function x87(c: i32, r: usize, p: usize, i: i32): i32 { return -4 }')
  const template = readFileSync(join(root, 'src/cpu/as/run.template.ts'), 'utf8')
  replace(join(outAs, 'run.ts'), template.replace('/* FP IMPORTS */', fp.join('\n')).replace('/* FUNCTIONS */', () => functions).replace('/* CASES */', () => cases))
  const asc = await import('assemblyscript/asc')
  const files = new Map()
  const { error, stderr } = await asc.main([
    'src/cpu/as/generated/run.ts', '--baseDir', root, '--runtime', 'stub', '--importMemory', '--noExportMemory', '--memoryBase', String(STATIC_BASE),
    '-O3', '--noAssert', '--enable', 'simd', '--outFile', 'executor.wasm', '--textFile', 'executor.wat',
    ...(process.env.SYSCALLKIT_CPU_NAMES ? ['--debug'] : []),
  ], {
    readFile: (name, base) => { try { return readFileSync(join(base, name), 'utf8') } catch { return null } },
    writeFile: (name, data) => { files.set(name, data) },
    listFiles: () => [],
  })
  if (error) throw new Error(`build-cpu: ${error.message}\n${stderr.toString()}`)
  const wat = String(files.get('executor.wat'))
  const end = Math.max(0, ...[...wat.matchAll(/global \$~lib\/memory\/__(?:heap_base|data_end) i32 \(i32\.const (\d+)\)/g)].map((m) => Number(m[1])))
  if (end > STATIC_END) throw new Error(`build-cpu: static data ends at ${end}, beyond ${STATIC_END}`)
  const wasm = Buffer.from(files.get('executor.wasm'))
  replace(join(out, 'op-codes.ts'), codes)
  replace(join(out, 'executor-wasm.ts'), `// Written by scripts/build-cpu.mjs; do not edit.\n/** The executor, a WebAssembly module in base64. */\nexport const EXECUTOR_WASM = '${wasm.toString('base64')}'\n`)
  replace(stamp, id)
  return true
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const start = Date.now()
  const built = await buildCpu({ force: process.argv.includes('--force') })
  console.log(built ? `executor built in ${Date.now() - start} ms` : 'executor is up to date')
}
