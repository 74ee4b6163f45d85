import { main } from '@tablestream/service-kit'
import { JOBS } from '../jobs/index.ts'
import { readConfig } from './config.ts'
import { batchCommand, STEPS, type Step } from './jobs/batch-command.ts'

// The Cloud Run job of a batch: its arguments are the steps that it runs, all of them where none is named.
void main(async () => {
  const config = readConfig()
  const named = process.argv.slice(2)
  const wrong = named.find((step) => !(STEPS as readonly string[]).includes(step))
  if (wrong !== undefined) throw new Error(`there is no step ${wrong}: ${STEPS.join(', ')}`)
  const steps = named.length > 0 ? (named as Step[]) : STEPS
  process.exitCode = await batchCommand(config, { jobs: JOBS, steps, print: (line) => console.log(line) })
})
