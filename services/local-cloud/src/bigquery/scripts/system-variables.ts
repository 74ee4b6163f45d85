import { duckDb, INT64, scalar, STRING, type SqlType } from '../../sql/typing/sql-type.ts'
import type { Typed } from '../../sql/typing/typed.ts'
import { bytesBilled } from '../bytes/bytes-billed.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import { quoteText } from '../values/fields.ts'
import { labelsOf } from './query-label.ts'

type Dataset = { readonly projectId?: string; readonly datasetId?: string }

/** The query that reads and sets them. */
export interface OwnQuery {
  readonly projectId: string
  readonly defaultDataset?: Dataset | undefined
  readonly sessionId?: string | undefined
  /** Absent where there is no job: the columns of a view are asked for. */
  readonly job?: OwnJob | undefined
  readonly isScript: boolean
}

/** The job that a query is. */
export interface OwnJob {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Gives it labels, beside those that it was sent with. */
  readonly label: (labels: Readonly<Record<string, string>>) => void
}

// docs: system variables reference
const SETTABLE = ['@@query_label', '@@dataset_id', '@@dataset_project_id', '@@time_zone'] as const
type Settable = (typeof SETTABLE)[number]
const READ_ONLY = new Set(
  `@@current_job_id @@error.formatted_stack_trace @@error.message @@error.stack_trace @@error.statement_text
   @@last_job_id @@project_id @@row_count @@script.bytes_billed @@script.bytes_processed @@script.creation_time
   @@script.job_id @@script.num_child_jobs @@script.slot_ms @@session_id`.split(/\s+/),
)

const UTC = /^(?:UTC|Etc\/UTC)$/i
const TIMESTAMP = scalar('TIMESTAMP')

/** The variables with `@@` of a query; what SET says of them outlives it in a session. */
export class SystemVariables {
  readonly #set = new Map<Settable, string | null>([['@@time_zone', 'UTC']])
  #query: OwnQuery = { projectId: '', isScript: false }
  #currentJob: string | undefined
  #lastJob: string | undefined
  #children = 0
  #bytesRead = 0
  #bytesBilled = 0

  /** A query begins. Its own default dataset is another value of the variables that name one. */
  begin(query: OwnQuery): this {
    this.#query = query
    this.#currentJob = this.#lastJob = undefined
    this.#children = this.#bytesRead = this.#bytesBilled = 0
    const { datasetId, projectId } = query.defaultDataset ?? {}
    if (datasetId !== undefined) {
      this.#set.set('@@dataset_id', datasetId)
      this.#set.set('@@dataset_project_id', projectId ?? null)
    }
    if (this.labels) query.job?.label(this.labels)
    return this
  }

  /** A statement of the script begins. @param jobId its own job */
  beginChild(jobId: string | undefined): void {
    this.#currentJob = jobId
  }

  /** @param bytesRead those of the statement */
  endChild(bytesRead: number): void {
    this.#lastJob = this.#currentJob
    this.#currentJob = undefined
    this.#children++
    this.#bytesRead += bytesRead
    this.#bytesBilled += bytesBilled(bytesRead)
  }

  /** Of the jobs that begin from now on. */
  get labels(): Readonly<Record<string, string>> | undefined {
    const text = this.#set.get('@@query_label')
    return text === undefined || text === null || text === '' ? undefined : labelsOf(text)
  }

  /** Where names without a dataset are looked for. */
  get defaultDataset(): Dataset | undefined {
    const datasetId = this.#set.get('@@dataset_id') ?? undefined
    const projectId = this.#set.get('@@dataset_project_id') ?? undefined
    if (datasetId === undefined && projectId === undefined) return undefined
    return { ...(projectId !== undefined && { projectId }), ...(datasetId !== undefined && { datasetId }) }
  }

  /** @param name in lower case @returns undefined for one that has no value here, or that local-cloud does not know */
  readonly valueOf = (name: string): Typed | undefined => {
    const { projectId, sessionId, job, isScript } = this.#query
    const script = isScript ? this.#scriptValueOf(name) : undefined
    if (script) return script
    if (isSettable(name)) return text(this.#set.get(name))
    if (name === '@@project_id') return text(projectId)
    if (name === '@@session_id') return text(sessionId)
    if (name === '@@current_job_id') return text(this.#currentJob ?? job?.id)
    if (name === '@@last_job_id' || name === '@@script.job_id') return text(undefined)
    if (name === '@@script.creation_time') return nothing(TIMESTAMP)
    const isNumber = name === '@@row_count' || (name.startsWith('@@script.') && name !== '@@script.slot_ms')
    return isNumber && READ_ONLY.has(name) ? nothing(INT64) : undefined
  }

  /** @throws BigQueryError for one that nobody sets, or that local-cloud does not know */
  checkSet(name: string): void {
    const lower = name.toLowerCase()
    if (isSettable(lower)) return
    if (READ_ONLY.has(lower))
      throw new BigQueryError(
        'invalidQuery',
        `The system variable ${name} is read-only: SET cannot change it`,
      )
    throw notImplemented(`SET ${name}`)
  }

  /** @param value NULL: as if it had never been set @throws BigQueryError for a value that it does not take */
  set(name: string, value: string | null): void {
    const lower = name.toLowerCase()
    if (!isSettable(lower)) return this.checkSet(name)
    if (lower === '@@query_label' && value !== null && value !== '') labelsOf(value)
    if (lower === '@@time_zone' && !UTC.test(value ?? '')) throw notImplemented(`another ${name} than UTC`)
    this.#set.set(lower, value)
  }

  #scriptValueOf(name: string): Typed | undefined {
    const { job } = this.#query
    if (name === '@@last_job_id') return text(this.#lastJob)
    if (name === '@@script.job_id') return text(job?.id)
    if (name === '@@script.num_child_jobs') return whole(this.#children)
    if (name === '@@script.bytes_processed') return whole(this.#bytesRead)
    if (name === '@@script.bytes_billed') return whole(this.#bytesBilled)
    if (name === '@@script.creation_time' && job)
      return { sql: `make_timestamptz(CAST(${job.createdAt * 1000} AS BIGINT))`, type: TIMESTAMP }
    return undefined
  }
}

const isSettable = (name: string): name is Settable => (SETTABLE as readonly string[]).includes(name)

const text = (value: string | null | undefined): Typed =>
  value === undefined || value === null ? nothing(STRING) : { sql: quoteText(value), type: STRING }

const whole = (value: number): Typed => ({ sql: `CAST(${value} AS BIGINT)`, type: INT64 })

const nothing = (type: SqlType): Typed => ({ sql: `CAST(NULL AS ${duckDb(type)})`, type })
