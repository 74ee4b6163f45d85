import bigqueryStorage from '@google-cloud/bigquery-storage'
import t from 'tap'
import { openClient } from '../../open-bigquery.ts'
import { writerClient } from '../../writer-client.ts'

const { managedwriter, adapt } = bigqueryStorage
const FIELDS = [
  { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
  { name: 'n', type: 'INTEGER', mode: 'NULLABLE' },
]

t.test(
  'changes of rows come in before what a transaction did to these rows, and it hears of it',
  async (t) => {
    const { cloud, bigquery } = await openClient(t, { client: { maxRetries: 0 } })
    const rows = async (query: string, rest: object = {}) =>
      ((await bigquery.query({ query, ...rest }))[0] as object[]).map((row) => Object.values(row).join(' '))
    await rows('CREATE TABLE d.t (id INT64 NOT NULL, n INT64, PRIMARY KEY (id) NOT ENFORCED)')
    await rows('CREATE TABLE d.u AS SELECT 1 AS n')
    await rows('INSERT d.t (id, n) VALUES (1, 1), (2, 1)')
    const begun = async (statement: string) => {
      const [job] = await bigquery.createQueryJob({
        query: `BEGIN TRANSACTION; ${statement}`,
        createSession: true,
      })
      await job.getQueryResults()
      const { statistics } = (await job.getMetadata())[0] as {
        statistics: { sessionInfo: { sessionId: string } }
      }
      return { connectionProperties: [{ key: 'session_id', value: statistics.sessionInfo.sessionId }] }
    }
    const deletes = await begun('DELETE d.t WHERE id = 1')
    const others = await begun('UPDATE d.u SET n = 2 WHERE TRUE')
    const client = writerClient(cloud.storageWritePort)
    t.teardown(async () => client.close())
    const schema = adapt.convertBigQuerySchemaToStorageTableSchema({ fields: FIELDS })
    const connection = await client.createStreamConnection({
      streamId: managedwriter.DefaultStream,
      destinationTable: 'projects/p/datasets/d/tables/t',
    })
    const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(
      schema,
      'root',
      adapt.withChangeType(),
    )
    const writer = new managedwriter.JSONWriter({ connection, protoDescriptor })
    await writer.appendRows([{ _CHANGE_TYPE: 'UPSERT', id: 1, n: 5 }] as never).getResult()
    t.same(await rows('SELECT id, n FROM d.t ORDER BY id'), ['1 5', '2 1'], 'who reads meets no transaction')
    await t.rejects(rows('SELECT n FROM d.t', deletes), /Transaction is aborted due to concurrent update/)
    await t.rejects(rows('INSERT d.t (id) VALUES (3)', deletes), /it can only be rolled back/)
    await rows('ROLLBACK TRANSACTION', deletes)
    await rows('INSERT d.t (id, n) VALUES (4, 4)', deletes)
    await rows('COMMIT TRANSACTION', others)
    t.same(await rows('SELECT id, n FROM d.t ORDER BY id'), ['1 5', '2 1', '4 4'])
    t.same(await rows('SELECT n FROM d.u'), ['2'], 'a transaction that changed another table goes on')

    for (const statement of [
      'UPDATE d.t SET n = 8 WHERE id = 2',
      'MERGE d.t USING (SELECT 2 AS k) ON id = k WHEN MATCHED THEN UPDATE SET n = 8',
    ]) {
      const updates = await begun(statement)
      await writer.appendRows([{ _CHANGE_TYPE: 'DELETE', id: 2, n: null }] as never).getResult()
      await t.rejects(
        rows('COMMIT TRANSACTION', updates),
        /Transaction is aborted due to concurrent update/,
        'DuckDB lets a row go that somebody has updated',
      )
      t.same(await rows('SELECT n FROM d.t WHERE id = 2'), [])
      await writer.appendRows([{ _CHANGE_TYPE: 'UPSERT', id: 2, n: 1 }] as never).getResult()
    }

    const committed = await begun('DELETE d.t WHERE id = 2')
    await writer.appendRows([{ _CHANGE_TYPE: 'UPSERT', id: 2, n: 7 }] as never).getResult()
    t.same(await rows('SELECT n FROM d.t WHERE id = 2'), ['7'])
    await t.rejects(rows('COMMIT TRANSACTION', committed), /Transaction is aborted due to concurrent update/)
    t.same(await rows('SELECT n FROM d.t WHERE id = 2'), ['7'])
    writer.close()
  },
)
