import { gzipSync } from 'node:zlib'
import { v1 } from '@google-cloud/pubsub'
import * as grpc from '@grpc/grpc-js'
import t from 'tap'
import { startLocalCloud } from '../src/index.ts'

/** What clients of Go and Java do and those of Node do not. */
async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const send = async (url: string, body: string | Buffer, headers: object = {}) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
      body,
    }
    const response = await fetch(url, init)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return { cloud, send, root: `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p` }
}

t.test('a body of JSON may come as gzip, as those of Java do', async (t) => {
  const { cloud, send, root } = await open(t)
  const gzip = { 'content-encoding': 'gzip' }
  const dataset = JSON.stringify({ datasetReference: { datasetId: 'd' } })
  t.match(await send(`${root}/datasets`, gzipSync(dataset), gzip), { status: 200, body: { id: 'p:d' } })
  const schema = { fields: [{ name: 's', type: 'STRING' }] }
  const table = JSON.stringify({ tableReference: { tableId: 't' }, schema })
  t.match(await send(`${root}/datasets/d/tables`, gzipSync(table), gzip), { status: 200 })
  const rows = Array.from({ length: 5000 }, (_, index) => ({ json: { s: `${index} ${'x'.repeat(500)}` } }))
  const insertAll = `${root}/datasets/d/tables/t/insertAll`
  t.match((await send(insertAll, gzipSync(JSON.stringify({ rows })), gzip)).body, {
    kind: 'bigquery#tableDataInsertAllResponse',
    insertErrors: undefined,
  })
  const query = JSON.stringify({ query: 'SELECT COUNT(DISTINCT s) FROM d.t', useLegacySql: false })
  t.match((await send(`${root}/queries`, query, { 'content-encoding': 'identity' })).body, {
    rows: [{ f: [{ v: '5000' }] }],
  })
  const topics = `http://127.0.0.1:${cloud.pubsubPort}/v1/projects/p/topics`
  await fetch(`${topics}/t123`, { method: 'PUT' })
  const messages = gzipSync(JSON.stringify({ messages: [{ data: 'eA==' }] }))
  t.match(await send(`${topics}/t123:publish`, messages, gzip), { status: 200, body: { messageIds: [/\d/] } })
})

t.test('a body that is not what its Content-Encoding says, or is too large, is refused', async (t) => {
  const { send, root } = await open(t)
  const gzip = { 'content-encoding': 'gzip' }
  t.equal((await send(`${root}/queries`, '{"query":"SELECT 1"}', gzip)).status, 400)
  t.equal((await send(`${root}/queries`, gzipSync('{"query":').subarray(0, 15), gzip)).status, 400)
  const other = await send(`${root}/queries`, 'x', { 'content-encoding': 'br' })
  t.match(other, { status: 400, body: { error: { message: /Content-Encoding is br/ } } })
  const large = await send(`${root}/queries`, gzipSync(' '.repeat(30 << 20)), gzip)
  t.match(large.body, { error: { message: /too large/ } }, '30 MB in 30 KB')
})

t.test('a TIMESTAMP of nanoseconds, as Go sends it, is cut to microseconds', async (t) => {
  const { send, root } = await open(t)
  await send(`${root}/datasets`, JSON.stringify({ datasetReference: { datasetId: 'd' } }))
  const schema = { fields: [{ name: 'seen', type: 'TIMESTAMP' }] }
  await send(`${root}/datasets/d/tables`, JSON.stringify({ tableReference: { tableId: 't' }, schema }))
  const insert = async (seen: string) =>
    (await send(`${root}/datasets/d/tables/t/insertAll`, JSON.stringify({ rows: [{ json: { seen } }] }))).body
  for (const at of [
    '2026-11-30T07:21:24.610651415Z',
    '2026-11-30T08:21:25.9999999+01:00',
    '2026-11-30 07:21:26.12345678 UTC',
  ])
    t.notOk((await insert(at))['insertErrors'], at)
  t.match(await insert('2026-11-30T07:21:24.6106514151Z'), {
    insertErrors: [{ errors: [{ message: /bad value/ }] }],
  })
  const query = 'SELECT CAST(seen AS STRING) FROM d.t ORDER BY seen'
  const { body } = await send(`${root}/queries`, JSON.stringify({ query, useLegacySql: false }))
  t.match(body['rows'], [
    { f: [{ v: '2026-11-30 07:21:24.610651+00' }] },
    { f: [{ v: '2026-11-30 07:21:25.999999+00' }] },
    { f: [{ v: '2026-11-30 07:21:26.123456+00' }] },
  ])
})

t.test('a POST may say that it is a PATCH, as those of Java do', async (t) => {
  const { cloud, send, root } = await open(t)
  await send(`${root}/datasets`, JSON.stringify({ datasetReference: { datasetId: 'd' } }))
  const schema = { fields: [{ name: 'n', type: 'INTEGER' }] }
  await send(`${root}/datasets/d/tables`, JSON.stringify({ tableReference: { tableId: 't' }, schema }))
  const as = (method: string) => ({ 'X-HTTP-Method-Override': method })
  const patch = await send(`${root}/datasets/d/tables/t`, gzipSync('{"description":"x"}'), {
    ...as('PATCH'),
    'content-encoding': 'gzip',
  })
  t.match(patch, { status: 200, body: { description: 'x' } })
  t.match(cloud.calls({ service: 'bigquery' }).at(-1), { method: 'PATCH', status: 200 })
  t.match(await send(`${root}/datasets/d/tables/t`, '{}', as('NOTHING')), { status: 501 })
  const page = { ...as('PATCH'), origin: 'https://page.example' }
  t.equal((await send(`${root}/datasets/d/tables/t`, '{}', page)).status, 403)
  const got = await fetch(`${root}/datasets/d/tables/t`, { headers: as('DELETE') })
  t.equal(got.status, 200, 'a GET is a GET')
})

interface Told {
  readonly subscriptionProperties?: {
    readonly exactlyOnceDeliveryEnabled: boolean
    readonly messageOrderingEnabled: boolean
  } | null
  readonly receivedMessages: readonly { readonly ackId: string }[]
}

t.test(
  'each response of StreamingPull tells what kind of subscription it is of: Go looks at each',
  async (t) => {
    const { cloud } = await open(t)
    const options = {
      projectId: 'p',
      apiEndpoint: '127.0.0.1',
      port: cloud.pubsubPort,
      sslCreds: grpc.credentials.createInsecure(),
    }
    const [publisher, subscriber] = [new v1.PublisherClient(options), new v1.SubscriberClient(options)]
    t.teardown(async () => {
      await publisher.close()
      await subscriber.close()
    })
    const topic = 'projects/p/topics/topic'
    await publisher.createTopic({ name: topic })
    for (const [exactlyOnce, ordered] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      const name = `projects/p/subscriptions/sub-${exactlyOnce}-${ordered}`
      const kind = { enableExactlyOnceDelivery: exactlyOnce, enableMessageOrdering: ordered }
      await subscriber.createSubscription({ name, topic, ...kind })
      const stream = subscriber.streamingPull()
      const told: Told[] = []
      const done = new Promise<void>((resolve, reject) => {
        stream.on('error', reject)
        stream.on('data', (response: Told) => {
          told.push(response)
          const ackIds = response.receivedMessages.map(({ ackId }) => ackId)
          if (ackIds.length > 0) stream.write({ ackIds, modifyDeadlineAckIds: [] })
          // an answer to what says nothing
          if (ackIds.length > 0) stream.write({})
          else if (told.some(({ receivedMessages }) => receivedMessages.length > 0)) resolve()
        })
      })
      stream.write({ subscription: name, streamAckDeadlineSeconds: 10, protocolVersion: 1 })
      await publisher.publish({ topic, messages: [{ data: Buffer.from('x'), orderingKey: 'k' }] })
      await done
      stream.on('error', () => {})
      stream.cancel()
      t.ok(told.length >= 3, 'the first, the message, what follows it')
      for (const { subscriptionProperties: properties } of told) {
        t.equal(properties?.exactlyOnceDeliveryEnabled ?? false, exactlyOnce, name)
        t.equal(properties?.messageOrderingEnabled ?? false, ordered, name)
      }
    }
  },
)
