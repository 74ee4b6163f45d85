import { bytesBilled } from './bytes-billed.ts'
import { BigQueryError } from './errors.ts'
import type { JobSpec } from './job-spec.ts'
import type { Job, Outcome } from './jobs.ts'
import { SESSION_USER } from './session-user.ts'

/** The Job resource. */
export function jobResource({
  reference,
  spec,
  startTime,
  endTime,
  outcome,
  labels,
}: Job): Record<string, unknown> {
  const failed = outcome instanceof BigQueryError
  const { projectId, jobId, location } = reference
  const state = outcome ? 'DONE' : 'RUNNING'
  return {
    kind: 'bigquery#job',
    etag: '',
    id: `${projectId}:${location}.${jobId}`,
    jobReference: reference,
    configuration: { ...configurationOf(spec), ...(labels && { labels }) },
    // bq's job list shows these two beside the status
    state,
    user_email: SESSION_USER,
    status: { state, ...(failed && { errorResult: outcome.proto(), errors: [outcome.proto()] }) },
    statistics: {
      creationTime: String(startTime),
      startTime: String(startTime),
      ...(endTime !== undefined && { endTime: String(endTime) }),
      ...(outcome && {
        totalBytesProcessed: bytesRead(outcome),
        ...statisticsOf(spec, outcome),
      }),
    },
  }
}

function configurationOf(spec: JobSpec): object {
  const { type: jobType } = spec
  if (spec.type === 'EXTRACT') return { jobType, extract: spec.extract }
  if (spec.type === 'COPY') return { jobType, copy: spec.copy }
  if (spec.type === 'LOAD') return { jobType, load: spec.load }
  const { query } = spec
  return { jobType, ...(query.dryRun && { dryRun: true }), query: { ...query, useLegacySql: false } }
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
      ...dmlCount(outcome),
      ...ddlDone(outcome),
    },
  }
}

export function bytesRead(outcome: Outcome): string {
  return String((!(outcome instanceof BigQueryError) && 'rows' in outcome && outcome.bytesRead) || 0)
}

function ddlDone(outcome: Outcome): object {
  if (outcome instanceof BigQueryError || !('ddl' in outcome) || !outcome.ddl) return {}
  const { operation } = outcome.ddl
  const target =
    'routine' in outcome.ddl
      ? { ddlTargetRoutine: outcome.ddl.routine }
      : { ddlTargetTable: outcome.ddl.target }
  return { ddlOperationPerformed: operation, ...target }
}

export function dmlCount(outcome: Outcome): { numDmlAffectedRows?: string } {
  if (outcome instanceof BigQueryError || !('rows' in outcome) || outcome.affectedRows === undefined)
    return {}
  return { numDmlAffectedRows: String(outcome.affectedRows) }
}
