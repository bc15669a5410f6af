// Runs a case on the machine's own Linux, under strace, in a world made like the guest's: its own mount, process and
// host name namespaces, an empty tmpfs as root with /dev, /proc, /tmp, the program and its data, Linux's default limits,
// addresses not randomised, one processor, stdin, stdout and stderr pipes (or stdin /dev/null). Needs root, unshare, strace and chroot.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environment } from './cases.mjs'
import { makeFolder, rootEntries } from './tree.mjs'

const tools = { strace: '/usr/bin/strace', chroot: '/usr/sbin/chroot', unshare: '/usr/bin/unshare', prlimit: '/usr/bin/prlimit', setarch: '/usr/bin/setarch', taskset: '/usr/bin/taskset' }
// INIT_RLIMITS (include/asm-generic/resource.h); the machine's own may differ.
const limits = ['--nofile=1024:4096', '--core=0:unlimited', '--stack=8388608:unlimited', '--memlock=8388608:8388608', '--data=unlimited', '--as=unlimited']

/** Why this machine cannot run cases natively, or null. */
export function nativeMissing() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'not Linux on x86_64'
  if (process.getuid() !== 0) return 'not root'
  for (const [name, path] of Object.entries(tools)) if (!existsSync(path)) return `no ${name}`
  return null
}

/** Runs `program` (bytes) as /bin/NAME. @returns stdout, stderr (Buffers), status as a shell sees it, strace (text) */
export function runNative({ name, bytes, args, stdin }) {
  const dir = mkdtempSync(join(tmpdir(), 'native-'))
  try {
    writeFileSync(join(dir, 'program'), bytes)
    writeFileSync(join(dir, 'case.json'), JSON.stringify({ name, args }))
    if (stdin !== null) writeFileSync(join(dir, 'stdin'), stdin, 'latin1')
    const child = [process.execPath, fileURLToPath(import.meta.url), dir]
    const ran = spawnSync(tools.unshare, ['-m', '-u', '-n', '-p', '-f', '--kill-child', ...child], { encoding: 'utf8', timeout: 60_000 })
    if (ran.status !== 0) throw new Error(`native run of ${name} ${args.join(' ')}: ${ran.stderr || String(ran.error)}`)
    const read = (file) => readFileSync(join(dir, file))
    const lines = read('strace').toString('latin1').split('\n')
    const start = lines.findLastIndex((line) => line.startsWith(`execve("/bin/${name}"`) && line.endsWith(' = 0'))
    return { stdout: read('stdout'), stderr: read('stderr'), status: Number(read('status')), strace: lines.slice(start).join('\n') }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/**
 * Starts a case in the same world under `ptracer` (ptracer.c) instead of strace, in the machine's own process ids, so
 * that the caller can look into its memory. Its stops come through the FIFO `events`; a byte into `go` lets it go on.
 */
export function startPtraced({ name, bytes, args, stdin, tracer, dir }) {
  writeFileSync(join(dir, 'program'), bytes)
  writeFileSync(join(dir, 'case.json'), JSON.stringify({ name, args, tracer }))
  if (stdin !== null) writeFileSync(join(dir, 'stdin'), stdin, 'latin1')
  for (const fifo of ['events', 'go']) spawnSync('mkfifo', [join(dir, fifo)])
  const line = 'timeout 30 unshare -m -u -n "$0" "$1" "$2"; echo Z 1<>"$2/events" >"$2/events"'
  return spawn('bash', ['-c', line, process.execPath, fileURLToPath(import.meta.url), dir], { stdio: ['ignore', 'ignore', 'inherit'] })
}

// Inside the namespaces, as process 1.
function inside(dir) {
  const run = (command, ...args) => {
    const ran = spawnSync(command, args, { encoding: 'utf8' })
    if (ran.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${ran.stderr}`)
  }
  const { name, args, tracer } = JSON.parse(readFileSync(join(dir, 'case.json'), 'utf8'))
  const root = join(dir, 'root')
  process.umask(0)
  mkdirSync(root)
  run('mount', '--make-rprivate', '/')
  run('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', root)
  makeFolder(root, rootEntries(name, readFileSync(join(dir, 'program'))))
  const devices = { null: 3, zero: 5, full: 7, random: 8, urandom: 9 }
  for (const [device, minor] of Object.entries(devices)) run('mknod', '-m', '666', join(root, 'dev', device), 'c', '1', String(minor))
  run('mknod', '-m', '666', join(root, 'dev', 'tty'), 'c', '5', '0')
  run('mount', '-t', 'proc', 'proc', join(root, 'proc'))
  if (!tracer) run('mount', '-t', 'proc', 'proc', '/proc')
  writeFileSync('/proc/sys/kernel/hostname', 'syscallkit')
  run('ip', 'link', 'set', 'lo', 'up')
  process.umask(0o22)
  const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`
  const command = [
    'env', '-i', ...environment, tools.setarch, '-R', tools.prlimit, ...limits, tools.taskset, '-c', '0',
    ...(tracer ? [tracer, join(dir, 'events'), join(dir, 'go'), root] : [tools.strace, '-o', join(dir, 'strace'), tools.chroot, root]),
    `/bin/${name}`, ...args,
  ]
  const input = existsSync(join(dir, 'stdin')) ? `cat ${quote(join(dir, 'stdin'))} |` : ''
  const output = `{ { { ( exec ${command.map(quote).join(' ')} 2>&3 3>&- ); echo $? >${quote(join(dir, 'status'))}; } | cat >${quote(join(dir, 'stdout'))}; } 3>&1 | cat >${quote(join(dir, 'stderr'))}; }`
  writeFileSync(join(dir, 'run.sh'), `${input} ${output}\n`)
  const ran = spawnSync('bash', [join(dir, 'run.sh')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  if (ran.status !== 0) throw new Error(ran.stderr)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) inside(process.argv[2])
