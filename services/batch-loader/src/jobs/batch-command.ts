import { typeField } from '@tablestream/contract'
import { shown, shownError } from '@tablestream/service-kit'
import type { Config } from '../config.ts'
import { SourceError } from '../formats/index.ts'
import { openWarehouse } from '../google/bigquery.ts'
import { LoadError } from '../load-error.ts'
import { openLoader } from '../open-loader.ts'
import { showLoads } from '../show-loads.ts'
import { ToldLetters } from '../told-letters.ts'
import type { BatchJob } from './batch-job.ts'
import { check, load, see, transform, type Batch } from './steps.ts'

export const STEPS = ['load', 'transform', 'checks'] as const
export type Step = (typeof STEPS)[number]

export interface BatchOptions {
  readonly jobs: readonly BatchJob[]
  /** Those that are run, in their order. */
  readonly steps: readonly Step[]
  /** Absent: raw/ of the bucket of loads. */
  readonly raw?: string
  readonly print: (line: string) => void
}

/** Runs steps of a batch, and shows them. @returns the exit code: 0 where each record has its end and every check holds */
export async function batchCommand(
  config: Config,
  { jobs, steps, raw, print }: BatchOptions,
): Promise<number> {
  const { PROJECT_ID, PROCESSED_DATASET, LOAD_BUCKET } = config
  const loader = openLoader(config)
  const { parts } = loader
  const batch: Batch = {
    jobs,
    raw: raw ?? `gs://${LOAD_BUCKET}/raw/`,
    bucket: LOAD_BUCKET,
    parts,
    processed: openWarehouse(PROJECT_ID, PROCESSED_DATASET),
  }
  try {
    refuseTypeField(jobs)
    for (const step of steps) {
      print(`── ${step}`)
      const isFine = await RUN[step](batch, print)
      if (isFine) continue
      print(`${step} is not well: what comes after it is left out`)
      return 1
    }
    return 0
  } catch (error) {
    if (!(error instanceof LoadError || error instanceof SourceError)) throw error
    print(`batch stopped (${error.rule}): ${shownError(error)}`)
    return 1
  } finally {
    await loader.close()
  }
}

/** @throws LoadError where events of a job have a field with another meaning by the name that TYPE_FIELD says */
function refuseTypeField(jobs: readonly BatchJob[]): void {
  const field = typeField()
  const job = jobs.find(({ columns }) => columns.includes(field))
  if (!job) return
  const message = `TYPE_FIELD is ${JSON.stringify(field)}, which the job ${job.name} has a column of with another meaning`
  throw new LoadError('type_field_taken', message)
}

/** So many files of a kind are named. */
const MOST_SEEN = 10

function tellSeen(uris: readonly string[], what: string, print: (line: string) => void): void {
  for (const uri of uris.slice(0, MOST_SEEN)) print(`seen: ${shown(uri)}  ${what}`)
  const rest = uris.length - MOST_SEEN
  if (rest > 0) print(`seen: ${rest.toLocaleString('en')} more  ${what}`)
}

type Run = (batch: Batch, print: (line: string) => void) => Promise<boolean>

const RUN: Readonly<Record<Step, Run>> = {
  async load(batch, print) {
    const seen = await see(batch)
    for (const [{ name, eventType }, files] of seen.files) {
      const uris = files.map(({ uri }) => uri)
      tellSeen(uris, `job ${name}, contract ${eventType}`, print)
    }
    tellSeen(seen.others, 'no job takes it', print)
    const loads = showLoads()
    const tell = (text: string) => {
      if (text !== '') print(text)
    }
    const letters = new ToldLetters()
    for await (const report of load({ ...batch, parts: letters.heardIn(batch.parts) }, seen))
      if (report.outcome !== 'left to others') tell(loads.add(report, letters.take(report.source)))
    tell(loads.end())
    return loads.isFine
  },
  async transform(batch, print) {
    for await (const { job, rows, files } of transform(batch))
      print(`${job.padEnd(16)}${rows.toLocaleString('en').padStart(12)} rows  ${files}`)
    return true
  },
  async checks(batch, print) {
    let isFine = true
    for await (const { check: name, of, wrong } of check(batch)) {
      print(
        `${wrong === 0 ? 'ok    ' : 'WRONG '} ${name}: ${wrong === 0 ? of.toLocaleString('en') : `${wrong} of ${of}`}`,
      )
      isFine &&= wrong === 0
    }
    return isFine
  },
}
