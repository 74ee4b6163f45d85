import { rowOf } from '../values/cells.ts'
import { BigQueryError } from '../errors.ts'
import { bytesRead, dmlDone, sessionInfo } from './job-resource.ts'
import type { Job } from './running-job.ts'
import { rowsOfPage } from '../results/page-size.ts'
import type { ResultPage } from '../results/result-page.ts'
import { inFormat } from '../values/special-values.ts'

/** What jobs.query and jobs.getQueryResults answer. @throws BigQueryError, the query's own when it failed */
export async function queryResponse(
  { outcome, reference }: Job,
  { maxResults, startIndex = 0, format }: ResultPage,
): Promise<Record<string, unknown>> {
  const { location } = reference
  if (outcome === undefined) return { jobReference: reference, location, jobComplete: false }
  if (outcome instanceof BigQueryError) throw outcome
  if (!('rows' in outcome)) throw new BigQueryError('invalid', `Job ${reference.jobId} is no query.`)
  const { rows } = outcome
  const page = await rows.page(startIndex, rowsOfPage(rows.types.length, maxResults))
  const end = startIndex + page.length
  const change = inFormat(outcome.fields, format)
  return {
    schema: { fields: outcome.fields },
    jobReference: reference,
    location,
    jobComplete: true,
    totalRows: String(rows.count),
    rows: page.map((row) => rowOf(change?.(row) ?? row, format)),
    ...(end < rows.count && { pageToken: String(end) }),
    totalBytesProcessed: bytesRead(outcome),
    cacheHit: false,
    ...dmlDone(outcome),
    ...sessionInfo(outcome),
  }
}
