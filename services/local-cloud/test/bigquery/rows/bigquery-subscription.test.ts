import { BigQuery } from '@google-cloud/bigquery'
import { PubSub } from '@google-cloud/pubsub'
import t from 'tap'
import { poll } from '../../../../../scripts/poll.ts'
import { startLocalCloud } from '../../../src/index.ts'

const METADATA = [
  { name: 'subscription_name', type: 'STRING' },
  { name: 'message_id', type: 'STRING' },
  { name: 'publish_time', type: 'TIMESTAMP' },
  { name: 'attributes', type: 'JSON' },
]

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const apiEndpoint = `http://127.0.0.1:${cloud.pubsubPort}`
  const pubsub = new PubSub({ projectId: 'p', apiEndpoint, emulatorMode: true })
  t.teardown(async () => {
    await pubsub.close()
    await cloud.close()
  })
  const [dataset] = await bigquery.createDataset('d')
  const [topic] = await pubsub.createTopic('events')
  const rows = async (sql: string, count: number) =>
    poll(
      async () => {
        const [found] = (await bigquery.query(sql)) as [Record<string, unknown>[]]
        return found.length >= count ? found : undefined
      },
      { timeoutMs: 60_000, what: `${count} rows` },
    )
  return { cloud, dataset, topic, rows }
}

t.test('messages become rows: the original bytes and what Pub/Sub knows of them', async (t) => {
  const { dataset, topic, rows, cloud } = await open(t)
  const fields = [...METADATA, { name: 'data', type: 'BYTES' }]
  await dataset.createTable('raw', { schema: { fields } })
  await topic.createSubscription('to-table', { bigqueryConfig: { table: 'p.d.raw', writeMetadata: true } })
  const bytes = Buffer.from([0xff, 0x00, 0x7b, 0x0a])
  const id = await topic.publishMessage({ data: bytes, attributes: { 'dead-letter-reason': 'not_utf8' } })
  const [row] = await rows(
    `SELECT message_id, subscription_name, data, JSON_VALUE(attributes, '$."dead-letter-reason"') AS reason FROM d.raw`,
    1,
  )
  t.match(row, {
    message_id: id,
    subscription_name: 'projects/p/subscriptions/to-table',
    reason: 'not_utf8',
  })
  t.same(row!['data'], bytes)
  await poll(() => (Object.values(cloud.backlog()).every((count) => count === 0) ? true : undefined), {
    timeoutMs: 60_000,
    what: 'the message acknowledged',
  })
})

t.test('JSON becomes columns by the table’s schema; what is none goes to the dead letters', async (t) => {
  const { dataset, topic, rows } = await open(t)
  await dataset.createTable('columns', { schema: { fields: [{ name: 'n', type: 'INTEGER' }] } })
  await dataset.createTable('dead', { schema: { fields: [{ name: 'data', type: 'STRING' }] } })
  const dead = topic.pubsub.topic('dead')
  await dead.create()
  await dead.createSubscription('dead-to-table', { bigqueryConfig: { table: 'p.d.dead' } })
  await topic.createSubscription('to-columns', {
    bigqueryConfig: { table: 'p.d.columns', useTableSchema: true, dropUnknownFields: true },
    deadLetterPolicy: { deadLetterTopic: dead.name, maxDeliveryAttempts: 5 },
  })
  for (const text of ['{"n":7,"more":true}', 'no JSON', '{"n":8}'])
    await topic.publishMessage({ data: Buffer.from(text) })
  t.same(await rows('SELECT n FROM d.columns ORDER BY n', 2), [{ n: 7 }, { n: 8 }])
  t.same(await rows('SELECT data FROM d.dead', 1), [{ data: 'no JSON' }])
})

t.test(
  'a table that is missing or lacks a column is refused by name; one that is dropped is waited for',
  async (t) => {
    const { dataset, topic, rows } = await open(t)
    const create = (table: string) =>
      topic.createSubscription(`to-${table}`, {
        bigqueryConfig: { table: `p.d.${table}`, writeMetadata: true },
      })
    await t.rejects(create('nope'), { message: /Not found: Table p:d.nope/ })
    const fields = [{ name: 'data', type: 'STRING' }]
    await dataset.createTable('plain', { schema: { fields } })
    await t.rejects(create('plain'), { message: /needs a column subscription_name of type STRING/ })
    await topic.createSubscription('later', { bigqueryConfig: { table: 'p.d.plain' } })
    await dataset.table('plain').delete()
    await topic.publishMessage({ data: Buffer.from('early') })
    await dataset.createTable('plain', { schema: { fields } })
    t.same(await rows('SELECT data FROM d.plain', 1), [{ data: 'early' }])
  },
)
