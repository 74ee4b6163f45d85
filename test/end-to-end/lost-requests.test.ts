import t from 'tap'
import { TRIGGER_TOPIC } from '../../scripts/start/local-resources.ts'
import { poll } from '../../scripts/poll.ts'
import { DATASET, PROJECT, settled, startPipeline, sumOfMetric } from './pipeline.ts'

// real time: what got lost is asked for again after some seconds
t.test(
  'a request that is lost is made again, one that waits for table-manager is answered late, neither often',
  { timeout: 480_000 },
  async (t) => {
    const pipeline = await startPipeline({ services: ['table-manager', 'stream-writer'] })
    t.teardown(() => pipeline.close())
    const { clients, cloud, tableManager, writerUrl } = pipeline
    const asked = () => sumOfMetric(writerUrl, 'tablestream_table_requests_total')
    const rows = (table: string) => clients.count(`SELECT COUNT(*) FROM ${DATASET}.${table}`)
    const publish = (type: string) =>
      clients.publish(Array.from({ length: 500 }, (_, n) => JSON.stringify({ event_type: type, n })))
    const triggers = `http://127.0.0.1:${cloud.pubsubPort}/v1/projects/${PROJECT}/locations/us-central1/triggers`

    // a topic without a subscription forgets
    await fetch(`${triggers}/table-manager-shapes`, { method: 'DELETE' })
    await publish('lost')
    // a request counts before Pub/Sub has it: once there is a second one, the first is lost
    await poll(async () => ((await asked()) >= 2 ? true : undefined), {
      timeoutMs: 60_000,
      what: 'a second request',
    })
    const { status } = await fetch(`${triggers}?triggerId=table-manager-shapes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        eventFilters: [{ attribute: 'type', value: 'google.cloud.pubsub.topic.v1.messagePublished' }],
        destination: { httpEndpoint: { uri: pipeline.managerUrl } },
        transport: { pubsub: { topic: `projects/${PROJECT}/topics/${TRIGGER_TOPIC.shapes}` } },
      }),
    })
    t.equal(status, 200)
    await settled(pipeline)
    t.equal(await rows('lost'), 500)
    const forOne = await asked()
    t.ok(forOne >= 2 && forOne <= 5, `asked ${forOne} times`)

    await tableManager.stop()
    await publish('late')
    await poll(async () => ((await asked()) > forOne ? true : undefined), {
      timeoutMs: 60_000,
      what: 'a request',
    })
    tableManager.start()
    await settled(pipeline)
    t.equal(await rows('late'), 500)
    t.ok((await asked()) <= forOne + 5, `asked ${await asked()} times for both`)
  },
)
