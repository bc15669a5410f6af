import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { replay, scenarios } from './replay.js'

const read = (name: string): string => readFileSync(`${import.meta.dirname}/../native/files/${name}`, 'latin1')
const script = scenarios(read('scenarios.txt'))
const golden = scenarios(read('golden.txt'))

test('the recorded results are those of the script', () => {
  expect([...golden.keys()]).toEqual([...script.keys()])
})

/** Results, errors, data and attributes are those that Linux gave on a tmpfs (test/native/files/record.mjs). */
test.each([...script])('%s: every call gives what Linux gives', (title, lines) => {
  expect(replay(lines)).toEqual(golden.get(title))
})
