// `npm run batch`: the steps of a batch in their order, on the pipeline of npm start. In the cloud a workflow starts them.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fail, readArguments, refuse } from './arguments.ts'
import { readTarget } from './target/target.ts'

const NAME = 'npm run batch'
const USAGE = `usage: npm run batch [-- FOLDER]
Runs the batch jobs (services/batch-loader/jobs) over FOLDER/raw (default .sample, which npm run sample-data fills), step by step:
  load       each record is transformed by its job, judged by its contract, and lands, is a duplicate or a dead letter
  transform  of each thing the newest state, by its key: a table of the dataset of processed rows, and files of Parquet
  checks     sums of the ledger, keys, joins, and whether the files are the table
The exit code is 0 when each record has its end and every check holds, 1 when not, 2 when it could not be asked.
Example: npm run sample-data -- .sample --customers 200 --days 2 --dirt 0.02 && npm run batch -- .sample`

const { values, positionals } = readArguments({
  name: NAME,
  usage: USAGE,
  options: { local: { type: 'boolean', default: false } },
  takesOthers: true,
})

try {
  const [folder = '.sample', ...others] = positionals
  if (others.length > 0) refuse(NAME, `it takes one folder\n${USAGE}`)
  const raw = resolve(join(folder, 'raw'))
  if (!existsSync(raw))
    refuse(NAME, `there is no folder ${raw}: npm run sample-data -- ${folder} makes one\n${USAGE}`)
  const { projectId, dataset } = readTarget(values.local)
  const { batchCommand, JOBS, readConfig, STEPS } = await import('@tablestream/batch-loader')
  const config = readConfig({ ...process.env, PROJECT_ID: projectId, DATASET: dataset })
  process.exitCode = await batchCommand(config, { jobs: JOBS, steps: STEPS, raw, print: console.log })
} catch (error) {
  fail(NAME, error)
}
