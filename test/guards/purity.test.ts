import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { hostLayers } from '../../scripts/layers.mjs'
import { lineOf, librarySources, parse } from './sources.js'
import type { Source } from './sources.js'

const hostGlobals = new Set(['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'crypto', 'process', 'Buffer', 'globalThis', 'window', 'self', 'fetch'])

/** Uses of the host's clocks, chance and objects, which are injected instead. */
function hostUses(source: Source): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const parent = node.parent
    if (ts.isIdentifier(node)) {
      const isName = ts.isPropertyAccessExpression(parent) ? parent.name === node
        : ts.isQualifiedName(parent) ? parent.right === node
          : ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ('name' in parent && parent.name === node)
      // a calendar is no clock: Date with a time that is given
      const isCalendar = node.text === 'Date' && ((ts.isNewExpression(parent) && parent.arguments !== undefined && parent.arguments.length > 0) || (ts.isPropertyAccessExpression(parent) && parent.name.text === 'UTC'))
      if (!isName && !isCalendar && hostGlobals.has(node.text) && !locals(source).has(node.text)) found.push(`${source.path}:${lineOf(source, node)}: ${node.text}`)
      if (node.text === 'random' && ts.isPropertyAccessExpression(parent) && parent.expression.getText(source.tree) === 'Math') found.push(`${source.path}:${lineOf(source, node)}: Math.random`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source.tree)
  return found
}

/** Names a file declares anywhere, so that a field or parameter called `process` is not the host's. */
function locals(source: Source): Set<string> {
  const known = declared.get(source)
  if (known !== undefined) return known
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    if ((ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node) || ts.isBindingElement(node) || ts.isImportSpecifier(node)) && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(source.tree)
  declared.set(source, names)
  return names
}
const declared = new WeakMap<Source, Set<string>>()

/** Calls that run when a module is loaded and lack the pure mark, and other work at the top level. */
function impureTopLevel(source: Source): string[] {
  const found: string[] = []
  const say = (node: ts.Node, what: string): void => {
    found.push(`${source.path}:${lineOf(source, node)}: ${what}: ${node.getText(source.tree).split('\n')[0]!.slice(0, 60)}`)
  }
  const isMarked = (node: ts.Node): boolean => {
    const between = source.text.slice(node.getFullStart(), node.getStart(source.tree))
    return /\/\* @__PURE__ \*\/\s*$/.test(between) || /\/\* @__PURE__ \*\/\s*$/.test(source.text.slice(0, node.getStart(source.tree)))
  }
  const expression = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isTypeNode(node)) return
    if (ts.isClassLike(node)) {
      for (const member of node.members) {
        if (ts.isClassStaticBlockDeclaration(member)) say(member, 'static block')
        else if (ts.isPropertyDeclaration(member) && member.modifiers?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) && member.initializer !== undefined) expression(member.initializer)
      }
      return
    }
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      if (!isMarked(node)) say(node, 'a call without the pure mark')
    } else if (ts.isTaggedTemplateExpression(node)) say(node, 'a tagged template')
    else if (ts.isAwaitExpression(node)) say(node, 'top-level await')
    ts.forEachChild(node, expression)
  }
  for (const statement of source.tree.statements) {
    if (ts.isImportDeclaration(statement)) {
      if (statement.importClause === undefined) say(statement, 'an import for its side effects')
    } else if (ts.isVariableStatement(statement)) {
      for (const { initializer } of statement.declarationList.declarations) if (initializer !== undefined) expression(initializer)
    } else if (ts.isClassDeclaration(statement)) expression(statement)
    else if (ts.isEnumDeclaration(statement) || (ts.isModuleDeclaration(statement) && !statement.modifiers?.some((m) => m.kind === ts.SyntaxKind.DeclareKeyword))) say(statement, 'an enum or namespace')
    else if (!ts.isFunctionDeclaration(statement) && !ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement) && !ts.isExportDeclaration(statement) && !ts.isModuleDeclaration(statement)) say(statement, 'a statement')
  }
  return found
}

describe('time and chance', () => {
  test('nothing below the machine asks the host', () => {
    expect(librarySources().filter(({ path }) => !hostLayers.includes(path.split('/')[1]!)).flatMap(hostUses)).toEqual([])
  })

  test.each([['Date.now()', 'Date'], ['Math.random()', 'Math.random'], ['new Date()', 'Date'], ['f({ at: performance.now() })', 'performance'], ['setTimeout(f, 1)', 'setTimeout']])('finds %s', (code, name) => {
    expect(hostUses(parse('src/kernel/x.ts', `export const x = () => ${code}`))).toEqual([`src/kernel/x.ts:1: ${name}`])
  })

  test.each(['new Date(seconds * 1000)', 'Date.UTC(2000, 0)'])('allows the calendar: %s', (code) => {
    expect(hostUses(parse('src/kernel/x.ts', `export const x = () => ${code}`))).toEqual([])
  })

  test('a field or a parameter of the same name is no use of the host', () => {
    expect(hostUses(parse('src/kernel/x.ts', 'export const f = (process: Task) => process.crypto + it.performance'))).toEqual([])
  })
})

describe('loading a module does nothing', () => {
  test('every call at the top level has the pure mark', () => {
    // What the command starts with are programs, not modules of the library.
    expect(librarySources().filter(({ path }) => path !== 'src/cli/main.ts' && path !== 'src/cli/start.ts').flatMap(impureTopLevel)).toEqual([])
  })

  test.each(['register(a)', 'export const a = f()', 'export const a = { b: new Map() }', 'export let a = f()', "import './a.js'", 'class A { static { f() } }', 'class A { static a = f() }', 'export const a = b ? f() : 1', 'enum A { b }', 'a.b = 1', 'export const a = f`x`', 'export const a = /* @__PURE__ */ f(g())'])('finds %s', (code) => {
    expect(impureTopLevel(parse('src/a.ts', code))).toHaveLength(1)
  })

  test.each(['export const a = /* @__PURE__ */ f()', 'export const a = () => f()', 'export class A { b = f() }', 'export const a = { run() { return f() } }', 'export const a = /* @__PURE__ */ new Map()'])('allows %s', (code) => {
    expect(impureTopLevel(parse('src/a.ts', code))).toEqual([])
  })
})
