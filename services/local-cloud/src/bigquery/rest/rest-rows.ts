import type { FastifyInstance } from 'fastify'
import type { BigQueryParts } from './bigquery-parts.ts'
import { rowOf, withEmptyArrays } from '../values/cells.ts'
import { quote } from '../values/fields.ts'
import type { InsertAllRequest } from '../rows/insert-all.ts'
import { Garbage } from '../results/garbage.ts'
import { rowsOfPage } from '../results/page-size.ts'
import { physical } from '../table/physical.ts'
import { pageOf, referenceOf, type Query } from './requests.ts'
import { splitDecorator } from '../table/partition-decorator.ts'
import { isPartitionsSummary, partitionsSummaryRows } from './partitions-summary.ts'
import { isResultTable, resultTableRows } from '../jobs/result-tables.ts'
import { inFormat } from '../values/special-values.ts'
import { incarnationOf } from '../table/table.ts'
import { selectedColumns } from '../table/table-view.ts'

/** Rows of tables. */
export function addRows(app: FastifyInstance, { catalog, store, insertAll, jobs }: BigQueryParts): void {
  const table = '/projects/:project/datasets/:dataset/tables/:table'
  const garbage = new Garbage()
  app.post(`${table}/insertAll`, (request) => {
    const { table: reference, partition } = splitDecorator(referenceOf(request))
    const found = catalog.tables.known.forWriters(reference)
    return insertAll.insert(found, request.body as InsertAllRequest, partition)
  })
  app.get(`${table}/data`, async (request) => {
    if (isResultTable(catalog, referenceOf(request)))
      return resultTableRows(jobs, referenceOf(request), pageOf(request.query as Query))
    const selected = (request.query as Query)['selectedFields']
    if (isPartitionsSummary(referenceOf(request))) {
      const page = pageOf(request.query as Query)
      return partitionsSummaryRows({ catalog, store }, referenceOf(request), page, selected)
    }
    const found = catalog.tables.stored(referenceOf(request))
    const { maxResults, startIndex, format } = pageOf(request.query as Query)
    const total = await catalog.tables.countRows(found)
    const first = startIndex ?? 0
    const columns = selectedColumns(found, selected)
    const limit = `LIMIT ${rowsOfPage(columns.length, maxResults)} OFFSET ${first}`
    // a table without columns has no rows
    const names = columns.map(({ name }) => quote(name)).join(', ') || 'NULL'
    const sql = `SELECT ${names} FROM ${physical(found.reference)} ${limit}`
    garbage.collectIfGrown()
    const reader = await store.query(sql, [incarnationOf(found)])
    const types = reader.columnTypes()
    const change = inFormat(columns, format)
    const rows = reader.getRows().map((row) => {
      const kept = withEmptyArrays(row, types)
      return rowOf(change?.(kept) ?? kept, format)
    })
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
