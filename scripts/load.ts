// `npm run load`, `scripts/load.sh`: loads files into the tables of events. What it does: services/batch-loader/README.md.
import {
  checkLoadArguments,
  fixedSource,
  LOAD_OPTIONS,
  LOAD_USAGE,
} from '@tablestream/batch-loader/arguments'
import { countOf, fail, readArguments, refuse } from './arguments.ts'
import { isReadAnywhere, runJob } from './events/load-job.ts'
import { localAnswers } from './target/local-answers.ts'
import { readTarget } from './target/target.ts'

const NAME = 'load'
const [how, rest] = LOAD_USAGE.split(/(?=\nThe exit code)/) as [string, string]
const USAGE = `${how}
  --tasks N   not this machine loads, but so many tasks of the environment's Cloud Run job batch-loader: they share the files out. gcloud
              starts them, in REGION (us-central1), and this waits for their end
${rest.trimStart()}
          PROJECT_ID=my-project ENVIRONMENT=dev scripts/load.sh --tasks 4 gs://my-bucket/raw/ --type order`

const { values, positionals } = readArguments({
  name: NAME,
  usage: USAGE,
  options: { ...LOAD_OPTIONS, local: { type: 'boolean', default: false }, tasks: { type: 'string' } },
  takesOthers: true,
})

/** What the job is told: the same options, and a policy as the text that stands in its file. */
async function argumentsOfJob(): Promise<readonly string[]> {
  const { readJsonVariable } = await import('@tablestream/service-kit')
  const { policy } = values
  const told = { ...values, policy: policy === undefined ? undefined : readJsonVariable(policy) }
  const flags = Object.entries(told).flatMap(([name, value]) => {
    if (!(name in LOAD_OPTIONS) || value === undefined || value === false) return []
    return value === true ? [`--${name}`] : [`--${name}=${value}`]
  })
  // a span that ends now would end at another time for each task
  return [...flags, ...positionals.map((source) => fixedSource(source, Date.now()))]
}

/** @returns the exit code */
async function loadByJob(projectId: string, tasks: string): Promise<number> {
  if (values.local) throw new Error('--tasks is of an environment in the cloud, and --local of this machine')
  const own = positionals.find((source) => !isReadAnywhere(source))
  const environment = process.env['ENVIRONMENT'] || 'dev'
  if (own !== undefined)
    throw new Error(
      `a task in the cloud cannot read ${own}: copy it to gs://${projectId}-${environment}-loads/raw/, which it may read`,
    )
  const region = process.env['REGION'] || 'us-central1'
  const call = { projectId, region, tasks: countOf('--tasks', tasks), args: await argumentsOfJob() }
  const code = await runJob(call)
  console.log(`what it loaded: scripts/logs.sh ${projectId} ${environment} batch-loader`)
  return code
}

try {
  if (positionals.length === 0) refuse(NAME, `which files?\n${USAGE}`)
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
  if (values.local && values.tasks === undefined) await localAnswers()
  const loadHere = async () => {
    const { loadCommand } = await import('@tablestream/batch-loader')
    return loadCommand(args, output, env)
  }
  process.exitCode = await (values.tasks === undefined ? loadHere() : loadByJob(projectId, values.tasks))
} catch (error) {
  fail(NAME, error)
}
