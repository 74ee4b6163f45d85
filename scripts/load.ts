// `npm run load`, `scripts/load.sh`: loads files into the tables of events. What it does: services/batch-loader/README.md.
import { checkLoadArguments, LOAD_OPTIONS, LOAD_USAGE, loadCommand } from '@tablestream/batch-loader'
import { readArguments, refuse } from './arguments.ts'
import { localAnswers } from './local-answers.ts'
import { readTarget } from './target.ts'

const NAME = 'load'
const { values, positionals } = readArguments({
  name: NAME,
  usage: LOAD_USAGE,
  options: { ...LOAD_OPTIONS, local: { type: 'boolean', default: false } },
  takesOthers: true,
})

try {
  if (positionals.length === 0) refuse(NAME, `which files?\n${LOAD_USAGE}`)
  const { projectId, dataset } = readTarget(values.local)
  const { isTTY } = process.stderr
  const output = {
    print: (text: string) => text !== '' && console.log(text),
    write: (text: string) => void process.stderr.write(text),
    isTerminal: isTTY,
  }
  const env = { ...process.env, PROJECT_ID: projectId, DATASET: dataset }
  const args = { sources: positionals, ...values }
  checkLoadArguments(args)
  if (values.local) await localAnswers()
  process.exitCode = await loadCommand(args, output, env)
} catch (error) {
  console.error(`${NAME}: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
}
