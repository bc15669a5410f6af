import { describe, expect, test } from 'vitest'
import { parseCommandLine } from './arguments.js'

const run = { command: 'run', program: './a', args: [], strace: false, root: undefined, env: {}, profile: undefined, user: undefined, publish: [] }

describe('run', () => {
  test.each([
    [['run', './a'], run],
    [['run', './a', '--strace', '-x', 'b'], { ...run, args: ['--strace', '-x', 'b'] }],
    [['run', '--strace', './a'], { ...run, strace: true }],
    [['run', '--strace=out.txt', './a'], { ...run, strace: 'out.txt' }],
    [['run', '--', '--a'], { ...run, program: '--a' }],
    [['run', '--env', 'A=1', '--env=B=x=y', '--env', 'C=', './a'], { ...run, env: { A: '1', B: 'x=y', C: '' } }],
    [['run', '--root', 'tree', '--profile', 'current', '--user', '1000', '/bin/ls', '-la'], { ...run, program: '/bin/ls', args: ['-la'], root: 'tree', profile: 'current', user: 1000 }],
    [['run', '--user', '4294967294', './a'], { ...run, user: 4294967294 }],
    [['run', './a', '--', 'b'], { ...run, args: ['--', 'b'] }],
    [
      ['run', '--publish', '8080:80', '--publish=0.0.0.0:0:443', '--publish', '[::1]:81:82', './a'],
      { ...run, publish: [{ address: '127.0.0.1', host: 8080, guest: 80 }, { address: '0.0.0.0', host: 0, guest: 443 }, { address: '::1', host: 81, guest: 82 }] },
    ],
  ])('%j', (argv, expected) => {
    expect(parseCommandLine(argv)).toEqual(expected)
  })
})

describe('syscalls', () => {
  test.each([
    [['syscalls'], 'x86_64', 'text'],
    [['syscalls', '--arch', 'i386', '--json'], 'i386', 'json'],
    [['syscalls', '--format', 'header', '--arch=x32'], 'x32', 'header'],
  ])('%j', (argv, arch, format) => {
    expect(parseCommandLine(argv)).toEqual({ command: 'syscalls', arch, format })
  })
})

describe('information', () => {
  test.each([
    [['--help'], 'help', undefined], [['help', 'run'], 'help', 'run'], [['run', '--help'], 'help', 'run'], [['syscalls', '--help'], 'help', 'syscalls'], [['--version'], 'version', undefined],
  ])('%j', (argv, command, topic) => {
    expect(parseCommandLine(argv)).toEqual({ command, topic })
  })
})

describe('a wrong line says which option, what it expects and what it got', () => {
  test.each([
    [[], 'syscallkit: expected a command: run, syscalls or help'],
    [['walk'], "syscallkit: expected a command: run, syscalls or help, got 'walk'"],
    [['run'], 'syscallkit run: expected a PROGRAM, got none'],
    [['run', '--user', 'root', './a'], "syscallkit run: --user: expected a user id from 0 to 4294967294, got 'root'"],
    [['run', '--user', '4294967295', './a'], "syscallkit run: --user: expected a user id from 0 to 4294967294, got '4294967295'"],
    [['run', '--env', 'A', './a'], "syscallkit run: --env: expected NAME=VALUE, got 'A'"],
    [['run', '--env', '=1', './a'], "syscallkit run: --env: expected NAME=VALUE, got '=1'"],
    [['run', '--publish', '80', './a'], "syscallkit run: --publish: expected [ADDRESS:]HOSTPORT:GUESTPORT with ports up to 65535, got '80'"],
    [['run', '--publish', '80:65536', './a'], "syscallkit run: --publish: expected [ADDRESS:]HOSTPORT:GUESTPORT with ports up to 65535, got '80:65536'"],
    [['run', '--root'], 'syscallkit run: --root: expected a value, got none'],
    [['run', '--strace=', './a'], 'syscallkit run: --strace: expected --strace or --strace=FILE, got an empty FILE'],
    [['run', '--verbose', './a'], 'syscallkit run: --verbose: no such option; expected one of --strace, --root, --env, --profile, --user, --publish, --help'],
    [['run', '-s', './a'], 'syscallkit run: -s: no such option; expected one of --strace, --root, --env, --profile, --user, --publish, --help'],
    [['syscalls', '--arch', 'arm'], "syscallkit syscalls: --arch: expected one of x86_64, i386, x32, got 'arm'"],
    [['syscalls', '--json=1'], "syscallkit syscalls: --json: expected no value, got '1'"],
    [['syscalls', '--json', '--format', 'header'], 'syscallkit syscalls: --json, --format: expected one of them, got both'],
    [['syscalls', '--format', 'xml'], "syscallkit syscalls: --format: expected header, got 'xml'"],
    [['syscalls', 'read'], "syscallkit syscalls: expected no operand, got 'read'"],
  ])('%j', (argv, message) => {
    expect(() => parseCommandLine(argv)).toThrow(message)
  })
})
