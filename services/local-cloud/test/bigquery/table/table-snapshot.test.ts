import t from 'tap'
import { openClient } from '../../open-bigquery.ts'
import { writerClient } from '../../writer-client.ts'

const HOUR = 3_600_000
const SNAPSHOT = /p:d\.s is not allowed for this operation because it is currently a SNAPSHOT/

async function open(t: Parameters<typeof openClient>[0]) {
  const { cloud, bigquery, dataset } = await openClient(t, { client: { maxRetries: 0 } })
  const rows = async (query: string) => {
    const [all] = (await bigquery.query({ query })) as unknown as [Record<string, unknown>[]]
    return all.map((row) => Object.values(row).map(String).join(' | '))
  }
  const named = (tableId: string) => ({ projectId: 'p', datasetId: 'd', tableId })
  const copy = async (
    from: string,
    to: string,
    operationType: 'COPY' | 'SNAPSHOT' | 'CLONE' | 'RESTORE',
    more: object = {},
  ) => {
    const [job] = await bigquery.createJob({
      configuration: {
        copy: { sourceTable: named(from), destinationTable: named(to), operationType, ...more },
      },
    })
    await job.promise()
  }
  const metadata = async (table: string) =>
    (await dataset.table(table).getMetadata())[0] as Record<string, unknown>
  return { cloud, bigquery, dataset, rows, copy, metadata }
}

t.test(
  'a snapshot is what a table was, whatever becomes of the table, and says of which and when',
  async (t) => {
    const { rows, cloud, metadata, bigquery } = await open(t)
    await rows(
      `CREATE TABLE d.t (id INT64, day DATE) PARTITION BY day OPTIONS (partition_expiration_days = 9, description = 'of t')`,
    )
    await rows(`INSERT d.t VALUES (1, CURRENT_DATE())`)
    const [before] = await rows('SELECT UNIX_MILLIS(CURRENT_TIMESTAMP())')
    await cloud.clock.advance(HOUR)
    await rows(`INSERT d.t VALUES (2, CURRENT_DATE())`)
    await rows(`CREATE SNAPSHOT TABLE d.s CLONE d.t OPTIONS (description = 'kept')`)
    const then = `TIMESTAMP_MILLIS(${Number(before) + HOUR / 2})`
    const [job] = await bigquery.createQueryJob({
      query: `CREATE SNAPSHOT TABLE IF NOT EXISTS d.old CLONE d.t FOR SYSTEM_TIME AS OF ${then}`,
    })
    await job.promise()
    const { statistics } = (await job.getMetadata())[0] as { statistics: { query: object } }
    t.match(statistics.query, { statementType: 'CREATE_SNAPSHOT_TABLE', ddlOperationPerformed: 'CREATE' })
    await rows('DELETE d.t WHERE id = 1')
    t.same(await rows('SELECT id FROM d.s ORDER BY id'), ['1', '2'])
    t.same(await rows('SELECT id FROM d.old ORDER BY id'), ['1'])
    const { snapshotDefinition, timePartitioning, ...told } = await metadata('s')
    t.match(told, { type: 'SNAPSHOT', description: 'kept', numRows: '2' })
    t.match(snapshotDefinition, {
      baseTableReference: { projectId: 'p', datasetId: 'd', tableId: 't' },
      snapshotTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    })
    t.same(timePartitioning, { type: 'DAY', field: 'day' })
    t.match(await metadata('old'), {
      snapshotDefinition: { snapshotTime: new Date(Number(before) + HOUR / 2).toISOString() },
    })
    t.same(
      await rows(
        'SELECT table_name, table_type, is_insertable_into FROM d.INFORMATION_SCHEMA.TABLES ORDER BY table_name',
      ),
      ['old | SNAPSHOT | NO', 's | SNAPSHOT | NO', 't | BASE TABLE | YES'],
    )
    t.same(
      await rows(
        `SELECT table_name, base_table_catalog, base_table_schema, base_table_name, snapshot_time = ${then} FROM d.INFORMATION_SCHEMA.TABLE_SNAPSHOTS ORDER BY table_name`,
      ),
      ['old | p | d | t | true', 's | p | d | t | false'],
    )
    await t.rejects(rows('CREATE SNAPSHOT TABLE d.s CLONE d.t'), /Already Exists: Table p:d.s/)
    t.same(await rows('CREATE SNAPSHOT TABLE IF NOT EXISTS d.s CLONE d.t'), [])
    await rows('DROP TABLE d.t')
    t.same(await rows('SELECT COUNT(*) FROM d.s'), ['2'])
    await rows('CREATE TABLE d.t CLONE d.s')
    t.match(await metadata('t'), { type: 'TABLE', snapshotDefinition: undefined, numRows: '2' })
    await rows('DELETE d.t WHERE id = 2')
    t.same(await rows('SELECT id FROM d.t'), ['1'])
  },
)

t.test('nothing changes the rows or columns of a snapshot, and DROP SNAPSHOT TABLE drops it', async (t) => {
  const { rows, dataset, bigquery, cloud, copy, metadata } = await open(t)
  await rows('CREATE TABLE d.t AS SELECT 1 AS id')
  await rows('CREATE SNAPSHOT TABLE d.s CLONE d.t')
  for (const query of [
    'INSERT d.s VALUES (2)',
    'UPDATE d.s SET id = 2 WHERE TRUE',
    'DELETE d.s WHERE TRUE',
    'MERGE d.s USING d.t ON FALSE WHEN NOT MATCHED THEN INSERT ROW',
    'TRUNCATE TABLE d.s',
    'ALTER TABLE d.s ADD COLUMN x INT64',
    'ALTER TABLE d.s RENAME TO x',
    'CREATE OR REPLACE TABLE d.s AS SELECT 2 AS id',
    'CREATE OR REPLACE TABLE d.s (id INT64)',
    'CREATE OR REPLACE VIEW d.s AS SELECT 2 AS id',
  ])
    await t.rejects(rows(query), SNAPSHOT, query)
  await t.rejects(dataset.table('s').insert([{ id: 2 }]), SNAPSHOT)
  for (const writeDisposition of ['WRITE_APPEND', 'WRITE_TRUNCATE'])
    for (const query of ['SELECT 2 AS id', `SELECT 'x' AS other`])
      await t.rejects(
        bigquery.query({ query, destination: dataset.table('s'), writeDisposition }),
        SNAPSHOT,
        writeDisposition,
      )
  await t.rejects(copy('t', 's', 'COPY', { writeDisposition: 'WRITE_APPEND' }), SNAPSHOT)
  await t.rejects(dataset.table('s').setMetadata({ schema: 'id:INTEGER, x:INTEGER' }), SNAPSHOT)
  const writer = writerClient(cloud.storageWritePort)
  const destinationTable = 'projects/p/datasets/d/tables/s'
  await t.rejects(writer.createWriteStream({ streamType: 'PENDING', destinationTable }), SNAPSHOT)
  writer.close()
  await dataset.table('s').setMetadata({ ...(await metadata('s')), description: 'mine' })
  t.match(await metadata('s'), { type: 'SNAPSHOT', description: 'mine' })
  t.same(await rows('SELECT id FROM d.s'), ['1'])
  await rows(`ALTER SNAPSHOT TABLE d.s SET OPTIONS (friendly_name = 'by DDL')`)
  t.match(await metadata('s'), { type: 'SNAPSHOT', friendlyName: 'by DDL', description: 'mine' })
  await t.rejects(rows(`ALTER SNAPSHOT TABLE d.t SET OPTIONS (friendly_name = 'x')`), /d.t is no SNAPSHOT/)
  await t.rejects(rows('DROP TABLE d.s'), /DROP SNAPSHOT TABLE drops it/)
  await t.rejects(rows('DROP SNAPSHOT TABLE d.t'), /d.t is a TABLE/)
  await rows('DROP SNAPSHOT TABLE d.s')
  await rows('DROP SNAPSHOT TABLE IF EXISTS d.s')
  await t.rejects(rows('SELECT * FROM d.s'), /Not found: Table p:d.s/)
})

t.test('copy jobs make snapshots, and tables of them', async (t) => {
  const { rows, copy, metadata, cloud } = await open(t)
  await rows('CREATE TABLE d.t AS SELECT 1 AS id')
  const [now] = await rows('SELECT UNIX_MILLIS(CURRENT_TIMESTAMP())')
  const destinationExpirationTime = new Date(Number(now) + 2 * HOUR).toISOString()
  await copy('t', 's', 'SNAPSHOT', { destinationExpirationTime })
  t.match(await metadata('s'), {
    type: 'SNAPSHOT',
    expirationTime: String(Number(now) + 2 * HOUR),
    snapshotDefinition: { baseTableReference: { tableId: 't' } },
  })
  await t.rejects(copy('t', 's', 'SNAPSHOT', { writeDisposition: 'WRITE_TRUNCATE' }), /Already Exists/)
  await t.rejects(copy('s', 'x', 'SNAPSHOT'), SNAPSHOT)
  await t.rejects(copy('s', 'x', 'COPY'), /a snapshot as the source of COPY/)
  await t.rejects(copy('t', 'x', 'RESTORE'), /it is currently a TABLE/)
  await copy('s', 'back', 'RESTORE')
  const back = await metadata('back')
  t.match(back, { type: 'TABLE', numRows: '1' })
  t.notOk('expirationTime' in back || 'snapshotDefinition' in back)
  await copy('t', 'cloned', 'CLONE')
  await rows('INSERT d.cloned VALUES (2)')
  t.same(await rows('SELECT COUNT(*) FROM d.cloned'), ['2'])
  await cloud.clock.advance(3 * HOUR)
  await t.rejects(rows('SELECT * FROM d.s'), /Not found/)
})
