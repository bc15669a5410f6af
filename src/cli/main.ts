import { command } from './command.js'

/** The command as a program; the package has it bundled and minified, and src/cli/start.ts before it. */

// Node would print the line that threw: all of the program, when it is one line.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack ?? String(error)}\n`)
  process.exit(1)
})
void command(process.argv.slice(2)).then((status) => {
  process.exitCode = status
})
