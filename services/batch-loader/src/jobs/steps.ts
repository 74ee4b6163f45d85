// The steps of a batch, each for itself: a workflow starts them one after the other (terraform/workflows/batch.yaml), as `npm run batch`
// does.
import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import { destination } from '@tablestream/contract'
import type { SourceObject } from '../formats/index.ts'
import type { Warehouse } from '../google/bigquery.ts'
import type { StorageClient } from '../google/storage.ts'
import type { SourceReport } from '../load-object.ts'
import { loadObjects } from '../load.ts'
import type { LoadParts } from '../load-parts.ts'
import { findObjects } from '../sources/index.ts'
import type { BatchJob } from './batch-job.ts'
import { checksOf } from './checks.ts'
import { madeBefore, processedStatement, UNTIL_LABEL } from './processed-sql.ts'

export interface Batch {
  readonly jobs: readonly BatchJob[]
  /** Where files come in: a folder, or `gs://BUCKET/raw/`. */
  readonly raw: string
  /** Where cleaned rows go, as Parquet: the folder `processed/` of this bucket, a folder for each job. */
  readonly bucket: string
  readonly parts: LoadParts
  /** The dataset of processed rows. */
  readonly processed: Warehouse
}

/** Files of raw/, by the job that takes them. */
export interface Seen {
  readonly files: ReadonlyMap<BatchJob, readonly SourceObject[]>
  /** What no job takes: URIs. */
  readonly others: readonly string[]
}

/** Looks what there is in raw/. @throws SourceError where it cannot be read */
export async function see({ jobs, raw, parts }: Batch): Promise<Seen> {
  const files = new Map<BatchJob, SourceObject[]>()
  const others: string[] = []
  for await (const object of findObjects([raw], parts)) {
    const { uri } = object
    const job = jobs.find(({ from }) => from.test(basename(uri)))
    const own = job && files.get(job)
    if (own) own.push(object)
    else if (job) files.set(job, [object])
    else others.push(uri)
  }
  return { files, others }
}

/** Loads files by the rules of the stream: each record is transformed by its job, judged by its contract, and has one end. */
export async function* load({ parts }: Batch, { files }: Seen): AsyncIterable<SourceReport> {
  for (const [job, objects] of files) {
    const { eventType, name } = job
    yield* loadObjects(objects, {
      ...parts,
      eventType,
      transform: job.transform,
      name: `job ${name}`,
    })
  }
}

export interface Transformed {
  readonly job: string
  readonly rows: number
  readonly files: string
}

/** Makes the processed rows of each job anew, of all events that there are, and files of them. */
export async function* transform(batch: Batch): AsyncIterable<Transformed> {
  const { jobs, bucket, parts, processed } = batch
  // one time for all of them: what refers to each other is as old
  const until = Date.now()
  for (const job of jobs) {
    const { table } = destination(job.eventType)
    const known = await parts.warehouse.table(table)
    // no file of this job ever came
    if (known === undefined) continue
    const { columns } = known
    const names = { events: parts.warehouse.name(table), processed: processed.name(job.name), columns, until }
    await processed.runOnce(`batch_${randomUUID()}_rows`, {
      query: { query: processedStatement(job, names) },
    })
    const uri = filesOf(bucket, job)
    const { statistics } = await processed.runOnce(`batch_${randomUUID()}_files`, {
      extract: { table: job.name, uri },
    })
    const [made = '1'] = statistics?.extract?.destinationUriFileCounts ?? []
    await removeStale(parts.storage, bucket, job, Number(made))
    const [count] = await processed.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${names.processed}`)
    yield { job: job.name, rows: count!.n, files: uri }
  }
}

const folderOf = ({ name }: BatchJob) => `processed/${name}/`
const filesOf = (bucket: string, job: BatchJob) => `gs://${bucket}/${folderOf(job)}*.parquet`

/** Of an earlier batch that made more files, those that this one did not write over. */
async function removeStale(
  storage: StorageClient,
  bucket: string,
  job: BatchJob,
  made: number,
): Promise<void> {
  const [files] = await storage.bucket(bucket).getFiles({ prefix: folderOf(job) })
  for (const file of files) {
    const [, number] = /(\d{12})\.parquet$/.exec(file.name) ?? []
    if (number !== undefined && Number(number) >= made) await file.delete({ ignoreNotFound: true })
  }
}

export interface Checked {
  readonly check: string
  readonly of: number
  readonly wrong: number
}

/** Asks whether all came out; every check is asked, whatever the others say. */
export async function* check(batch: Batch): AsyncIterable<Checked> {
  const { bucket, parts, processed, raw } = batch
  const suffix = randomUUID().replaceAll('-', '').slice(0, 12)
  const made: BatchJob[] = []
  const until = new Map<string, number>()
  for (const job of batch.jobs) {
    const known = await processed.table(job.name)
    if (!known) continue
    made.push(job)
    until.set(job.name, Number(known.labels[UNTIL_LABEL] ?? Date.now()))
  }
  const filesTable = (job: string) => `_files_${job}_${suffix}`
  const eventsTable = (job: string) => destination(made.find(({ name }) => name === job)!.eventType).table
  try {
    for (const job of made) await processed.makeTableOfFiles(filesTable(job.name), filesOf(bucket, job))
    const checks = checksOf(made, {
      raw: raw.startsWith('gs://') ? raw : `file:${raw}`,
      loads: await parts.ledger.table(),
      processed: (job) => processed.name(job),
      files: (job) => processed.name(filesTable(job)),
      events: (job) =>
        `(SELECT * FROM ${parts.warehouse.name(eventsTable(job))} WHERE ${madeBefore(until.get(job)!)})`,
    })
    for (const { name, query } of checks) {
      const [answer] = await processed.query<{ of: number; wrong: number }>(query)
      yield { check: name, of: answer!.of, wrong: answer!.wrong }
    }
  } finally {
    for (const job of made) await processed.dropTable(filesTable(job.name))
  }
}
