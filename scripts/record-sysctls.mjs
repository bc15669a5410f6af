/**
 * Records, in the network namespace that it runs in, what each knob of /proc/sys/net makes of a list of writes
 * (test/sockets/sysctls.golden.txt) and the numbers that it takes (facts/net-sysctl-ranges.txt). Run by scripts/renew-net.mjs.
 */
import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const header = (text) => `# ${text}, Linux 6.18; recorded by scripts/record-sysctls.mjs\n`
/** Those that count in jiffies: this machine's are 4 ms. And the algorithms, which are the machine's own. */
const skipped = /icmp_ratelimit|tcp_invalid_ratelimit|ipfrag_time|ip6frag_time|congestion_control|_thresh$/
const values = ['-1', '0', '1', '2', '3', '4', '255', '256', '65535', '65536', '1000000', '2147483647', '2147483648', '4294967295', '4294967296', '-2147483649',
  '', ' ', 'x', '5x', ' 7\n', '7 8', '0x10', '010', '+3', '1.5', '-']

/** 'ok', or the name of the error. */
function write(path, text) {
  const fd = openSync(path, 'r+')
  try {
    writeSync(fd, text)
    return 'ok'
  } catch ({ code }) {
    return code
  } finally {
    closeSync(fd)
  }
}
const read = (path) => readFileSync(path, 'utf8').trimEnd()

/** The last number that is taken, from one that is towards `limit`. */
function bound(path, inside, limit) {
  let taken = inside, refused = limit + Math.sign(limit - inside)
  if (write(path, String(limit)) === 'ok') return limit
  while (Math.abs(refused - taken) > 1) {
    const middle = Math.trunc((taken + refused) / 2)
    if (write(path, String(middle)) === 'ok') taken = middle
    else refused = middle
  }
  return taken
}

const paths = readFileSync(new URL('facts/net-sysctls.txt', root), 'utf8').split('\n').filter((line) => line.includes(' =')).map((line) => line.split(' ')[0])
const writes = [], ranges = []
for (const path of paths) {
  const file = `/proc/sys/net/${path}`
  if (skipped.test(path) || !existsSync(file)) continue
  try {
    closeSync(openSync(file, 'r+'))
  } catch {
    continue
  }
  const start = read(file)
  const restore = () => write(file, `${start}\n`)
  for (const value of values) {
    const result = write(file, value)
    writes.push([path, JSON.stringify(value), result === 'ok' ? read(file).replaceAll('\t', ' ') : result].join('\t'))
    restore()
  }
  if (/^-?\d+$/.test(start)) ranges.push(`${path} ${bound(file, Number(start), -(2 ** 31))} ${bound(file, Number(start), 2 ** 53 - 1)}`)
  restore()
}
writeFileSync(new URL('test/sockets/sysctls.golden.txt', root), `${header('What each knob of net makes of writes: its path, what was written, the error or what it then says')}${writes.join('\n')}\n`)
writeFileSync(new URL('facts/net-sysctl-ranges.txt', root), `${header('The numbers that the knobs of net take')}${ranges.join('\n')}\n`)
