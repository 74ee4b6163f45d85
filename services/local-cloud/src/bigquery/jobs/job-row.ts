import type { JobRow } from '../../sql/views/jobs-view.ts'
import { jobResource } from './job-resource.ts'
import type { Job } from './running-job.ts'
import { SESSION_USER } from '../session-user.ts'
import type { TableReference } from '../table/table.ts'

interface WithDestination {
  readonly destinationTable?: Partial<TableReference>
}

/** What is read of a Job resource. */
interface Resource {
  readonly configuration: {
    readonly query?: WithDestination & { readonly query?: string }
    readonly load?: WithDestination
    readonly copy?: WithDestination
  }
  readonly status: { readonly state: string; readonly errorResult?: JobRow['error'] }
  readonly statistics: {
    readonly totalBytesProcessed?: string
    readonly sessionInfo?: { readonly sessionId: string }
    readonly parentJobId?: string
    readonly query?: {
      readonly statementType?: string
      readonly totalBytesBilled?: string
      readonly cacheHit?: boolean
      readonly dmlStats?: JobRow['dml']
    }
  }
}

/** A job as INFORMATION_SCHEMA.JOBS has it: the same that jobs.get tells. */
export function jobRow(job: Job): JobRow {
  const { configuration, status, statistics } = jobResource(job) as unknown as Resource
  const { query, load, copy } = configuration
  return {
    ...job.reference,
    userEmail: SESSION_USER,
    parentJobId: statistics.parentJobId,
    jobType: job.spec.type,
    statementType: statistics.query?.statementType,
    query: query?.query,
    state: status.state,
    creationTime: job.startTime,
    startTime: job.startTime,
    endTime: job.endTime,
    bytesProcessed: statistics.totalBytesProcessed,
    bytesBilled: statistics.query?.totalBytesBilled,
    cacheHit: statistics.query?.cacheHit,
    sessionId: statistics.sessionInfo?.sessionId,
    dml: statistics.query?.dmlStats,
    destination: (query ?? load ?? copy)?.destinationTable,
    error: status.errorResult,
    labels: job.labels ?? {},
  }
}
