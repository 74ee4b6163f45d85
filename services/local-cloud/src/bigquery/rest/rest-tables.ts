import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { BigQueryParts } from './bigquery-parts.ts'
import { notImplemented } from '../errors.ts'
import type { SourceSpec } from '../table/source-spec.ts'
import { datasetOf, listOf, projectOf, referenceOf, type Body, type Query } from './requests.ts'
import type { PolicyChange } from '../catalog/table-policies.ts'
import { isPartitionsSummary, partitionsSummaryResource } from './partitions-summary.ts'
import { isResultTable, resultTableResource } from '../jobs/result-tables.ts'
import { bufferResource, countBuffered } from '../store/streaming-buffer.ts'
import {
  asPatch,
  withViewOf,
  incarnationOf,
  tableResource,
  viewOf,
  type Table,
  type TableReference,
} from '../table/table.ts'
import { inView, selectedColumns } from '../table/table-view.ts'

/** Tables and views. */
export function addTables(
  app: FastifyInstance,
  { catalog, store, runner, external, jobs }: BigQueryParts,
): void {
  const { policies } = catalog
  const viewFields = async (request: FastifyRequest, body: Body) => {
    const view = viewOf(body)
    return view && (await runner.describeView(projectOf(request), view))
  }
  const resourceOf = (table: Table, rows: number) => {
    const { projectId, datasetId } = table.reference
    return tableResource(table, catalog.datasets.get(projectId, datasetId).location, rows)
  }
  // rows in the streaming buffer are counted apart
  const whole = async (table: Table) => {
    const entries = catalog.buffer.of(incarnationOf(table))
    const rows = await catalog.tables.countRows(table)
    const buffered = await countBuffered(store, table, entries)
    const resource = resourceOf(table, rows - buffered)
    return buffered === 0 ? resource : { ...resource, streamingBuffer: bufferResource(entries, buffered) }
  }
  const all = '/projects/:project/datasets/:dataset/tables'
  app.get(all, (request) => {
    const tables = catalog.tables.of(projectOf(request), datasetOf(request))
    const short = (table: Table) => {
      const { schema: _, numRows: __, ...rest } = resourceOf(table, 0)
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
    return resourceOf(
      await catalog.tables.create(reference, withoutSnapshot(described), await viewFields(request, body)),
      0,
    )
  })
  const one = `${all}/:table`
  app.get(one, async (request) => {
    if (isResultTable(catalog, referenceOf(request))) return resultTableResource(jobs, referenceOf(request))
    if (isPartitionsSummary(referenceOf(request)))
      return partitionsSummaryResource(catalog, referenceOf(request))
    const table = catalog.tables.known.forReaders(referenceOf(request))
    const { view, selectedFields } = request.query as Query
    const fields = selectedColumns(table, selectedFields)
    const schema = fields.length > 0 ? { schema: { fields } } : {}
    return inView({ ...(await whole(table)), ...schema }, view)
  })
  const change = async (request: FastifyRequest, body: Body) => {
    const ifMatch = request.headers['if-match']
    const fields = await viewFields(request, body)
    const table = await catalog.tables.patch(referenceOf(request), withoutSnapshot(body), ifMatch, fields)
    return whole(table)
  }
  app.patch(one, (request) => {
    const body = request.body as Body
    return change(request, withViewOf(catalog.tables.get(referenceOf(request)), body))
  })
  app.put(one, (request) =>
    change(request, asPatch(catalog.tables.get(referenceOf(request)), request.body as Body)),
  )
  // the name of a method behind a colon is taken for a part of the table's
  app.post(one, async (request) => {
    const sent = referenceOf(request)
    const [, id = '', method = ''] = /^(.*):(\w+)$/.exec(sent.tableId) ?? []
    const reference = { ...sent, tableId: id }
    const body = request.body as { policy?: PolicyChange; permissions?: readonly string[] }
    if (method === 'getIamPolicy') return policies.get(reference)
    if (method === 'setIamPolicy') return policies.set(reference, body.policy ?? {})
    if (method === 'testIamPermissions') return policies.test(reference, body.permissions ?? [])
    throw notImplemented(`POST ${request.url.split('?')[0]}`)
  })
  app.delete(one, async (request, reply) => {
    await catalog.tables.delete(referenceOf(request))
    return reply.code(204).send()
  })
}

/** Output only: clients send it as part of what they read. */
function withoutSnapshot(body: Body): Body {
  const { snapshotDefinition: _, ...own } = body
  return own
}
