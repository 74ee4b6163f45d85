import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PubSub, type Message, type Subscription } from '@google-cloud/pubsub'
import t from 'tap'
import { startLocalCloud, type LocalCloud } from '../../src/index.ts'

interface Open {
  readonly cloud: LocalCloud
  readonly pubsub: PubSub
}

async function open(
  t: { teardown: (done: () => Promise<void>) => void },
  dataFolder?: string,
): Promise<Open> {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud(dataFolder === undefined ? {} : { dataFolder })
  const pubsub = new PubSub({
    projectId: 'p',
    apiEndpoint: `http://127.0.0.1:${cloud.pubsubPort}`,
    emulatorMode: true,
  })
  t.teardown(async () => {
    await pubsub.close()
    await cloud.close()
  })
  return { cloud, pubsub }
}

/** Collects messages as `handle` settles them, until there are so many. */
function collect(
  subscription: Subscription,
  count: number,
  handle: (message: Message) => void,
): Promise<Message[]> {
  const messages: Message[] = []
  return new Promise((resolve, reject) => {
    subscription.on('error', reject)
    subscription.on('message', (message: Message) => {
      messages.push(message)
      handle(message)
      if (messages.length === count) void subscription.close().then(() => resolve(messages))
    })
  })
}

t.test('what is published is delivered once, whole, and gone when acked', async (t) => {
  const { cloud, pubsub } = await open(t)
  const [topic] = await pubsub.createTopic('topic')
  const [subscription] = await topic.createSubscription('subscription')
  const ids = await Promise.all(
    Array.from({ length: 2500 }, (_, index) =>
      topic.publishMessage({ data: Buffer.from(`message ${index}`), attributes: { index: String(index) } }),
    ),
  )
  const messages = await collect(subscription, ids.length, (message) => message.ack())
  t.same(new Set(messages.map(({ id }) => id)), new Set(ids))
  for (const { data, attributes } of messages)
    if (data.toString() !== `message ${attributes['index']}`) t.fail('mixed up')
  t.same(cloud.backlog(), { 'projects/p/subscriptions/subscription': 0 })
})

t.test('a message given back comes again after its backoff, and ends in the dead letters', async (t) => {
  const { pubsub } = await open(t)
  const [topic] = await pubsub.createTopic('topic')
  const [dead] = await pubsub.createTopic('dead')
  const [deadSubscription] = await dead.createSubscription('dead-subscription')
  const [subscription] = await topic.createSubscription('subscription', {
    deadLetterPolicy: { deadLetterTopic: dead.name, maxDeliveryAttempts: 5 },
    retryPolicy: { minimumBackoff: { seconds: 0, nanos: 20_000_000 }, maximumBackoff: { seconds: 1 } },
  })
  await topic.publishMessage({ data: Buffer.from('poison'), attributes: { mine: 'kept' } })
  const tries = await collect(subscription, 5, (message) => message.nack())
  t.same(
    tries.map(({ deliveryAttempt }) => deliveryAttempt),
    [1, 2, 3, 4, 5],
  )
  const [letter] = await collect(deadSubscription, 1, (message) => message.ack())
  t.equal(letter!.data.toString(), 'poison')
  t.match(letter!.attributes, {
    mine: 'kept',
    CloudPubSubDeadLetterSourceDeliveryCount: '5',
    CloudPubSubDeadLetterSourceSubscription: 'subscription',
    CloudPubSubDeadLetterSourceSubscriptionProject: 'p',
  })
})

t.test('a lease that ends gives the message to somebody else', async (t) => {
  let skipped = 0
  const cloud = await startLocalCloud({ now: () => Date.now() + skipped })
  t.teardown(() => cloud.close())
  const base = `http://127.0.0.1:${cloud.pubsubPort}/v1/projects/p`
  const call = async (method: string, path: string, body: object = {}) => {
    const response = await fetch(`${base}/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return (await response.json()) as {
      receivedMessages?: { ackId: string; message: { data: string } }[]
      error?: object
    }
  }
  await call('PUT', 'topics/topic')
  await call('PUT', 'subscriptions/sub', { topic: 'projects/p/topics/topic', ackDeadlineSeconds: 30 })
  await call('POST', 'topics/topic:publish', { messages: [{ data: Buffer.from('x').toString('base64') }] })
  const pull = () => call('POST', 'subscriptions/sub:pull', { maxMessages: 10, returnImmediately: true })
  const [first] = (await pull()).receivedMessages!
  skipped += 20_000
  t.same(await pull(), {}, 'leased')
  await call('POST', 'subscriptions/sub:modifyAckDeadline', {
    ackIds: [first!.ackId],
    ackDeadlineSeconds: 60,
  })
  skipped += 50_000
  t.same(await pull(), {}, 'the lease was extended')
  skipped += 20_000
  const again = await call('POST', 'subscriptions/sub:pull', { maxMessages: 1 })
  t.equal(again.receivedMessages!.length, 1)
  t.not(again.receivedMessages![0]!.ackId, first!.ackId)
  await call('POST', 'subscriptions/sub:acknowledge', { ackIds: [again.receivedMessages![0]!.ackId] })
  t.same(cloud.backlog(), { 'projects/p/subscriptions/sub': 0 })
  t.match(await call('POST', 'subscriptions/sub:acknowledge', { ackIds: ['nonsense!'] }), {
    error: { code: 400, status: 'INVALID_ARGUMENT', message: /Invalid ack id/ },
  })
})

t.test('a filter keeps out what does not match', async (t) => {
  const { cloud, pubsub } = await open(t)
  const [topic] = await pubsub.createTopic('topic')
  await topic.createSubscription('orders', { filter: 'attributes.event_type = "order"' })
  await topic.publishMessage({ data: Buffer.from('x'), attributes: { event_type: 'order' } })
  await topic.publishMessage({ data: Buffer.from('x'), attributes: { event_type: 'other' } })
  t.same(cloud.backlog(), { 'projects/p/subscriptions/orders': 1 })
})

t.test('messages and resources outlive a restart, acked ones do not come back', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'local-cloud-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  await t.test('before', async (t) => {
    const { pubsub } = await open(t, folder)
    const [topic] = await pubsub.createTopic('topic')
    const [one] = await topic.createSubscription('one')
    await topic.createSubscription('two', { ackDeadlineSeconds: 33 })
    for (const text of ['a', 'b', 'c'])
      await topic.publishMessage({ data: Buffer.from(text), attributes: { text } })
    await collect(one, 3, (message) => message.ack())
  })
  await t.test('after', async (t) => {
    const { cloud, pubsub } = await open(t, folder)
    t.same(cloud.backlog(), { 'projects/p/subscriptions/one': 0, 'projects/p/subscriptions/two': 3 })
    const [metadata] = await pubsub.subscription('two').getMetadata()
    t.equal(metadata.ackDeadlineSeconds, 33)
    const messages = await collect(pubsub.subscription('two'), 3, (message) => message.ack())
    t.same(messages.map(({ data, attributes }) => `${data.toString()} ${attributes['text']}`).toSorted(), [
      'a a',
      'b b',
      'c c',
    ])
  })
})

t.test('a push subscription posts until it is answered; Eventarc posts CloudEvents', async (t) => {
  const { cloud, pubsub } = await open(t)
  const requests: {
    headers: http.IncomingHttpHeaders
    body: { message: { data: string; messageId: string } }
  }[] = []
  const server = http.createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      requests.push({ headers: request.headers, body: JSON.parse(text) as (typeof requests)[0]['body'] })
      // the first try of the push subscription fails
      response.writeHead(requests.length === 1 ? 500 : 204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const pushEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`
  const [topic] = await pubsub.createTopic('topic')
  await topic.createSubscription('push', { pushConfig: { pushEndpoint } })
  await topic.publishMessage({ data: Buffer.from('one') })
  const deadline = Date.now() + 30_000
  while (Object.values(cloud.backlog()).some((count) => count > 0) && Date.now() < deadline)
    await new Promise((r) => setImmediate(r))
  t.equal(requests.length, 2)
  t.notOk(requests[0]!.headers['ce-id'])

  const triggers = `http://127.0.0.1:${cloud.pubsubPort}/v1/projects/p/locations/us-central1/triggers`
  const created = await fetch(`${triggers}?triggerId=my-trigger`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      eventFilters: [{ attribute: 'type', value: 'google.cloud.pubsub.topic.v1.messagePublished' }],
      destination: { httpEndpoint: { uri: pushEndpoint } },
      transport: { pubsub: { topic: topic.name } },
    }),
  })
  t.match(await created.json(), {
    done: true,
    response: { name: 'projects/p/locations/us-central1/triggers/my-trigger' },
  })
  const id = await topic.publishMessage({ data: Buffer.from('two'), attributes: { a: 'b' } })
  while (requests.length < 4 && Date.now() < deadline) await new Promise((r) => setImmediate(r))
  const event = requests.find(({ headers }) => headers['ce-id'] !== undefined)!
  t.match(event.headers, {
    'ce-id': id,
    'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    'ce-source': '//pubsub.googleapis.com/projects/p/topics/topic',
    'ce-specversion': '1.0',
  })
  t.match(event.body, {
    message: { data: Buffer.from('two').toString('base64'), attributes: { a: 'b' }, messageId: id },
  })

  // what Eventarc takes, its base64 included; the push subscription takes both
  const before = requests.length
  for (const bytes of [400_000, 390_000]) await topic.publishMessage({ data: Buffer.alloc(bytes, 'x') })
  const until = Date.now() + 30_000
  while (
    (requests.length < before + 3 || Object.values(cloud.backlog()).some((count) => count > 0)) &&
    Date.now() < until
  )
    await new Promise((r) => setImmediate(r))
  const sizes = requests
    .slice(before)
    .map(({ headers, body }) => [
      headers['ce-id'] !== undefined,
      Buffer.from(body.message.data, 'base64').length,
    ])
  t.same(
    sizes.filter(([isEvent]) => isEvent),
    [[true, 390_000]],
  )
  t.equal(sizes.length, 3)
})

t.test('what is not supported is refused by name', async (t) => {
  const { pubsub } = await open(t)
  const [topic] = await pubsub.createTopic('topic')
  const refused: [string, object][] = [['bigtableConfig', { bigtableConfig: { table: 't' } }]]
  for (const [name, options] of refused) {
    await t.rejects(topic.createSubscription(`sub-${name}`, options), { code: 12, message: new RegExp(name) })
  }
})

t.test('wrong requests are answered in Google’s words', async (t) => {
  const { pubsub } = await open(t)
  const [topic] = await pubsub.createTopic('topic')
  await t.rejects(pubsub.createTopic('topic'), { code: 6 })
  await t.rejects(pubsub.createTopic('1'), { code: 3, message: /Invalid \[topics\] name/ })
  await t.rejects(pubsub.topic('nope').publishMessage({ data: Buffer.from('x') }), {
    code: 5,
    message: /Resource not found/,
  })
  await t.rejects(topic.publishMessage({ data: Buffer.alloc(0) }), { code: 3, message: /empty/ })
  await t.rejects(topic.publishMessage({ data: Buffer.from('x'), attributes: { googx: '1' } }), {
    code: 3,
    message: /googx/,
  })
  await t.rejects(topic.publishMessage({ data: Buffer.from('x'), attributes: { a: 'x'.repeat(1025) } }), {
    code: 3,
    message: /1025 bytes/,
  })
  await t.rejects(topic.createSubscription('sub', { ackDeadlineSeconds: 5 }), {
    code: 3,
    message: /ack_deadline_seconds 5/,
  })
  await t.rejects(
    topic.createSubscription('sub', {
      deadLetterPolicy: { deadLetterTopic: topic.name, maxDeliveryAttempts: 4 },
    }),
    { code: 11, message: /minimum value is 5/ },
  )
})
