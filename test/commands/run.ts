// `npm run commands`: every command that the pages show and that takes too long for `npm test`, with numbers that take seconds.
import { readArguments } from '../../scripts/arguments.ts'
import { RUNS } from './runs.ts'
import { shell } from './shell.ts'

const USAGE = `usage: npm run commands
Runs every mode of bench, chaos, soak and the like that a page shows, with small numbers: about ten minutes. Exit code 0: all work.
Example: npm run commands`

readArguments({ name: 'npm run commands', usage: USAGE, options: {} })
const commands = new Set(
  Object.values(RUNS)
    .filter((run) => run.by === 'npm run commands')
    .map(({ as }) => as),
)
for (const command of commands) {
  const began = Date.now()
  const { status, output } = await shell(command)
  console.log(`${status === 0 ? 'works' : 'FAILS'}  ${Math.round((Date.now() - began) / 1000)} s  ${command}`)
  if (status === 0) continue
  console.log(output)
  process.exitCode = 1
}
