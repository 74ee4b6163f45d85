import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { DATASET, PROJECT, settled, startPipeline } from './pipeline.ts'

const EVENTS = 50
const FREEZE = JSON.stringify({ default: { tables: 'freeze' } })
const FIELDS = [
  { name: 'event_id', type: 'STRING' },
  { name: 'event_type', type: 'STRING' },
  { name: 'event_date', type: 'DATE' },
  { name: 'processed_timestamp', type: 'TIMESTAMP' },
  { name: '_source', type: 'STRING' },
  { name: '_fingerprint', type: 'INTEGER' },
  { name: '_unmapped', type: 'JSON' },
  { name: 'n', type: 'INTEGER' },
]

// real time: a table that somebody has just made is waited for, so that nothing is rejected before ten seconds are over
t.test(
  'where no table may be made, only events of a table that is not there are rejected',
  { timeout: 480_000 },
  async (t) => {
    const pipeline = await startPipeline({
      env: { EVENT_POLICIES: FREEZE },
      services: ['stream-writer', 'table-manager'],
    })
    t.teardown(() => pipeline.close())
    const { clients, cloud } = pipeline
    const bigquery = new BigQuery({
      projectId: PROJECT,
      apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}`,
    })
    const make = (table: string) =>
      bigquery.dataset(DATASET).createTable(table, {
        schema: { fields: FIELDS },
        timePartitioning: { type: 'DAY', field: 'event_date' },
      })
    const publish = (type: string) =>
      clients.publish(
        Array.from({ length: EVENTS }, (_, n) => JSON.stringify({ event_type: type, event_id: `${n}`, n })),
      )
    const rows = (table: string) => clients.count(`SELECT COUNT(*) FROM ${DATASET}.${table}`)
    const rejected = (type: string) =>
      clients.count(
        `SELECT COUNT(*) FROM ${DATASET}.dead_letter_reasons WHERE event_type = '${type}' AND reason = 'table_not_allowed'`,
      )

    await t.test('a table that never was: the write path does not tell, tables.get does', async () => {
      await publish('never')
      await settled(pipeline)
      await poll(async () => ((await rejected('never')) === EVENTS ? true : undefined), {
        timeoutMs: 60_000,
        what: 'every event a dead letter',
      })
    })

    await t.test('a table that was there, and is dropped', async (t) => {
      await make('dropped')
      await publish('dropped')
      await settled(pipeline)
      t.equal(await rows('dropped'), EVENTS)
      await bigquery.dataset(DATASET).table('dropped').delete()
      await clients.publish([JSON.stringify({ event_type: 'dropped', event_id: 'late', n: 1 })])
      await settled(pipeline)
      await poll(async () => ((await rejected('dropped')) === 1 ? true : undefined), {
        timeoutMs: 60_000,
        what: 'the dead letter',
      })
    })

    await t.test('a grant that is late, on the write path and on tables.get', async (t) => {
      await make('granted')
      const late = { do: 'error', status: 'PERMISSION_DENIED', every: 1, untilMs: 15_000 } as const
      cloud.faults.set({
        rules: [
          { on: 'storage.read', ...late },
          { on: 'storage.append', ...late },
          { on: 'bigquery.get_table', ...late, untilMs: 5000 },
        ],
      })
      await publish('granted')
      await settled(pipeline)
      t.equal(await rows('granted'), EVENTS)
    })

    await t.test('a table just made, which nobody sees for a while', async (t) => {
      cloud.faults.set({
        rules: [
          { on: 'storage.schema', do: 'delay', ms: 14_000, every: 1 },
          { on: 'bigquery.metadata', do: 'delay', ms: 7000, every: 1 },
        ],
      })
      await make('made')
      await publish('made')
      await settled(pipeline)
      t.equal(await rows('made'), EVENTS)
    })

    await t.test('a table that the write path does not find once', async (t) => {
      await publish('made')
      cloud.faults.set({
        rules: [
          { on: 'storage.append', do: 'error', status: 'NOT_FOUND', at: [1] },
          { on: 'storage.read', do: 'error', status: 'NOT_FOUND', at: [1, 2, 3] },
        ],
      })
      await clients.publish(
        Array.from({ length: EVENTS }, (_, n) =>
          JSON.stringify({ event_type: 'made', event_id: `more ${n}`, n }),
        ),
      )
      await settled(pipeline)
      t.equal(await rows('made'), 2 * EVENTS)
      for (const type of ['granted', 'made']) t.equal(await rejected(type), 0, type)
    })
  },
)
