import t from 'tap'
import { asAfterKill, drain, message, openPubSub, SUB, temporaryFolder, TOPIC } from '../open-pubsub.ts'

const HOUR = 3_600_000

t.test('what was acked and retained comes again after a seek to a time, and only that', async (t) => {
  let now = Date.parse('2026-03-01T00:00:00Z')
  const { call } = await openPubSub(t, { now: () => now })
  await call('PUT', 'topics/topic', {})
  await call('PUT', 'subscriptions/sub', { topic: TOPIC, retainAckedMessages: true })
  await call('PUT', 'subscriptions/other', { topic: TOPIC })
  for (const text of ['one', 'two', 'three']) {
    await call('POST', 'topics/topic:publish', { messages: [message(text)] })
    now += HOUR
  }
  for (const name of ['sub', 'other']) t.same(await drain({ call }, name), ['one', 'two', 'three'])
  const seek = (name: string) => call('POST', `subscriptions/${name}:seek`, { time: '2026-03-01T01:00:00Z' })
  t.match(await seek('sub'), { status: 200 })
  t.match(await seek('other'), { status: 200 })
  t.same(await drain({ call }, 'sub'), ['two', 'three'])
  t.same(await drain({ call }, 'other'), [], 'it retains nothing')
  // a week is its retention
  now += 7 * 24 * HOUR
  await call('POST', 'subscriptions/sub:seek', { time: '2026-03-01T00:00:00Z' })
  t.same(await drain({ call }, 'sub'), [], 'older than a week')
  t.match(await call('POST', 'subscriptions/sub:seek', {}), { status: 400 })
})

t.test('a topic that retains messages gives them to a subscription that came later', async (t) => {
  const { call, pubsub } = await openPubSub(t)
  await call('PUT', 'topics/topic', { messageRetentionDuration: '600s' })
  await call('POST', 'topics/topic:publish', {
    messages: [message('yes', { attributes: { a: '1' } }), message('no', { attributes: { a: '2' } })],
  })
  await call('PUT', 'subscriptions/late', { topic: TOPIC, filter: 'attributes.a = "1"' })
  t.same(await drain({ call }, 'late'), [])
  await pubsub.subscription('late').seek(new Date(Date.now() - HOUR))
  t.same(await drain({ call }, 'late'), ['yes'])
  t.match((await call('GET', 'subscriptions/late')).body, { topicMessageRetentionDuration: '600s' })
  await call('PATCH', 'topics/topic', { topic: {}, updateMask: 'messageRetentionDuration' })
  await pubsub.subscription('late').seek(new Date(Date.now() - HOUR))
  t.same(await drain({ call }, 'late'), [], 'it retains nothing now')
})

t.test('a seek into the future drops what is there, and nothing that comes', async (t) => {
  const { call, pubsub, cloud } = await openPubSub(t)
  await call('PUT', 'topics/topic', {})
  await call('PUT', 'subscriptions/sub', { topic: TOPIC })
  await call('POST', 'topics/topic:publish', { messages: [message('old')] })
  await pubsub.subscription('sub').seek(new Date('3000-01-01'))
  t.same(cloud.backlog(), { [SUB]: 0 })
  await call('POST', 'topics/topic:publish', { messages: [message('new')] })
  t.same(await drain({ call }, 'sub'), ['new'])
})

t.test(
  'a snapshot is what was not acked then and all that came since, for every subscription of its topic',
  async (t) => {
    const { call, pubsub } = await openPubSub(t)
    await call('PUT', 'topics/topic', {})
    await call('PUT', 'subscriptions/sub', { topic: TOPIC })
    await call('PUT', 'subscriptions/even', { topic: TOPIC, filter: 'attributes.even = "yes"' })
    const publish = (text: string) => {
      const attributes = { even: Number(text) % 2 === 0 ? 'yes' : 'no' }
      return call('POST', 'topics/topic:publish', { messages: [message(text, { attributes })] })
    }
    await publish('1')
    t.same(await drain({ call }, 'sub'), ['1'])
    await publish('2')
    await publish('3')
    const [snapshot] = await pubsub.subscription('sub').createSnapshot('snap')
    await publish('4')
    await publish('5')
    t.same(await drain({ call }, 'sub'), ['2', '3', '4', '5'])
    await pubsub.subscription('sub').seek('snap')
    t.same(await drain({ call }, 'sub'), ['2', '3', '4', '5'])
    await call('POST', 'subscriptions/even:seek', { snapshot: 'projects/p/snapshots/snap' })
    t.same(await drain({ call }, 'even'), ['2', '4'])

    t.match(await call('PUT', 'snapshots/snap', { subscription: SUB }), { status: 409 })
    t.same((await call('GET', 'topics/topic/snapshots')).body, { snapshots: ['projects/p/snapshots/snap'] })
    await call('PUT', 'topics/another', {})
    await call('PUT', 'subscriptions/foreign', { topic: 'projects/p/topics/another' })
    t.match(await call('POST', 'subscriptions/foreign:seek', { snapshot: 'projects/p/snapshots/snap' }), {
      status: 400,
    })
    const changed = await call('PATCH', 'snapshots/snap', {
      snapshot: { labels: { a: 'b' } },
      updateMask: 'labels',
    })
    t.match(changed.body, { labels: { a: 'b' }, topic: TOPIC })
    await snapshot.delete()
    t.match(await call('POST', 'subscriptions/sub:seek', { snapshot: 'projects/p/snapshots/snap' }), {
      status: 404,
    })
  },
)

t.test(
  'a snapshot of old messages ends early, and is refused where it would end within an hour',
  async (t) => {
    let now = Date.parse('2026-03-01T00:00:00Z')
    const { call } = await openPubSub(t, { now: () => now })
    await call('PUT', 'topics/topic', {})
    await call('PUT', 'subscriptions/sub', { topic: TOPIC, messageRetentionDuration: '2678400s' })
    await call('POST', 'topics/topic:publish', { messages: [message('old')] })
    now += 24 * HOUR
    const made = await call('PUT', 'snapshots/snap', { subscription: SUB })
    t.equal(made.body.expireTime, '2026-03-08T00:00:00.000Z')
    now = Date.parse('2026-03-07T23:30:00Z')
    t.match(await call('PUT', 'snapshots/late', { subscription: SUB }), { status: 400 })
    now = Date.parse('2026-03-08T00:00:00Z')
    t.match(await call('GET', 'snapshots/snap'), { status: 404 })
  },
)

t.test('an ack id from before a seek acks nothing after it', async (t) => {
  const { call } = await openPubSub(t)
  await call('PUT', 'topics/topic', {})
  await call('PUT', 'subscriptions/sub', { topic: TOPIC })
  await call('POST', 'topics/topic:publish', { messages: [message('one')] })
  const pulled = await call('POST', 'subscriptions/sub:pull', { maxMessages: 1 })
  const ackIds = [pulled.body.receivedMessages[0].ackId]
  await call('POST', 'subscriptions/sub:seek', { time: '2020-01-01T00:00:00Z' })
  await call('POST', 'subscriptions/sub:acknowledge', { ackIds })
  t.same(await drain({ call }, 'sub'), ['one'])
})

t.test('snapshots, retained messages and seeks outlive kill -9', async (t) => {
  const dataFolder = temporaryFolder(t)
  const { call } = await openPubSub(t, { dataFolder })
  await call('PUT', 'topics/topic', { messageRetentionDuration: '600s' })
  await call('PUT', 'subscriptions/sub', { topic: TOPIC, retainAckedMessages: true })
  await call('PUT', 'subscriptions/plain', { topic: TOPIC })
  const publish = (...texts: string[]) =>
    call('POST', 'topics/topic:publish', { messages: texts.map((text) => message(text)) })
  await publish('1', '2')
  await call('PUT', 'snapshots/snap', { subscription: 'projects/p/subscriptions/plain' })
  await publish('3')
  for (const name of ['sub', 'plain']) t.same(await drain({ call }, name), ['1', '2', '3'])
  await call('POST', 'subscriptions/sub:seek', { time: '2020-01-01T00:00:00Z' })

  const killed = await openPubSub(t, { dataFolder: asAfterKill(t, dataFolder) })
  t.same(await drain(killed, 'sub'), ['1', '2', '3'], 'the seek was kept')
  await killed.call('POST', 'subscriptions/plain:seek', { snapshot: 'projects/p/snapshots/snap' })
  t.same(await drain(killed, 'plain'), ['1', '2', '3'], 'the snapshot was kept')
  await killed.call('PUT', 'subscriptions/new', { topic: TOPIC })
  await killed.call('POST', 'subscriptions/new:seek', { time: '2020-01-01T00:00:00Z' })
  t.same(await drain(killed, 'new'), ['1', '2', '3'], 'the topic’s messages were kept')
})
