// What is run natively and under the library. Plain data: scripts/renew-goldens.mjs and the tests both read it.

/** Environment of every case. */
export const environment = ['PATH=/bin', 'HOME=/']

const both = ['x86_64', 'i386']

const plain = [
  ['hello-asm', []],
  ['hello', []],
  ['calls-files', []],
  ['calls-fd', []],
  ['calls-mm', []],
  ['calls-signals', []],
  ['calls-time', []],
  ['calls-clock', []],
  ['calls-process', []],
  ['calls-special', []],
  ['calls-paths', []],
  ['calls-errors', []],
  ['calls-limits', []],
  ['calls-inotify', []],
  ['calls-ldt', []],
  ['scene-names', []],
  ['scene-stat', []],
  ['scene-splice', []],
  ['families', []],
  ['job-control', []],
  ['calls-schedule', []],
  ['calls-attributes', []],
  ['calls-flags', []],
  ['calls-rights', []],
  ['calls-unix', []],
  ['calls-inet', []],
  ['calls-groups', []],
  ['calls-interfaces', []],
  ['errors-sockets', []],
  ['calls-libc', ['first', 'second argument', '']],
].map(([program, args]) => ({ group: program, program, args, archs: both, stdin: program === 'calls-libc' ? 'some words\non two lines\n' : null }))

const gates = [
  { args: [], archs: both },
  { args: ['d'], archs: ['x86_64'] },
  { args: ['6'], archs: ['i386'] },
].map((c) => ({ group: 'gates', program: 'gates', stdin: null, ...c }))

const everywhere = [
  'null-read', 'null-write', 'null-exec', 'high-read', 'read-only', 'text-write', 'nx-data', 'prot-none', 'crossing', 'div-zero', 'div-overflow',
  'ud2', 'hlt', 'cli', 'in', 'mov-cr0', 'load-ds', 'int3', 'int-3', 'int-0d', 'int-81', 'misaligned-sse', 'stack-overflow', 'bus',
  'sse-invalid', 'sse-divide', 'sse-overflow', 'sse-underflow', 'sse-inexact', 'x87-invalid', 'x87-divide', 'x87-overflow', 'x87-underflow',
  'x87-inexact', 'x87-stack', 'single-step', 'alignment', 'abort', 'many-bytes',
]
const faults = [
  ...everywhere.map((name) => [name, both]),
  ...['into', 'int-4', 'int-5', 'bound', 'segment-limit'].map((name) => [name, ['i386']]),
  ...['non-canonical', 'non-canonical-stack', 'non-canonical-jump'].map((name) => [name, ['x86_64']]),
].flatMap(([name, archs]) => [[name], [name, 'handled']].map((args) => ({ group: 'faults', program: 'faults', args, archs, stdin: null })))

const busybox = [
  ['ls', '-la', '/data/tree'],
  ['ls', '-laR', '/data/tree'],
  ['ls', '-ln', '/data/words.txt', '/data/missing'],
  ['cat', '/data/poem.txt'],
  ['cat', '/data/poem.txt', '/data/missing', '-'],
  ['wc', '/data/words.txt', '/data/poem.txt'],
  ['sort', '/data/words.txt'],
  ['sort', '-rn', '-k2', '/data/table.txt'],
  ['grep', '-n', 'th[ei]', '/data/poem.txt'],
  ['grep', '-r', 'needle', '/data/tree'],
  ['grep', 'absent', '/data/poem.txt'],
  ['sed', '-n', 's/\\([a-z]*\\) \\(.*\\)/\\2 \\1/p', '/data/table.txt'],
  ['awk', '{ sum += $2; n[$3]++ } END { printf "%d %.3f\\n", sum, sum / NR; for (k = 0; k < 4; k++) print k, n[k] }', '/data/table.txt'],
  ['sha256sum', '/data/words.txt', '/data/random.bin'],
  ['tar', '-tvf', '/data/archive.tar'],
  ['tar', '-xf', '/data/archive.tar', '-C', '/tmp'],
  ['tar', '-cf', '-', '-C', '/data', 'tree'],
  ['gzip', '-c', '/data/words.txt'],
  ['gzip', '-dc', '/data/words.gz'],
  ['find', '/data/tree'],
  ['find', '/data/tree', '-type', 'f', '-size', '-2', '-name', '*.txt'],
  ['date', '-u', '-d', '@1234567890'],
  ['date', '-u', '-r', '/data/poem.txt', '+%F %T'],
  ['od', '-A', 'x', '-t', 'x1', '/data/random.bin'],
  ['od', '-c', '/data/poem.txt'],
  ['head', '-n', '3', '/data/words.txt'],
  ['tail', '-n', '3', '/data/words.txt'],
  ['cp', '/data/poem.txt', '/tmp/copy'],
  ['true'],
  ['false'],
].map((args) => ({ group: 'busybox', program: 'busybox', args, archs: both, stdin: args.includes('-') && args[0] === 'cat' ? 'from stdin\n' : null }))

const own = ['calls-old', 'calls-socketcall'].map((program) => ({ group: program, program, args: [], archs: ['i386'], stdin: null }))

const peers = Object.entries({
  'scene-servers': ['http', 'echo-level', 'echo-edge', 'chat', 'files', 'storm', 'workers', 'proxy', 'signals', 'exclusive'],
  'scene-control': ['times', 'ipv4', 'overflow', 'ipv6', 'given', 'sticky', 'user'],
  'scene-sockets': ['pktinfo', 'ping', 'raw-ping', 'descriptors', 'dual', 'names', 'info'],
}).flatMap(([program, scenes]) => scenes.map((scene) => ({ group: program, program, args: [scene], archs: both, stdin: null })))

const connections = ['linger', 'signals', 'states', 'fast-open'].map((scene) => ({ group: 'scene-connections', program: 'scene-connections', args: [scene], archs: both, stdin: null }))

/** Every case that has a golden. */
export const cases = [...connections, ...plain, ...own, ...peers, ...gates, ...faults, ...busybox]

/** Programs linked with glibc, built where gcc is: compared with a native run, not with a golden. */
export const glibcCases = [
  { group: 'glibc', program: 'hello', args: [], archs: both, stdin: null },
  { group: 'glibc', program: 'calls-libc', args: ['first', 'second argument', ''], archs: both, stdin: 'some words\non two lines\n' },
]
