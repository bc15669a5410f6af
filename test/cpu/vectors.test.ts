import { describe, expect, test } from 'vitest'
import { readVectors, Replayer } from './vectors/replay.js'

describe.each([['64-bit', true], ['32-bit', false]] as const)('%s integer instructions do what a real processor did', (_, is64) => {
  const file = readVectors(`integer-${is64 ? 64 : 32}.json.gz`)
  const replayer = new Replayer(is64)
  const byForm = new Map<string, number[]>()
  file.vectors.forEach((v, i) => {
    const name = file.forms[v[0]]!
    // Groups of forms by their first mnemonic, so that the list of tests is readable; the message names the form.
    const key = name.split(' / ')[0]!.split(' ').slice(0, name.startsWith('lock') || name.startsWith('rep') ? 2 : 1).join(' ')
    byForm.set(key, [...(byForm.get(key) ?? []), i])
  })
  test.each([...byForm])('%s', (_name, list) => {
    const wrong: string[] = []
    for (const i of list) {
      const v = file.vectors[i]!
      const differences = replayer.replay(v)
      if (differences.length > 0) wrong.push(`${file.forms[v[0]]} [${v[1]}] seed ${v[3]}: ${differences.join('; ')}`)
    }
    expect(wrong.slice(0, 8).join('\n'), `${wrong.length} of ${list.length} vectors`).toBe('')
  })
  test('the vectors cover every form', () => {
    const seen = new Set(file.vectors.map((v) => v[0]))
    expect(file.forms.filter((_f, i) => !seen.has(i))).toEqual([])
  })
})
