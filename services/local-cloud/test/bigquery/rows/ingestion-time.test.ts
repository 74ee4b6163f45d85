import bigqueryStorage from '@google-cloud/bigquery-storage'
import { Storage } from '@google-cloud/storage'
import t from 'tap'
import { openClient } from '../../open-bigquery.ts'
import { writerClient } from '../../writer-client.ts'

const { managedwriter, adapt } = bigqueryStorage
const DAY = 86_400_000
const NOW = Date.parse('2026-05-10T17:00:00Z')
const fields = [{ name: 'n', type: 'INTEGER' }]

type Cell = { readonly value: string } | string | number | null

async function open(t: Parameters<typeof openClient>[0]) {
  const { cloud, bigquery, dataset, root } = await openClient(t)
  await cloud.clock.set(NOW)
  /** The first cells of the rows, with bars between them. */
  const rows = async (query: string) => {
    const [all] = (await bigquery.query({ query })) as unknown as [Record<string, Cell>[]]
    const shown = (cell: Cell) => (typeof cell === 'object' && cell ? cell.value : cell)
    return all.map((row) =>
      Object.values(row)
        .map((cell) => `${shown(cell)}`)
        .join(' | '),
    )
  }
  const [table] = await dataset.createTable('t', { schema: { fields }, timePartitioning: { type: 'DAY' } })
  const days = () => rows('SELECT n, _PARTITIONDATE AS day FROM d.t ORDER BY n')
  return { cloud, bigquery, dataset, root, rows, table, days }
}

t.test('rows are in the partition of the time when they come, whichever way they come', async (t) => {
  const { cloud, rows, table, days, bigquery } = await open(t)
  const client = writerClient(cloud.storageWritePort)
  t.teardown(async () => client.close())
  const schema = adapt.convertBigQuerySchemaToStorageTableSchema({ fields })
  const connection = await client.createStreamConnection({
    streamId: managedwriter.DefaultStream,
    destinationTable: 'projects/p/datasets/d/tables/t',
  })
  const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(schema, 'root')
  const writer = new managedwriter.JSONWriter({ connection, protoDescriptor })
  t.teardown(async () => writer.close())
  await table.insert([{ n: 1 }])
  await writer.appendRows([{ n: 2 }] as never).getResult()
  await rows('INSERT d.t VALUES (3)')
  await cloud.clock.advance(DAY)
  await rows('MERGE d.t USING (SELECT 4 AS n) AS s ON FALSE WHEN NOT MATCHED THEN INSERT ROW')
  await table.insert([{}])
  const query = { query: 'SELECT 5 AS n', destination: table, writeDisposition: 'WRITE_APPEND' }
  await (await bigquery.createQueryJob(query))[0].getQueryResults()
  const storage = new Storage({ projectId: 'p', apiEndpoint: cloud.environment['STORAGE_EMULATOR_HOST']! })
  const [bucket] = await storage.createBucket('files')
  await bucket.file('x').save('6\n', { resumable: false })
  await table.load(bucket.file('x'), { format: 'CSV' })
  t.same(await days(), [
    'null | 2026-05-11',
    '1 | 2026-05-10',
    '2 | 2026-05-10',
    '3 | 2026-05-10',
    '4 | 2026-05-11',
    '5 | 2026-05-11',
    '6 | 2026-05-11',
  ])
  const partitions = `SELECT partition_id, total_rows FROM d.INFORMATION_SCHEMA.PARTITIONS ORDER BY 1`
  t.same(await rows(partitions), ['20260510 | 3', '20260511 | 4'])
})

t.test(
  'a row that changes is in the partition of its change, and a stream in that of its commit',
  async (t) => {
    const { cloud, rows } = await open(t)
    await rows(
      'CREATE TABLE d.c (n INT64, v INT64, PRIMARY KEY (n) NOT ENFORCED) PARTITION BY _PARTITIONDATE',
    )
    const client = writerClient(cloud.storageWritePort)
    t.teardown(async () => client.close())
    const all = [...fields, { name: 'v', type: 'INTEGER' }]
    const schema = adapt.convertBigQuerySchemaToStorageTableSchema({ fields: all })
    const destinationTable = 'projects/p/datasets/d/tables/c'
    const writerOf = async (streamId: string, protoDescriptor: ReturnType<typeof descriptor>) => {
      const connection = await client.createStreamConnection({ streamId, destinationTable })
      return new managedwriter.JSONWriter({ connection, protoDescriptor })
    }
    const descriptor = (...options: ReturnType<typeof adapt.withChangeType>[]) =>
      adapt.convertStorageSchemaToProto2Descriptor(schema, 'root', ...options)
    const changes = await writerOf(managedwriter.DefaultStream, descriptor(adapt.withChangeType()))
    await changes.appendRows([{ _CHANGE_TYPE: 'UPSERT', n: 1, v: 1 }] as never).getResult()
    await changes.appendRows([{ _CHANGE_TYPE: 'UPSERT', n: 2, v: 1 }] as never).getResult()
    const stream = await client.createWriteStream({
      streamType: managedwriter.PendingStream,
      destinationTable,
    })
    const pending = await writerOf(stream, descriptor())
    await pending.appendRows([{ n: 3, v: 3 }] as never).getResult()
    // a stream that waits for a day is gone
    await cloud.clock.advance(DAY / 2)
    await changes.appendRows([{ _CHANGE_TYPE: 'UPSERT', n: 2, v: 2 }] as never).getResult()
    await pending.appendRows([{ n: 4 }] as never).getResult()
    await client.getClient().finalizeWriteStream({ name: stream })
    await client.batchCommitWriteStream({ parent: destinationTable, writeStreams: [stream] })
    t.same(await rows('SELECT n, _PARTITIONDATE AS day FROM d.c ORDER BY n'), [
      '1 | 2026-05-10',
      '2 | 2026-05-11',
      '3 | 2026-05-11',
      '4 | 2026-05-11',
    ])
    for (const writer of [changes, pending]) writer.close()
  },
)

t.test('a decorator names the partition of rows that are streamed, loaded, queried and copied', async (t) => {
  const { bigquery, dataset, rows, days, cloud } = await open(t)
  await dataset.table('t$20260501').insert([{ n: 1 }])
  const reference = (tableId: string) => ({ projectId: 'p', datasetId: 'd', tableId })
  const storage = new Storage({ projectId: 'p', apiEndpoint: cloud.environment['STORAGE_EMULATOR_HOST']! })
  const [bucket] = await storage.createBucket('files')
  await bucket.file('x').save('{"n":2}\n', { resumable: false })
  const job = async (configuration: object) => (await bigquery.createJob({ configuration }))[0].promise()
  const json = { sourceUris: ['gs://files/x'], sourceFormat: 'NEWLINE_DELIMITED_JSON' }
  await job({ load: { ...json, destinationTable: reference('t$20200101') } })
  const into = (tableId: string) => ({
    destinationTable: reference(tableId),
    writeDisposition: 'WRITE_TRUNCATE',
  })
  await job({ query: { query: 'SELECT 3 AS n', useLegacySql: false, ...into('t$20260503') } })
  await job({ copy: { sourceTable: reference('t$20260503'), ...into('t$20260504') } })
  t.same(await days(), ['1 | 2026-05-01', '2 | 2020-01-01', '3 | 2026-05-03', '3 | 2026-05-04'])
  await job({ query: { query: 'SELECT 7 AS n', useLegacySql: false, ...into('t$20260503') } })
  await job({ copy: { sourceTable: reference('t'), destinationTable: reference('u') } })
  t.same(await rows('SELECT n, _PARTITIONTIME AS time FROM d.u ORDER BY time'), [
    '2 | 2020-01-01T00:00:00.000Z',
    '1 | 2026-05-01T00:00:00.000Z',
    '7 | 2026-05-03T00:00:00.000Z',
    '3 | 2026-05-04T00:00:00.000Z',
  ])
  await job({ extract: { sourceTable: reference('t$20260501'), destinationUri: 'gs://files/y' } })
  t.equal((await bucket.file('y').download())[0].toString(), 'n\n1\n')
  await t.rejects(dataset.table('t$20260229').insert([{ n: 1 }]), /Invalid partition decorator/)
  await t.rejects(dataset.table('t$20260101').insert([{ n: 1 }]), /within 31 days in the past/)
  await rows('CREATE TABLE d.plain (n INT64)')
  await t.rejects(dataset.table('plain$20260501').insert([{ n: 1 }]), /by days of ingestion/)
})

t.test('the pseudocolumns are read and set by name, and hidden from *', async (t) => {
  const { rows, cloud } = await open(t)
  await rows('CREATE TABLE d.s (n INT64) PARTITION BY _PARTITIONDATE')
  await rows(`INSERT d.s (_PARTITIONTIME, n) VALUES (TIMESTAMP '2026-05-01', 1), (TIMESTAMP '2026-05-02', 2)`)
  await rows('INSERT d.s VALUES (3)')
  t.same(await rows('SELECT * FROM d.s ORDER BY n'), ['1', '2', '3'])
  t.same(await rows(`SELECT n FROM d.s WHERE _PARTITIONTIME < TIMESTAMP '2026-05-02'`), ['1'])
  t.same(await rows(`SELECT n FROM d.s AS x WHERE x._PARTITIONDATE = '2026-05-10'`), ['3'])
  await rows(
    `UPDATE d.s SET _PARTITIONTIME = TIMESTAMP '2026-04-01' WHERE _PARTITIONDATE = DATE '2026-05-02'`,
  )
  await rows(`DELETE d.s WHERE _PARTITIONTIME = TIMESTAMP '2026-05-01'`)
  t.same(await rows('SELECT n, CAST(_PARTITIONDATE AS STRING) AS d FROM d.s ORDER BY n'), [
    '2 | 2026-04-01',
    '3 | 2026-05-10',
  ])
  await t.rejects(
    rows(`INSERT d.s (_PARTITIONTIME, n) VALUES (TIMESTAMP '2026-05-01 01:00:00', 1)`),
    /_PARTITIONTIME must be the beginning of a partition by DAY/,
  )
  await t.rejects(rows('SELECT _PARTITIONTIME FROM d.s'), /Invalid field name "_PARTITIONTIME"/)
  await t.rejects(rows('CREATE TABLE d.x (_PARTITIONTIME TIMESTAMP)'), /Invalid field name/)
  await t.rejects(rows('CREATE TABLE d.x PARTITION BY _PARTITIONDATE AS SELECT 1 AS n'), /not made AS SELECT/)
  await rows('CREATE TABLE d.h (n INT64) PARTITION BY TIMESTAMP_TRUNC(_PARTITIONTIME, HOUR)')
  await rows('INSERT d.h VALUES (1)')
  await cloud.clock.advance(3_600_000)
  await rows('INSERT d.h VALUES (2)')
  t.same(await rows('SELECT n, EXTRACT(HOUR FROM _PARTITIONTIME) AS h FROM d.h ORDER BY n'), [
    '1 | 17',
    '2 | 18',
  ])
  await t.rejects(rows('SELECT n FROM d.h WHERE _PARTITIONDATE IS NULL'), /Unrecognized name: _PARTITIONDATE/)
  await t.rejects(rows('SELECT n FROM d.plain WHERE _PARTITIONTIME IS NULL'), /Not found/)
  await rows('CREATE TABLE d.copy CLONE d.s')
  t.same(await rows('SELECT n, CAST(_PARTITIONDATE AS STRING) AS d FROM d.copy ORDER BY n'), [
    '2 | 2026-04-01',
    '3 | 2026-05-10',
  ])
})

t.test(
  'rows that go into a named partition while a column is renamed keep value and partition',
  async (t) => {
    const { dataset, rows } = await open(t)
    const renamed = new AbortController()
    const inserts: Promise<unknown>[] = []
    const failures: Error[] = []
    const inserting = (async () => {
      for (let n = 0; !renamed.signal.aborted; n++) {
        const insert = dataset.table('t$20260505').insert([{ n }])
        inserts.push(insert.catch((error: Error) => failures.push(error)))
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })()
    await rows('ALTER TABLE d.t RENAME COLUMN n TO m')
    renamed.abort()
    await inserting
    await Promise.all(inserts)
    for (const error of failures) t.match(JSON.stringify(error), /no such field: n/)
    const wrong = `COUNTIF(m IS NULL), COUNTIF(_PARTITIONDATE != DATE '2026-05-05')`
    const expected = `${inserts.length - failures.length} | 0 | 0`
    t.same(await rows(`SELECT COUNT(*), ${wrong} FROM d.t`), [expected])
  },
)

t.test('a filter on the partition may be required, partitions expire, and columns are added', async (t) => {
  const { rows, cloud, dataset, days } = await open(t)
  await dataset.table('t').insert([{ n: 1 }])
  await rows('ALTER TABLE d.t ADD COLUMN s STRING, SET OPTIONS (partition_expiration_days = 3)')
  await cloud.clock.advance(2 * DAY)
  await rows("INSERT d.t VALUES (2, 'x')")
  t.same(await days(), ['1 | 2026-05-10', '2 | 2026-05-12'])
  await cloud.clock.advance(2 * DAY)
  t.same(await days(), ['2 | 2026-05-12'])
  await rows('ALTER TABLE d.t SET OPTIONS (require_partition_filter = TRUE)')
  await t.rejects(rows('SELECT n FROM d.t'), /'_PARTITION_LOAD_TIME', '_PARTITIONDATE', '_PARTITIONTIME'/)
  t.same(await rows("SELECT n FROM d.t WHERE _PARTITIONDATE > '2026-01-01'"), ['2'])
  const [{ timePartitioning }] = (await dataset.table('t').getMetadata()) as unknown as [
    { timePartitioning: object },
  ]
  t.match(timePartitioning, { type: 'DAY', expirationMs: String(3 * DAY) })
  await t.rejects(
    dataset.table('t').setMetadata({ timePartitioning: { type: 'DAY', field: 'n' } }),
    /Cannot change the partitioning/,
  )
})
