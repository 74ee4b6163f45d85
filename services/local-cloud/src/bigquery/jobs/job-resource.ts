import { bytesBilled } from '../bytes/bytes-billed.ts'
import { affectedRows, dmlStats } from '../rows/dml-counts.ts'
import { BigQueryError } from '../errors.ts'
import type { JobSpec } from './job-spec.ts'
import type { Job, JobReference, Outcome } from './running-job.ts'
import type { QueryResult } from '../queries/query-result.ts'
import { resultTable } from './result-tables.ts'
import { SESSION_USER } from '../session-user.ts'
import type { TableReference } from '../table/table.ts'

/** The Job resource. */
export function jobResource({
  reference,
  spec,
  startTime,
  endTime,
  outcome,
  labels,
  parentJobId,
  stack,
  childCount,
}: Job): Record<string, unknown> {
  const failed = outcome instanceof BigQueryError
  const { projectId, jobId, location } = reference
  const state = outcome ? 'DONE' : 'RUNNING'
  return {
    kind: 'bigquery#job',
    etag: '',
    id: `${projectId}:${location}.${jobId}`,
    jobReference: reference,
    configuration: { ...configurationOf(reference, spec, outcome), ...(labels && { labels }) },
    // bq's job list shows these two beside the status
    state,
    user_email: SESSION_USER,
    status: {
      state,
      ...(failed && { errorResult: outcome.proto(), errors: [outcome.proto()] }),
      ...warningsOf(outcome),
    },
    statistics: {
      creationTime: String(startTime),
      startTime: String(startTime),
      ...(endTime !== undefined && { endTime: String(endTime) }),
      ...(childCount > 0 && { numChildJobs: String(childCount) }),
      ...(parentJobId !== undefined && {
        parentJobId,
        scriptStatistics: { evaluationKind: 'STATEMENT', stackFrames: stack },
      }),
      ...(outcome && {
        totalBytesProcessed: bytesRead(outcome),
        ...statisticsOf(spec, outcome),
        ...sessionInfo(outcome),
      }),
    },
  }
}

/** Errors that did not end it. */
function warningsOf(outcome: Outcome | undefined): { readonly errors?: readonly object[] } {
  if (!outcome || outcome instanceof BigQueryError || !('warnings' in outcome) || !outcome.warnings) return {}
  return { errors: outcome.warnings.map((warning) => warning.proto()) }
}

function configurationOf(reference: JobReference, spec: JobSpec, outcome: Outcome | undefined): object {
  const { type: jobType } = spec
  if (spec.type === 'EXTRACT') return { jobType, extract: spec.extract }
  if (spec.type === 'COPY') return { jobType, copy: spec.copy }
  if (spec.type === 'LOAD') return { jobType, load: spec.load }
  const { query } = spec
  const destinationTable = query.destinationTable ?? destinationOf(reference, query.dryRun === true, outcome)
  return {
    jobType,
    ...(query.dryRun && { dryRun: true }),
    query: { ...query, useLegacySql: false, ...(destinationTable && { destinationTable }) },
  }
}

/** A statement that changes a table, or makes one of a query, has it for its destination, a SELECT its result, as clients count on. */
function destinationOf(
  reference: JobReference,
  isDry: boolean,
  outcome: Outcome | undefined,
): TableReference | undefined {
  if (!outcome || outcome instanceof BigQueryError || !('rows' in outcome)) return undefined
  const { statementType, changed, ddl } = outcome
  if (statementType === 'SELECT') return isDry ? undefined : resultTable(reference)
  if (statementType !== 'CREATE_TABLE_AS_SELECT' || !ddl || !('target' in ddl)) return changed
  return ddl.target
}

function statisticsOf(spec: JobSpec, outcome: Outcome): object {
  if (spec.type !== 'QUERY')
    return outcome instanceof BigQueryError || !('statistics' in outcome) ? {} : outcome.statistics
  const done = outcome instanceof BigQueryError || !('rows' in outcome) ? undefined : outcome
  return {
    query: {
      totalBytesProcessed: bytesRead(outcome),
      totalBytesBilled: spec.query.dryRun ? '0' : String(bytesBilled(Number(bytesRead(outcome)))),
      cacheHit: false,
      ...(done && { statementType: done.statementType, schema: { fields: done.fields } }),
      ...(done?.referenced && { referencedTables: done.referenced }),
      // of a script its child jobs tell it
      ...(done?.statementType !== 'SCRIPT' && dmlDone(outcome)),
      ...ddlDone(outcome),
    },
  }
}

export function bytesRead(outcome: Outcome): string {
  return String((!(outcome instanceof BigQueryError) && 'rows' in outcome && outcome.bytesRead) || 0)
}

function targetOf(ddl: NonNullable<QueryResult['ddl']>): object {
  if ('routine' in ddl) return { ddlTargetRoutine: ddl.routine }
  return 'dataset' in ddl ? { ddlTargetDataset: ddl.dataset } : { ddlTargetTable: ddl.target }
}

function ddlDone(outcome: Outcome): object {
  if (outcome instanceof BigQueryError || !('ddl' in outcome) || !outcome.ddl) return {}
  const { operation } = outcome.ddl
  return { ddlOperationPerformed: operation, ...targetOf(outcome.ddl) }
}

/** The session that a query was in. */
export function sessionInfo(outcome: Outcome): { sessionInfo?: { sessionId: string } } {
  if (outcome instanceof BigQueryError || !('rows' in outcome) || outcome.sessionId === undefined) return {}
  return { sessionInfo: { sessionId: outcome.sessionId } }
}

/** How many rows a statement changed, and how. */
export function dmlDone(outcome: Outcome): {
  readonly numDmlAffectedRows?: string
  readonly dmlStats?: object
} {
  if (outcome instanceof BigQueryError || !('rows' in outcome) || !outcome.dml) return {}
  return { numDmlAffectedRows: String(affectedRows(outcome.dml)), dmlStats: dmlStats(outcome.dml) }
}
