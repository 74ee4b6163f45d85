import bigqueryStorage from '@google-cloud/bigquery-storage'
import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../../src/index.ts'
import { writerClient } from '../writer-client.ts'

const { managedwriter, adapt } = bigqueryStorage
const FIELDS = [
  { name: 'id', type: 'STRING' },
  { name: 'n', type: 'INTEGER' },
]

const NUMBER = { name: '_CHANGE_SEQUENCE_NUMBER', number: 100, label: 1, type: 9 } as const

t.test('rows with _CHANGE_TYPE take the place of rows with the same primary key', async (t) => {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const [dataset] = await bigquery.createDataset('d')
  const keyed = { schema: { fields: FIELDS }, tableConstraints: { primaryKey: { columns: ['id'] } } }
  await dataset.createTable('t', keyed)
  await dataset.createTable('without_key', { schema: { fields: FIELDS } })
  const client = writerClient(cloud.storageWritePort)
  t.teardown(async () => {
    client.close()
    await cloud.close()
  })
  const schema = adapt.convertBigQuerySchemaToStorageTableSchema({ fields: FIELDS })
  const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(schema, 'root', adapt.withChangeType())
  const withNumber = adapt.convertStorageSchemaToProto2Descriptor(schema, 'root', adapt.withChangeType())
  withNumber.field.push(NUMBER)
  const append = async (table: string, rows: object[], isNumbered = false) => {
    const connection = await client.createStreamConnection({
      streamId: managedwriter.DefaultStream,
      destinationTable: `projects/p/datasets/d/tables/${table}`,
    })
    connection.on('error', () => {})
    const writer = new managedwriter.JSONWriter({
      connection,
      protoDescriptor: isNumbered ? withNumber : protoDescriptor,
    })
    return await writer.appendRows(rows as never).getResult()
  }
  const rows = async () => (await bigquery.query('SELECT id, n FROM d.t ORDER BY id'))[0] as object[]

  await t.test('the table tells its primary key', async (t) => {
    const [metadata] = await dataset.table('t').getMetadata()
    t.match(metadata, { tableConstraints: keyed.tableConstraints })
    const [told] = await bigquery.query(
      'SELECT table_name, constraint_name, constraint_type, enforced FROM d.INFORMATION_SCHEMA.TABLE_CONSTRAINTS',
    )
    t.same(told, [
      { table_name: 't', constraint_name: 't.pk$', constraint_type: 'PRIMARY KEY', enforced: 'NO' },
    ])
  })
  await t.test('UPSERT: the last row of a key is there, once', async (t) => {
    await append('t', [
      { _CHANGE_TYPE: 'UPSERT', id: 'a', n: 1 },
      { _CHANGE_TYPE: 'UPSERT', id: 'b', n: 1 },
      { _CHANGE_TYPE: 'UPSERT', id: 'a', n: 2 },
    ])
    await append('t', [{ _CHANGE_TYPE: 'UPSERT', id: 'b', n: 5 }])
    t.same(await rows(), [
      { id: 'a', n: 2 },
      { id: 'b', n: 5 },
    ])
  })
  await t.test('DELETE: the row is gone', async (t) => {
    await append('t', [{ _CHANGE_TYPE: 'DELETE', id: 'a' }])
    t.same(await rows(), [{ id: 'b', n: 5 }])
  })
  await t.test(
    '_CHANGE_SEQUENCE_NUMBER: the change with the larger number counts, whichever comes last',
    async (t) => {
      const changes = async (...all: (readonly [type: string, sequence: string, n: number])[]) => {
        const sent = all.map(([type, sequence, n]) => ({
          _CHANGE_TYPE: type,
          _CHANGE_SEQUENCE_NUMBER: sequence,
          id: 's',
          n,
        }))
        return await append('t', sent, true)
      }
      const n = async () =>
        (await bigquery.query("SELECT n FROM d.t WHERE id = 's'"))[0].map((row: { n: number }) => row.n)
      await changes(['UPSERT', 'A/2', 3], ['UPSERT', 'A/1', 2], ['UPSERT', '9', 1])
      t.same(await n(), [3], 'of one request')
      await changes(['UPSERT', 'a/1', 4])
      t.same(await n(), [3], 'an older one')
      await changes(['UPSERT', '0a/02', 5])
      t.same(await n(), [5], 'of equal ones the last')
      await changes(['UPSERT', 'A', 6])
      t.same(await n(), [5], 'fewer sections are less')
      await changes(['UPSERT', '10/0', 7])
      t.same(await n(), [7], 'sections are numbers')
      await changes(['DELETE', '11', 0], ['UPSERT', '10/FF', 8])
      t.same(await n(), [], 'a row that is older than its DELETE')
      await changes(['UPSERT', 'FFFFFFFFFFFFFFFF/FFFFFFFFFFFFFFFF/FFFFFFFFFFFFFFFF/FFFFFFFFFFFFFFFF', 9])
      t.same(await n(), [9])
      for (const wrong of ['', 'x', '1/2/3/4/5', '1//2', '12345678901234567'])
        t.match((await changes(['UPSERT', wrong, 1])).rowErrors, [
          { message: /_CHANGE_SEQUENCE_NUMBER must be one to four/ },
        ])
      await dataset.table('t').delete()
      await dataset.createTable('t', keyed)
      await changes(['UPSERT', '1', 1])
      t.same(await n(), [1], 'a table made anew knows nothing of it')
      await append('t', [{ _CHANGE_TYPE: 'UPSERT', id: 'b', n: 5 }])
    },
  )
  await t.test('another change, a row without its key, a table without a key: each is told', async (t) => {
    const bad = await append('t', [
      { _CHANGE_TYPE: 'REPLACE', id: 'a' },
      { _CHANGE_TYPE: 'UPSERT', n: 1 },
    ])
    t.match(bad.rowErrors, [
      { message: /must be INSERT, UPSERT or DELETE, but is REPLACE/ },
      { message: /Missing primary key column: id/ },
    ])
    await t.rejects(append('without_key', [{ _CHANGE_TYPE: 'UPSERT', id: 'a' }]), {
      message: /needs a table with a primary key/,
    })
  })
})
