import t from 'tap'
import { openPubSub, SUB, temporaryFolder, TOPIC } from '../open-pubsub.ts'

const bindings = [{ role: 'roles/pubsub.publisher', members: ['user:a@example.com'] }]

t.test('a policy is kept over a restart, and ends with its resource', async (t) => {
  const dataFolder = temporaryFolder(t)
  const first = await openPubSub(t, { dataFolder })
  const [topic] = await first.pubsub.createTopic('topic')
  const [none] = await topic.iam.getPolicy()
  t.match(none, { version: 0, bindings: [] })
  const [set] = await topic.iam.setPolicy({ bindings })
  t.same(set.bindings, [{ ...bindings[0], condition: null }])
  await first.close()
  const second = await openPubSub(t, { dataFolder })
  t.match(await second.call('GET', 'topics/topic:getIamPolicy'), { status: 200, body: { bindings } })
  await second.pubsub.topic('topic').delete()
  await second.close()
  const third = await openPubSub(t, { dataFolder })
  t.match(await third.call('GET', 'topics/topic:getIamPolicy'), { status: 404 })
  await third.pubsub.createTopic('topic')
  t.match((await third.call('GET', 'topics/topic:getIamPolicy')).body, { bindings: [] })
})

t.test('who changes a policy that somebody else has changed is told so', async (t) => {
  const { pubsub, call } = await openPubSub(t)
  const [topic] = await pubsub.createTopic('topic')
  await topic.createSubscription('sub')
  const path = 'subscriptions/sub:setIamPolicy'
  const { etag } = (await call('GET', 'subscriptions/sub:getIamPolicy')).body
  t.match(await call('POST', path, { policy: { bindings, etag } }), { status: 200 })
  t.match(await call('POST', path, { policy: { bindings: [], etag } }), {
    status: 409,
    body: { error: { status: 'ABORTED' } },
  })
  await t.rejects(pubsub.subscription('sub').iam.setPolicy({ bindings: [], etag }), { code: 10 })
  t.match((await call('GET', 'subscriptions/sub:getIamPolicy')).body, { bindings })
})

t.test('roles, members and permissions that are none are refused by name', async (t) => {
  const { pubsub, call } = await openPubSub(t)
  const [topic] = await pubsub.createTopic('topic')
  const bad = (binding: object) =>
    call('POST', 'topics/topic:setIamPolicy', { policy: { bindings: [binding] } })
  t.match(await bad({ role: 'admin', members: [] }), {
    status: 400,
    body: { error: { message: /\(admin\)/ } },
  })
  t.match(await bad({ role: 'roles/pubsub.admin', members: ['a@example.com'] }), {
    status: 400,
    body: { error: { message: /"a@example.com"/ } },
  })
  const [allowed] = await topic.iam.testPermissions(['pubsub.topics.get', 'pubsub.topics.update'])
  t.same(allowed, { 'pubsub.topics.get': true, 'pubsub.topics.update': true })
  t.match(await call('POST', 'topics/topic:testIamPermissions', { permissions: ['storage.objects.get'] }), {
    status: 400,
  })
  t.match(await call('POST', 'topics/nowhere:testIamPermissions', { permissions: [] }), { status: 404 })
})

t.test('a subscription that is detached gets nothing more, and who listens is told', async (t) => {
  const dataFolder = temporaryFolder(t)
  const { pubsub, call, close } = await openPubSub(t, { dataFolder })
  const [topic] = await pubsub.createTopic('topic')
  const [subscription] = await topic.createSubscription('sub')
  await topic.publishMessage({ data: Buffer.from('before') })
  const told = new Promise((resolve) => subscription.on('error', resolve).on('message', () => {}))
  await pubsub.detachSubscription(SUB)
  t.match(await told, { code: 9, message: /detached/ })
  t.same(await subscription.detached(), [true])
  await topic.publishMessage({ data: Buffer.from('after') })
  t.match(await call('POST', 'subscriptions/sub:pull', { maxMessages: 1 }), { status: 400 })
  t.same((await call('GET', 'topics/topic/subscriptions')).body, { subscriptions: [] })
  t.match(await call('PUT', 'snapshots/snap', { subscription: SUB }), { status: 400 })
  await close()
  const again = await openPubSub(t, { dataFolder })
  t.match(await again.call('GET', 'subscriptions/sub'), { body: { detached: true, topic: TOPIC } })
  t.same(again.cloud.backlog(), { [SUB]: 0 })
})
