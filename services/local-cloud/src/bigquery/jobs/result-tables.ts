import type { Catalog } from '../catalog/catalog.ts'
import { RESULTS_DATASET as DATASET } from '../catalog/results-dataset.ts'
import { rowOf } from '../values/cells.ts'
import { BigQueryError } from '../errors.ts'
import type { ResultPage } from '../results/result-page.ts'
import type { Jobs } from './jobs.ts'
import type { JobReference } from './running-job.ts'
import { rowsOfPage } from '../results/page-size.ts'
import { inFormat } from '../values/special-values.ts'
import type { TableReference } from '../table/table.ts'

/** Where the result of a job is; it is there as long as the job is. */
export function resultTable({ projectId, jobId }: JobReference): TableReference {
  return { projectId, datasetId: DATASET, tableId: jobId }
}

/** Whether a table is the result of a query, and none that a job has brought into their dataset. */
export const isResultTable = ({ tables }: Catalog, reference: TableReference): boolean =>
  reference.datasetId === DATASET && !tables.find(reference)

/** tables.get of a result. @throws BigQueryError notFound */
export function resultTableResource(jobs: Jobs, reference: TableReference): Record<string, unknown> {
  const { fields, rows, job } = found(jobs, reference)
  const { projectId, tableId } = reference
  return {
    kind: 'bigquery#table',
    id: `${projectId}:${DATASET}.${tableId}`,
    tableReference: reference,
    schema: { fields },
    numRows: String(rows.count),
    numBytes: '0',
    creationTime: String(job.startTime),
    lastModifiedTime: String(job.startTime),
    type: 'TABLE',
    location: job.reference.location,
  }
}

/** tabledata.list of a result. @throws BigQueryError notFound */
export async function resultTableRows(
  jobs: Jobs,
  reference: TableReference,
  { maxResults, startIndex = 0, format }: ResultPage,
): Promise<object> {
  const { fields, rows } = found(jobs, reference)
  const page = await rows.page(startIndex, rowsOfPage(fields.length, maxResults))
  const change = inFormat(fields, format)
  const end = startIndex + page.length
  return {
    kind: 'bigquery#tableDataList',
    totalRows: String(rows.count),
    rows: page.map((row) => rowOf(change?.(row) ?? row, format)),
    ...(end < rows.count && { pageToken: String(end) }),
  }
}

/** What a job gave, for who reads it in another way. @throws BigQueryError notFound */
export function heldResult(jobs: Jobs, reference: TableReference) {
  const { job, fields, rows } = found(jobs, reference)
  return { fields, rows, location: job.reference.location }
}

function found(jobs: Jobs, { projectId, tableId }: TableReference) {
  const job = jobs.list(projectId).find(({ reference }) => reference.jobId === tableId)
  const outcome = job?.outcome
  if (!job || !outcome || outcome instanceof BigQueryError || !('rows' in outcome))
    throw new BigQueryError('notFound', `Not found: Table ${projectId}:${DATASET}.${tableId}`)
  return { job, fields: outcome.fields, rows: outcome.rows }
}
