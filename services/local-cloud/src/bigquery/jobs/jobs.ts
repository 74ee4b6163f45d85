import { randomUUID } from 'node:crypto'
import { BigQueryError, toBigQueryError } from '../errors.ts'
import type { FileJobResult } from './file-jobs.ts'
import type { JobSpec } from './job-spec.ts'
import type { QueryResult } from '../queries/query-result.ts'
import type { QuerySpec } from '../queries/query-spec.ts'
import type { BeginChild } from '../queries/script-statements.ts'
import type { StackFrame } from '../scripts/script-stack.ts'
import type { OwnJob } from '../scripts/system-variables.ts'
import { UnderWay } from '../under-way.ts'
import { endIn, RunningJob, type Job, type JobOptions, type Outcome } from './running-job.ts'

/** A job stays as long as this many newer ones have not come, and somebody has asked for it in the last ten minutes. */
const MOST_JOBS = 100
/** A script keeps so many of its statements, the last ones; they go with it. */
const MOST_CHILDREN = 100
const KEPT_MS = 600_000
const SWEEP_MS = 60_000
/** Without one a job is looked for in these two (docs: locations, "specify locations"). */
const DEFAULT_LOCATION = 'US'
const MULTI_REGIONS = [DEFAULT_LOCATION, 'EU']

/**
 * Does what a job says.
 *
 * @param location absent: where its tables are
 * @param signal ends it
 * @param child a statement of it begins
 * @param own what it knows of itself
 * @throws whatever it fails with
 */
type RunJob = (
  projectId: string,
  spec: JobSpec,
  location: string | undefined,
  signal: AbortSignal,
  child: BeginChild,
  own: OwnJob,
) => Promise<QueryResult | FileJobResult>

/** Where the datasets of a job are. @throws BigQueryError that is answered at once: then there is no job */
type LocationOf = (projectId: string, spec: JobSpec, location?: string) => string | undefined

/** Jobs. Each begins at once; whoever asks for it says how long he waits. */
export class Jobs {
  readonly #run: RunJob
  readonly #locationOf: LocationOf
  readonly #now: () => number
  readonly #jobs = new Map<string, RunningJob>()
  /** Statements of scripts. */
  readonly #children = new Map<string, RunningJob>()
  /** When each was asked for last, in milliseconds since 1970. */
  readonly #asked = new Map<string, number>()
  #sweep: NodeJS.Timeout | undefined
  readonly #underWay = new UnderWay()

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
    const child: BeginChild = (query, stack, labels) => this.#child(job, query, { stack, labels })
    const own: OwnJob = {
      id: jobId,
      createdAt: job.startTime,
      label: (labels) => (job.labels = { ...labels, ...job.labels }),
    }
    job.done = this.#underWay
      .run(() => this.#run(projectId, spec, location, job.ending.signal, child, own))
      .catch(toBigQueryError)
      .then((outcome) => {
        clearTimeout(stop)
        job.end(outcome, this.#now())
        // where the tables of a query are is known when it was read
        if (location === undefined && 'rows' in outcome && outcome.location !== undefined)
          job.reference = { ...job.reference, location: outcome.location }
        // nobody can ask for it any more
        if (this.#jobs.get(key) !== job && !isDryRun(spec)) this.#drop(job)
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
    const job = this.#jobs.get(key) ?? this.#children.get(key)
    const places = location ? [location] : MULTI_REGIONS
    const isHere = places.some((place) => place.toUpperCase() === job?.reference.location.toUpperCase())
    if (!job || !isHere) {
      const place = location ?? DEFAULT_LOCATION
      throw new BigQueryError('notFound', `Not found: Job ${projectId}:${place}.${jobId}`)
    }
    // a script stays as long as somebody asks for one of its statements
    this.#asked.set(`${projectId}:${job.parentJobId ?? jobId}`, this.#now())
    return job
  }

  /** Ends a job that runs, where it is a query that changes nothing. @throws BigQueryError notFound */
  cancel(projectId: string, jobId: string, location?: string): Job {
    const job = this.get(projectId, jobId, location)
    const message = 'Job execution was cancelled: User requested cancellation'
    this.#jobs.get(`${projectId}:${jobId}`)?.ending.abort(new BigQueryError('stopped', message))
    return job
  }

  /** @throws BigQueryError notFound, invalid as long as it runs and for a statement of a script, which goes with it */
  delete(projectId: string, jobId: string, location?: string): void {
    const { outcome, parentJobId } = this.get(projectId, jobId, location)
    const why = parentJobId !== undefined ? 'is a child job' : outcome ? undefined : 'is running'
    if (why !== undefined)
      throw new BigQueryError('invalid', `Job ${projectId}:${jobId} ${why}: it cannot be deleted.`)
    this.#forget(`${projectId}:${jobId}`)
  }

  /** Ends queries that change nothing, and waits for all other jobs; from then on each fails. */
  async close(): Promise<void> {
    const message = 'Job execution was cancelled: local-cloud is closing'
    for (const { ending, outcome } of this.#jobs.values())
      if (!outcome) ending.abort(new BigQueryError('stopped', message))
    await this.#underWay.close()
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

  /** @param parentJobId absent: those that are no statements of a script */
  list(projectId: string, parentJobId?: string): Job[] {
    if (parentJobId !== undefined)
      return (this.#jobs.get(`${projectId}:${parentJobId}`)?.children ?? []).toReversed()
    return [...this.#jobs.values()].filter(({ reference }) => reference.projectId === projectId).toReversed()
  }

  /** With the statements of scripts. */
  all(projectId: string): Job[] {
    return this.list(projectId).flatMap((job) => [job, ...this.list(projectId, job.reference.jobId)])
  }

  #child(
    parent: RunningJob,
    query: QuerySpec,
    { stack, labels }: { readonly stack: readonly StackFrame[]; readonly labels: Job['labels'] | undefined },
  ): ReturnType<BeginChild> {
    const { projectId, jobId: parentJobId, location } = parent.reference
    const jobId = `script_job_${randomUUID().replaceAll('-', '')}_${parent.childCount++}`
    const key = (job: RunningJob) => `${projectId}:${job.reference.jobId}`
    const options = { parentJobId, stack, ...(labels && { labels }) }
    const job = new RunningJob({ projectId, jobId, location }, { type: 'QUERY', query }, this.#now(), options)
    parent.children.push(job)
    this.#children.set(key(job), job)
    if (parent.children.length > MOST_CHILDREN) {
      const oldest = parent.children.shift()!
      this.#children.delete(key(oldest))
      this.#drop(oldest)
    }
    const end = (outcome: Outcome) => {
      job.end(outcome, this.#now())
      if ('rows' in outcome && outcome.location !== undefined)
        job.reference = { ...job.reference, location: outcome.location }
      if (this.#children.get(key(job)) !== job) this.#drop(job)
    }
    return { jobId, end }
  }

  /** Its results, and those of its statements. */
  #drop({ outcome, reference: { projectId }, children }: RunningJob): void {
    if (outcome) drop(outcome)
    for (const child of children) {
      this.#children.delete(`${projectId}:${child.reference.jobId}`)
      this.#drop(child)
    }
  }

  #oldest(): string {
    for (const [key, { outcome }] of this.#jobs) if (outcome) return key
    return this.#jobs.keys().next().value!
  }

  #forget(key: string): void {
    const job = this.#jobs.get(key)
    this.#jobs.delete(key)
    if (job?.outcome) this.#drop(job)
    this.#asked.delete(key)
  }
}

const isDryRun = (spec: JobSpec): boolean => spec.type === 'QUERY' && spec.query.dryRun === true

function drop(outcome: Outcome): void {
  // a store that is closed meanwhile takes it along
  if ('rows' in outcome) outcome.rows.drop().catch(() => {})
}
