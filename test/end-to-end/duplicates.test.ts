import t from 'tap'
import { DATASET, settled, startPipeline, sumOfMetric, viewOf, type Pipeline } from './pipeline.ts'

const POLICIES = JSON.stringify({ payment: { duplicates: 'upsert' } })
const TYPES = ['page_view', 'payment']
const EVENTS = 200

const publishAll = async ({ clients }: Pipeline, type: string, of: (n: number) => object) => {
  const events = Array.from({ length: EVENTS }, (_, n) => ({
    event_type: type,
    event_id: `${type}-${n}`,
    ...of(n),
  }))
  await clients.publish(events.map((event) => JSON.stringify(event)))
}
const rows = ({ clients }: Pipeline, table: string) =>
  clients.count(`SELECT COUNT(*) FROM ${DATASET}.${table}`)

t.test('events that come twice count once', async (t) => {
  const pipeline = await startPipeline({ env: { EVENT_POLICIES: POLICIES } })
  t.teardown(() => pipeline.close())
  for (const type of TYPES) await publishAll(pipeline, type, (n) => ({ n }))
  for (const type of TYPES) await publishAll(pipeline, type, (n) => ({ n }))
  await settled(pipeline)

  await t.test('in one process each is one row', async (t) => {
    for (const type of TYPES) t.equal(await rows(pipeline, type), EVENTS, type)
    // of an upsert both land, in one place: the later one is the newer one, whatever came in between
    t.equal(await sumOfMetric(pipeline.writerUrl, 'tablestream_events_landed_total'), EVENTS * 3)
    t.equal(await sumOfMetric(pipeline.writerUrl, 'tablestream_events_duplicate_total'), EVENTS)
  })

  // together they are more than a request of BigQuery takes
  const long = (n: number) =>
    JSON.stringify({ event_type: 'long_id', event_id: `${n} ${'x'.repeat(3e6)}`, n })
  // of one day, whatever the hour, as what publishers of ours publish again
  const time = new Date().toISOString()
  const publishLong = (attributes?: Record<string, string>) =>
    Promise.all(
      [0, 1, 2, 3].map((n) => pipeline.clients.publish([long(n)], { 'ce-time': time, ...attributes })),
    )
  await publishLong()
  await settled(pipeline)
  await pipeline.streamWriter.kill()
  pipeline.streamWriter.start()
  await publishAll(pipeline, 'page_view', (n) => ({ n }))
  await publishAll(pipeline, 'payment', (n) => ({ n, again: true }))
  await pipeline.clients.publish([JSON.stringify({ event_type: 'page_view', event_id: 'new', again: true })])
  await publishLong({ 'published-again': 'true' })
  await settled(pipeline)

  await t.test('what is published again is asked after, however long its id is', async (t) => {
    t.equal(await rows(pipeline, 'long_id'), 4)
  })

  await t.test(
    'a writer that knows nothing of before: the view shows each once, with all columns',
    async (t) => {
      t.equal(await rows(pipeline, 'page_view'), EVENTS * 2 + 1)
      const view = await viewOf(pipeline, 'page_view')
      const shown = `SELECT COUNT(*) FROM ${view} WHERE again IS NULL`
      t.equal(await pipeline.clients.count(shown), EVENTS, 'each once, and the new column is there')
      t.equal(await pipeline.clients.count(`SELECT COUNT(*) FROM ${view} WHERE again`), 1)
    },
  )
  await t.test(
    'with upserts the table itself holds each once, the last one of it, and needs no view',
    async (t) => {
      t.equal(await rows(pipeline, 'payment'), EVENTS)
      t.equal(await pipeline.clients.count(`SELECT COUNT(*) FROM ${DATASET}.payment WHERE again`), EVENTS)
      await t.rejects(rows(pipeline, 'payment_deduplicated'), { message: /Not found/ })
    },
  )
})
