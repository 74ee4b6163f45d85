// `npm run rewind`, `scripts/rewind.sh`: builds a table anew of what was published. What it does: services/batch-loader/README.md.
import { checkRewindArguments, REWIND_OPTIONS, REWIND_USAGE } from '@tablestream/batch-loader/arguments'
import { fail, readArguments, refuse } from './arguments.ts'
import { localAnswers } from './target/local-answers.ts'
import { readTarget } from './target/target.ts'

const NAME = 'rewind'
const { values, positionals } = readArguments({
  name: NAME,
  usage: REWIND_USAGE,
  options: { ...REWIND_OPTIONS, local: { type: 'boolean', default: false } },
  takesOthers: true,
})

try {
  const [table, ...others] = positionals
  if (table === undefined || others.length > 0) refuse(NAME, `which table? One at a time\n${REWIND_USAGE}`)
  const { since } = values
  if (since === undefined) refuse(NAME, `from when on? --since\n${REWIND_USAGE}`)
  const { projectId, dataset } = readTarget(values.local)
  const output = {
    print: (text: string) => text !== '' && console.log(text),
    write: (text: string) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
  }
  const env = { ...process.env, PROJECT_ID: projectId, DATASET: dataset }
  const args = { ...values, table, since }
  checkRewindArguments(args)
  if (values.local) await localAnswers()
  const { rewindCommand } = await import('@tablestream/batch-loader')
  const { rewoundTable } = await import('./events/rewound-table.ts')
  process.exitCode = await rewindCommand(args, output, env, (options) =>
    rewoundTable(projectId, dataset, options),
  )
} catch (error) {
  fail(NAME, error)
}
