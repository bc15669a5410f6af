import { expect, test } from 'vitest'
import { isGenerated, librarySources } from './sources.js'

/** Files that may pass 500 lines, each with its reason: tables, where a split would only hide the order. */
const exceptions: Readonly<Record<string, string>> = {}

const lines = () => librarySources().filter((source) => !isGenerated(source)).map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))

test('no file is over 500 lines but generated ones and named tables', () => {
  expect(lines().filter((file) => file.lines > 500 && exceptions[file.path] === undefined)).toEqual([])
})

test('an exception that is no longer needed is removed', () => {
  const long = new Set(lines().filter((file) => file.lines > 500).map(({ path }) => path))
  expect(Object.keys(exceptions).filter((path) => !long.has(path))).toEqual([])
})

test('the median file has at most 120 lines and nine of ten at most 300', () => {
  const sorted = lines().map((file) => file.lines).sort((a, b) => a - b)
  expect(sorted[sorted.length >> 1]).toBeLessThanOrEqual(120)
  expect(sorted[Math.floor(sorted.length * 0.9)]).toBeLessThanOrEqual(300)
})
