import { Readable } from 'node:stream'
import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { Result } from '../api/result.ts'
import type { Row } from '../bigquery/cells.ts'
import { isTooManyBytes } from '../bigquery/too-many-bytes.ts'
import type { RawAnswer, Warehouse } from '../bigquery/warehouse.ts'
import { firstPage } from '../tables/first-page.ts'
import { csvLine, jsonLine } from './lines.ts'

const NotReadOnly = createError<[string]>(
  'NOT_READ_ONLY',
  'from here only SELECT is run, and BigQuery takes this for %s',
  400,
)
const BadSql = createError<[string, { cause: Error }]>('SQL', '%s', 400)
const NotAllowed = createError('NOT_ALLOWED', 'this console runs no SQL: MAY_QUERY is off', 403)
/** Statuses by which BigQuery says that it is the statement that is wrong; 501: it knows no such statement. */
const ITS_FAULT = new Set<unknown>([400, 403, 404, 501])
const READING = new Set(['SELECT'])

const Sql = Type.String({ minLength: 1, maxLength: 1_000_000 })
const FORMATS = {
  csv: {
    type: 'text/csv; charset=utf-8',
    head: (columns: readonly string[]) => csvLine(columns),
    line: csvRow,
  },
  ndjson: {
    type: 'application/x-ndjson; charset=utf-8',
    head: () => '',
    line: (_: readonly string[], row: Row) => jsonLine(row),
  },
} as const

export interface SqlRouteOptions {
  readonly warehouse: Warehouse
  readonly mayQuery: boolean
}

/** SQL that reads. */
export const sqlRoutes: FastifyPluginCallbackTypebox<SqlRouteOptions> = (
  app,
  { warehouse, mayQuery },
  done,
) => {
  app.post(
    '/api/sql',
    {
      schema: {
        summary: 'Runs a SELECT',
        body: Type.Object({
          sql: Sql,
          limit: Type.Integer({
            default: 1000,
            minimum: 1,
            maximum: 10_000,
            description: 'Rows of the answer, at most: it ends at some megabytes, too',
          }),
        }),
        response: { 200: Result },
      },
    },
    async ({ body: { sql, limit } }) => {
      const began = performance.now()
      await checkReads(sql)
      return asked(() => firstPage(warehouse, sql, limit, began))
    },
  )
  app.get(
    '/api/sql/download',
    {
      schema: {
        summary: 'All rows of a SELECT as a file',
        querystring: Type.Object({ sql: Sql, format: Type.Enum(['csv', 'ndjson'], { default: 'ndjson' }) }),
      },
    },
    async ({ query: { sql, format } }, reply) => {
      await checkReads(sql)
      const pages = warehouse.pages({ sql })
      // the first page is asked for before the answer begins: what is wrong with the SQL is an answer of its own
      const first = await asked(() => pages.next())
      void reply
        .type(FORMATS[format].type)
        .header('content-disposition', `attachment; filename="rows.${format}"`)
        .header('cache-control', 'no-store')
      return reply.send(Readable.from(textOf(first.value as RawAnswer, pages, format)))
    },
  )
  done()

  async function checkReads(sql: string): Promise<void> {
    if (!mayQuery) throw new NotAllowed()
    const type = await asked(() => warehouse.statementType(sql))
    if (!READING.has(type)) throw new NotReadOnly(type === '' ? 'something else' : type)
  }
}

/** @throws BadSql with BigQuery's own words, where it is the statement that is wrong */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (isTooManyBytes(error)) throw error
    const { code, message } = error as { readonly code?: unknown; readonly message: string }
    if (ITS_FAULT.has(code)) throw new BadSql(message, { cause: error as Error })
    throw error
  }
}

async function* textOf(
  first: RawAnswer,
  others: AsyncGenerator<RawAnswer>,
  format: keyof typeof FORMATS,
): AsyncGenerator<string> {
  const { head, line } = FORMATS[format]
  const names = first.fields.map(({ name }) => name)
  yield head(names) + first.rows.map((row) => line(names, row)).join('')
  for await (const { rows } of others) yield rows.map((row) => line(names, row)).join('')
}

function csvRow(names: readonly string[], row: Row): string {
  return csvLine(names.map((name) => row[name] ?? null))
}
