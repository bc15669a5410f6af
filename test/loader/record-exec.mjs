// Records how execve natively takes mutated programs and scripts: test/loader/native/exec.json. Needs gcc and root.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { buildSync } from 'esbuild'

const here = import.meta.dirname
const load = async (name) => {
  const { outputFiles } = buildSync({ entryPoints: [join(here, name)], bundle: true, format: 'esm', write: false })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}
const { headerMutations, mutate } = await load('mutations.ts')
const { SCRIPTS } = await load('scripts.ts')
const starts = JSON.parse(readFileSync(join(here, 'native/starts.json'), 'utf8'))
const programs = Object.fromEntries(['exec64', 'exec32', 'pie64', 'dynamic64', 'dynamic32'].map((name) => [name, gunzipSync(Buffer.from(starts[name].program, 'base64'))]))
const work = '/tmp/sk-start'
rmSync(work, { recursive: true, force: true })
mkdirSync(work)
try {
  execFileSync('gcc', ['-O1', '-o', join(work, 'oracle'), join(here, 'exec-oracle.c'), '-D_GNU_SOURCE'])
  execFileSync('gcc', ['-O1', '-static', '-o', join(work, 'show'), '-x', 'c', '-'], { input: '#include <stdio.h>\n#include <sys/auxv.h>\nint main(int c,char**v){for(int i=0;i<c;i++)printf("[%s]",v[i]);printf("=%s\\n",(char*)getauxval(31));return 0;}' })
  for (const name of ['interpreter64', 'interpreter32']) {
    writeFileSync(join(work, name), gunzipSync(Buffer.from(starts[name].program, 'base64')))
    chmodSync(join(work, name), 0o755)
  }
  writeFileSync(join(work, 'plain-text'), 'text\n')
  chmodSync(join(work, 'plain-text'), 0o755)
  const run = (bytes, name) => {
    const path = join(work, name)
    writeFileSync(path, bytes)
    chmodSync(path, 0o755)
    return execFileSync(join(work, 'oracle'), [path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], cwd: work }).trim()
  }
  const outcomes = headerMutations(programs, 160).map((mutation) => run(mutate(programs[mutation.base], mutation), 'program'))
  const scripts = []
  for (const [name, text] of Object.entries(SCRIPTS)) scripts.push([name, run(Buffer.from(text.replaceAll('@', work), 'latin1'), name)])
  writeFileSync(join(here, 'native/exec.json'), `${JSON.stringify({ outcomes, scripts: Object.fromEntries(scripts) })}\n`)
} finally {
  rmSync(work, { recursive: true })
}
