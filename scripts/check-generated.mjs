// Fails when a generated file of src/abi is not what its script writes. The checks that need gcc are left out, with a word, where there is none.
import { spawnSync } from 'node:child_process'

for (const script of ['generate-tables', 'renew-errno', 'renew-constants', 'renew-structs']) {
  const { status } = spawnSync(process.execPath, [new URL(`${script}.mjs`, import.meta.url).pathname, '--check'], { stdio: 'inherit' })
  if (status === 77) console.log(`${script}: not checked, there is no gcc`)
  else if (status === 0) console.log(`${script}: up to date`)
  else process.exitCode = 1
}
