import { quoteText } from '../../bigquery/values/fields.ts'
import type { TableReference } from '../../bigquery/table/table.ts'
import { madeTable, type MadeTable } from './made-table.ts'
import { arrayOf, INT64, scalar, STRING, structOf, type SqlType } from '../typing/sql-type.ts'

/** What INFORMATION_SCHEMA.JOBS tells of a job. Times are milliseconds since 1970. */
export interface JobRow {
  readonly projectId: string
  readonly jobId: string
  readonly location: string
  readonly userEmail: string
  /** Of the script in which it is a statement. */
  readonly parentJobId: string | undefined
  readonly jobType: string
  readonly statementType: string | undefined
  readonly query: string | undefined
  readonly state: string
  readonly creationTime: number
  readonly startTime: number
  readonly endTime: number | undefined
  readonly bytesProcessed: string | undefined
  readonly bytesBilled: string | undefined
  readonly cacheHit: boolean | undefined
  readonly sessionId: string | undefined
  /** Whole numbers. */
  readonly dml:
    | {
        readonly insertedRowCount: string
        readonly deletedRowCount: string
        readonly updatedRowCount: string
      }
    | undefined
  readonly destination: Partial<TableReference> | undefined
  readonly error:
    | { readonly reason?: string; readonly location?: string; readonly message?: string }
    | undefined
  readonly labels: Readonly<Record<string, string>>
}

interface Column {
  readonly type: SqlType
  /** DuckDB's SQL of its value. */
  readonly of: (job: JobRow) => string
}

const TIMESTAMP = scalar('TIMESTAMP')

const text = (value: string | undefined): string => (value === undefined ? 'NULL' : quoteText(value))
const time = (ms: number | undefined): string =>
  ms === undefined ? 'NULL' : `make_timestamptz(CAST(${ms * 1000} AS BIGINT))`
const texts = (values: Readonly<Record<string, string | undefined>>): string =>
  structOf(Object.entries(values).map(([name, value]) => ({ name, sql: `CAST(${text(value)} AS VARCHAR)` })))
const textsOf = (...names: readonly string[]): SqlType => ({
  kind: 'STRUCT',
  fields: names.map((name) => ({ name, type: STRING })),
})

const DML_COUNTS = [
  ['inserted_row_count', 'insertedRowCount'],
  ['deleted_row_count', 'deletedRowCount'],
  ['updated_row_count', 'updatedRowCount'],
] as const

/** docs: JOBS view, "schema", as far as local-cloud knows it. */
const COLUMNS: Readonly<Record<string, Column>> = {
  creation_time: { type: TIMESTAMP, of: (job) => time(job.creationTime) },
  project_id: { type: STRING, of: (job) => text(job.projectId) },
  user_email: { type: STRING, of: (job) => text(job.userEmail) },
  job_id: { type: STRING, of: (job) => text(job.jobId) },
  parent_job_id: { type: STRING, of: (job) => text(job.parentJobId) },
  job_type: { type: STRING, of: (job) => text(job.jobType) },
  statement_type: { type: STRING, of: (job) => text(job.statementType) },
  priority: { type: STRING, of: () => text('INTERACTIVE') },
  start_time: { type: TIMESTAMP, of: (job) => time(job.startTime) },
  end_time: { type: TIMESTAMP, of: (job) => time(job.endTime) },
  query: { type: STRING, of: (job) => text(job.query) },
  state: { type: STRING, of: (job) => text(job.state) },
  total_bytes_processed: { type: INT64, of: (job) => job.bytesProcessed ?? 'NULL' },
  total_bytes_billed: { type: INT64, of: (job) => job.bytesBilled ?? 'NULL' },
  cache_hit: {
    type: scalar('BOOL'),
    of: ({ cacheHit }) => (cacheHit === undefined ? 'NULL' : String(cacheHit)),
  },
  destination_table: {
    type: textsOf('project_id', 'dataset_id', 'table_id'),
    of: ({ destination: to }) =>
      to ? texts({ project_id: to.projectId, dataset_id: to.datasetId, table_id: to.tableId }) : 'NULL',
  },
  error_result: {
    type: textsOf('reason', 'location', 'debug_info', 'message'),
    of: ({ error }) =>
      error
        ? texts({
            reason: error.reason,
            location: error.location,
            debug_info: undefined,
            message: error.message,
          })
        : 'NULL',
  },
  labels: {
    type: arrayOf(textsOf('key', 'value')),
    of: ({ labels }) =>
      `[${Object.entries(labels)
        .map(([key, value]) => texts({ key, value }))
        .join(', ')}]`,
  },
  dml_statistics: {
    type: {
      kind: 'STRUCT',
      fields: DML_COUNTS.map(([name]) => ({ name, type: INT64 })),
    },
    of: ({ dml }) =>
      dml
        ? structOf(DML_COUNTS.map(([name, key]) => ({ name, sql: `CAST(${dml[key]} AS BIGINT)` })))
        : 'NULL',
  },
  session_info: {
    type: textsOf('session_id'),
    of: ({ sessionId }) => (sessionId === undefined ? 'NULL' : texts({ session_id: sessionId })),
  },
}

/** All three are one here: a project has one user, and there is no organization (docs: JOBS view, JOBS_BY_USER view). */
export const isJobsView = (name: string): boolean => /^JOBS(_BY_PROJECT|_BY_USER)?$/.test(name)

/** @param region in lower case */
export function jobsView(jobs: readonly JobRow[], region: string): MadeTable {
  const columns = Object.entries(COLUMNS)
  const here = jobs.filter(({ location }) => location.toLowerCase() === region)
  return madeTable(
    columns.map(([name, { type }]) => [name, type]),
    here.map((job) => ({ values: columns.map(([, { of }]) => of(job)) })),
  )
}
