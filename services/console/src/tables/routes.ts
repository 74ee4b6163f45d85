import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { ColumnFigures, History, SampleRows, TableDetail, TableList } from '../api/tables.ts'
import type { TableFacts } from '../bigquery/warehouse.ts'
import { typeOf } from './type-of-table.ts'
import { readChanges } from './changes.ts'
import { readColumnFigures } from './column-figures.ts'
import { firstPage } from './first-page.ts'
import { quoted, type Tables } from './dataset.ts'
import { describeColumns, historyOf, kindOf, timeOf } from './describe-table.ts'
import { listTables } from './list-tables.ts'

const NoSuchTable = createError<[string]>('NO_SUCH_TABLE', 'the dataset has no table "%s"', 404)
const Name = Type.Object({ name: Type.String({ minLength: 1, maxLength: 300 }) })

/** The tables, their columns, their history and some rows. */
export const tableRoutes: FastifyPluginCallbackTypebox<{ tables: Tables }> = (app, { tables }, done) => {
  app.get(
    '/api/tables',
    { schema: { summary: 'Every table and view', response: { 200: TableList } } },
    async () => ({ tables: (await listTables(tables)).map(({ table }) => table) }),
  )
  app.get(
    '/api/columns',
    {
      schema: {
        summary: 'The columns of every table: for who writes SQL',
        response: {
          200: Type.Object({
            tables: Type.Array(Type.Object({ name: Type.String(), columns: Type.Array(Type.String()) })),
          }),
        },
      },
    },
    async () => ({
      tables: (await listTables(tables)).map(({ table, paths }) => ({
        name: table.name,
        columns: [...paths],
      })),
    }),
  )
  app.get(
    '/api/tables/:name',
    { schema: { summary: 'A table with its columns', params: Name, response: { 200: TableDetail } } },
    async ({ params: { name } }) => {
      const [facts, changes] = await Promise.all([factsOf(name), readChanges(tables, { table: name })])
      const { fields = [] } = facts.schema ?? {}
      const eventType = typeOf(name)
      const kind = kindOf(new Set(fields.map((field) => field.name)), facts.type === 'VIEW')
      return {
        name,
        kind,
        ...(kind === 'events' && eventType !== undefined && { event_type: eventType }),
        rows: facts.numRows === undefined ? null : Number(facts.numRows),
        created_at: timeOf(facts.creationTime),
        ...(facts.timePartitioning?.field !== undefined && { partition_by: facts.timePartitioning.field }),
        cluster_by: [...(facts.clustering?.fields ?? [])],
        columns: describeColumns(name, fields, changes),
        sql: selectOf(name, facts),
      }
    },
  )
  app.get(
    '/api/tables/:name/history',
    { schema: { summary: 'How a table came to be as it is', params: Name, response: { 200: History } } },
    async ({ params: { name } }) => {
      const [facts, changes] = await Promise.all([factsOf(name), readChanges(tables, { table: name })])
      return historyOf(changes, facts.schema?.fields ?? [])
    },
  )
  app.get(
    '/api/tables/:name/columns',
    {
      schema: {
        summary:
          'Null rate and distinct values of each column, over the partitions of the last days: it reads them all',
        params: Name,
        querystring: Type.Object({ days: Type.Integer({ default: 7, minimum: 1, maximum: 366 }) }),
        response: { 200: ColumnFigures },
      },
    },
    async ({ params: { name }, query: { days } }) => {
      const { schema } = await factsOf(name)
      return readColumnFigures(tables, name, schema?.fields ?? [], days)
    },
  )
  app.get(
    '/api/tables/:name/rows',
    {
      schema: {
        summary: 'Some rows, the freshest first',
        params: Name,
        querystring: Type.Object({ limit: Type.Integer({ default: 20, minimum: 1, maximum: 200 }) }),
        response: { 200: SampleRows },
      },
    },
    async ({ params: { name }, query: { limit } }) => {
      const began = performance.now()
      const sql = selectOf(name, await factsOf(name), limit)
      return { ...(await firstPage(tables.warehouse, sql, limit, began)), sql }
    },
  )
  done()

  /** @throws NoSuchTable */
  async function factsOf(name: string): Promise<TableFacts> {
    quoted(tables, name)
    const facts = await tables.warehouse.table(tables.dataset, name)
    if (!facts) throw new NoSuchTable(name)
    return facts
  }

  /** Of a table of events the last week, so that BigQuery reads no older partitions. */
  function selectOf(name: string, { schema, timePartitioning }: TableFacts, limit = 100): string {
    const has = (column: string) => schema?.fields?.some((field) => field.name === column) ?? false
    const days = has('event_date') && timePartitioning?.field === 'event_date'
    const order = [
      'processed_timestamp',
      'publish_time',
      'dead_lettered_at',
      'changed_at',
      'replayed_at',
    ].find(has)
    return [
      `SELECT * FROM ${quoted(tables, name)}`,
      ...(days ? ['WHERE event_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY)'] : []),
      ...(order === undefined ? [] : [`ORDER BY ${order} DESC`]),
      `LIMIT ${limit}`,
    ].join('\n')
  }
}
