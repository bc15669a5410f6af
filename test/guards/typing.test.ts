import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { lineOf, librarySources, parse } from './sources.js'
import type { Source } from './sources.js'

const definers = new Set(['defineSyscall', 'userSyscall', 'defineCompatSyscall'])

/** `any`, double casts and silenced checks; inside system call definitions every cast but `as const`. */
function loopholes(source: Source): string[] {
  const found: string[] = []
  const say = (node: ts.Node, what: string): void => void found.push(`${source.path}:${lineOf(source, node)}: ${what}`)
  const visit = (node: ts.Node, inHandler: boolean): void => {
    let inside = inHandler
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && definers.has(node.expression.text)) inside = true
    if (node.kind === ts.SyntaxKind.AnyKeyword) say(node, 'any')
    if (ts.isAsExpression(node) && !ts.isConstTypeReference(node.type)) {
      if (inside) say(node, 'a cast in a system call')
      else if (ts.isAsExpression(node.expression)) say(node, 'a double cast')
    }
    if (ts.isTypeAssertionExpression(node)) say(node, 'an angle-bracket cast')
    ts.forEachChild(node, (child) => visit(child, inside))
  }
  visit(source.tree, false)
  source.text.split('\n').forEach((line, i) => {
    if (/@ts-(ignore|expect-error|nocheck)|(oxlint|eslint|biome)-(disable|ignore)/.test(line)) found.push(`${source.path}:${i + 1}: a silenced check`)
  })
  return found
}

describe('typing', () => {
  test('no any, double cast or silenced check in src, and no cast in a system call', () => {
    expect(librarySources().flatMap(loopholes)).toEqual([])
  })

  test.each([
    ['export const f = (x: any) => x', 'any'],
    ['export const f = (x: A) => x as unknown as B', 'a double cast'],
    ["export const c = defineSyscall('a', { run: (task, a) => a as number })", 'a cast in a system call'],
    ['// @ts-ignore\nexport const f = 1', 'a silenced check'],
  ])('finds %s', (code, what) => {
    expect(loopholes(parse('src/syscalls/a.ts', code))).toEqual([expect.stringContaining(what)])
  })

  test('as const in a system call is no cast', () => {
    expect(loopholes(parse('src/syscalls/a.ts', "export const c = defineSyscall('a', { args: [['fd', int]] as const })"))).toEqual([])
  })
})
