import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { normaliseStrace } from './normalise.js'

const one = (line: string, arch: 'x86_64' | 'i386' = 'x86_64'): string => normaliseStrace([line], arch)[0]!

describe('what a comparison of strace logs overlooks', () => {
  test('addresses of mappings and stack: the same value keeps the same name, offsets in a page stay', () => {
    const lines = ['munmap(0x7ffff7ff6000, 4096)            = 0', 'write(1, 0x7ffff7ff6010, 4) = 4', 'read(0, 0x7fffffffe000, 1) = 1', 'munmap(0x7ffff7ff5000, 1) = 0']
    expect(normaliseStrace(lines, 'x86_64')).toEqual(['munmap(<map1>, 4096) = 0', 'write(1, <map1>+0x10, 4) = 4', 'read(0, <stack1>, 1) = 1', 'munmap(<map2>, 1) = 0'])
  })
  test('the heap by its distance from where it starts', () => {
    expect(normaliseStrace(['brk(NULL) = 0x5ec000', 'brk(0x60dd40) = 0x60dd40'], 'x86_64')).toEqual(['brk(NULL) = <heap+0x0>', 'brk(<heap+0x21d40>) = <heap+0x21d40>'])
  })
  test('process ids, by what they are', () => {
    const lines = ['getpid() = 30', 'kill(30, SIGUSR1) = 0', '--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=30, si_uid=0} ---', 'getppid() = 27']
    expect(normaliseStrace(lines, 'i386')).toEqual(['getpid() = <self>', 'kill(<self>, SIGUSR1) = 0', '--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=<self>, si_uid=0} ---', 'getppid() = <pid>'])
  })
  test('times that were read or are left, not times that were asked for', () => {
    expect(one('clock_gettime(CLOCK_REALTIME, {tv_sec=1795295321, tv_nsec=373206328}) = 0')).toBe('clock_gettime(CLOCK_REALTIME, {tv_sec=<time>, tv_nsec=<time>}) = 0')
    expect(one('nanosleep({tv_sec=20, tv_nsec=0}, {tv_sec=19, tv_nsec=997083287}) = ? X')).toBe('nanosleep({tv_sec=20, tv_nsec=0}, {tv_sec=<time>, tv_nsec=<time>}) = ? X')
    expect(one('time([1795295454 /* 2026-11-21T21:10:54+0000 */]) = 1795295454 (2026-11-21T21:10:54+0000)')).toBe('time([<time>]) = <time>')
  })
  test('random bytes', () => {
    expect(one('getrandom("\\xff\\xbc\\x22", 4, GRND_NONBLOCK) = 4')).toBe('getrandom("<random>", 4, GRND_NONBLOCK) = 4')
  })
})

describe('what it does not overlook', () => {
  test.each([
    'mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE|0x10000000 /* MAP_??? */, -1, 0) = -1 EINVAL (Invalid argument)',
    'rt_sigaction(SIGSEGV, {sa_handler=0x40187c, sa_mask=[], sa_flags=SA_RESTORER, sa_restorer=0x40240f}, NULL, 8) = 0',
    'kill(999999, 0) = -1 ESRCH (No such process)',
    'getitimer(ITIMER_REAL, {it_interval={tv_sec=0, tv_usec=2000}, it_value={tv_sec=0, tv_usec=0}}) = 0',
    'write(1, "0x7ffff7ff6000", 14) = 14',
  ])('%s', (line) => expect(one(line)).toBe(line))
  test('every golden still tells its lines apart: no line is renamed away', () => {
    const text = readFileSync(fileURLToPath(new URL('goldens/x86_64/calls-mm.txt', import.meta.url)), 'utf8')
    const lines = text.split('\n').filter((line) => line.startsWith('s| ')).map((line) => line.slice(3))
    const after = normaliseStrace(lines, 'x86_64')
    expect(after.length).toBe(lines.length)
    expect(after.filter((line) => line.includes('<map')).length).toBeGreaterThan(50)
    expect(after.at(-1)).toBe('+++ exited with 0 +++')
  })
})
