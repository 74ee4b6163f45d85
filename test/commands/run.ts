// `npm run commands`: every command that the pages show and that takes too long for `npm test`, with numbers that take seconds.
import { readArguments } from '../../scripts/arguments.ts'
import { RUNS } from './runs.ts'
import { shell } from './shell.ts'

const USAGE = `usage: npm run commands
Runs every mode of bench, chaos, soak and the like that a page shows, with small numbers: about six minutes. Exit code 0: all work.
Example: npm run commands`

readArguments({ name: 'npm run commands', usage: USAGE, options: {} })
for (const [command, run] of Object.entries(RUNS)) {
  if (run.by !== 'npm run commands') continue
  const began = Date.now()
  const { status, output } = await shell(run.as)
  console.log(
    `${status === 0 ? 'works' : 'FAILS'}  ${Math.round((Date.now() - began) / 1000)} s  ${command}  (${run.as})`,
  )
  if (status === 0) continue
  console.log(output)
  process.exitCode = 1
}
