import { BigQuery } from '@google-cloud/bigquery'
import { PubSub } from '@google-cloud/pubsub'
import t from 'tap'
import { readLedger, Replayer } from '@tablestream/ledger'
import { poll } from '../../scripts/poll.ts'
import { DATASET, PROJECT, settled, startPipeline, viewOf, type Pipeline } from './pipeline.ts'

const TARGET = { projectId: PROJECT, dataset: DATASET, topic: 'backend-events-topic' }
const EVERYTHING = { reasons: [], types: [], again: false }

async function letters({ clients }: Pipeline, count: number): Promise<Record<string, unknown>[]> {
  const sql = `SELECT reason, path, value, message, event_type, table_name, message_id, attempt, data,
    CAST(publish_time AS STRING) AS published FROM ${DATASET}.dead_letter_reasons ORDER BY dead_lettered_at, dead_letter_id`
  return poll(
    async () => {
      const rows = await clients.query(sql)
      return rows.length >= count ? rows : undefined
    },
    { timeoutMs: 60_000, what: `${count} dead letters in the table` },
  )
}

t.test('dead letters are rows that say why, and can be replayed', { timeout: 480_000 }, async (t) => {
  const frozen = JSON.stringify({ later: { tables: 'freeze' } })
  const pipeline = await startPipeline({
    // five deliveries must last longer than it takes to be sure that a table is not there
    env: { EVENT_POLICIES: frozen, PARK_SECONDS: '5' },
    resources: { maxDeliveryAttempts: 5, minimumBackoff: '0s' },
  })
  t.teardown(() => pipeline.close())
  const { clients, cloud } = pipeline
  const bytes = Buffer.from([0xff, 0xfe, 0x00])
  const order = JSON.stringify({ event_type: 'order', order_id: '1', items: [{ quantity: 'two' }] })
  // nobody makes a table: what needs one that may be made is given back five times
  await pipeline.tableManager.stop()
  const [, , frozenId] = await clients.publish([
    bytes,
    order,
    '{"event_type":"later","event_id":"kept","n":1}',
  ])
  const poisons = ['a', 'b', 'c'].map((id) => `{"event_type":"never","event_id":"${id}"}`)
  await clients.publish(poisons)
  await settled(pipeline)

  await t.test(
    'with reason, path, value, message id, publish time, attempt and the original bytes',
    async (t) => {
      const rows = await letters(pipeline, 6)
      const of = (reason: string) => rows.find((row) => row['reason'] === reason)!
      t.same(of('not_utf8')['data'], bytes)
      t.match(of('invalid_event'), { event_type: 'order', attempt: 1, message: /\/items\/0\/quantity/ })
      t.match(of('table_not_allowed'), { event_type: 'later', table_name: 'later', message_id: frozenId })
      for (const row of rows) t.match(row['published'], /^\d{4}-/)
    },
  )

  await t.test('what Pub/Sub itself gave up on is there too', async (t) => {
    const rows = (await letters(pipeline, 6)).filter(({ reason }) => reason === 'delivery_attempts')
    for (const row of rows) t.match(row, { reason: 'delivery_attempts', event_type: 'never', attempt: 5 })
    t.same(rows.map(({ data }) => String(data)).toSorted(), poisons, 'each of them')
  })

  const bigquery = new BigQuery({ projectId: PROJECT, apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const apiEndpoint = `http://127.0.0.1:${cloud.pubsubPort}`
  const pubsub = new PubSub({ projectId: PROJECT, apiEndpoint, emulatorMode: true })
  t.teardown(() => pubsub.close())
  const replayer = new Replayer(bigquery, pubsub, TARGET)
  const ledger = () => readLedger(bigquery, TARGET, { since: new Date(0) })

  await t.test('those whose bytes tell no type are a group like any other', async (t) => {
    const groups = await replayer.count({ ...EVERYTHING, reasons: ['not_utf8'], types: [''] })
    t.same(groups, [{ reason: 'not_utf8', eventType: '', letters: 1 }])
  })

  await t.test('a query that would read more than it may is refused', async (t) => {
    const most = { maxBytesBilled: 1 }
    await t.rejects(readLedger(bigquery, TARGET, { since: new Date(0), ...most }), /bytes billed/)
    await t.rejects(new Replayer(bigquery, pubsub, TARGET, most).count(EVERYTHING), /bytes billed/)
  })

  await t.test('the sum comes out before anything is replayed', async (t) => {
    const { accounts, missing } = await ledger()
    t.same(missing, [])
    t.equal(
      accounts.reduce((sum, { messages }) => sum + messages, 0),
      6,
    )
    t.equal(
      accounts.reduce((sum, { deadLettered }) => sum + deadLettered, 0),
      6,
    )
  })

  await t.test(
    'a replay publishes what the filters name, once; a second one lands nothing new',
    async (t) => {
      // what was wrong is put right: the policy lets the table be made, and events wait for it
      pipeline.tableManagers[0]!.start({ EVENT_POLICIES: '' })
      await pipeline.streamWriter.stop()
      pipeline.streamWriter.start({ EVENT_POLICIES: '', PARK_SECONDS: '20' })
      await pipeline.tableManager.ready()
      const only = { ...EVERYTHING, reasons: ['table_not_allowed'], types: ['later'] }
      t.same(await replayer.count(only), [{ reason: 'table_not_allowed', eventType: 'later', letters: 1 }])
      t.match(await replayer.replay(only, 10), { replayed: 1, failed: [] })
      await settled(pipeline)
      const row = { event_id: 'kept', n: 1 }
      t.same(await clients.query(`SELECT event_id, n FROM ${DATASET}.later`), [row])
      t.match(await replayer.replay(only, 10), { replayed: 0 }, 'it is marked')
      t.match(await replayer.replay({ ...only, again: true }, 10), { replayed: 1 })
      await settled(pipeline)
      t.same(await clients.query(`SELECT event_id, n FROM ${await viewOf(pipeline, 'later')}`), [row])
      const account = (await ledger()).accounts.find(({ eventType }) => eventType === 'later')
      t.match(account, { messages: 3, landed: 1, deadLettered: 1, duplicates: 1, missing: 0 })
      // a writer that remembers nothing asks the table
      await pipeline.streamWriter.kill()
      pipeline.streamWriter.start({ EVENT_POLICIES: '', PARK_SECONDS: '20' })
      await pipeline.streamWriter.ready()
      t.match(await replayer.replay({ ...only, again: true }, 10), { replayed: 1 })
      await settled(pipeline)
      t.same(await clients.query(`SELECT event_id, n FROM ${DATASET}.later`), [row], 'one row')
    },
  )
})
