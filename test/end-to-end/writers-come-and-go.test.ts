import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { many } from '../long-tests.ts'
import { DATASET, PROJECT, settled, startPipeline, sumOfMetric } from './pipeline.ts'

/** Published while the number of writers goes from one to the next. */
const EVENTS = many(3000, 1500)
/** How many writers there are: each change is made in the middle of the work. */
const COUNTS = many([1, 2, 4, 2, 1, 4], [1, 4, 2])
const SUBSCRIPTION = `projects/${PROJECT}/subscriptions/backend-events-topic-sub`

t.test(
  'writers come and go on one subscription: no row is there twice, and none is missing',
  {
    timeout: 480_000,
  },
  async (t) => {
    const pipeline = await startPipeline({
      env: { LOG_LEVEL: 'warn', MAX_MESSAGES: '500' },
      services: ['table-manager', 'stream-writer'],
      resources: { bigquerySubscriptions: false },
      instances: Math.max(...COUNTS),
    })
    t.teardown(() => pipeline.close())
    const { clients, cloud, streamWriters, writerUrls } = pipeline
    const waiting = () => cloud.backlog()[SUBSCRIPTION] ?? 0
    const publish = (count: number) => {
      const from = clients.published()
      return clients.publish(
        Array.from({ length: count }, (_, n) =>
          JSON.stringify({ event_type: 'come_and_go', event_id: `${from + n}`, n }),
        ),
      )
    }
    let duplicates = 0
    const stop = async (index: number) => {
      duplicates += await sumOfMetric(writerUrls[index]!, 'tablestream_events_duplicate_total')
      await streamWriters[index]!.stop()
    }

    await publish(1)
    await settled(pipeline)
    let all = 4
    for (const count of COUNTS) {
      await t.test(`${all} become ${count}`, async (t) => {
        const before = clients.published()
        const published = publish(EVENTS)
        await poll(() => (clients.published() > before && waiting() > 0) || undefined, {
          timeoutMs: 60_000,
          everyMs: 2,
          what: 'work',
        })
        for (let index = all - 1; index >= count; index--) await stop(index)
        for (let index = all; index < count; index++) streamWriters[index]!.start()
        await Promise.all(streamWriters.slice(all, count).map((each) => each.ready()))
        await published
        await settled(pipeline)
        const rows = await clients.count(`SELECT COUNT(*) FROM ${DATASET}.come_and_go`)
        const ids = await clients.count(`SELECT COUNT(DISTINCT event_id) FROM ${DATASET}.come_and_go`)
        t.same({ rows, ids }, { rows: clients.published(), ids: clients.published() })
      })
      all = count
    }
    for (let index = 0; index < all; index++) await stop(index)
    t.equal(duplicates, 0, 'nobody was given what another one had')
  },
)
