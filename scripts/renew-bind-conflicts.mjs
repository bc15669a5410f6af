// Renews test/net/goldens/bind-conflicts.txt: random scenarios of bind, listen and connect with this kernel's answers. Linux with gcc and unshare.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../test/net/${path}`, import.meta.url))
let state = 12345
const below = (n) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return (state >>> 8) % n
}
const pick = (list) => list[below(list.length)]
const FOUR = ['0.0.0.0', '127.0.0.1', '127.0.0.2'], SIX = ['::', '::1', '::ffff:127.0.0.1', '::ffff:0.0.0.0']
const flag = (letter, odds) => (below(odds) === 0 ? letter : '')

/** Sockets are made and bound one after the other, most to the same port, and then do something. */
function scenario() {
  const words = [], families = []
  for (let i = 0; i < 2 + below(4); i++) {
    const six = below(2) === 1
    families.push(six)
    words.push(`s${six ? 6 : 4}${flag('a', 2)}${flag('p', 3)}${six ? flag('o', 4) : ''}${flag('d', 8)}${flag('n', 8)}`)
    words.push(`b${i}-${pick(six ? SIX : FOUR)}-${pick('PPPP0')}`)
    const more = below(8)
    if (more < 3) words.push(`l${i}`)
    else if (more === 3) words.push(`c${i}-${six ? pick(['::1', '::ffff:127.0.0.1']) : '127.0.0.1'}`)
    const other = below(i + 1)
    if (below(6) === 0) words.push(`${pick('aApxdl')}${other}`)
  }
  return words.join(' ')
}

const folder = mkdtempSync(`${tmpdir()}/bind-`)
execFileSync('gcc', ['-O1', '-o', `${folder}/run`, at('native/bind-conflicts.c')])
const lines = Array.from({ length: 3000 }, scenario).join('\n')
const answers = execFileSync('unshare', ['-r', '-n', 'sh', '-c', `ip link set lo up; ${folder}/run`], { input: `${lines}\n`, encoding: 'utf8' })
writeFileSync(at('goldens/bind-conflicts.txt'), answers)
rmSync(folder, { recursive: true })
