import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Catalog } from './catalog.ts'
import { rowOf, withEmptyArrays, type CellFormat } from './cells.ts'
import type { Dataset } from './datasets.ts'
import { discoveryDocument } from './discovery.ts'
import { BigQueryError, notImplemented, toBigQueryError } from './errors.ts'
import type { InsertAll, InsertAllRequest } from './insert-all.ts'
import type { ExternalTables } from './files/external-tables.ts'
import type { ExtractSpec } from './files/extract.ts'
import type { LoadSpec } from './files/load.ts'
import type { SourceSpec } from './files/read-options.ts'
import type { CopySpec } from './copy.ts'
import { checkDataset, checkJob, checkQueryRequest } from './job-options.ts'
import { jobResource } from './job-resource.ts'
import type { JobSpec } from './job-spec.ts'
import { queryResponse, type Jobs, type ResultPage } from './jobs.ts'
import { byJobFilter, byLabels, pageOfList } from './list-page.ts'
import { physical } from './physical.ts'
import type { QueryRunner } from './query-runner.ts'
import { querySpecOf, type QuerySpec } from './query-spec.ts'
import { inView, selectedColumns } from './table-view.ts'
import type { Store } from './store.ts'
import {
  incarnationOf,
  tableResource,
  type Table,
  type TableReference,
  type ViewDefinition,
} from './table.ts'

export interface BigQueryParts {
  readonly catalog: Catalog
  readonly store: Store
  readonly jobs: Jobs
  readonly runner: QueryRunner
  readonly insertAll: InsertAll
  readonly external: ExternalTables
}

type Query = Readonly<Record<string, string | undefined>>
type Body = Readonly<Record<string, unknown>>

/** BigQuery's REST API v2. Methods that are not here answer 501 with their name. */
export function addBigQueryRest(app: FastifyInstance, parts: BigQueryParts): void {
  app.setErrorHandler((error, _request, reply) => {
    const answer = isBadRequest(error)
      ? new BigQueryError('badRequest', error.message)
      : toBigQueryError(error)
    if (answer.reason === 'internalError') app.log.error({ err: error }, 'BigQuery request failed')
    void reply.code(answer.httpStatus).send(answer.body())
  })
  app.setNotFoundHandler((request) => {
    throw notImplemented(`${request.method} ${request.url.split('?')[0]}`)
  })
  for (const path of ['/$discovery/rest', '/discovery/v1/apis/bigquery/v2/rest']) {
    app.get(path, (request) => discoveryDocument(`http://${request.host}/`))
  }
  // clients that are told of an emulator leave the prefix out
  for (const prefix of ['/bigquery/v2', '']) {
    app.register(
      (scope, _options, done) => {
        addDatasets(scope, parts)
        addTables(scope, parts)
        addRows(scope, parts)
        addJobs(scope, parts)
        done()
      },
      { prefix },
    )
  }
}

function isBadRequest(error: unknown): error is Error {
  const status = (error as { statusCode?: number }).statusCode
  return !(error instanceof BigQueryError) && status !== undefined && status < 500
}

function addDatasets(app: FastifyInstance, { catalog }: BigQueryParts): void {
  app.get('/projects', () => ({
    kind: 'bigquery#projectList',
    projects: catalog.datasets
      .projects()
      .map((id) => ({ kind: 'bigquery#project', id, projectReference: { projectId: id } })),
  }))
  app.get('/projects/:project/datasets', (request) => ({
    kind: 'bigquery#datasetList',
    ...listOf(
      'datasets',
      request,
      catalog.datasets.of(projectOf(request)).filter(byLabels((request.query as Query)['filter'])),
      datasetResource,
    ),
  }))
  app.post('/projects/:project/datasets', async (request) => {
    const body = request.body as Body
    checkDataset(body)
    const { datasetReference, labels, description, location } = body as {
      datasetReference?: { datasetId?: string }
      labels?: Record<string, string>
      description?: string
      location?: string
    }
    const created = await catalog.datasets.create({
      projectId: projectOf(request),
      datasetId: datasetReference?.datasetId ?? '',
      ...(labels && { labels }),
      ...(description !== undefined && { description }),
      ...(location !== undefined && { location }),
    })
    return datasetResource(created)
  })
  const one = '/projects/:project/datasets/:dataset'
  app.get(one, (request) => datasetResource(catalog.datasets.get(projectOf(request), datasetOf(request))))
  app.patch(one, async (request) => {
    checkDataset(request.body as Body)
    const { labels, description } = request.body as { labels?: Record<string, string>; description?: string }
    const dataset = catalog.datasets.get(projectOf(request), datasetOf(request))
    return datasetResource(
      await catalog.datasets.update(
        dataset,
        {
          ...(labels && { labels: { ...dataset.labels, ...labels } }),
          ...(description !== undefined && { description }),
        },
        request.headers['if-match'],
      ),
    )
  })
  app.delete(one, async (request, reply) => {
    const deleteContents = /^true$/i.test((request.query as Query)['deleteContents'] ?? '')
    await catalog.deleteDataset(projectOf(request), datasetOf(request), deleteContents)
    return reply.code(204).send()
  })
}

function addTables(app: FastifyInstance, { catalog, runner, external }: BigQueryParts): void {
  const viewFields = async (request: FastifyRequest) => {
    const { view } = request.body as { view?: ViewDefinition }
    return view && (await runner.describeView(projectOf(request), view))
  }
  const all = '/projects/:project/datasets/:dataset/tables'
  app.get(all, (request) => {
    const tables = catalog.tables.of(projectOf(request), datasetOf(request))
    const short = (table: Table) => {
      const { schema: _, numRows: __, ...rest } = tableResource(table, 0)
      return rest
    }
    return {
      kind: 'bigquery#tableList',
      totalItems: tables.length,
      ...listOf('tables', request, tables, short),
    }
  })
  app.post(all, async (request) => {
    const body = request.body as Body
    const sent = (body['tableReference'] as Partial<TableReference> | undefined)?.tableId ?? ''
    const reference = { projectId: projectOf(request), datasetId: datasetOf(request), tableId: sent }
    const source = body['externalDataConfiguration'] as SourceSpec | undefined
    const fields = source && (await external.describe(source, body['schema'] as SourceSpec['schema']))
    const described = fields ? { ...body, schema: { fields } } : body
    return tableResource(await catalog.tables.create(reference, described, await viewFields(request)), 0)
  })
  const one = `${all}/:table`
  app.get(one, async (request) => {
    const table = catalog.tables.forReaders(referenceOf(request))
    const { view, selectedFields } = request.query as Query
    if (selectedFields) throw notImplemented('selectedFields of tables.get')
    return inView(tableResource(table, await catalog.tables.countRows(table)), view)
  })
  app.patch(one, async (request) => {
    const ifMatch = request.headers['if-match']
    const fields = await viewFields(request)
    const table = await catalog.tables.patch(referenceOf(request), request.body as Body, ifMatch, fields)
    return tableResource(table, await catalog.tables.countRows(table))
  })
  app.put(one, () => {
    throw notImplemented('tables.update (tables.patch does the same for the fields that are sent)')
  })
  app.delete(one, async (request, reply) => {
    await catalog.tables.delete(referenceOf(request))
    return reply.code(204).send()
  })
}

function addRows(app: FastifyInstance, { catalog, store, insertAll }: BigQueryParts): void {
  const table = '/projects/:project/datasets/:dataset/tables/:table'
  app.post(`${table}/insertAll`, (request) =>
    insertAll.insert(catalog.tables.forWriters(referenceOf(request)), request.body as InsertAllRequest),
  )
  app.get(`${table}/data`, async (request) => {
    const found = catalog.tables.stored(referenceOf(request))
    const { maxResults, startIndex, format } = pageOf(request.query as Query)
    const total = await catalog.tables.countRows(found)
    const first = startIndex ?? 0
    const limit = `LIMIT ${maxResults ?? 50_000} OFFSET ${first}`
    const columns = selectedColumns(found, (request.query as Query)['selectedFields'])
    const reader = await store.query(`SELECT ${columns} FROM ${physical(found.reference)} ${limit}`, [
      incarnationOf(found),
    ])
    const types = reader.columnTypes()
    const rows = reader.getRows().map((row) => rowOf(withEmptyArrays(row, types), format))
    const end = first + rows.length
    return {
      kind: 'bigquery#tableDataList',
      etag: found.etag,
      totalRows: String(total),
      rows,
      ...(end < total && { pageToken: String(end) }),
    }
  })
}

interface JobConfiguration {
  readonly query?: QuerySpec
  readonly extract?: ExtractSpec
  readonly load?: LoadSpec
  readonly copy?: CopySpec
  readonly dryRun?: boolean
  readonly labels?: Readonly<Record<string, string>>
}

/** @throws BigQueryError notImplemented for other jobs */
function jobSpecOf({ query, extract, load, copy, dryRun = false }: JobConfiguration): JobSpec {
  if (query) return { type: 'QUERY', query: { ...query, dryRun } }
  if (dryRun) throw notImplemented('dry runs of jobs that are no query')
  if (extract) return { type: 'EXTRACT', extract }
  if (load) return { type: 'LOAD', load }
  if (copy) return { type: 'COPY', copy }
  throw notImplemented('empty jobs')
}

function addJobs(app: FastifyInstance, { jobs }: BigQueryParts): void {
  app.post('/projects/:project/queries', async (request) => {
    const spec = request.body as QuerySpec & {
      maxResults?: number
      formatOptions?: { useInt64Timestamp?: boolean }
      labels?: Readonly<Record<string, string>>
    }
    checkQueryRequest(request.body as Body)
    const { labels } = spec
    const job = await jobs.insert(
      projectOf(request),
      { type: 'QUERY', query: querySpecOf(spec) },
      undefined,
      labels,
    )
    const format = { int64Timestamp: spec.formatOptions?.useInt64Timestamp ?? false }
    const response = await queryResponse(job, {
      format,
      ...(spec.maxResults !== undefined && { maxResults: spec.maxResults }),
    })
    return { kind: 'bigquery#queryResponse', queryId: job.reference.jobId, ...response }
  })
  app.get('/projects/:project/queries/:job', async (request) => ({
    kind: 'bigquery#getQueryResultsResponse',
    ...(await queryResponse(jobs.get(projectOf(request), jobOf(request)), pageOf(request.query as Query))),
  }))
  app.delete('/projects/:project/jobs/:job/delete', (request) => {
    jobs.delete(projectOf(request), jobOf(request))
    return {}
  })
  app.post('/projects/:project/jobs', async (request) => {
    const { configuration = {}, jobReference } = request.body as {
      configuration?: JobConfiguration
      jobReference?: { jobId?: string }
    }
    checkJob(request.body as Body)
    const spec = jobSpecOf(configuration)
    const job = await jobs.insert(projectOf(request), spec, jobReference?.jobId, configuration.labels)
    // a dry run makes no job: its error is the answer
    if (configuration.dryRun && job.outcome instanceof BigQueryError) throw job.outcome
    return jobResource(job)
  })
  app.get('/projects/:project/jobs', (request) => ({
    kind: 'bigquery#jobList',
    ...listOf(
      'jobs',
      request,
      jobs.list(projectOf(request)).filter(byJobFilter(request.query as Query, statesOf(request))),
      jobResource,
    ),
  }))
  app.get('/projects/:project/jobs/:job', (request) =>
    jobResource(jobs.get(projectOf(request), jobOf(request))),
  )
  // every job is done when its call is answered: there is nothing left to cancel
  app.post('/projects/:project/jobs/:job/cancel', (request) => ({
    kind: 'bigquery#jobCancelResponse',
    job: jobResource(jobs.get(projectOf(request), jobOf(request))),
  }))
}

/** A page of a list, under the name that it has in the answer. */
function listOf<T>(
  name: string,
  request: FastifyRequest,
  items: readonly T[],
  resource: (item: T) => object,
): object {
  const { page, next } = pageOfList(items, request.query as Query)
  return { [name]: page.map(resource), ...next }
}

/** `stateFilter` may come several times. */
function statesOf(request: FastifyRequest): readonly string[] {
  const { stateFilter = [] } = request.query as { stateFilter?: string | readonly string[] }
  return typeof stateFilter === 'string' ? [stateFilter] : stateFilter
}

interface Params {
  readonly project: string
  readonly dataset: string
  readonly table: string
  readonly job: string
}

const paramsOf = (request: FastifyRequest): Params => request.params as Params
const projectOf = (request: FastifyRequest): string => paramsOf(request).project
const datasetOf = (request: FastifyRequest): string => paramsOf(request).dataset
const jobOf = (request: FastifyRequest): string => paramsOf(request).job

function referenceOf(request: FastifyRequest): TableReference {
  const { project, dataset, table } = paramsOf(request)
  return { projectId: project, datasetId: dataset, tableId: table }
}

function pageOf(query: Query): ResultPage {
  const maxResults = query['maxResults']
  const startIndex = query['pageToken'] ?? query['startIndex']
  const format: CellFormat = { int64Timestamp: query['formatOptions.useInt64Timestamp'] === 'true' }
  return {
    format,
    ...(maxResults !== undefined && { maxResults: Number(maxResults) }),
    ...(startIndex !== undefined && { startIndex: Number(startIndex) }),
  }
}

function datasetResource(dataset: Dataset): object {
  const { projectId, datasetId, labels, description, location, etag, creationTime, lastModifiedTime } =
    dataset
  return {
    kind: 'bigquery#dataset',
    etag,
    id: `${projectId}:${datasetId}`,
    datasetReference: { projectId, datasetId },
    labels,
    ...(description !== undefined && { description }),
    location,
    creationTime: String(creationTime),
    lastModifiedTime: String(lastModifiedTime),
    type: 'DEFAULT',
  }
}
