import { expect, test } from 'vitest'
import * as numbers from './errno.js'
import { ERRNO, errnoName, strerror } from './errno-text.js'

test('every number has a name and a text, and every name its number', () => {
  const aliases = ['EWOULDBLOCK', 'EDEADLOCK', 'ENOTSUP'] // of EAGAIN, EDEADLK, EOPNOTSUPP
  for (const [name, value] of Object.entries(numbers)) if (!aliases.includes(name)) expect(errnoName(value)).toBe(name)
  expect(Object.keys(ERRNO).length).toBe(Object.keys(numbers).length - aliases.length)
  expect([numbers.EWOULDBLOCK, numbers.EDEADLOCK, numbers.ENOTSUP]).toEqual([numbers.EAGAIN, numbers.EDEADLK, numbers.EOPNOTSUPP])
})

test('texts are those of strerror(3)', () => {
  expect(strerror(2)).toBe('No such file or directory')
  expect(strerror(133)).toBe('Memory page has hardware error')
  expect(strerror(4095)).toBe('Unknown error 4095')
  expect(errnoName(41)).toBeUndefined() // EWOULDBLOCK's place on other systems; x86 has none
})

test('numbers of the kernel alone', () => {
  expect([numbers.ERESTARTSYS, numbers.ERESTARTNOINTR, numbers.ERESTARTNOHAND, numbers.ENOIOCTLCMD, numbers.ERESTART_RESTARTBLOCK]).toEqual([512, 513, 514, 515, 516])
})
