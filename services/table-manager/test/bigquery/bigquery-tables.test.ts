import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { destination } from '@tablestream/contract'
import { column } from '@tablestream/table-schema'
import t from 'tap'
import { createTables } from '../../src/bigquery/bigquery-tables.ts'
import type { TableState } from '../../src/tables.ts'

/** `undefined`: the request is never answered. */
type Answer = { readonly status?: number; readonly body: object } | undefined
interface Asked {
  readonly what: string
  readonly ifMatch: string | undefined
  readonly body: Record<string, unknown>
}

/** A BigQuery that answers as it is told to, in the order of the requests; the last answer stays. */
async function bigQuery(t: Pick<typeof import('tap').t, 'teardown'>, answers: Answer[], timeoutMs = 20_000) {
  const asked: Asked[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    asked.push({
      what: `${request.method} ${request.url!.split('?')[0]!.replace('/projects/p', '')}`,
      ifMatch: request.headers['if-match'],
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    })
    const given = answers.length > 1 ? answers.shift() : answers[0]
    if (!given) return
    response.writeHead(given.status ?? 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(given.body))
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  process.env['BIGQUERY_EMULATOR_HOST'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  return { tables: createTables('p', 'd', { timeoutMs }), asked }
}

const failure = (status: number, reason: string, message = 'words of BigQuery'): Answer => ({
  status,
  body: { error: { code: status, message, errors: [{ domain: 'global', reason, message }] } },
})
const table = (fields: object[], etag = 'e1'): Answer => ({
  body: { etag, schema: { fields }, creationTime: '1', lastModifiedTime: '2' },
})
const INTEGER = { name: 'a', type: 'INTEGER', mode: 'NULLABLE' }
const NUMERIC = { name: 'a', type: 'NUMERIC', mode: 'NULLABLE' }
const queryDone: Answer = {
  body: { jobComplete: true, jobReference: { projectId: 'p', jobId: 'j' }, queryId: 'q', totalRows: '0' },
}
const state: TableState = {
  columns: [column('a', 'INT64')],
  etag: 'e1',
  fields: [INTEGER],
  primaryKey: [],
  isPartitioned: true,
  requiresPartitionFilter: false,
  createdAt: 1,
  modifiedAt: 2,
}
const wider = [column('a', 'NUMERIC')]

t.test('a table that is not there is none; what cannot be read rejects', async (t) => {
  const { tables } = await bigQuery(t, [
    table([INTEGER]),
    failure(404, 'notFound'),
    failure(403, 'accessDenied'),
  ])
  t.match(await tables.read('x'), { etag: 'e1', columns: [{ name: 'a', type: 'INT64' }], modifiedAt: 2 })
  t.equal(await tables.read('x'), undefined)
  await t.rejects(tables.read('x'), { code: 403 })
})

t.test('a table is changed under its etag, and who is too late has lost', async (t) => {
  const { tables, asked } = await bigQuery(t, [
    table([INTEGER, NUMERIC], 'e2'),
    failure(412, 'conditionNotMet'),
    failure(404, 'notFound'),
    failure(400, 'invalid'),
    failure(400, 'badRequest'),
    failure(403, 'accessDenied'),
  ])
  const columns = [...state.columns, column('b', 'STRING')]
  t.match(await tables.alter('x', state, columns), { outcome: 'done', state: { etag: 'e2' } })
  t.match(asked[0], {
    what: 'PATCH /datasets/d/tables/x',
    ifMatch: 'e1',
    body: { schema: { fields: [INTEGER, { name: 'b' }] } },
  })
  t.same(await tables.alter('x', state, columns), { outcome: 'lost' })
  t.same(await tables.alter('x', state, columns), { outcome: 'lost' })
  const reason = 'words of BigQuery'
  t.same(await tables.alter('x', state, columns), { outcome: 'refused', isFinal: true, reason })
  t.same(await tables.alter('x', state, columns), { outcome: 'refused', isFinal: false, reason })
  await t.rejects(tables.alter('x', state, columns), { code: 403 })
})

t.test('a table that another instance made is lost, and is read', async (t) => {
  const { tables } = await bigQuery(t, [
    failure(409, 'duplicate'),
    failure(400, 'invalid'),
    failure(404, 'notFound'),
  ])
  t.same(await tables.create(destination('x'), state.columns), { outcome: 'lost' })
  t.match(await tables.create(destination('x'), state.columns), { outcome: 'refused', isFinal: true })
  await t.rejects(tables.create(destination('x'), state.columns), { code: 404 }, 'there is no dataset')
})

t.test('a type is widened by DDL, and done once the table shows it', async (t) => {
  const { tables, asked } = await bigQuery(t, [
    queryDone,
    table([NUMERIC], 'e2'),
    queryDone,
    table([INTEGER]),
    failure(400, 'invalidQuery'),
    failure(400, 'invalidQuery', 'Could not serialize access to table d.x due to concurrent update'),
    failure(404, 'notFound'),
  ])
  t.match(await tables.widen('x', state, wider), { outcome: 'done', state: { etag: 'e2' } })
  t.match(asked[0]!.body, { query: 'ALTER TABLE `p.d.x` ALTER COLUMN `a` SET DATA TYPE NUMERIC' })
  t.same(await tables.widen('x', state, wider), { outcome: 'unknown' }, 'what is read lags behind')
  t.match(await tables.widen('x', state, wider), { outcome: 'refused', isFinal: true })
  t.same(await tables.widen('x', state, wider), { outcome: 'lost' }, 'two statements at one time')
  t.same(await tables.widen('x', state, wider), { outcome: 'lost' }, 'so new that it is not found')
})

t.test('a call that BigQuery never answers ends', async (t) => {
  const { tables } = await bigQuery(t, [undefined], 200)
  const calls: (() => Promise<unknown>)[] = [
    () => tables.read('x'),
    () => tables.alter('x', state, wider),
    () => tables.widen('x', state, wider),
    () => tables.create(destination('x'), wider),
    () => tables.keepView('v', 'SELECT 1', [], false),
    () => tables.keepView('v', 'SELECT 1', [], true),
    () => tables.check(),
  ]
  for (const call of calls) await t.rejects(call(), Error)
})
