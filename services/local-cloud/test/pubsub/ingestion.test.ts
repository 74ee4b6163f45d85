import t from 'tap'
import { openPubSub, temporaryFolder } from '../open-pubsub.ts'

const awsKinesis = {
  streamArn: 'arn:aws:kinesis:us-west-2:111111111111:stream/s',
  consumerArn: 'arn:aws:kinesis:us-west-2:111111111111:stream/s/consumer/c:1',
  awsRoleArn: 'arn:aws:iam::111111111111:role/r',
  gcpServiceAccount: 'a@p.iam.gserviceaccount.com',
}

t.test(
  'from where messages shall come is kept over a restart, and shown as what does not come',
  async (t) => {
    const dataFolder = temporaryFolder(t)
    const first = await openPubSub(t, { dataFolder })
    const ingestionDataSourceSettings = { awsKinesis }
    const [topic] = await first.pubsub.createTopic({ name: 'topic', ingestionDataSourceSettings })
    t.match(topic.metadata, {
      state: 'INGESTION_RESOURCE_ERROR',
      ingestionDataSourceSettings: { awsKinesis: { ...awsKinesis, state: 'KINESIS_PERMISSION_DENIED' } },
    })
    await topic.publishMessage({ data: Buffer.from('by hand') })
    await first.close()
    const second = await openPubSub(t, { dataFolder })
    t.match((await second.call('GET', 'topics/topic')).body, {
      state: 'INGESTION_RESOURCE_ERROR',
      ingestionDataSourceSettings: { awsKinesis },
    })
    const settings = { azureEventHubs: { eventHub: 'h', state: 'ACTIVE' as const } }
    await second.pubsub.topic('topic').setMetadata({ ingestionDataSourceSettings: settings })
    const [updated] = await second.pubsub.topic('topic').getMetadata()
    t.match(updated, {
      ingestionDataSourceSettings: {
        azureEventHubs: { eventHub: 'h', state: 'EVENT_HUBS_PERMISSION_DENIED' },
      },
    })
    const update = {
      topic: { name: 'projects/p/topics/topic' },
      update_mask: 'ingestion_data_source_settings',
    }
    const { body } = await second.call('PATCH', 'topics/topic', update)
    t.match(body, { state: 'ACTIVE', ingestionDataSourceSettings: undefined })
  },
)

t.test('settings that are no one source with its fields are refused by name', async (t) => {
  const { call } = await openPubSub(t)
  const put = async (ingestion_data_source_settings: object) =>
    (await call('PUT', 'topics/topic', { ingestion_data_source_settings })).body.error as {
      readonly status: string
      readonly message: string
    }
  const { consumerArn: _, ...without } = awsKinesis
  t.match(await put({ awsKinesis: without }), {
    status: 'INVALID_ARGUMENT',
    message: /awsKinesis.consumerArn/,
  })
  t.match(await put({ awsKinesis, azure_event_hubs: { event_hub: 'h' } }), {
    status: 'INVALID_ARGUMENT',
    message: /awsKinesis and azureEventHubs/,
  })
  t.match(await put({ awsKinesis: { ...awsKinesis, other: 1 } }), { message: /"other"/ })
  for (const name of ['cloudStorage', 'platformLogsSettings'])
    t.match(await put({ [name]: {} }), { status: 'UNIMPLEMENTED', message: new RegExp(name) })
})
