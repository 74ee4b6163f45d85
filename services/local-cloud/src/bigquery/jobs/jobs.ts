import { randomUUID } from 'node:crypto'
import { BigQueryError, toBigQueryError } from '../errors.ts'
import type { FileJobResult } from './file-jobs.ts'
import type { JobSpec } from './job-spec.ts'
import type { QueryResult } from '../queries/query-result.ts'

export interface JobReference {
  readonly projectId: string
  readonly jobId: string
  readonly location: string
}

export type Outcome = QueryResult | FileJobResult | BigQueryError

export interface Job {
  readonly reference: JobReference
  readonly spec: JobSpec
  readonly startTime: number
  readonly endTime?: number
  /** Absent as long as it runs. */
  readonly outcome?: Outcome
  readonly labels?: Readonly<Record<string, string>>
  /** Ends when the job is done, after so many milliseconds at the latest. */
  within(ms: number): Promise<void>
}

/** A job stays as long as this many newer ones have not come, and somebody has asked for it in the last ten minutes. */
const MOST_JOBS = 100
const KEPT_MS = 600_000
const SWEEP_MS = 60_000
/** So long a caller waits at most (docs: jobs.getQueryResults, "timeoutMs"). */
const LONGEST_WAIT_MS = 200_000

/** Without one a job is looked for in these two (docs: locations, "specify locations"). */
const DEFAULT_LOCATION = 'US'
const MULTI_REGIONS = [DEFAULT_LOCATION, 'EU']

/** Does what a job says. @param location absent: where its tables are @param signal ends it @throws whatever it fails with */
type RunJob = (
  projectId: string,
  spec: JobSpec,
  location: string | undefined,
  signal: AbortSignal,
) => Promise<QueryResult | FileJobResult>

/** Where the datasets of a job are. @throws BigQueryError that is answered at once: then there is no job */
type LocationOf = (projectId: string, spec: JobSpec, location?: string) => string | undefined

interface JobOptions {
  readonly jobId?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly location?: string
  /** When it is ended, in milliseconds. */
  readonly timeoutMs?: number
}

class RunningJob implements Job {
  reference: JobReference
  readonly spec: JobSpec
  readonly startTime: number
  readonly labels?: Readonly<Record<string, string>>
  endTime?: number
  outcome?: Outcome
  done: Promise<void> = Promise.resolve()
  readonly ending = new AbortController()

  constructor(reference: JobReference, spec: JobSpec, startTime: number, { labels }: JobOptions) {
    this.reference = reference
    this.spec = spec
    this.startTime = startTime
    if (labels) this.labels = labels
  }

  async within(ms: number): Promise<void> {
    if (this.outcome) return
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.min(Math.max(0, ms), LONGEST_WAIT_MS))
    })
    await Promise.race([this.done, timeout])
    clearTimeout(timer)
  }
}

/** Jobs. Each begins at once; whoever asks for it says how long he waits. */
export class Jobs {
  readonly #run: RunJob
  readonly #locationOf: LocationOf
  readonly #now: () => number
  readonly #jobs = new Map<string, RunningJob>()
  /** When each was asked for last, in milliseconds since 1970. */
  readonly #asked = new Map<string, number>()
  #sweep: NodeJS.Timeout | undefined

  constructor(run: RunJob, now: () => number, locationOf: LocationOf = () => undefined) {
    this.#run = run
    this.#now = now
    this.#locationOf = locationOf
  }

  /**
   * Begins a job. One that fails is a job too, with its error in the status.
   *
   * @throws BigQueryError duplicate; for a dry run, which is no job, whatever it fails with stands in its outcome
   */
  async insert(projectId: string, spec: JobSpec, options: JobOptions = {}): Promise<Job> {
    const { jobId = `job_${randomUUID()}`, location } = options
    const key = `${projectId}:${jobId}`
    if (this.#jobs.has(key)) throw new BigQueryError('duplicate', `Already Exists: Job ${key}`)
    const found = this.#locationOf(projectId, spec, location)
    const place = location ?? found ?? DEFAULT_LOCATION
    const job = new RunningJob({ projectId, jobId, location: place }, spec, this.#now(), options)
    const stop = endIn(job, options.timeoutMs)
    // before it runs: it may be a query about jobs
    if (!isDryRun(spec)) {
      this.#jobs.set(key, job)
      this.#asked.set(key, this.#now())
    }
    job.done = this.#run(projectId, spec, location, job.ending.signal)
      .catch(toBigQueryError)
      .then((outcome) => {
        clearTimeout(stop)
        job.endTime = this.#now()
        job.outcome = outcome
        // where the tables of a query are is known when it was read
        if (location === undefined && 'rows' in outcome && outcome.location !== undefined)
          job.reference = { ...job.reference, location: outcome.location }
        // nobody can ask for it any more
        if (this.#jobs.get(key) !== job && !isDryRun(spec)) drop(outcome)
      })
    if (isDryRun(spec)) {
      await job.done
      return job
    }
    if (this.#jobs.size > MOST_JOBS) this.#forget(this.#oldest())
    this.#sweep ??= setInterval(() => this.sweep(), SWEEP_MS).unref()
    return job
  }

  /** @param location absent: US or EU @throws BigQueryError notFound, also where it is in another location */
  get(projectId: string, jobId: string, location?: string): Job {
    const key = `${projectId}:${jobId}`
    const job = this.#jobs.get(key)
    const places = location ? [location] : MULTI_REGIONS
    const isHere = places.some((place) => place.toUpperCase() === job?.reference.location.toUpperCase())
    if (!job || !isHere) {
      const place = location ?? DEFAULT_LOCATION
      throw new BigQueryError('notFound', `Not found: Job ${projectId}:${place}.${jobId}`)
    }
    this.#asked.set(key, this.#now())
    return job
  }

  /** Ends a job that runs, where it is a query that changes nothing. @throws BigQueryError notFound */
  cancel(projectId: string, jobId: string, location?: string): Job {
    const job = this.get(projectId, jobId, location)
    const message = 'Job execution was cancelled: User requested cancellation'
    this.#jobs.get(`${projectId}:${jobId}`)?.ending.abort(new BigQueryError('stopped', message))
    return job
  }

  /** @throws BigQueryError notFound, invalid as long as it runs */
  delete(projectId: string, jobId: string, location?: string): void {
    if (!this.get(projectId, jobId, location).outcome)
      throw new BigQueryError('invalid', `Job ${projectId}:${jobId} is running: it cannot be deleted.`)
    this.#forget(`${projectId}:${jobId}`)
  }

  /** Ends when no job is running. */
  async idle(): Promise<void> {
    await Promise.all([...this.#jobs.values()].map(({ done }) => done))
  }

  /** Forgets jobs, with their results, that nobody asks for. */
  sweep(): void {
    const oldest = this.#now() - KEPT_MS
    for (const [key, time] of this.#asked)
      if (time < oldest && this.#jobs.get(key)?.outcome) this.#forget(key)
    if (this.#jobs.size > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
  }

  list(projectId: string): Job[] {
    return [...this.#jobs.values()].filter(({ reference }) => reference.projectId === projectId).toReversed()
  }

  #oldest(): string {
    for (const [key, { outcome }] of this.#jobs) if (outcome) return key
    return this.#jobs.keys().next().value!
  }

  #forget(key: string): void {
    const outcome = this.#jobs.get(key)?.outcome
    if (outcome) drop(outcome)
    this.#jobs.delete(key)
    this.#asked.delete(key)
  }
}

function endIn({ ending }: RunningJob, ms: number | undefined): NodeJS.Timeout | undefined {
  if (ms === undefined) return undefined
  const message = `Operation timed out after ${ms} ms. Consider reducing the amount of work performed by your operation so that it can complete within this limit.`
  return setTimeout(() => ending.abort(new BigQueryError('timeout', message)), ms).unref()
}

const isDryRun = (spec: JobSpec): boolean => spec.type === 'QUERY' && spec.query.dryRun === true

function drop(outcome: Outcome): void {
  // a store that is closed meanwhile takes it along
  if ('rows' in outcome) outcome.rows.drop().catch(() => {})
}
