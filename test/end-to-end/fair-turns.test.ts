import t from 'tap'
import { poll } from '../../scripts/poll.ts'
import { DATASET, settled, startPipeline, sumOfMetric } from './pipeline.ts'

/** More than one source may ask for at once. By hand `TYPES=10000`. */
const TYPES = Number(process.env['TYPES'] ?? 600)

t.test(
  `one source begins ${TYPES} event types, and the first new one of another does not wait for them`,
  { timeout: 280_000 },
  async (t) => {
    const pipeline = await startPipeline({ services: ['table-manager', 'stream-writer'] })
    t.teardown(() => pipeline.close())
    const { clients } = pipeline
    const types = Array.from({ length: TYPES }, (_, n) => JSON.stringify({ event_type: `greedy_${n}`, n }))
    const tables = () =>
      clients.count(
        `SELECT COUNT(*) FROM ${DATASET}.INFORMATION_SCHEMA.TABLES WHERE table_name LIKE 'greedy_%' AND table_type = 'BASE TABLE'`,
      )
    await clients.publish(types, { 'ce-source': '/greedy' })
    await poll(
      async () =>
        (await sumOfMetric(pipeline.writerUrl, 'tablestream_table_requests_total')) > 0 ? true : undefined,
      { timeoutMs: 30_000, what: 'the first request for a table' },
    )
    const before = performance.now()
    await clients.publish([JSON.stringify({ event_type: 'other', n: 1 })], { 'ce-source': '/other' })
    await poll(
      async () =>
        (await clients.count(`SELECT COUNT(*) FROM ${DATASET}.other`).catch(() => 0)) === 1
          ? true
          : undefined,
      { timeoutMs: 60_000, what: 'the other row' },
    )
    const made = await tables()
    t.comment(`after ${Math.round(performance.now() - before)} ms, with ${made} tables of the first one`)
    t.ok(made < TYPES * 0.8, `${made} of ${TYPES} tables of the first one are made by then`)
    await settled(pipeline, 200_000)
    t.equal(await tables(), TYPES)
  },
)
