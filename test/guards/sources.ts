import { readdirSync, readFileSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The repository's root folder, without a final slash. */
export const rootFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** One parsed file; `path` is relative to the root. */
export interface Source {
  readonly path: string
  readonly text: string
  readonly tree: ts.SourceFile
}

/** One import or re-export of a file. */
export interface Import {
  readonly specifier: string
  /** True when nothing of it is left in the JavaScript. */
  readonly typeOnly: boolean
  /** Path of the file of src it leads to, or null for a package. */
  readonly target: string | null
  readonly line: number
}

/** Parses text as a file of that path. */
export function parse(path: string, text: string): Source {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true) }
}

/** All TypeScript files of src but tests and the AssemblyScript of the CPU. */
export function librarySources(): readonly Source[] {
  cache ??= readdirSync(`${rootFolder}/src`, { recursive: true, encoding: 'utf8' })
    .map((path) => `src/${path.split('\\').join('/')}`)
    .filter((path) => path.endsWith('.ts') && !path.startsWith('src/cpu/as/') && !isTest(path))
    .sort()
    .map((path) => parse(path, readFileSync(`${rootFolder}/${path}`, 'utf8')))
  return cache
}
let cache: readonly Source[] | undefined

/** Whether a path is a test, type test or benchmark. */
export function isTest(path: string): boolean {
  return /\.(test|test-d|bench)\.ts$/.test(path) || path.includes('/testing/')
}

/** Whether a file is written by a generator: it says so in its first lines. */
export function isGenerated({ path, text }: Pick<Source, 'path' | 'text'>): boolean {
  return path.includes('/generated/') || path.endsWith('.generated.ts') || /do not edit/i.test(text.slice(0, 300))
}

/** Line of a node, from 1. */
export function lineOf(source: Source, node: ts.Node): number {
  return source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1
}

/** Everything a file imports, dynamic imports and `import()` types included. */
export function importsOf(source: Source): Import[] {
  const found: Import[] = []
  const add = (specifier: ts.Expression | ts.TypeNode, typeOnly: boolean, node: ts.Node): void => {
    const literal = ts.isLiteralTypeNode(specifier as ts.TypeNode) ? (specifier as ts.LiteralTypeNode).literal : specifier
    if (!ts.isStringLiteral(literal)) throw new Error(`${source.path}:${lineOf(source, node)}: an import whose path is computed`)
    const path = literal.text
    const target = path.startsWith('.') ? posix.join(posix.dirname(source.path), path).replace(/\.js$/, '.ts') : null
    found.push({ specifier: path, typeOnly, target, line: lineOf(source, node) })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause
      const named = clause?.namedBindings
      const allTypes = named !== undefined && ts.isNamedImports(named) && clause?.name === undefined && named.elements.length > 0 && named.elements.every((e) => e.isTypeOnly)
      add(node.moduleSpecifier, (clause?.isTypeOnly ?? false) || allTypes, node)
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      const clause = node.exportClause
      const allTypes = clause !== undefined && ts.isNamedExports(clause) && clause.elements.length > 0 && clause.elements.every((e) => e.isTypeOnly)
      add(node.moduleSpecifier, node.isTypeOnly || allTypes, node)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0]!, false, node)
    else if (ts.isImportTypeNode(node)) add(node.argument, true, node)
    ts.forEachChild(node, visit)
  }
  visit(source.tree)
  return found
}
