import { expect, test } from 'vitest'
import { Bench, MEMORY, type TestTask } from '../../test/fs/harness.js'
import { EACCES, EPERM } from '../abi/errno.js'
import { OPEN_FLAGS } from '../abi/flags/open.js'
import { mount } from '../syscalls/files/mount.js'
import { mkdir, renameCall, rmdir, symlink } from '../syscalls/files/names.js'
import { openCall } from '../syscalls/files/open.js'
import { newstat } from '../syscalls/files/stat.js'
import { statfs } from '../syscalls/files/statfs.js'

/** A task with /sys mounted as `mount -t sysfs none /sys` does it. */
function mounted(): { bench: Bench; task: TestTask } {
  const bench = new Bench()
  const task = bench.task()
  expect(bench.call(task, mkdir, '/sys', 0o755)).toBe(0)
  expect(bench.call(task, mount, 'none', '/sys', 'sysfs', 0, 0)).toBe(0)
  return { bench, task }
}

/** As natively: 40555 with a link for each folder, 40755 below. */
test('a program mounts sysfs: folders that are always there', () => {
  const { bench, task } = mounted()
  const modeOf = (path: string): string => {
    expect(bench.call(task, newstat, path, MEMORY)).toBe(0)
    return task.memory.getU32(MEMORY + 24).toString(8)
  }
  expect(modeOf('/sys')).toBe('40555')
  for (const name of ['block', 'bus', 'class', 'dev', 'devices', 'firmware', 'fs', 'kernel', 'module', 'power']) expect(modeOf(`/sys/${name}`)).toBe('40755')
  expect(bench.call(task, statfs, '/sys', MEMORY)).toBe(0)
  expect(task.memory.getU32(MEMORY)).toBe(0x62656572)
})

/** Errors as natively. */
test('nobody but the kernel makes or removes anything in it', () => {
  const { bench, task } = mounted()
  expect(bench.call(task, mkdir, '/sys/zz', 0o755)).toBe(-EPERM)
  expect(bench.call(task, openCall, '/sys/zz', OPEN_FLAGS.O_CREAT | OPEN_FLAGS.O_RDWR, 0o644)).toBe(-EACCES)
  expect(bench.call(task, rmdir, '/sys/class')).toBe(-EPERM)
  expect(bench.call(task, renameCall, '/sys/class', '/sys/klass')).toBe(-EPERM)
  expect(bench.call(task, symlink, 'a', '/sys/klass')).toBe(-EPERM)
})
