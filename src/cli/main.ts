import { command } from './command.js'

/** The command as a program; the package has it bundled, and src/cli/start.ts before it. */
void command(process.argv.slice(2)).then((status) => {
  process.exitCode = status
})
