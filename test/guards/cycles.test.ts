import { expect, test } from 'vitest'
import { importsOf, librarySources } from './sources.js'

/** Cycles of a graph, each as a path that returns to its start. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const state = new Map<string, 'open' | 'done'>()
  const found: string[] = []
  const walk = (node: string, path: readonly string[]): void => {
    if (state.get(node) === 'done') return
    if (state.get(node) === 'open') {
      found.push([...path.slice(path.indexOf(node)), node].join(' -> '))
      return
    }
    state.set(node, 'open')
    for (const next of graph.get(node) ?? []) walk(next, [...path, node])
    state.set(node, 'done')
  }
  for (const node of graph.keys()) walk(node, [])
  return found
}

test('no file imports itself by way of others (types aside, which leave nothing behind)', () => {
  const graph = new Map(librarySources().map((source) => [source.path, importsOf(source).flatMap(({ target, typeOnly }) => (target === null || typeOnly ? [] : [target]))]))
  expect(cycles(graph)).toEqual([])
})

test('a cycle of three is found', () => {
  expect(cycles(new Map([['a', ['b']], ['b', ['c']], ['c', ['a']], ['d', ['a']]]))).toEqual(['a -> b -> c -> a'])
})
