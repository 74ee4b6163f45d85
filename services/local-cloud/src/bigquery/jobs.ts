import { randomUUID } from 'node:crypto'
import type { CellFormat } from './cells.ts'
import { rowOf } from './cells.ts'
import { BigQueryError, toBigQueryError } from './errors.ts'
import { bytesRead, dmlCount } from './job-resource.ts'
import type { FileJobResult } from './files/file-jobs.ts'
import type { JobSpec } from './job-spec.ts'
import type { QueryResult } from './query-runner.ts'

export interface JobReference {
  readonly projectId: string
  readonly jobId: string
  readonly location: string
}

export interface Job {
  readonly reference: JobReference
  readonly spec: JobSpec
  readonly startTime: number
  readonly endTime: number
  readonly outcome: QueryResult | FileJobResult | BigQueryError
  readonly labels?: Readonly<Record<string, string>>
}

export interface ResultPage {
  readonly maxResults?: number
  readonly startIndex?: number
  readonly format: CellFormat
}

/** A job stays as long as this many newer ones have not come, and somebody has asked for it in the last ten minutes. */
const MOST_JOBS = 100
const KEPT_MS = 600_000
const SWEEP_MS = 60_000
const LARGEST_PAGE = 50_000

/** Does what a job says. @throws whatever it fails with */
type RunJob = (projectId: string, spec: JobSpec) => Promise<QueryResult | FileJobResult>

/** Jobs. Each is done when the call that made it is answered. */
export class Jobs {
  readonly #run: RunJob
  readonly #now: () => number
  readonly #jobs = new Map<string, Job>()
  /** When each was asked for last, in milliseconds since 1970. */
  readonly #asked = new Map<string, number>()
  #sweep: NodeJS.Timeout | undefined

  constructor(run: RunJob, now: () => number) {
    this.#run = run
    this.#now = now
  }

  /** Runs the job. One that fails is a job too, with its error in the status. */
  async insert(
    projectId: string,
    spec: JobSpec,
    jobId: string = `job_${randomUUID()}`,
    labels?: Readonly<Record<string, string>>,
  ): Promise<Job> {
    const key = `${projectId}:${jobId}`
    if (this.#jobs.has(key)) throw new BigQueryError('duplicate', `Already Exists: Job ${key}`)
    const startTime = this.#now()
    const outcome = await this.#run(projectId, spec).catch(toBigQueryError)
    const job = {
      reference: { projectId, jobId, location: 'US' },
      spec,
      startTime,
      endTime: this.#now(),
      outcome,
      ...(labels && { labels }),
    }
    if (spec.type === 'QUERY' && spec.query.dryRun) return job
    this.#jobs.set(key, job)
    this.#asked.set(key, this.#now())
    if (this.#jobs.size > MOST_JOBS) this.#forget(this.#jobs.keys().next().value!)
    this.#sweep ??= setInterval(() => this.sweep(), SWEEP_MS).unref()
    return job
  }

  get(projectId: string, jobId: string): Job {
    const key = `${projectId}:${jobId}`
    const job = this.#jobs.get(key)
    if (job) this.#asked.set(key, this.#now())
    else throw new BigQueryError('notFound', `Not found: Job ${projectId}:US.${jobId}`)
    return job
  }

  /** @throws BigQueryError notFound */
  delete(projectId: string, jobId: string): void {
    this.get(projectId, jobId)
    this.#forget(`${projectId}:${jobId}`)
  }

  /** Forgets jobs, with their results, that nobody asks for. */
  sweep(): void {
    const oldest = this.#now() - KEPT_MS
    for (const [key, time] of this.#asked) if (time < oldest) this.#forget(key)
    if (this.#jobs.size > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
  }

  list(projectId: string): Job[] {
    return [...this.#jobs.values()].filter(({ reference }) => reference.projectId === projectId).toReversed()
  }

  #forget(key: string): void {
    const outcome = this.#jobs.get(key)?.outcome
    // a store that is closed meanwhile takes it along
    if (outcome && 'rows' in outcome) outcome.rows.drop().catch(() => {})
    this.#jobs.delete(key)
    this.#asked.delete(key)
  }
}

/** What jobs.query and jobs.getQueryResults answer. @throws BigQueryError, the query's own when it failed */
export async function queryResponse(
  job: Job,
  { maxResults, startIndex = 0, format }: ResultPage,
): Promise<Record<string, unknown>> {
  const { outcome, reference } = job
  if (outcome instanceof BigQueryError) throw outcome
  if (!('rows' in outcome)) throw new BigQueryError('invalid', `Job ${reference.jobId} is no query.`)
  const size = Math.min(maxResults ?? LARGEST_PAGE, LARGEST_PAGE)
  const { rows } = outcome
  const page = await rows.page(startIndex, size)
  const end = startIndex + page.length
  return {
    schema: { fields: outcome.fields },
    jobReference: reference,
    location: reference.location,
    jobComplete: true,
    totalRows: String(rows.count),
    rows: page.map((row) => rowOf(row, format)),
    ...(end < rows.count && { pageToken: String(end) }),
    totalBytesProcessed: bytesRead(outcome),
    cacheHit: false,
    ...dmlCount(outcome),
  }
}
