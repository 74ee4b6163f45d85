import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { BigQueryParts } from './bigquery-parts.ts'
import { withoutNulls } from '../jobs/without-nulls.ts'
import { insertJob } from '../jobs/insert-job.ts'
import { checkQueryRequest, timeoutOf } from '../jobs/job-options.ts'
import { jobResource } from '../jobs/job-resource.ts'
import { queryResponse } from '../jobs/job-response.ts'
import { byJobFilter } from './list-page.ts'
import { querySpecOf, type QuerySpec } from '../queries/query-spec.ts'
import { formatOf, jobOf, listOf, pageOf, projectOf, type Body, type Query } from './requests.ts'

/** Where nobody says how long a caller waits for a query, in milliseconds (docs: jobs.query, jobs.getQueryResults). */
const QUERY_WAIT_MS = 10_000

/** Jobs and queries. */
export function addJobs(app: FastifyInstance, { jobs }: BigQueryParts): void {
  app.post('/projects/:project/queries', async (request) => {
    const body = withoutNulls(request.body as Body)
    const spec = body as unknown as QuerySpec & {
      maxResults?: number
      timeoutMs?: number
      location?: string
      formatOptions?: { useInt64Timestamp?: boolean; timestampOutputFormat?: string }
      labels?: Readonly<Record<string, string>>
      jobTimeoutMs?: string | number
    }
    checkQueryRequest(body)
    const format = formatOf(spec.formatOptions ?? {})
    const { labels, location, timeoutMs = QUERY_WAIT_MS } = spec
    const jobTimeoutMs = timeoutOf(spec.jobTimeoutMs)
    const job = await jobs.insert(
      projectOf(request),
      { type: 'QUERY', query: querySpecOf(spec) },
      {
        ...(labels && { labels }),
        ...(location && { location }),
        ...(jobTimeoutMs !== undefined && { timeoutMs: jobTimeoutMs }),
      },
    )
    await job.within(timeoutMs)
    const response = await queryResponse(job, {
      format,
      ...(spec.maxResults !== undefined && { maxResults: spec.maxResults }),
    })
    return { kind: 'bigquery#queryResponse', queryId: job.reference.jobId, ...response }
  })
  app.get('/projects/:project/queries/:job', async (request) => {
    const { timeoutMs, location } = request.query as Query
    const job = jobs.get(projectOf(request), jobOf(request), location)
    await job.within(timeoutMs === undefined ? QUERY_WAIT_MS : Number(timeoutMs))
    const page = pageOf(request.query as Query)
    return { kind: 'bigquery#getQueryResultsResponse', ...(await queryResponse(job, page)) }
  })
  app.delete('/projects/:project/jobs/:job/delete', (request) => {
    jobs.delete(projectOf(request), jobOf(request), locationOf(request))
    return {}
  })
  app.post('/projects/:project/jobs', async (request) =>
    jobResource(await insertJob(jobs, projectOf(request), request.body as Body)),
  )
  app.get('/projects/:project/jobs', (request) => ({
    kind: 'bigquery#jobList',
    ...listOf(
      'jobs',
      request,
      jobs
        .list(projectOf(request), (request.query as Query)['parentJobId'])
        .filter(byJobFilter(request.query as Query, statesOf(request))),
      jobResource,
    ),
  }))
  app.get('/projects/:project/jobs/:job', (request) =>
    jobResource(jobs.get(projectOf(request), jobOf(request), locationOf(request))),
  )
  app.post('/projects/:project/jobs/:job/cancel', (request) => ({
    kind: 'bigquery#jobCancelResponse',
    job: jobResource(jobs.cancel(projectOf(request), jobOf(request), locationOf(request))),
  }))
}

const locationOf = (request: FastifyRequest): string | undefined => (request.query as Query)['location']

/** `stateFilter` may come several times. */
function statesOf(request: FastifyRequest): readonly string[] {
  const { stateFilter = [] } = request.query as { stateFilter?: string | readonly string[] }
  return typeof stateFilter === 'string' ? [stateFilter] : stateFilter
}
