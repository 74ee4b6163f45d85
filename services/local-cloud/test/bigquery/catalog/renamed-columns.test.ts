import bigqueryStorage from '@google-cloud/bigquery-storage'
import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { poll } from '../../../../../scripts/poll.ts'
import { startLocalCloud } from '../../../src/index.ts'
import { writerClient } from '../../writer-client.ts'

const { managedwriter, adapt } = bigqueryStorage

const PARENT = 'projects/p/datasets/d/tables/t'
const FIELDS = [
  { name: 'id', type: 'STRING' },
  { name: 'a', type: 'STRING' },
  { name: 'b', type: 'BYTES' },
]

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const [dataset] = await bigquery.createDataset('d')
  await dataset.createTable('t', { schema: { fields: FIELDS } })
  const client = writerClient(cloud.storageWritePort)
  t.teardown(async () => {
    client.close()
    await cloud.close()
  })
  const writer = async (streamId: string) => {
    const schema = adapt.convertBigQuerySchemaToStorageTableSchema({ fields: FIELDS })
    const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(schema, 'root')
    const connection = await client.createStreamConnection({ streamId })
    connection.on('error', () => {})
    return new managedwriter.JSONWriter({ connection, protoDescriptor })
  }
  return {
    cloud,
    writer,
    table: dataset.table('t'),
    api: client.getClient(),
    createStream: (streamType: 'PENDING' | 'BUFFERED') =>
      client.createWriteStream({ streamType, destinationTable: PARENT }),
    append: async (streamId: string, rows: object[]) =>
      (await writer(streamId)).appendRows(rows as never).getResult(),
    run: async (sql: string) => (await bigquery.query(sql))[0] as Record<string, unknown>[],
  }
}

const row = (id: string) => ({ id, a: `a of ${id}`, b: Buffer.from(id).toString('base64') })

t.test('rows that come while a column is renamed, and behind it from before, keep its value', async (t) => {
  const { cloud, append, run, table } = await open(t)
  cloud.faults.set({ rules: [{ on: 'storage.append', do: 'late', ms: 500, every: 1 }] })
  await append(`${PARENT}/streams/_default`, [row('late')]).catch(() => {})
  cloud.faults.clear()
  const renamed = new AbortController()
  const inserts: Promise<unknown>[] = []
  const inserting = (async () => {
    for (let n = 0; !renamed.signal.aborted; n++) {
      inserts.push(table.insert([{ id: `n${n}`, a: `a of n${n}` }]).catch(() => {}))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })()
  await run('ALTER TABLE d.t RENAME COLUMN a TO c, RENAME COLUMN b TO e')
  renamed.abort()
  await inserting
  await Promise.all(inserts)
  const late = await poll(async () => (await run(`SELECT c, e FROM d.t WHERE id = 'late'`))[0], {
    timeoutMs: 60_000,
    what: 'the late row',
  })
  t.same(late, { c: 'a of late', e: Buffer.from('late') })
  const [{ n, wrong }] = (await run(
    `SELECT COUNT(*) AS n, COUNTIF(c IS DISTINCT FROM CONCAT('a of ', id)) AS wrong FROM d.t`,
  )) as [{ n: number; wrong: number }]
  t.ok(n > 1, `${n} rows`)
  t.equal(wrong, 0)
})

t.test('rows that wait in streams while columns change their names land under the new ones', async (t) => {
  const { api, append, createStream, run, writer } = await open(t)
  const [pending, buffered] = [await createStream('PENDING'), await createStream('BUFFERED')]
  await append(pending, [row('p')])
  const early = await writer(buffered)
  await early.appendRows([row('f'), { id: 'g' }] as never).getResult()
  await run('ALTER TABLE d.t RENAME COLUMN a TO x, RENAME COLUMN id TO a, RENAME COLUMN x TO id')
  await run('ALTER TABLE d.t DROP COLUMN b')
  await run('ALTER TABLE d.t ADD COLUMN b BYTES')
  await api.flushRows({ writeStream: buffered, offset: { value: '1' } })
  await api.finalizeWriteStream({ name: pending })
  await api.batchCommitWriteStreams({ parent: PARENT, writeStreams: [pending] })
  t.same(await run('SELECT * FROM d.t ORDER BY a'), [
    { id: 'a of f', a: 'f', b: null },
    { id: null, a: 'g', b: null },
    { id: 'a of p', a: 'p', b: null },
  ])
})
