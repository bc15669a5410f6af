// The golden files: text, one block per case, so that a renewal reads well in a diff.
//
//   === faults null-read handled
//   status 11
//   1| what it wrote to stdout, one line each; \xNN for bytes that are not printable, \\ for a backslash
//   1\ a last line without its newline
//   2| stderr
//   s| strace
//
// Output of more than 4 KiB is kept as `1# BYTES SHA256`.
import { createHash } from 'node:crypto'

const most = 4096
const shown = (line) => line.replace(/[^ -~]|\\/g, (c) => (c === '\\' ? '\\\\' : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`))

/** The lines that stand for `bytes` in a golden; comparing two of them compares the bytes. */
export function outputLines(mark, bytes) {
  const data = Buffer.from(bytes)
  if (data.length > most) return [`${mark}# ${data.length} ${createHash('sha256').update(data).digest('hex')}`]
  if (data.length === 0) return []
  const lines = data.toString('latin1').split('\n')
  const last = lines.pop()
  return [...lines.map((line) => `${mark}| ${shown(line)}`), ...(last === '' ? [] : [`${mark}\\ ${shown(last)}`])]
}

/** Title of a case's block. */
export const title = (c) => [c.program, ...c.args.map((a) => (/^[-\w./:@+%]+$/.test(a) ? a : JSON.stringify(a)))].join(' ')

/** A block's text. */
export function formatGolden(c, run) {
  const strace = run.strace.replace(/\n$/, '').split('\n').map((line) => `s| ${line}`)
  return [`=== ${title(c)}`, `status ${run.status}`, ...outputLines('1', run.stdout), ...outputLines('2', run.stderr), ...strace].join('\n') + '\n'
}

/** Blocks of a golden file by title. */
export function parseGoldens(text) {
  const blocks = new Map()
  let block
  for (const line of text.split('\n')) {
    if (line.startsWith('=== ')) blocks.set(line.slice(4), (block = { status: NaN, output: [], strace: [] }))
    else if (line.startsWith('status ')) block.status = Number(line.slice(7))
    else if (line.startsWith('s| ')) block.strace.push(line.slice(3))
    else if (/^[12][|\\#] /.test(line)) block.output.push(line)
  }
  return blocks
}
