/**
 * Writes numeric constants of `src` into the places that use them, as a compiler of C does with macros: a plugin of
 * esbuild for the build and the benchmarks. What is inlined: top-level `const NAME = number` and the numeric members of
 * top-level `const NAME = { … } as const`, in the file itself and where they are imported, also by `import * as`.
 *
 * Why: a bundler makes module-level constants mutable variables, so V8 loads and checks each at every use (measured: a
 * modelled SYSCALL took 20 % longer), and one used member keeps a whole object of flags in users' bundles.
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import ts from 'typescript'

/** @typedef {Map<string, number | Map<string, number>>} Constants by name; a map for an object's members */

const operators = new Map([
  [ts.SyntaxKind.PlusToken, (a, b) => a + b], [ts.SyntaxKind.MinusToken, (a, b) => a - b],
  [ts.SyntaxKind.AsteriskToken, (a, b) => a * b], [ts.SyntaxKind.SlashToken, (a, b) => a / b], [ts.SyntaxKind.AsteriskAsteriskToken, (a, b) => a ** b],
  [ts.SyntaxKind.BarToken, (a, b) => a | b], [ts.SyntaxKind.AmpersandToken, (a, b) => a & b],
  [ts.SyntaxKind.LessThanLessThanToken, (a, b) => a << b], [ts.SyntaxKind.GreaterThanGreaterThanToken, (a, b) => a >> b],
  [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken, (a, b) => a >>> b],
])

/** The number that an expression always has, or null. */
function evaluate(node, constants) {
  if (ts.isNumericLiteral(node)) return Number(node.text)
  if (ts.isParenthesizedExpression(node)) return evaluate(node.expression, constants)
  if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) return valueOf(node, constants)
  if (ts.isPrefixUnaryExpression(node)) {
    const value = evaluate(node.operand, constants)
    if (value === null) return null
    return node.operator === ts.SyntaxKind.MinusToken ? -value : node.operator === ts.SyntaxKind.TildeToken ? ~value : null
  }
  const operator = ts.isBinaryExpression(node) ? operators.get(node.operatorToken.kind) : undefined
  if (operator === undefined) return null
  const left = evaluate(node.left, constants), right = evaluate(node.right, constants)
  return left === null || right === null ? null : operator(left, right)
}

/** The value of `NAME` or `NAME.member`, or null. */
function valueOf(node, constants) {
  if (ts.isIdentifier(node)) {
    const value = constants.get(node.text)
    return typeof value === 'number' ? value : null
  }
  const members = ts.isIdentifier(node.expression) ? constants.get(node.expression.text) : undefined
  const value = members instanceof Map ? members.get(node.name.text) : undefined
  return typeof value === 'number' ? value : null
}

const isConst = (statement) => ts.isVariableStatement(statement) && (statement.declarationList.flags & ts.NodeFlags.Const) !== 0
const isAsConst = (node) => ts.isAsExpression(node) && ts.isTypeReferenceNode(node.type) && node.type.getText() === 'const'

/** Sources by path: their tree, what they declare and import. Parsed once per build. */
export class Sources {
  #files = new Map()

  /** @returns {{ tree: ts.SourceFile, declared: Constants, known: Constants }} constants that a file declares, and those it can name */
  get(path) {
    const found = this.#files.get(path)
    if (found !== undefined) return found
    const tree = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true)
    const file = { tree, declared: new Map(), known: new Map() }
    this.#files.set(path, file) // before its imports, so that a cycle ends
    for (const statement of tree.statements) if (ts.isImportDeclaration(statement)) this.#import(path, statement, file.known)
    for (const statement of tree.statements) if (isConst(statement)) for (const declaration of statement.declarationList.declarations) this.#declare(declaration, file)
    for (const statement of tree.statements) if (ts.isExportDeclaration(statement)) this.#reexport(path, statement, file)
    for (const name of localNames(tree)) file.known.delete(name)
    return file
  }

  #import(path, { importClause, moduleSpecifier }, known) {
    const bindings = importClause?.namedBindings
    if (bindings === undefined || importClause.isTypeOnly || !moduleSpecifier.text.startsWith('.')) return
    const { declared } = this.#module(path, moduleSpecifier)
    if (ts.isNamespaceImport(bindings)) return void known.set(bindings.name.text, declared)
    for (const { name, propertyName } of bindings.elements) {
      const value = declared.get((propertyName ?? name).text)
      if (value !== undefined) known.set(name.text, value)
    }
  }

  #module(path, specifier) {
    return this.get(resolve(dirname(path), specifier.text.replace(/\.js$/, '.ts')))
  }

  /** `export * as NAME from`, `export { NAME } from`, `export { NAME }`. */
  #reexport(path, { exportClause, moduleSpecifier, isTypeOnly }, { declared, known }) {
    if (exportClause === undefined || isTypeOnly || (moduleSpecifier !== undefined && !moduleSpecifier.text.startsWith('.'))) return
    const from = moduleSpecifier === undefined ? known : this.#module(path, moduleSpecifier).declared
    if (ts.isNamespaceExport(exportClause)) return void declared.set(exportClause.name.text, from)
    for (const { name, propertyName } of exportClause.elements) {
      const value = from.get((propertyName ?? name).text)
      if (value !== undefined) declared.set(name.text, value)
    }
  }

  #declare({ name, initializer }, { declared, known }) {
    if (!ts.isIdentifier(name) || initializer === undefined) return
    let value
    if (isAsConst(initializer) && ts.isObjectLiteralExpression(initializer.expression)) value = this.#members(initializer.expression, known)
    else value = evaluate(initializer, known)
    if (value === null) return
    declared.set(name.text, value)
    known.set(name.text, value)
  }

  #members(object, known) {
    const members = new Map()
    for (const property of object.properties) {
      const value = ts.isPropertyAssignment(property) && ts.isIdentifier(property.name) ? evaluate(property.initializer, known) : null
      if (value !== null) members.set(property.name.text, value)
    }
    return members
  }
}

/** Names that something other than a module's top level declares: those are left alone in the whole file. */
function localNames(tree) {
  const names = new Set()
  const visit = (node) => {
    const declares = ts.isParameter(node) || ts.isBindingElement(node) || (ts.isVariableDeclaration(node) && node.parent.parent.parent !== tree)
    if (declares && ts.isIdentifier(node.name)) names.add(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return names
}

/** Whether an identifier stands for a value here, and is no name of something. */
function isUse(node) {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  return !('name' in parent && parent.name === node) && !ts.isImportSpecifier(parent) && !ts.isExportSpecifier(parent) && !ts.isShorthandPropertyAssignment(parent)
}

/**
 * A source with its constants inlined.
 *
 * @param {string} path of the file
 * @param {Sources} sources
 */
export function inlined(path, sources) {
  const { tree, known } = sources.get(path)
  const edits = []
  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return
    if (ts.isPropertyAccessExpression(node) || (ts.isIdentifier(node) && isUse(node))) {
      const value = valueOf(node, known)
      if (value !== null) return void edits.push({ start: node.getStart(tree), end: node.end, value })
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  let text = tree.text
  for (const { start, end, value } of edits.reverse()) text = text.slice(0, start) + (value < 0 ? `(${value})` : String(value)) + text.slice(end)
  return text
}

/** The plugin. */
export function inlineConstants() {
  return {
    name: 'inline-constants',
    setup(build) {
      let sources = new Sources()
      build.onStart(() => void (sources = new Sources()))
      build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({ contents: inlined(path, sources), loader: 'ts' }))
    },
  }
}
