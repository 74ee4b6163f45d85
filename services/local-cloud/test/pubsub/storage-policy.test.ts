import t from 'tap'
import { openPubSub } from '../open-pubsub.ts'

t.test('in which regions messages may be kept is said, shown and taken back', async (t) => {
  const { pubsub, call } = await openPubSub(t)
  const allowedPersistenceRegions = ['europe-west1', 'northamerica-northeast2']
  const [topic] = await pubsub.createTopic({
    name: 'topic',
    messageStoragePolicy: { allowedPersistenceRegions },
  })
  t.match(topic.metadata?.messageStoragePolicy, { allowedPersistenceRegions, enforceInTransit: false })
  await topic.setMetadata({ messageStoragePolicy: { allowedPersistenceRegions, enforceInTransit: true } })
  const shown = await call('GET', 'topics/topic')
  t.same(shown.body.messageStoragePolicy, { allowedPersistenceRegions, enforceInTransit: true })
  const change = (messageStoragePolicy?: object) =>
    call('PATCH', 'topics/topic', {
      topic: { name: 'projects/p/topics/topic', messageStoragePolicy },
      updateMask: 'messageStoragePolicy',
    })
  const refused = await change({ allowedPersistenceRegions: ['Mars'] })
  t.match(refused, { status: 400, body: { error: { message: /"Mars" is no region/ } } })
  t.match(await change({ enforceInTransit: true }), { status: 400 })
  await change()
  t.notOk((await call('GET', 'topics/topic')).body.messageStoragePolicy)
})
