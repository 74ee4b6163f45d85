import { setTimeout as sleep } from 'node:timers/promises'
import bigqueryStorage from '@google-cloud/bigquery-storage'
import * as grpc from '@grpc/grpc-js'
import t from 'tap'
import { startLocalCloud, type FaultPlan } from '../../src/index.ts'
import { rowWriter, writerClient } from '../writer-client.ts'

const { protos } = bigqueryStorage
const FIELDS = [
  { name: 'n', type: 'INTEGER', mode: 'NULLABLE' },
  { name: 's', type: 'STRING', mode: 'NULLABLE' },
]

async function open(t: { teardown: (done: () => Promise<void>) => void }, appendIdleMs?: number) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const clock = { ms: 1_790_000_000_000 }
  const cloud = await startLocalCloud({
    now: () => clock.ms,
    ...(appendIdleMs !== undefined && { appendIdleMs }),
  })
  const root = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p`
  const send = async (method: string, path: string, body?: object, timeoutMs = 60_000) => {
    const response = await fetch(`${root}${path}`, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, ...(text === '' ? {} : JSON.parse(text)) }
  }
  const client = writerClient(cloud.storageWritePort)
  t.teardown(async () => {
    client.close()
    await cloud.close()
  })
  const makeTable = (tableId = 't', fields: object[] = FIELDS) =>
    send('POST', '/datasets/d/tables', { tableReference: { tableId }, schema: { fields } })
  await send('POST', '/datasets', { datasetReference: { datasetId: 'd' } })
  return {
    clock,
    cloud,
    send,
    client,
    makeTable,
    set: (...rules: FaultPlan['rules'][number][]) => cloud.faults.set({ rules }),
    insertAll: (...rows: object[]) =>
      send('POST', '/datasets/d/tables/t/insertAll', { rows: rows.map((json) => ({ json })) }),
    rows: async () => {
      const { rows = [] } = await send('POST', '/queries', {
        query: 'SELECT n FROM d.t ORDER BY n',
        useLegacySql: false,
      })
      return rows.map((row: { f: { v: string }[] }) => Number(row.f[0]!.v)) as number[]
    },
    writer: async () => {
      const { connection, writer } = await rowWriter(client, { table: 't' }, FIELDS)
      const errors: { code?: number; message: string; metadata?: grpc.Metadata }[] = []
      connection.onConnectionError((error) => errors.push(error as unknown as (typeof errors)[number]))
      return { errors, append: (n: number) => writer.appendRows([{ n }]).getResult() }
    },
  }
}

async function until(holds: () => unknown): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('not within 60 s')
    await sleep(10)
  }
}

const always = { every: 1 } as const

t.test('grants that take a minute: 401 and 403 with Google’s reasons, and then an answer', async (t) => {
  const { clock, set, send, makeTable, writer } = await open(t)
  await makeTable()
  const get = () => send('GET', '/datasets/d/tables/t')
  set({ on: 'bigquery.get_table', do: 'error', status: 'UNAUTHENTICATED', ...always, untilMs: 60_000 })
  t.match(await get(), {
    status: 401,
    error: { status: 'UNAUTHENTICATED', errors: [{ reason: 'authError' }] },
  })
  set({ on: 'bigquery.get_table', do: 'error', status: 'PERMISSION_DENIED', ...always, untilMs: 60_000 })
  t.match(await get(), {
    status: 403,
    error: { status: 'PERMISSION_DENIED', errors: [{ reason: 'accessDenied' }] },
  })
  clock.ms += 60_000
  t.match(await get(), { status: 200 })
  set({ on: 'storage.append', do: 'error', status: 'PERMISSION_DENIED', at: [1] })
  const { append, errors } = await writer()
  append(1).catch(() => {})
  await until(() => errors.length)
  t.equal(errors[0]!.code, 7)
})

t.test('calls that never answer are done all the same', async (t) => {
  const { set, send, makeTable } = await open(t)
  set(
    { on: 'bigquery.insert_table', do: 'stall', ...always },
    { on: 'bigquery.other', do: 'stall', ...always },
    { on: 'bigquery.query', do: 'stall', ...always },
  )
  await t.rejects(
    send('POST', '/datasets/d/tables', { tableReference: { tableId: 't' }, schema: { fields: FIELDS } }, 500),
  )
  await t.rejects(send('GET', '/datasets/d/tables', undefined, 200))
  await t.rejects(send('POST', '/queries', { query: 'SELECT 1', useLegacySql: false }, 200))
  await until(async () => (await send('GET', '/datasets/d/tables/t')).status === 200)
  set()
  t.match(await makeTable(), { status: 409 })
})

t.test('tables.get may show what was before a change, and the write path know it already', async (t) => {
  const { clock, set, send, makeTable, writer, insertAll } = await open(t)
  set({ on: 'bigquery.metadata', do: 'delay', ms: 30_000, ...always })
  const made = await makeTable()
  const get = () => send('GET', '/datasets/d/tables/t')
  t.match(await get(), { status: 404, error: { errors: [{ reason: 'notFound' }] } })
  t.match(await makeTable(), { status: 409 }, 'it is there all the same')
  t.ok((await (await writer()).append(1)).appendResult)
  clock.ms += 30_000
  t.match(await get(), { status: 200, etag: made.etag })
  const fields = [...FIELDS, { name: 'more', type: 'STRING' }]
  const patched = await send('PATCH', '/datasets/d/tables/t', { schema: { fields } })
  t.match(await insertAll({ n: 2, more: 'x' }), { status: 200, insertErrors: undefined })
  const old = await get()
  t.equal(old.etag, made.etag)
  t.equal(old.schema.fields.length, 2)
  clock.ms += 30_000
  t.equal((await get()).etag, patched.etag)
})

t.test(
  'a plan that is cleared leaves nobody behind: tables.get and the write path know what is',
  async (t) => {
    const { cloud, set, send, makeTable, client } = await open(t)
    await makeTable()
    const late = { do: 'delay', ms: 60_000, ...always } as const
    set({ on: 'bigquery.metadata', ...late }, { on: 'storage.schema', ...late })
    const schema = { fields: [...FIELDS, { name: 'more', type: 'STRING' }] }
    const { etag } = await send('PATCH', '/datasets/d/tables/t', { schema })
    const get = () => send('GET', '/datasets/d/tables/t')
    t.not((await get()).etag, etag)
    cloud.faults.clear()
    t.equal((await get()).etag, etag)
    const stream = await client.getWriteStream({
      streamId: 'projects/p/datasets/d/tables/t/streams/_default',
      view: protos.google.cloud.bigquery.storage.v1.WriteStreamView.FULL,
    })
    t.equal(stream.tableSchema?.fields?.length, 3)
  },
)

t.test(
  'a table just made is not there for AppendRows, GetWriteStream and insertAll for a while',
  async (t) => {
    const { clock, set, makeTable, writer, insertAll, client } = await open(t)
    set({ on: 'storage.schema', do: 'delay', ms: 60_000, ...always })
    await makeTable()
    t.match(await insertAll({ n: 1 }), { status: 404 })
    const name = 'projects/p/datasets/d/tables/t/streams/_default'
    await t.rejects(client.getWriteStream({ streamId: name }), { code: 7 })
    const early = await writer()
    early.append(1).catch(() => {})
    await until(() => early.errors.length)
    t.match(early.errors[0], { code: 7, message: /'TABLES_UPDATE_DATA'.*or it may not exist/ })
    clock.ms += 60_000
    t.match(await insertAll({ n: 1 }), { status: 200 })
    t.ok((await (await writer()).append(2)).appendResult)
  },
)

t.test('one that is made anew is not found until then; long after it was dropped it is hidden', async (t) => {
  const { clock, set, send, makeTable, client } = await open(t)
  const read = () => client.getWriteStream({ streamId: 'projects/p/datasets/d/tables/t/streams/_default' })
  await makeTable()
  await send('DELETE', '/datasets/d/tables/t')
  set({ on: 'storage.schema', do: 'delay', ms: 30_000, ...always })
  await makeTable()
  await t.rejects(read(), { code: 5 })
  clock.ms += 30_000
  t.ok(await read())
  await send('DELETE', '/datasets/d/tables/t')
  await t.rejects(read(), { code: 5 })
  clock.ms += 60_000
  await t.rejects(read(), { code: 7 })
})

t.test('a table just dropped takes rows for a while, and they are gone', async (t) => {
  const { clock, set, send, makeTable, writer, insertAll, rows } = await open(t)
  await makeTable()
  set({ on: 'storage.dropped', do: 'delay', ms: 60_000, ...always })
  await send('DELETE', '/datasets/d/tables/t')
  t.ok((await (await writer()).append(1)).appendResult)
  t.match(await insertAll({ n: 2 }), { status: 200 })
  await makeTable()
  t.ok((await (await writer()).append(3)).appendResult, 'also where there is a new one')
  t.same(await rows(), [])
  clock.ms += 60_000
  t.ok((await (await writer()).append(4)).appendResult)
  t.same(await rows(), [4])
})

t.test('a column is refused for good', async (t) => {
  const { set, send, makeTable } = await open(t)
  await makeTable()
  set({ on: 'bigquery.column', do: 'refuse', column: '^bad_', ...always })
  const patch = (name: string) =>
    send('PATCH', '/datasets/d/tables/t', { schema: { fields: [...FIELDS, { name, type: 'STRING' }] } })
  for (let again = 0; again < 2; again++)
    t.match(await patch('bad_one'), {
      status: 400,
      error: { errors: [{ reason: 'invalid', message: /bad_one/ }] },
    })
  t.match(await patch('good'), { status: 200 })
  t.match(await makeTable('u', [{ name: 'bad_two', type: 'STRING' }]), { status: 400 })
})

t.test('rows land late, after their connection has died', async (t) => {
  const { set, makeTable, writer, rows } = await open(t)
  await makeTable()
  set({ on: 'storage.append', do: 'late', ms: 300, at: [1] })
  const { append, errors } = await writer()
  append(1).catch(() => {})
  await until(() => errors.length)
  t.same(await rows(), [])
  await until(async () => (await rows()).length === 1)
  t.same(await rows(), [1])
})

t.test('an error of the stream: what came before is answered, what is behind is not done', async (t) => {
  const { set, makeTable, writer, rows } = await open(t)
  await makeTable()
  set({ on: 'storage.append', do: 'error', status: 'INTERNAL', at: [2] })
  const { append, errors } = await writer()
  const answers = [1, 2, 3].map(append)
  for (const answer of answers) answer.catch(() => {})
  t.ok((await answers[0])!.appendResult)
  await until(() => errors.length)
  t.equal(errors[0]!.code, 13)
  t.same(await rows(), [1])
})

t.test('a full disk is told, and what was acknowledged is kept', async (t) => {
  const { set, makeTable, writer, rows, insertAll } = await open(t)
  await makeTable()
  await insertAll({ n: 1 })
  set({ on: 'bigquery.disk', do: 'full', ...always })
  t.match(await insertAll({ n: 2 }), { status: 403, error: { errors: [{ reason: 'rateLimitExceeded' }] } })
  const full = await writer()
  full.append(3).catch(() => {})
  await until(() => full.errors.length)
  t.equal(full.errors[0]!.code, 8)
  set()
  t.match(await insertAll({ n: 4 }), { status: 200 })
  t.same(await rows(), [1, 4])
})

t.test('a stream that is silent for long is ended as Google ends it', async (t) => {
  const { makeTable, writer } = await open(t, 1000)
  await makeTable()
  const { append, errors } = await writer()
  t.ok((await append(1)).appendResult)
  await until(() => errors.length)
  t.equal(errors[0]!.code, 10)
  t.match(errors[0]!.message, /Closing the stream because it has been inactive for 1 seconds\. Entity: /)
})

t.test(
  'a table whose deletion finds no room on the disk is there, with the rows that were acknowledged',
  async (t) => {
    const { set, cloud, insertAll, rows, makeTable, send } = await open(t)
    await makeTable()
    await insertAll({ n: 1 }, { n: 2 })
    set({ on: 'bigquery.disk', do: 'full', ...always })
    const refused = await send('DELETE', '/datasets/d/tables/t')
    t.not(refused.status, 204)
    t.equal((await send('GET', '/datasets/d/tables/t')).status, 200)
    cloud.faults.clear()
    t.same(await rows(), [1, 2])
    t.equal((await send('DELETE', '/datasets/d/tables/t')).status, 204)
    t.equal((await makeTable()).status, 200)
    t.same(await rows(), [])
  },
)

t.test('the count of rows that tables.get tells never falls while rows come and are read', async (t) => {
  const { insertAll, rows, makeTable, send } = await open(t)
  await makeTable()
  let inserted = 0
  for (let round = 0; round < 20; round++) {
    await insertAll(...Array.from({ length: 50 }, (_, n) => ({ n })))
    inserted += 50
    const reading = rows()
    const counts = await Promise.all(
      Array.from({ length: 6 }, async () => Number((await send('GET', '/datasets/d/tables/t')).numRows)),
    )
    await reading
    for (const count of counts) if (count !== inserted) t.equal(count, inserted)
  }
  t.equal(Number((await send('GET', '/datasets/d/tables/t')).numRows), inserted)
})
